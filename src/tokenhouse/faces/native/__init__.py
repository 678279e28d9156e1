"""Our own JSON API under `/v1`.

Owns which resources there are. Each has a file here, whose `ROUTES` say what each URL calls, what
it demands and what it is for, and one in `wire` that spells it. Does not own how a password is
checked or a token judged: that is the operations' to say.
"""

from typing import Final

from tokenhouse.boundary import Face
from tokenhouse.core.kind import Spelling
from tokenhouse.faces.native import (
    accounts,
    applications,
    catalogue,
    clients,
    devices,
    events,
    factors,
    feed,
    groups,
    invitations,
    keys,
    me,
    memberships,
    organizations,
    passkeys,
    people,
    permissions,
    policies,
    revoking,
    sessions,
    tokens,
    verify,
    wire,
)

FACE: Final = Face(
    name="native",
    prefixes=("/v1",),
    routes=(
        *sessions.ROUTES,
        *verify.ROUTES,
        *tokens.ROUTES,
        *revoking.ROUTES,
        *policies.ROUTES,
        *groups.ROUTES,
        *clients.ROUTES,
        *devices.ROUTES,
        *permissions.ROUTES,
        *catalogue.ROUTES,
        *me.ROUTES,
        *applications.ROUTES,
        *memberships.ROUTES,
        *invitations.ROUTES,
        *accounts.ROUTES,
        *factors.ROUTES,
        *passkeys.ROUTES,
        *people.ROUTES,
        *organizations.ROUTES,
        *events.ROUTES,
        *feed.ROUTES,
        *keys.ROUTES,
    ),
    refuse=wire.refuse,
    spellings=frozenset({Spelling.BEARER, Spelling.TOKEN, Spelling.X_ACCESS_TOKEN}),
    check=wire.check,
    refusals=wire.REFUSALS,
    media_types=wire.MEDIA_TYPES,
)
