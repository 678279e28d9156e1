"""Every route x every rank x every kind of token: what opens is what the route table says.

Each question is asked of the house as it was made: what a good answer changed is forgotten.
"""

from typing import Final

import pytest

from conformance.dialects import Outcome, outcome
from conformance.face_suite import ALL_ROUTES, PROTECTED, is_refusal, name_of, writes
from conformance.house import (
    NAMES,
    SPELLINGS,
    Credential,
    House,
    is_ones_own,
    key_of,
    kinds_at,
    not_ones_own,
    parameters_of,
)
from conformance.ranks import Rank, Ranked, as_it_was, demanded, expected, ranks
from conformance.wire import Reply
from stage import ADMINISTRATOR
from tokenhouse.boundary import Face, Route
from tokenhouse.core.kind import Asker

Routed = tuple[Face, Route]

every_protected_route = pytest.mark.parametrize("routed", PROTECTED, ids=name_of)


@pytest.fixture(scope="module")
def ranked(at: House) -> Ranked:
    return Ranked(at)


@every_protected_route
def test_a_route_opens_to_whom_the_table_says_and_to_nobody_else(
    at: House, ranked: Ranked, routed: Routed
):
    face, route = routed
    is_refusal(face, at.send(route, at.fill(route), []), Outcome.UNAUTHENTICATED)
    for rank in ranks(demanded(route)):
        for kind in kinds_at(face):
            secret = ranked.credential(rank, kind).secret
            for spelling in SPELLINGS:
                reply = _asked(at, ranked, route, rank, Credential(secret, spelling))
                wanted = expected(face, route, rank, kind, spelling)
                where = (rank.name, kind, spelling, reply)
                is_foreign = not rank.here and set(parameters_of(route)) - NAMES
                if wanted is Outcome.ALLOWED and is_foreign:
                    wanted = not_ones_own(route, kind)
                assert outcome(face, reply) is wanted, where


OPEN_TO_ALL: Final = frozenset(
    {
        "GET /1.0/users/authentication/rest/signin",
        "POST /1.0/users/authentication/rest/signin",
        "POST /console/first-run",
        "POST /console/invitation",
        "POST /console/recovery",
        "POST /console/sign-in",
        "POST /oauth/introspect",
        "POST /oauth/revoke",
        "POST /oauth/token",
        "POST /v1/invitations/accept",
        "POST /v1/recoveries/redeem",
        "POST /v1/sessions",
        "POST /login",
        "POST /loginDevice",
        "POST /v2/token",
    }
)
"""The only routes that change something for whoever brings no credential: they ask for a secret of
another sort."""
TOLD_TO_READERS: Final = frozenset({"POST /v1/devices/{device_id}/secrets"})
"""What makes a token for whoever may only read: he proves that he knows the machine."""
ASKS_ONLY: Final = frozenset(
    {
        "POST /console/challenge",
        "POST /console/organization/tokens/search",
        "POST /console/sign-in/challenge",
        "POST /console/tokens/search",
        "POST /console/user-token",
        "POST /v1/verify",
        "POST /v1/sessions/challenge",
        "POST /v1/me/factors/challenge",
    }
)
"""What is sent, and changes nothing."""


def test_nothing_changes_without_a_credential_but_where_another_secret_is_asked_for():
    mutating = {str(route) for _, route in ALL_ROUTES if writes(route) and route.demand is None}
    assert mutating - ASKS_ONLY <= OPEN_TO_ALL


@every_protected_route
def test_reading_takes_a_right_to_read_and_writing_one_to_write(routed: Routed):
    _, route = routed
    demand = route.demand
    assert demand is not None
    if not writes(route):
        assert not any(name.endswith("Write") for name in demand.permissions)
    elif str(route) not in ASKS_ONLY | TOLD_TO_READERS:
        assert not any(name.endswith("Read") for name in demand.permissions)
        assert demand.permissions or demand.asker is not Asker.ANYONE


@every_protected_route
def test_what_is_read_and_written_at_one_path_takes_two_rights(routed: Routed):
    face, route = routed
    demand = route.demand
    assert demand is not None
    for other in face.routes:
        if other.path == route.path and writes(other) and not writes(route):
            assert other.demand is not None
            pairs = {name.removesuffix("Read") for name in demand.permissions}
            assert pairs <= {name.removesuffix("Write") for name in other.demand.permissions}


def _asked(at: House, ranked: Ranked, route: Route, rank: Rank, credential: Credential) -> Reply:
    """Ask with ids of the house, or of whoever asks where they are his own."""
    own = rank.here and is_ones_own(route)
    with at.owned_by(ranked.email(rank) if own else ADMINISTRATOR):
        is_weak = key_of("token_id", route) in ranked.weak
        chosen = ranked.weak if is_weak else {}
        device = ranked.credential(rank, "device")
        if rank.here and "{data_file}" in route.path and credential == device:
            chosen = {"data_file": at.data_file(device)}
        if rank.here and "{device}" in route.path and credential == device:
            chosen = {"device": ranked.number(rank)}
        path = at.fill(route, chosen)
    with as_it_was(at):
        return at.send(route, path, credential.headers)
