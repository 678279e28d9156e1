"""What a catalogue can hold, and which ids its predefined sets keep."""

import pytest
from msgspec.structs import replace

from tokenhouse.core.catalogue import (
    MAX_ENTRIES,
    MAX_NAMES_IN_SETS,
    MAX_SETS,
    Catalogue,
    Contents,
    PredefinedSet,
    following,
    problems_of,
)
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.permission import Operation, Permission
from tokenhouse.core.principal import DEPLOYMENT

EMPTY = Catalogue(DEPLOYMENT, 0, ())
READ = Permission("SystemsRead")


def named(*names: str) -> Contents:
    """Predefined sets of these names."""
    sets = tuple(PredefinedSet(PENDING, name, "", frozenset({"SystemsRead"})) for name in names)
    return Contents((READ,), sets)


def ids(catalogue: Catalogue) -> dict[str, int]:
    return {one.name: one.id for one in catalogue.sets}


def test_sets_are_numbered_from_one_in_their_order():
    first = following(EMPTY, named("A", "B"))
    assert (first.version, ids(first), first.last_set) == (1, {"A": 1, "B": 2}, 2)


def test_a_set_keeps_its_id_while_it_keeps_its_name_case_aside():
    later = following(following(EMPTY, named("Alpha", "B")), named("C", "ALPHA"))
    assert ids(later) == {"C": 3, "ALPHA": 1}


def test_an_id_never_comes_back_even_under_the_same_name():
    catalogue = following(EMPTY, named("A", "B"))
    for expected in (3, 4):
        catalogue = following(catalogue, named("A"))
        assert "B" not in ids(catalogue)
        catalogue = following(catalogue, named("A", "B"))
        assert ids(catalogue) == {"A": 1, "B": expected}


def test_no_limited_token_can_carry_what_manages_access_whosever_it_is():
    catalogue = Catalogue(DEPLOYMENT, 1, (READ, Permission("Renew", manages_access=True)))
    assert "SystemsRead" in catalogue.limitable
    assert not {"Renew", "AccountTokenWrite", "AccountsUsersWrite"} & catalogue.limitable


def test_what_a_set_that_is_no_more_names_is_nothing():
    assert following(EMPTY, named("A")).listed(1) == {"SystemsRead"}
    assert following(EMPTY, named("A")).listed(2) == frozenset()


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (replace(READ, title="a\nb"), "permissions[0].title"),
        (replace(READ, title="x" * 201), "permissions[0].title"),
        (replace(READ, description="x" * 2_001), "permissions[0].description"),
        (replace(READ, docs_url="javascript:alert(1)"), "permissions[0].docs_url"),
        (replace(READ, docs_url="https://["), "permissions[0].docs_url"),
        (replace(READ, name="no name"), "permissions[0].name"),
        (replace(READ, name="KeysWrite"), "permissions[0].name"),
        (replace(READ, operations=(Operation("GET", "/a/{b"),)), "permissions[0].operations[0]"),
        (replace(READ, operations=(Operation("get", "/a"),)), "permissions[0].operations[0]"),
        (replace(READ, operations=(Operation("GET", "/a"),) * 51), "permissions[0].operations"),
    ],
)
def test_an_entry_that_cannot_be_is_a_fault_of_its_field(entry: Permission, field: str):
    assert [problem.field for problem in problems_of((entry,), ())] == [field]


def test_one_operation_is_opened_by_one_permission():
    twins = tuple(
        Permission(name, operations=(Operation("GET", f"/a/{{{name}}}"),)) for name in ("x", "y")
    )
    (problem,) = problems_of(twins, ())
    assert problem.sentence == "is opened by permissions[0] already"


def test_a_catalogue_is_bounded():
    many = tuple(Permission(f"p{place}") for place in range(MAX_ENTRIES + 1))
    sets = named(*(f"s{place}" for place in range(MAX_SETS + 1))).sets
    assert [problem.field for problem in problems_of((*many[1:], READ), sets)] == [
        "permissions",
        "sets",
    ]
    whole = frozenset(one.name for one in many[1:])
    wide = [PredefinedSet(PENDING, f"s{place}", "", whole) for place in range(5)]
    assert len(whole) * 5 > MAX_NAMES_IN_SETS
    assert [problem.field for problem in problems_of(many[1:], tuple(wide))] == ["sets"]
