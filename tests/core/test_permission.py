"""Permissions, policy groups and the catalogue: narrowing never widens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, policy_group
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.permission import (
    DEPLOYMENT_PERMISSIONS,
    MAX_NAME_CHARACTERS,
    NOTHING,
    PRODUCT_PERMISSIONS,
    Permission,
    is_permission_name,
    missing,
)
from tokenhouse.core.policy_group import PolicyGroup, union
from tokenhouse.core.principal import DEPLOYMENT

CUSTOMER = ("SystemsRead", "SystemsWrite", "environment.control.StopEnv")
NAMES = st.sampled_from(sorted({*CUSTOMER, *PRODUCT_PERMISSIONS, *DEPLOYMENT_PERMISSIONS}))


def _catalogue(names: frozenset[str]) -> Catalogue:
    return Catalogue(DEPLOYMENT, 1, tuple(Permission(name) for name in sorted(names)))


catalogues = st.frozensets(NAMES, max_size=8).map(_catalogue)
groups = st.builds(
    lambda names, fixed: policy_group(*names, fixed=fixed),
    st.frozensets(NAMES, max_size=8),
    st.booleans(),
)
group_lists = st.lists(groups, max_size=4).map(tuple)


@BOUNDED
@given(group_lists, catalogues)
def test_groups_give_nothing_that_the_catalogue_does_not_know(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue
) -> None:
    known = PRODUCT_PERMISSIONS | {entry.name for entry in catalogue.entries}
    assert union(listed, catalogue) <= known


@BOUNDED
@given(group_lists, catalogues)
def test_no_group_gives_a_deployment_permission_even_if_the_catalogue_lists_it(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue
) -> None:
    assert not catalogue.names & DEPLOYMENT_PERMISSIONS
    assert not union(listed, catalogue) & DEPLOYMENT_PERMISSIONS
    assert not any(group.holds(catalogue) & DEPLOYMENT_PERMISSIONS for group in listed)


def test_the_fixed_group_does_not_gain_an_operators_permission_from_a_catalogue_entry() -> None:
    catalogue = _catalogue(frozenset({"KeysWrite", "SystemsRead"}))
    held = policy_group(fixed=True).holds(catalogue)
    assert held == PRODUCT_PERMISSIONS | {"SystemsRead"}


@BOUNDED
@given(group_lists, catalogues)
def test_groups_together_give_what_they_give_one_by_one(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue
) -> None:
    one_by_one = frozenset(name for group in listed for name in group.holds(catalogue))
    assert union(listed, catalogue) == one_by_one
    assert union(reversed(listed), catalogue) == one_by_one


@BOUNDED
@given(group_lists, catalogues, st.data())
def test_removing_a_group_never_adds_a_permission(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue, data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(listed), unique=True)) if listed else []
    assert union(kept, catalogue) <= union(listed, catalogue)


@BOUNDED
@given(group_lists, catalogues, NAMES)
def test_removing_a_permission_from_a_group_never_adds_one(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue, name: str
) -> None:
    poorer = tuple(replace(group, permissions=group.permissions - {name}) for group in listed)
    assert union(poorer, catalogue) <= union(listed, catalogue)


@BOUNDED
@given(group_lists, catalogues, NAMES)
def test_a_name_that_the_catalogue_loses_is_lost_in_every_group(
    listed: tuple[PolicyGroup, ...], catalogue: Catalogue, name: str
) -> None:
    kept = tuple(entry for entry in catalogue.entries if entry.name != name)
    smaller = replace(catalogue, entries=kept)
    expected = {name} - PRODUCT_PERMISSIONS
    assert union(listed, smaller) == union(listed, catalogue) - expected


def test_no_groups_give_nothing() -> None:
    assert union((), _catalogue(frozenset(CUSTOMER))) == NOTHING


def test_an_unfixed_group_gives_exactly_its_known_names() -> None:
    catalogue = _catalogue(frozenset({"SystemsRead"}))
    group = policy_group("SystemsRead", "SystemsWrite", "EventsRead", "KeysRead")
    assert group.holds(catalogue) == {"SystemsRead", "EventsRead"}


def test_the_fixed_group_gains_permissions_that_the_catalogue_gets_later() -> None:
    administrator = policy_group(fixed=True)
    assert "SystemsRead" not in administrator.holds(_catalogue(frozenset()))
    assert "SystemsRead" in administrator.holds(_catalogue(frozenset({"SystemsRead"})))


@BOUNDED
@given(st.frozensets(NAMES), st.frozensets(NAMES))
def test_a_demand_is_covered_exactly_when_all_of_it_is_held(
    demanded: frozenset[str], held: frozenset[str]
) -> None:
    assert (not missing(demanded, held)) is all(name in held for name in demanded)
    assert missing(demanded, held) <= demanded


def test_permissions_are_told_apart_by_letter_case() -> None:
    assert missing(frozenset({"systemsread"}), frozenset({"SystemsRead"})) == {"systemsread"}


def test_the_products_permissions_are_a_closed_list_of_pairs() -> None:
    things = ["AccountToken", "AccountsUsers", "Groups", "Clients", "Devices", "Events", "Policies"]
    pairs = {thing + verb for thing in things for verb in ("Read", "Write")}
    assert pairs | {"TokenVerify"} == PRODUCT_PERMISSIONS
    operators = ["Organizations", "Keys", "Catalogue", "AllDevices"]
    assert {t + v for t in operators for v in ("Read", "Write")} == DEPLOYMENT_PERMISSIONS
    assert not PRODUCT_PERMISSIONS & DEPLOYMENT_PERMISSIONS


@pytest.mark.parametrize(
    "name",
    ["A", "SystemsRead", "environment.control.StopEnv", "a:b", "a-b_c", "a.1", "x" * 120],
)
def test_names_of_customers_and_of_ours_are_permission_names(name: str) -> None:
    assert is_permission_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "1a", ".a", "a.", "a..b", "a b", "a\n", "\na", "a,b", "a/b", 'a"b', "a\x00", "é", "а",
     "a\uff11", "a\u0661", "-a", "a-", "_a", "a__b", "a\u200b", "x" * (MAX_NAME_CHARACTERS + 1)],
)  # fmt: skip
def test_anything_else_is_no_permission_name(name: str) -> None:
    assert not is_permission_name(name)


def test_every_product_permission_is_a_permission_name() -> None:
    assert all(map(is_permission_name, PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS))
