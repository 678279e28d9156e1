"""What a token may do now: never more than its holder, whatever it rests on."""

from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import (
    BOUNDED,
    GROUP_ID,
    MEMBERSHIP,
    ORGANIZATION_ID,
    PERSON,
    PERSON_ID,
    found_of,
    policy_group,
    token_of,
)
from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.core.kind import Kind
from tokenhouse.core.permission import (
    DEPLOYMENT_PERMISSIONS,
    PRODUCT,
    PRODUCT_PERMISSIONS,
    Permission,
)
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Standing, group_ids, permissions, subject
from tokenhouse.core.token import Token
from tokenhouse.kinds import ALL, LIMITED, ORGANIZATIONAL, PERSONAL, SESSION

NAMES = st.sampled_from(
    ["SystemsRead", "SystemsWrite", "EventsRead", "KeysWrite", "AllDevicesRead"]
)
SET_IDS = st.integers(1, 3)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    listed = draw(st.frozensets(NAMES))
    managing = draw(st.frozensets(NAMES, max_size=1))
    entries = tuple(Permission(one, manages_access=one in managing) for one in sorted(listed))
    sets = tuple(
        PredefinedSet(set_id, f"Set {set_id}", "", draw(st.frozensets(NAMES)))
        for set_id in draw(st.frozensets(SET_IDS))
    )
    group = st.builds(
        lambda names, fixed: policy_group(*names, fixed=fixed),
        st.frozensets(NAMES),
        st.sampled_from([False, False, False, True]),
    )
    groups = tuple(draw(st.lists(group, max_size=3)))
    person = draw(st.sampled_from([None, PERSON, replace(PERSON, operator=True)]))
    membership = MEMBERSHIP if person is not None else None
    rightful = found_of(PERSONAL).standing
    return replace(
        rightful,
        catalogue=Catalogue(DEPLOYMENT, 1, entries, sets, 3),
        groups=groups,
        person=person,
        membership=membership,
    )


def _listing(names: frozenset[str]) -> Token:
    return replace(token_of(LIMITED), permissions=names)


def _following(set_id: int) -> Token:
    return replace(token_of(LIMITED), permissions=None, set_id=set_id)


LIMITED_TOKENS = st.one_of(
    st.builds(_listing, st.frozensets(NAMES)), st.builds(_following, SET_IDS)
)
TOKENS = st.one_of(
    st.sampled_from([(kind, token_of(kind)) for kind in ALL if kind is not LIMITED]),
    LIMITED_TOKENS.map(lambda token: (LIMITED, token)),
)
KindOf: TypeAlias = tuple[Kind, Token]


def _holder_may(standing: Standing) -> frozenset[str]:
    held = union(standing.groups, standing.catalogue)
    if standing.person is not None and standing.person.operator:
        return held | DEPLOYMENT_PERMISSIONS
    return held


@BOUNDED
@given(TOKENS, standings())
def test_a_token_may_do_nothing_that_its_holder_may_not(one: KindOf, standing: Standing) -> None:
    assert permissions(*one, standing) <= _holder_may(standing)


@BOUNDED
@given(LIMITED_TOKENS, standings())
def test_a_limited_token_may_do_what_its_holder_may_of_what_its_list_or_set_names(
    token: Token, standing: Standing
) -> None:
    sets = {one.id: one.permissions for one in standing.catalogue.sets}
    named = token.permissions or sets.get(token.set_id or 0, frozenset())
    held = union(standing.groups, standing.catalogue)
    managing = {one.name for one in standing.catalogue.entries if one.manages_access}
    assert permissions(LIMITED, token, standing) == (named & held) - managing


@BOUNDED
@given(standings(), st.frozensets(NAMES))
def test_what_manages_access_is_carried_by_no_limited_token_even_if_its_list_names_it(
    standing: Standing, names: frozenset[str]
) -> None:
    managing = {one.name for one in PRODUCT if one.manages_access}
    every = replace(standing, groups=(policy_group(fixed=True),))
    token = _listing(names | managing)
    assert managing <= permissions(PERSONAL, token_of(PERSONAL), every)
    assert not managing & permissions(LIMITED, token, every)


@BOUNDED
@given(standings(), SET_IDS, NAMES)
def test_a_set_that_loses_a_permission_takes_it_from_its_tokens_and_gives_nothing_else(
    standing: Standing, set_id: int, name: str
) -> None:
    token, catalogue = _following(set_id), standing.catalogue
    before = permissions(LIMITED, token, standing)
    poorer = tuple(replace(one, permissions=one.permissions - {name}) for one in catalogue.sets)
    later = replace(standing, catalogue=replace(catalogue, sets=poorer))
    assert permissions(LIMITED, token, later) == before - {name}


@BOUNDED
@given(standings(), SET_IDS)
def test_a_set_that_was_removed_gives_nothing_and_touches_no_other_token(
    standing: Standing, set_id: int
) -> None:
    catalogue = standing.catalogue
    kept = tuple(one for one in catalogue.sets if one.id != set_id)
    later = replace(standing, catalogue=replace(catalogue, sets=kept))
    assert not permissions(LIMITED, _following(set_id), later)
    for one in kept:
        other = _following(one.id)
        assert permissions(LIMITED, other, later) == permissions(LIMITED, other, standing)


def test_a_limited_token_without_list_and_set_may_do_nothing() -> None:
    bare = replace(token_of(LIMITED), permissions=None)
    assert not permissions(LIMITED, bare, found_of(LIMITED).standing)


@BOUNDED
@given(TOKENS, standings())
def test_deployment_permissions_count_only_for_an_operator_in_a_session(
    one: KindOf, standing: Standing
) -> None:
    operator = standing.person is not None and standing.person.operator
    expected = DEPLOYMENT_PERMISSIONS if one[0] is SESSION and operator else frozenset()
    assert permissions(*one, standing) & DEPLOYMENT_PERMISSIONS == expected


@BOUNDED
@given(TOKENS, standings(), st.data())
def test_taking_a_group_from_the_holder_never_widens_a_token(
    one: KindOf, standing: Standing, data: st.DataObject
) -> None:
    before = permissions(*one, standing)
    if not standing.groups:
        assert before <= DEPLOYMENT_PERMISSIONS
        return
    lost = data.draw(st.sampled_from(standing.groups))
    kept = tuple(group for group in standing.groups if group is not lost)
    assert permissions(*one, replace(standing, groups=kept)) <= before


@BOUNDED
@given(TOKENS, standings(), NAMES)
def test_taking_a_permission_from_groups_or_catalogue_never_widens_a_token(
    one: KindOf, standing: Standing, name: str
) -> None:
    before = permissions(*one, standing)
    groups = tuple(replace(g, permissions=g.permissions - {name}) for g in standing.groups)
    entries = tuple(entry for entry in standing.catalogue.entries if entry.name != name)
    poorer_groups = replace(standing, groups=groups)
    poorer_catalogue = replace(standing, catalogue=replace(standing.catalogue, entries=entries))
    assert permissions(*one, poorer_groups) <= before
    assert permissions(*one, poorer_catalogue) <= before


@BOUNDED
@given(TOKENS, standings())
def test_taking_the_operators_rank_never_widens_a_token(one: KindOf, standing: Standing) -> None:
    if standing.person is None:
        return
    plain = replace(standing, person=replace(standing.person, operator=False))
    assert permissions(*one, plain) <= permissions(*one, standing)
    assert not permissions(*one, plain) & DEPLOYMENT_PERMISSIONS


def test_an_operators_session_adds_the_deployments_permissions_to_the_groups() -> None:
    standing = found_of(SESSION).standing
    standing = replace(standing, person=replace(PERSON, operator=True))
    expected = {"SystemsRead", "EventsRead"} | DEPLOYMENT_PERMISSIONS
    assert permissions(SESSION, token_of(SESSION), standing) == expected
    for kind in (PERSONAL, LIMITED):
        assert permissions(kind, token_of(kind), standing) == {"SystemsRead", "EventsRead"}


def test_an_operator_without_groups_gets_no_product_permission_by_rank() -> None:
    standing = replace(found_of(SESSION).standing, groups=(), person=replace(PERSON, operator=True))
    assert not permissions(SESSION, token_of(SESSION), standing) & PRODUCT_PERMISSIONS


def test_an_organizational_token_takes_its_groups_from_its_own_record_alone() -> None:
    token = token_of(ORGANIZATIONAL)
    elsewhere = replace(MEMBERSHIP, groups=(UUID(int=77),))
    assert group_ids(ORGANIZATIONAL, token, None) == (GROUP_ID,)
    assert group_ids(ORGANIZATIONAL, token, elsewhere) == (GROUP_ID,)
    assert group_ids(ORGANIZATIONAL, replace(token, groups=None), elsewhere) == ()


@pytest.mark.parametrize("kind", [PERSONAL, LIMITED, SESSION])
def test_a_persons_token_takes_its_groups_from_the_membership_alone(kind: Kind) -> None:
    token = replace(token_of(kind), groups=(UUID(int=77),))
    assert group_ids(kind, token, MEMBERSHIP) == (GROUP_ID,)
    assert group_ids(kind, token, None) == ()


@pytest.mark.parametrize("kind", [PERSONAL, LIMITED, SESSION])
def test_the_subject_of_a_persons_token_is_the_person_not_the_membership(kind: Kind) -> None:
    assert subject(found_of(kind)) == PERSON_ID


def test_the_subject_of_an_organizational_token_is_the_organization() -> None:
    assert subject(found_of(ORGANIZATIONAL)) == ORGANIZATION_ID
