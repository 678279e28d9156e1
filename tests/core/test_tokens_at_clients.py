"""Tokens that were issued at a client are no better than the client, and may do no more than it."""

from collections.abc import Callable
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import (
    BOUNDED,
    CATALOGUE,
    CLIENT,
    CLIENT_ID,
    MEMBERSHIP,
    NOW,
    ORGANIZATION,
    PERSON,
    PERSON_ID,
    SEQUENCE,
    found_of,
    policy_group,
    token_of,
)
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.judge import Demand, Reason, Verdict, judge
from tokenhouse.core.kind import OF_CLIENTS, Door, Kind, Spelling
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, NOTHING, Permission, Permissions
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.standing import Found, Standing, permissions, subject
from tokenhouse.core.token import Token
from tokenhouse.kinds import ALL
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.refresh import REFRESH

ELSEWHERE = UUID("018f0000-0000-7000-8000-0000000000ff")
AT_CLIENTS = (ACCESS, CLIENT_ACCESS, REFRESH)
NAMES = ("SystemsRead", "SystemsWrite", "EventsRead", "KeysWrite")
SOME = st.frozensets(st.sampled_from(NAMES))
SOME_OR_NONE = st.none() | SOME
each = pytest.mark.parametrize("kind", AT_CLIENTS, ids=["access", "client access", "refresh"])


def _standing(found: Found, **fields: object) -> Found:
    return replace(found, standing=replace(found.standing, **fields))


def _client(found: Found, **fields: object) -> Found:
    return _standing(found, client=replace(CLIENT, **fields))


def _verdict(kind: Kind, found: Found) -> Verdict:
    if kind is REFRESH:
        return judge(kind, found, Spelling.NAMED, Demand(Door.REDEEM), "", NOW)
    return judge(kind, found, Spelling.BEARER, Demand(Door.RESOURCE), "", NOW)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    entries = tuple(Permission(one) for one in sorted(draw(SOME)))
    groups = st.builds(lambda names: policy_group(*names), SOME)
    return replace(
        found_of(ACCESS).standing,
        catalogue=Catalogue(CATALOGUE.id, 1, entries, (), 1),
        groups=tuple(draw(st.lists(groups, max_size=2))),
        person=replace(PERSON, operator=draw(st.booleans())),
        client=replace(CLIENT, permissions=draw(SOME_OR_NONE)),
    )


def _asked_for(kind: Kind, names: Permissions | None) -> Token:
    return replace(token_of(kind), permissions=names)


@BOUNDED
@given(standings(), SOME_OR_NONE)
def test_an_access_token_may_do_what_person_and_client_both_may_of_what_was_asked_for(
    standing: Standing, asked: Permissions | None
) -> None:
    assert standing.client is not None
    expected = union(standing.groups, standing.catalogue)
    for limit in (standing.client.permissions, asked):
        expected = expected if limit is None else expected & limit
    assert permissions(ACCESS, _asked_for(ACCESS, asked), standing) == expected


@BOUNDED
@given(standings(), SOME_OR_NONE)
def test_a_clients_own_token_may_do_what_the_client_may_and_where_it_names_nothing_nothing(
    standing: Standing, asked: Permissions | None
) -> None:
    assert standing.client is not None
    own = replace(standing, groups=(), person=None, membership=None)
    expected = (standing.client.permissions or NOTHING) & standing.catalogue.names
    expected = expected if asked is None else expected & asked
    assert permissions(CLIENT_ACCESS, _asked_for(CLIENT_ACCESS, asked), own) == expected


@BOUNDED
@given(standings(), SOME_OR_NONE, st.sampled_from(NAMES))
def test_taking_a_permission_from_the_client_takes_it_from_its_tokens_and_widens_none(
    standing: Standing, asked: Permissions | None, name: str
) -> None:
    assert standing.client is not None
    allowed = standing.client.permissions
    poorer = replace(
        CLIENT, permissions=(frozenset(NAMES) if allowed is None else allowed) - {name}
    )
    for kind in AT_CLIENTS:
        token = _asked_for(kind, asked)
        before = permissions(kind, token, standing)
        after = permissions(kind, token, replace(standing, client=poorer))
        assert after == before - {name} or (kind is CLIENT_ACCESS and allowed is None)
        assert name not in after


@each
def test_no_operators_rank_counts_at_a_client(kind: Kind) -> None:
    operator = replace(found_of(kind).standing, person=replace(PERSON, operator=True))
    everything = replace(operator, client=replace(CLIENT, permissions=None))
    assert not permissions(kind, token_of(kind), everything) & DEPLOYMENT_PERMISSIONS


@each
def test_a_token_whose_client_is_gone_may_do_nothing(kind: Kind) -> None:
    without = _standing(found_of(kind), client=None)
    assert permissions(kind, without.token, without.standing) == NOTHING
    assert _verdict(kind, without).reason is Reason.CLIENT_SUSPENDED


@each
def test_a_suspended_client_stops_its_tokens_and_switched_on_lets_them_go(kind: Kind) -> None:
    verdict = _verdict(kind, _client(found_of(kind), suspended=True))
    assert (verdict.reason, verdict.active) == (Reason.CLIENT_SUSPENDED, False)
    assert _verdict(kind, found_of(kind)).allowed


@each
@pytest.mark.parametrize(("mark", "reason"), [(SEQUENCE - 1, None), (SEQUENCE, Reason.REVOKED)])
def test_a_mark_on_the_client_reaches_what_was_issued_before_it(
    kind: Kind, mark: int, reason: Reason | None
) -> None:
    assert _verdict(kind, _client(found_of(kind), revoked_before=mark)).reason is reason


CAUSES: list[tuple[Reason, Callable[[Found], Found]]] = [
    (
        Reason.ORGANIZATION_SUSPENDED,
        lambda found: _standing(found, organization=replace(ORGANIZATION, suspended=True)),
    ),
    (Reason.CLIENT_SUSPENDED, lambda found: _client(found, suspended=True)),
    (
        Reason.MEMBERSHIP_ENDED,
        lambda found: _standing(found, membership=replace(MEMBERSHIP, ended_at=NOW - 1)),
    ),
    (
        Reason.HOLDER_SUSPENDED,
        lambda found: _standing(found, person=replace(PERSON, suspended=True)),
    ),
]


@pytest.mark.parametrize("kind", [ACCESS, REFRESH], ids=["access", "refresh"])
def test_of_all_who_are_suspended_the_first_in_the_fixed_order_counts(kind: Kind) -> None:
    for size in range(1, len(CAUSES) + 1):
        for some in combinations(CAUSES, size):
            found = found_of(kind)
            for _, change in some:
                found = change(found)
            assert _verdict(kind, found).reason is some[0][0]


@each
@pytest.mark.parametrize(
    "fields", [{"id": ELSEWHERE}, {"organization_id": ELSEWHERE}], ids=["another", "elsewhere"]
)
def test_somebody_elses_client_makes_a_token_unknown(kind: Kind, fields: dict[str, UUID]) -> None:
    assert _verdict(kind, _client(found_of(kind), **fields)).reason is Reason.UNKNOWN


@each
def test_a_token_that_names_no_client_is_none_of_a_kind_that_has_one(kind: Kind) -> None:
    found = found_of(kind)
    bare = replace(found, token=replace(found.token, client_id=None))
    assert _verdict(kind, bare).reason is Reason.UNKNOWN
    assert _verdict(kind, _standing(bare, client=None)).reason is Reason.UNKNOWN


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL if kind.rights not in OF_CLIENTS], ids=lambda kind: kind.name
)
def test_nor_is_one_that_names_a_client_of_a_kind_that_has_none(kind: Kind) -> None:
    found = found_of(kind)
    naming = replace(found, token=replace(found.token, client_id=CLIENT_ID))
    for client in (None, CLIENT):
        verdict = judge(
            kind, _standing(naming, client=client), Spelling.NAMED, Demand(Door.VERIFY), "", NOW
        )
        assert verdict.reason is Reason.UNKNOWN
    beside = judge(
        kind, _standing(found, client=CLIENT), Spelling.NAMED, Demand(Door.VERIFY), "", NOW
    )
    assert beside.reason is Reason.UNKNOWN


def test_a_clients_own_token_is_held_by_the_client_that_it_names() -> None:
    found = found_of(CLIENT_ACCESS)
    held = replace(found, token=replace(found.token, holder_id=ELSEWHERE))
    assert _verdict(CLIENT_ACCESS, held).reason is Reason.UNKNOWN


def test_a_persons_access_token_and_a_clients_own_are_never_taken_for_each_other() -> None:
    assert _verdict(CLIENT_ACCESS, found_of(ACCESS)).reason is Reason.UNKNOWN
    assert _verdict(ACCESS, found_of(CLIENT_ACCESS)).reason is Reason.UNKNOWN


def test_a_clients_own_token_outlives_everybody() -> None:
    found = _standing(found_of(CLIENT_ACCESS), person=None, membership=None)
    assert found.token.holder_kind is HolderKind.CLIENT
    assert _verdict(CLIENT_ACCESS, found).allowed


@each
def test_the_subject_is_the_person_or_of_its_own_token_the_client(kind: Kind) -> None:
    expected = CLIENT_ID if kind is CLIENT_ACCESS else PERSON_ID
    assert subject(found_of(kind)) == expected
