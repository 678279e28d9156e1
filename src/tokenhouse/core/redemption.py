"""Redeeming a refresh token: the rule that locks no client out and lets no thief stay.

Each redemption consumes a token and makes its successor. Who presents a consumed one is a client
that never got the answer, or a thief beside it. Where the successor itself was not redeemed, both
hold the same, and the same answer is given again; where it was, two go on from one token, and as
nobody can tell which of them is the client, the family ends for both.
"""

from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.belonging import belongs_together
from tokenhouse.core.client import Client
from tokenhouse.core.judge import AHEAD, Reason, revoked, unusable
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import SECOND, Jump, Moment
from tokenhouse.core.policy import latest_expiry
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.succession import CUT_OVER, Successor, Until, succeed
from tokenhouse.core.token import FamilyEnd, Token

GRACE: Final = 10 * SECOND
"""For so long after its redemption a consumed token ends nothing, and a public client may ask
again. A client with a secret may until the successor is redeemed: nobody else presents its token.
"""


class Fresh(msgspec.Struct, frozen=True):
    """The token is consumed, by this very redemption, and a successor is made."""

    successor: Successor

    def consumed(self, presented: Token, successor_id: UUID) -> Token:
        """The presented token as it is from now on.

        It gives nothing any more once its successor has expired. Its own string is not kept any
        longer: from now on its predecessor may not ask again.
        """
        return replace(
            self.successor.predecessor or presented,
            expires_at=_earliest(presented.expires_at, self.successor.expires_at),
            successor_id=successor_id,
            sealed=None,
        )


class Again(msgspec.Struct, frozen=True):
    """The same successor once more, opened with the presented string; nothing is consumed.

    `sealed` is its string; that nobody redeemed it meanwhile is relied on.
    """

    successor: Token
    sealed: bytes


class Declined(msgspec.Struct, frozen=True):
    """The token is good for nothing here, and nothing else comes of it."""

    reason: Reason


class Reused(msgspec.Struct, frozen=True):
    """A consumed token came again outside its grace: declined, and the family is over."""

    family_end: FamilyEnd


Jumps: TypeAlias = tuple[Jump, ...]
"""Steps of the clock, each of which may have come after a redemption."""
Redemption: TypeAlias = Fresh | Again | Declined | Reused
"""What comes of presenting a refresh token. Only the first two are answered with tokens."""


def redeem(  # noqa: PLR0917 -- what is presented, by whom and when
    kind: Kind,
    found: Found,
    successor: Token | None,
    presenter_id: UUID,
    now: Moment,
    jumps: Jumps = (),
) -> Redemption:
    """Decide what comes of a refresh token that a client presents, by its id, at a moment.

    `successor` is the token that a consumed one was consumed for, None where there is none.
    `jumps` are the last steps of the clock, across which the grace has to be counted: what it
    jumped is no time that a client let pass. They matter where `hinges_on_jumps` says so.

    Another client's is as unknown to it as any, and so ends nothing: else whoever found a token
    could end what he cannot use. A token that is revoked already has nothing left to end. One that
    was consumed and has expired meanwhile ends its family like any other: where expiry slides the
    family lives on, and that the string is known to two is as true as before.
    """
    token, client = found.token, found.standing.client
    if not belongs_together(kind, found) or presenter_id != token.client_id:
        return Declined(Reason.UNKNOWN)
    if ended := revoked(kind, found):
        return Declined(ended)
    if client is None:
        return Declined(Reason.CLIENT_SUSPENDED)
    if token.superseded_at is None:
        return _first(kind, found, client, now)
    in_grace = _passed(token.superseded_at, now, jumps) < GRACE
    if successor is not None and successor.sealed is not None and (in_grace or client.secrets):
        reason = _not_good(found, now)
        return Declined(reason) if reason else Again(successor, successor.sealed)
    if in_grace:
        return Declined(Reason.SUPERSEDED)
    return Reused(FamilyEnd(token.family_id, 1, token.organization_id, now))


def hinges_on_jumps(redemption: Redemption, found: Found, now: Moment) -> bool:
    """Tell whether something else could come of it if the clock has jumped meanwhile."""
    redeemed_at = found.token.superseded_at
    is_ahead = redeemed_at is not None and redeemed_at > now
    return is_ahead or isinstance(redemption, Reused)


def without_sealed(token: Token, now: Moment) -> Token:
    """A token that is not asked for again: its family ended."""
    return replace(token, sealed=None, updated_at=max(token.updated_at, now))


def _first(kind: Kind, found: Found, client: Client, now: Moment) -> Fresh | Declined:
    token = found.token
    if reason := _not_good(found, now):
        return Declined(reason)
    expires_at = _family_expiry(token, client, now)
    latest = latest_expiry(found.standing.organization, kind.name, now)
    expires_at = expires_at if latest is None else min(expires_at, latest)
    if expires_at <= now:
        return Declined(Reason.EXPIRED)
    return Fresh(succeed(token, CUT_OVER, Until(expires_at), now))


def _passed(since: Moment, now: Moment, jumps: Jumps) -> int:
    """The time that passed since a moment, across the steps that the clock made meanwhile.

    That the moment lies ahead of the clock tells that it was before a step backwards. How long that
    step was refused nobody knows; as nobody could ask either, it counts as no time.
    """
    backwards = since > now
    counted = [
        max(0, expected - since) + max(0, now - read)
        for expected, read in jumps
        if (read < expected) is backwards and (backwards or since < read)
    ]
    return min(counted, default=0) if backwards else min([now - since, *counted])


def _not_good(found: Found, now: Moment) -> Reason | None:
    """Why nothing is given for one that nobody revoked.

    That it was consumed is no reason where it may ask again. Nor is that it was made ahead of the
    clock, which then was set back and accepted: the client has nothing else to go on with, and
    what it is given begins now.
    """
    token = found.token
    if token.superseded_at is not None or token.created_at > now:
        made_at = min(token.created_at, now)
        found = replace(found, token=replace(token, superseded_at=None, created_at=made_at))
    if reason := unusable(found, now):
        return reason
    return None if _is_admitted(found.standing) else Reason.INSUFFICIENT


def _is_admitted(standing: Standing) -> bool:
    """Whether the client may have tokens of this person: it can be for one group's people only."""
    client, membership = standing.client, standing.membership
    if client is None or client.group_id is None:
        return client is not None
    return membership is not None and client.group_id in membership.groups


def _family_expiry(token: Token, client: Client, now: Moment) -> Moment:
    """When the successor expires: it lives from the sign-in on, or where it slides from now.

    An end that was fixed comes no later for a longer life that the client was given meanwhile.
    A sign-in that lies ahead of a clock which was set back counts as one of now.
    """
    if client.slides:
        return now + client.refresh_lifetime
    began = now if token.auth_time is None or token.auth_time > now + AHEAD else token.auth_time
    end = began + client.refresh_lifetime
    return end if token.expires_at is None else min(end, token.expires_at)


def _earliest(one: Moment | None, other: Moment | None) -> Moment | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
