"""Permissions are found by the service that they are of."""

import pytest

from tokenhouse.core.permission import OPERATORS, PRODUCT, Permission
from tokenhouse.core.services import OURS, by_service, service_of, services_of


@pytest.mark.parametrize(
    ("name", "service"),
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
def test_a_permission_is_of_what_its_name_speaks_of(name: str, service: str):
    assert service_of(name) == service


@pytest.mark.parametrize("permission", [*PRODUCT, *OPERATORS])
def test_the_products_own_are_of_one_service(permission: Permission):
    assert service_of(permission.name) == OURS


def test_services_stand_by_name_and_ours_last():
    names = ("EventsRead", "zeta.Run", "SystemsWrite", "alpha.Stop", "SystemsRead", "alpha.Go")
    listed = by_service(map(Permission, names))
    assert [(one.name, [each.name for each in one.permissions]) for one in listed] == [
        ("alpha", ["alpha.Stop", "alpha.Go"]),
        ("Systems", ["SystemsWrite", "SystemsRead"]),
        ("zeta", ["zeta.Run"]),
        (OURS, ["EventsRead"]),
    ]
    assert services_of(frozenset(names)) == {"alpha", "Systems", "zeta", OURS}
