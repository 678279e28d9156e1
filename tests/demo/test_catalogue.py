"""The demo's catalogue: two APIs with all that a catalogue can say, and four sets."""

from tokenhouse.demo import firm
from tokenhouse.demo.systems import FACE

PLATFORM = [one for one in firm.CATALOGUE if "." in one.name]
SETS = {one.name: one.permissions for one in firm.LISTED.sets}


def test_many_methods_of_several_services_are_told_as_a_customer_would():
    assert len(PLATFORM) >= 60
    assert len({one.name.partition(".")[0] for one in PLATFORM}) >= 6
    assert len({one.name.rpartition(".")[0] for one in PLATFORM}) >= 10
    assert len({one.description for one in PLATFORM}) == len(PLATFORM)
    for one in PLATFORM:
        service, controller, method = one.name.split(".")
        path = f"/1.0/{service}/{controller}/rest/{method.lower()}"
        assert [str(operation) for operation in one.operations] == [f"GET {path}", f"POST {path}"]
        assert one.title
        assert one.docs_url.endswith(f"{service}.{controller.capitalize()}-method-{method}")


def test_what_the_sample_api_serves_is_opened_by_what_it_demands():
    opened = {(str(operation), one.name) for one in firm.CATALOGUE for operation in one.operations}
    for route in FACE.routes:
        assert route.demand is not None
        assert {(str(route), name) for name in route.demand.permissions} <= opened


def test_extended_access_is_everything_but_what_manages_access():
    assert set(SETS) == {"Extended Access", "IDE Plugins", "Marketplace", "Maven Plugin"}
    managing = {one.name for one in PLATFORM if one.manages_access}
    assert {one.name for one in PLATFORM} - managing == SETS["Extended Access"]
    assert {one.name for one in PLATFORM if "Token" in one.name} <= managing
    for name, permissions in SETS.items():
        assert permissions, name
        assert permissions <= SETS["Extended Access"], name


def test_the_developers_run_environments_and_manage_no_access():
    (developers,) = (group for group in firm.GROUPS if group.name == "Developers")
    assert "environment.control.StopEnv" in developers.permissions
    assert developers.permissions <= SETS["Extended Access"]
