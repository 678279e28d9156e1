"""Permissions are found by the area that they are of."""

import pytest

from tokenhouse.core.areas import OURS, area_of, areas_of, by_area
from tokenhouse.core.permission import OPERATORS, PRODUCT, Permission


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("environment.control.StopEnv", "environment.control"),
        ("fleet.Stop", "fleet"),
        ("SystemsRead", "Systems"),
        ("SystemsWrite", "Systems"),
        ("SolarSystemsRead", "SolarSystems"),
        ("HTTPRead", "HTTP"),
        ("Admin", "Admin"),
        ("admin", "admin"),
        ("systems-Read", "systems"),
        ("read_systems", "read_systems"),
    ],
)
def test_a_permission_is_of_what_its_name_speaks_of(name: str, area: str):
    assert area_of(name) == area


@pytest.mark.parametrize("permission", [*PRODUCT, *OPERATORS])
def test_the_products_own_are_of_one_area(permission: Permission):
    assert area_of(permission.name) == OURS


def test_areas_stand_by_name_and_ours_last():
    names = ("EventsRead", "zeta.Run", "SystemsWrite", "alpha.Stop", "SystemsRead", "alpha.Go")
    listed = by_area(map(Permission, names))
    assert [(one.name, [each.name for each in one.permissions]) for one in listed] == [
        ("alpha", ["alpha.Stop", "alpha.Go"]),
        ("Systems", ["SystemsWrite", "SystemsRead"]),
        ("zeta", ["zeta.Run"]),
        (OURS, ["EventsRead"]),
    ]
    assert areas_of(frozenset(names)) == {"alpha", "Systems", "zeta", OURS}
