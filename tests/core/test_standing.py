"""What a token may do now: never more than its holder, whatever it rests on."""

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
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.kind import Kind
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, PRODUCT_PERMISSIONS, Permission
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Standing, group_ids, permissions, subject
from tokenhouse.kinds import ALL, ORGANIZATIONAL, PERSONAL, SESSION

NAMES = st.sampled_from(
    ["SystemsRead", "SystemsWrite", "EventsRead", "KeysWrite", "AllDevicesRead"]
)
KINDS = st.sampled_from(ALL)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    listed = draw(st.frozensets(NAMES))
    catalogue = Catalogue(DEPLOYMENT, 1, tuple(Permission(name) for name in sorted(listed)))
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
        rightful, catalogue=catalogue, groups=groups, person=person, membership=membership
    )


def _holder_may(standing: Standing) -> frozenset[str]:
    held = union(standing.groups, standing.catalogue)
    if standing.person is not None and standing.person.operator:
        return held | DEPLOYMENT_PERMISSIONS
    return held


@BOUNDED
@given(KINDS, standings())
def test_a_token_may_do_nothing_that_its_holder_may_not(kind: Kind, standing: Standing) -> None:
    assert permissions(kind, standing) <= _holder_may(standing)


@BOUNDED
@given(KINDS, standings())
def test_deployment_permissions_count_only_for_an_operator_in_a_session(
    kind: Kind, standing: Standing
) -> None:
    operator = standing.person is not None and standing.person.operator
    expected = DEPLOYMENT_PERMISSIONS if kind is SESSION and operator else frozenset()
    assert permissions(kind, standing) & DEPLOYMENT_PERMISSIONS == expected


@BOUNDED
@given(KINDS, standings(), st.data())
def test_taking_a_group_from_the_holder_never_widens_a_token(
    kind: Kind, standing: Standing, data: st.DataObject
) -> None:
    before = permissions(kind, standing)
    if not standing.groups:
        assert before <= DEPLOYMENT_PERMISSIONS
        return
    lost = data.draw(st.sampled_from(standing.groups))
    kept = tuple(group for group in standing.groups if group is not lost)
    assert permissions(kind, replace(standing, groups=kept)) <= before


@BOUNDED
@given(KINDS, standings(), NAMES)
def test_taking_a_permission_from_groups_or_catalogue_never_widens_a_token(
    kind: Kind, standing: Standing, name: str
) -> None:
    before = permissions(kind, standing)
    groups = tuple(replace(g, permissions=g.permissions - {name}) for g in standing.groups)
    entries = tuple(entry for entry in standing.catalogue.entries if entry.name != name)
    poorer_groups = replace(standing, groups=groups)
    poorer_catalogue = replace(standing, catalogue=replace(standing.catalogue, entries=entries))
    assert permissions(kind, poorer_groups) <= before
    assert permissions(kind, poorer_catalogue) <= before


@BOUNDED
@given(KINDS, standings())
def test_taking_the_operators_rank_never_widens_a_token(kind: Kind, standing: Standing) -> None:
    if standing.person is None:
        return
    plain = replace(standing, person=replace(standing.person, operator=False))
    assert permissions(kind, plain) <= permissions(kind, standing)
    assert not permissions(kind, plain) & DEPLOYMENT_PERMISSIONS


def test_an_operators_session_adds_the_deployments_permissions_to_the_groups() -> None:
    standing = found_of(SESSION).standing
    standing = replace(standing, person=replace(PERSON, operator=True))
    expected = {"SystemsRead", "EventsRead"} | DEPLOYMENT_PERMISSIONS
    assert permissions(SESSION, standing) == expected
    assert permissions(PERSONAL, standing) == {"SystemsRead", "EventsRead"}


def test_an_operator_without_groups_gets_no_product_permission_by_rank() -> None:
    standing = replace(found_of(SESSION).standing, groups=(), person=replace(PERSON, operator=True))
    assert not permissions(SESSION, standing) & PRODUCT_PERMISSIONS


def test_an_organizational_token_takes_its_groups_from_its_own_record_alone() -> None:
    token = token_of(ORGANIZATIONAL)
    elsewhere = replace(MEMBERSHIP, groups=(UUID(int=77),))
    assert group_ids(ORGANIZATIONAL, token, None) == (GROUP_ID,)
    assert group_ids(ORGANIZATIONAL, token, elsewhere) == (GROUP_ID,)
    assert group_ids(ORGANIZATIONAL, replace(token, groups=None), elsewhere) == ()


@pytest.mark.parametrize("kind", [PERSONAL, SESSION])
def test_a_persons_token_takes_its_groups_from_the_membership_alone(kind: Kind) -> None:
    token = replace(token_of(kind), groups=(UUID(int=77),))
    assert group_ids(kind, token, MEMBERSHIP) == (GROUP_ID,)
    assert group_ids(kind, token, None) == ()


@pytest.mark.parametrize("kind", [PERSONAL, SESSION])
def test_the_subject_of_a_persons_token_is_the_person_not_the_membership(kind: Kind) -> None:
    assert subject(found_of(kind)) == PERSON_ID


def test_the_subject_of_an_organizational_token_is_the_organization() -> None:
    assert subject(found_of(ORGANIZATIONAL)) == ORGANIZATION_ID
