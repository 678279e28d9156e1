"""The one judge: every cause is reachable, and their order is fixed."""

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import (
    BORN,
    BOUNDED,
    CATALOGUE,
    CLIENT_ID,
    FAMILY_END,
    MEMBERSHIP,
    NOW,
    ORGANIZATION,
    PERSON,
    READERS,
    SEQUENCE,
    found_of,
)
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.judge import AHEAD, UNKNOWN, Demand, Reason, Verdict, judge, revoked
from tokenhouse.core.kind import Asker, Door, Kind, Rights, Spelling
from tokenhouse.core.moment import SECOND
from tokenhouse.core.permission import NOTHING
from tokenhouse.core.standing import Found
from tokenhouse.core.succession import CUT_OVER, succeed
from tokenhouse.kinds import ALL, LIMITED, ORGANIZATIONAL, PERSONAL, SESSION
from tokenhouse.kinds.access import ACCESS
from tokenhouse.kinds.device import DEVICE

RIGHTFUL = Demand(Door.MANAGEMENT, frozenset({"SystemsRead"}))
SPELLED = {
    kind: next(
        (one for one in (Spelling.BEARER, Spelling.TOKEN) if one in kind.spellings), Spelling.NAMED
    )
    for kind in ALL
}
RIGHTFUL_OF = {
    kind: replace(
        RIGHTFUL if kind.rights is not Rights.NONE else replace(RIGHTFUL, permissions=NOTHING),
        door=next(
            door for door in (Door.MANAGEMENT, Door.RESOURCE, Door.REDEEM) if door in kind.doors
        ),
    )
    for kind in ALL
}
"""A demand that each kind can meet at a door of its own."""


def _token(found: Found, **fields: object) -> Found:
    return replace(found, token=replace(found.token, **fields))


def _standing(found: Found, **fields: object) -> Found:
    return replace(found, standing=replace(found.standing, **fields))


def _verdict(
    found: Found, *, kind: Kind = PERSONAL, demand: Demand | None = None, now: int = NOW
) -> Verdict:
    return judge(kind, found, SPELLED[kind], demand or RIGHTFUL_OF[kind], "", now)


def _person(found: Found, **fields: object) -> Found:
    return _standing(found, person=replace(found.standing.person or PERSON, **fields))


def _membership(found: Found, **fields: object) -> Found:
    return _standing(found, membership=replace(found.standing.membership or MEMBERSHIP, **fields))


def _organization(found: Found, **fields: object) -> Found:
    return _standing(found, organization=replace(found.standing.organization, **fields))


INACTIVE: list[tuple[Reason, Callable[[Found], Found]]] = [
    (Reason.REVOKED, lambda found: _token(found, revoked_at=NOW - 1)),
    (Reason.FAMILY_ENDED, lambda found: _standing(found, family_end=FAMILY_END)),
    (Reason.SUPERSEDED, lambda found: _token(found, superseded_at=NOW)),
    (Reason.NOT_YET_VALID, lambda found: _token(found, created_at=NOW + AHEAD + 1)),
    (Reason.EXPIRED, lambda found: _token(found, expires_at=NOW)),
    (Reason.ORGANIZATION_SUSPENDED, lambda found: _organization(found, suspended=True)),
    (Reason.MEMBERSHIP_ENDED, lambda found: _membership(found, ended_at=NOW - 1)),
    (Reason.HOLDER_SUSPENDED, lambda found: _person(found, suspended=True)),
]
"""Every cause that makes a token bad in itself, the first to count first."""

UNFIT = [
    Reason.WRONG_DOOR,
    Reason.WRONG_ASKER,
    Reason.WRONG_AUDIENCE,
    Reason.WRONG_ADDRESS,
    Reason.INSUFFICIENT,
]
"""Every cause for which a good token is not good enough, the first to count first."""


API = "https://api.example"
HOME = "192.0.2.7"


def _unfit(causes: tuple[Reason, ...]) -> tuple[Spelling, Demand, str]:
    spelling = Spelling.BEARER if Reason.WRONG_DOOR in causes else Spelling.TOKEN
    asker = Asker.SIGNED_IN if Reason.WRONG_ASKER in causes else Asker.ANYONE
    permission = "SystemsWrite" if Reason.INSUFFICIENT in causes else "SystemsRead"
    audience = None if Reason.WRONG_AUDIENCE in causes else API
    address = "198.51.100.7" if Reason.WRONG_ADDRESS in causes else HOME
    return spelling, Demand(Door.MANAGEMENT, frozenset({permission}), asker, audience), address


def _subsets(causes: list[Reason]) -> list[tuple[Reason, ...]]:
    return [some for size in range(len(causes) + 1) for some in combinations(causes, size)]


@pytest.mark.parametrize("unfit", _subsets(UNFIT), ids=lambda some: "+".join(some) or "fit")
def test_of_all_causes_that_apply_the_first_in_the_fixed_order_counts(
    unfit: tuple[Reason, ...],
) -> None:
    spelling, demand, address = _unfit(unfit)
    for some in _subsets([reason for reason, _ in INACTIVE]):
        found = found_of(PERSONAL)
        bound = replace(found.token, audience=API, addresses=("192.0.2.0/24",))
        found = replace(found, token=bound)
        for reason, change in INACTIVE:
            found = change(found) if reason in some else found
        verdict = judge(PERSONAL, found, spelling, demand, address, NOW)
        assert verdict.reason is next(iter((*some, *unfit)), None), some
        assert verdict.active is (not some)
        assert verdict.allowed is (not some and not unfit)


def test_the_cases_here_reach_every_reason_there_is() -> None:
    reached = {reason for reason, _ in INACTIVE} | set(UNFIT) | {UNKNOWN.reason}
    reached |= {_listing(frozenset(), "SystemsRead").reason}
    without_client = _standing(found_of(ACCESS), client=None)
    reached |= {judge(ACCESS, without_client, Spelling.BEARER, RIGHTFUL, "", NOW).reason}
    assert reached == set(Reason)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_a_rightful_token_is_allowed_and_the_verdict_says_with_what(kind: Kind) -> None:
    found = found_of(kind)
    verdict = _verdict(found, kind=kind)
    assert (verdict.reason, verdict.allowed, verdict.active) == (None, True, True)
    assert (verdict.found, verdict.kind) == (found, kind)
    held = NOTHING if kind.rights is Rights.NONE else {"SystemsRead", "EventsRead"}
    assert verdict.permissions == held
    assert verdict.missing == NOTHING


@pytest.mark.parametrize(
    ("reason", "change"), INACTIVE, ids=lambda value: getattr(value, "value", "")
)
def test_an_inactive_token_carries_no_permissions(
    reason: Reason, change: Callable[[Found], Found]
) -> None:
    verdict = _verdict(change(found_of(PERSONAL)))
    assert (verdict.reason, verdict.active, verdict.allowed) == (reason, False, False)
    assert (verdict.permissions, verdict.missing) == (NOTHING, NOTHING)


def test_an_unknown_token_is_neither_active_nor_allowed_and_names_nothing() -> None:
    assert (UNKNOWN.active, UNKNOWN.allowed) == (False, False)
    assert (UNKNOWN.found, UNKNOWN.kind, UNKNOWN.permissions) == (None, None, NOTHING)


def test_an_insufficient_verdict_names_exactly_what_is_missing() -> None:
    demand = Demand(Door.RESOURCE, frozenset({"SystemsRead", "SystemsWrite", "KeysRead"}))
    verdict = _verdict(found_of(PERSONAL), demand=demand)
    assert verdict.reason is Reason.INSUFFICIENT
    assert verdict.missing == {"SystemsWrite", "KeysRead"}
    assert verdict.active


def _listing(listed: frozenset[str], *demanded: str) -> Verdict:
    """Judge a limited token with this list, whose holder may SystemsRead and EventsRead."""
    found = _token(found_of(LIMITED), permissions=listed)
    return _verdict(found, kind=LIMITED, demand=Demand(Door.RESOURCE, frozenset(demanded)))


def test_what_only_the_list_lacks_is_told_apart_from_what_the_holder_lacks() -> None:
    listed = frozenset({"SystemsRead", "SystemsWrite"})
    assert _listing(listed, "SystemsRead").allowed
    only_the_list = _listing(listed, "SystemsRead", "EventsRead")
    assert (only_the_list.reason, only_the_list.active) == (Reason.NOT_LISTED, True)
    assert only_the_list.missing == {"EventsRead"}
    the_holder = _listing(listed, "SystemsWrite", "EventsRead")
    assert the_holder.reason is Reason.INSUFFICIENT
    assert the_holder.missing == {"SystemsWrite", "EventsRead"}


def test_a_set_that_loses_a_permission_takes_it_from_its_tokens_in_the_next_verdict() -> None:
    found = _token(found_of(LIMITED), permissions=None, set_id=READERS.id)
    demand = Demand(Door.RESOURCE, frozenset({"SystemsRead"}))
    assert _verdict(found, kind=LIMITED, demand=demand).allowed
    poorer = replace(CATALOGUE, sets=(replace(READERS, permissions=frozenset()),))
    without = replace(CATALOGUE, sets=())
    for catalogue in (poorer, without):
        later = _verdict(_standing(found, catalogue=catalogue), kind=LIMITED, demand=demand)
        assert (later.reason, later.permissions) == (Reason.NOT_LISTED, NOTHING)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("expires_at", "reason"),
    [(None, None), (NOW + 1, None), (NOW, Reason.EXPIRED), (NOW - 1, Reason.EXPIRED)],
)
def test_expiry_has_no_leeway(kind: Kind, expires_at: int | None, reason: Reason | None) -> None:
    assert _verdict(_token(found_of(kind), expires_at=expires_at), kind=kind).reason is reason


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        (-1, None),
        (0, None),
        (10 * SECOND, None),
        (10 * SECOND + 1, Reason.NOT_YET_VALID),
        (3600 * SECOND - 1, Reason.NOT_YET_VALID),
    ],
)
def test_a_token_made_up_to_ten_seconds_ahead_is_valid_already(
    ahead: int, reason: Reason | None
) -> None:
    assert _verdict(_token(found_of(PERSONAL), created_at=NOW + ahead)).reason is reason


@pytest.mark.parametrize(
    ("superseded_at", "reason"),
    [(None, None), (NOW + 1, None), (NOW, Reason.SUPERSEDED), (NOW - 1, Reason.SUPERSEDED)],
)
def test_a_predecessor_is_good_until_the_moment_its_overlap_ends(
    superseded_at: int | None, reason: Reason | None
) -> None:
    assert _verdict(_token(found_of(PERSONAL), superseded_at=superseded_at)).reason is reason


@pytest.mark.parametrize("back", [1, 3600 * SECOND])
def test_what_was_cut_over_stays_so_however_far_the_clock_is_set_back(back: int) -> None:
    cut_over = succeed(found_of(PERSONAL).token, CUT_OVER, None, NOW).predecessor
    assert cut_over is not None
    found = replace(found_of(PERSONAL), token=cut_over)
    assert _verdict(found, now=NOW - back).reason is Reason.SUPERSEDED


@BOUNDED
@given(st.integers(0, 4 * 10**15))
def test_a_revoked_token_is_revoked_at_every_moment(now: int) -> None:
    found = _token(found_of(PERSONAL), revoked_at=NOW, expires_at=None)
    assert _verdict(found, now=now).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("reason", "change"), INACTIVE, ids=lambda value: getattr(value, "value", "")
)
def test_ended_by_decision_is_told_apart_from_every_other_cause(
    reason: Reason, change: Callable[[Found], Found]
) -> None:
    decided = reason in {Reason.REVOKED, Reason.FAMILY_ENDED}
    assert revoked(PERSONAL, change(found_of(PERSONAL))) is (reason if decided else None)


@BOUNDED
@given(st.integers(BORN, NOW + 7200 * SECOND), st.integers(0, 7200 * SECOND))
def test_time_alone_never_makes_a_token_good_again(start: int, later: int) -> None:
    found = _token(found_of(PERSONAL), superseded_at=NOW + 60 * SECOND)
    if not _verdict(found, now=start).active:
        assert not _verdict(found, now=start + later).active


LEVELS = ["deployment", "organization", "person", "membership"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (0, None),
        (SEQUENCE - 1, None),
        (SEQUENCE, Reason.REVOKED),
        (SEQUENCE + 1, Reason.REVOKED),
        (2**62, Reason.REVOKED),
    ],
)
def test_a_marker_at_any_level_revokes_what_was_issued_at_or_before_it(
    level: str, mark: int, reason: Reason | None
) -> None:
    found = found_of(PERSONAL)
    record = replace(getattr(found.standing, level), revoked_before=mark)
    assert _verdict(_standing(found, **{level: record})).reason is reason


@pytest.mark.parametrize("level", LEVELS[:2])
def test_markers_of_deployment_and_organization_reach_tokens_without_a_person(level: str) -> None:
    found = found_of(ORGANIZATIONAL)
    for mark, reason in ((SEQUENCE - 1, None), (SEQUENCE, Reason.REVOKED)):
        record = replace(getattr(found.standing, level), revoked_before=mark)
        marked = _standing(found, **{level: record})
        assert _verdict(marked, kind=ORGANIZATIONAL).reason is reason


@pytest.mark.parametrize("level", LEVELS)
def test_a_marker_goes_by_sequence_and_no_clock_can_escape_it(level: str) -> None:
    found = found_of(PERSONAL)
    record = replace(getattr(found.standing, level), revoked_before=SEQUENCE, created_at=0)
    marked = _standing(found, **{level: record})
    for created_at in (0, BORN, NOW, NOW + AHEAD):
        assert _verdict(_token(marked, created_at=created_at)).reason is Reason.REVOKED
    later = _token(marked, sequence=SEQUENCE + 1, created_at=0)
    assert _verdict(later).reason is None


@pytest.mark.parametrize("kind", [PERSONAL, SESSION], ids=lambda kind: kind.name)
def test_a_changed_password_ends_what_a_password_opened_and_nothing_else(kind: Kind) -> None:
    found = _person(found_of(kind), sign_ins_revoked_before=SEQUENCE)
    ended = Reason.REVOKED if kind is SESSION else None
    assert _verdict(found, kind=kind).reason is ended
    assert revoked(kind, found) is ended


@pytest.mark.parametrize("kind", [*ALL], ids=lambda kind: kind.name)
def test_ended_sessions_end_no_other_kind_and_nothing_at_a_client(kind: Kind) -> None:
    found = found_of(kind)
    if found.standing.person is None:
        return
    marked = _person(found, sessions_revoked_before=SEQUENCE)
    assert revoked(kind, marked) is (Reason.REVOKED if kind is SESSION else None)
    at_client = replace(marked, token=replace(marked.token, client_id=CLIENT_ID))
    assert revoked(kind, at_client) is None


@pytest.mark.parametrize(
    "mark", ["revoked_before", "sign_ins_revoked_before", "sessions_revoked_before"]
)
def test_the_marks_of_a_person_spare_the_session_that_set_them_and_no_other(mark: str) -> None:
    found = found_of(SESSION)
    marked = {mark: SEQUENCE}
    spared = _person(found, spared_token_id=found.token.id, **marked)
    assert _verdict(spared, kind=SESSION).reason is None
    other = _person(found, spared_token_id=found.token.family_id, **marked)
    assert _verdict(other, kind=SESSION).reason is Reason.REVOKED
    by_organization = _organization(spared, revoked_before=SEQUENCE)
    assert _verdict(by_organization, kind=SESSION).reason is Reason.REVOKED
    by_membership = _membership(spared, revoked_before=SEQUENCE)
    assert _verdict(by_membership, kind=SESSION).reason is Reason.REVOKED


@pytest.mark.parametrize(
    ("audience", "named", "allowed"),
    [(None, None, True), (None, API, True), (API, API, True), (API, None, False), (API, "", False)],
)
def test_a_token_meant_for_one_api_is_not_enough_for_another_or_for_one_that_is_silent(
    audience: str | None, named: str | None, allowed: bool
) -> None:
    found = found_of(PERSONAL)
    found = replace(found, token=replace(found.token, audience=audience))
    demand = Demand(Door.MANAGEMENT, frozenset({"SystemsRead"}), audience=named)
    verdict = _verdict(found, demand=demand)
    assert (verdict.allowed, verdict.active) == (allowed, True)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("192.0.3.7", False),
        ("2001:db9::1", False),
        ("", False),
        ("192.0.2.7.", False),
        ("localhost", False),
    ],
)
def test_a_token_bound_to_networks_is_not_enough_from_anywhere_else(
    address: str, allowed: bool
) -> None:
    found = found_of(PERSONAL)
    bound = replace(found.token, addresses=("192.0.2.0/24", "2001:db8::/32"))
    verdict = judge(PERSONAL, replace(found, token=bound), Spelling.TOKEN, RIGHTFUL, address, NOW)
    assert verdict.allowed is allowed
    assert verdict.reason is (None if allowed else Reason.WRONG_ADDRESS)


def test_a_record_that_no_commit_has_placed_yet_is_good_for_nothing() -> None:
    assert _verdict(_token(found_of(PERSONAL), sequence=PENDING)).reason is Reason.REVOKED


@pytest.mark.parametrize("kind", [PERSONAL, SESSION], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: _standing(f, person=None), Reason.MEMBERSHIP_ENDED),
        (lambda f: _standing(f, membership=None), Reason.MEMBERSHIP_ENDED),
        (lambda f: _membership(f, ended_at=NOW + SECOND), Reason.MEMBERSHIP_ENDED),
        (lambda f: _membership(f, suspended=True), Reason.HOLDER_SUSPENDED),
        (lambda f: _person(f, suspended=True), Reason.HOLDER_SUSPENDED),
    ],
)
def test_a_persons_token_is_no_better_than_the_person_and_the_membership(
    kind: Kind, change: Callable[[Found], Found], reason: Reason
) -> None:
    assert _verdict(change(found_of(kind)), kind=kind).reason is reason


def test_an_organizational_token_outlives_whoever_made_it() -> None:
    found = found_of(ORGANIZATIONAL)
    found = _standing(found, person=replace(PERSON, suspended=True))
    assert _verdict(found, kind=ORGANIZATIONAL).reason is None


def test_what_reaches_everywhere_is_enough_in_place_of_all_that_is_demanded() -> None:
    operator = _person(found_of(SESSION), operator=True)
    demand = replace(RIGHTFUL, permissions=frozenset({"DevicesRead"}))
    for everywhere, reason in (("AllDevicesRead", None), (None, Reason.INSUFFICIENT)):
        demand = replace(demand, everywhere=everywhere)
        assert _verdict(operator, kind=SESSION, demand=demand).reason is reason
        plain = _verdict(found_of(SESSION), kind=SESSION, demand=demand)
        assert plain.reason is Reason.INSUFFICIENT
        assert plain.missing == {"DevicesRead"}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_a_suspended_organization_stops_all_its_tokens_and_switched_on_lets_them_go(
    kind: Kind,
) -> None:
    found = found_of(kind)
    suspended = _organization(found, suspended=True)
    assert _verdict(suspended, kind=kind).reason is Reason.ORGANIZATION_SUSPENDED
    assert _verdict(_standing(suspended, organization=ORGANIZATION), kind=kind).allowed


@pytest.mark.parametrize(
    "kind", [one for one in ALL if one.rights is not Rights.NONE], ids=lambda kind: kind.name
)
def test_whoever_loses_the_group_loses_its_permissions_in_the_next_verdict(kind: Kind) -> None:
    verdict = _verdict(_standing(found_of(kind), groups=()), kind=kind)
    assert (verdict.reason, verdict.permissions) == (Reason.INSUFFICIENT, NOTHING)


@pytest.mark.parametrize(
    "kind", [kind for kind in ALL if Door.RESOURCE in kind.doors], ids=lambda kind: kind.name
)
def test_a_string_named_in_a_body_is_judged_by_its_permissions_too(kind: Kind) -> None:
    demand = Demand(Door.RESOURCE, frozenset({"SystemsWrite"}))
    verdict = judge(kind, found_of(kind), Spelling.NAMED, demand, "", NOW)
    assert verdict.reason is Reason.INSUFFICIENT


def test_a_device_needs_no_permission_for_itself_and_everybody_else_does() -> None:
    demand = Demand(Door.DEVICES, frozenset({"SystemsWrite"}), itself=True)
    found = found_of(DEVICE)
    own = judge(DEVICE, found, Spelling.X_ACCESS_TOKEN, demand, "", NOW)
    assert own.allowed
    assert own.permissions == NOTHING
    plain = replace(demand, itself=False)
    reason = judge(DEVICE, found, Spelling.X_ACCESS_TOKEN, plain, "", NOW).reason
    assert reason is Reason.INSUFFICIENT
    asked = replace(demand, asker=Asker.PERSON)
    reason = judge(DEVICE, found, Spelling.X_ACCESS_TOKEN, asked, "", NOW).reason
    assert reason is Reason.WRONG_ASKER
    found = found_of(PERSONAL)
    reason = judge(PERSONAL, found, Spelling.X_ACCESS_TOKEN, demand, "", NOW).reason
    assert reason is Reason.INSUFFICIENT
