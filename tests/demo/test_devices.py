"""The devices of the demo: one in each of the firm's systems, and one that programs are told."""

from pathlib import Path

import pytest

from running import Demo, demo
from tokenhouse.demo.systems import SYSTEMS

FIRST = SYSTEMS[0].id


def header(running: Demo) -> dict[str, str]:
    return {"x-access-token": running.ready["device"]["token"]}


def listed(running: Demo) -> list[dict[str, object]]:
    answer = running.client.get("/v1/devices", headers=running.bearer())
    devices: list[dict[str, object]] = answer.json()["data"]
    return devices


def test_each_system_has_its_device_and_programs_are_told_the_first_with_a_good_token(
    running_demo: Demo,
):
    identifiers = [device["identifier"] for device in listed(running_demo)]
    assert identifiers[: len(SYSTEMS)] == [system.id for system in SYSTEMS]
    told = running_demo.ready["device"]
    assert set(told) == {"id", "identifier", "cpuId", "uuid", "mqttPrefix", "token"}
    assert told["identifier"] == FIRST
    answer = running_demo.client.get("/v1/verify", headers=header(running_demo))
    assert (answer.status_code, answer.json()["kind"]) == (200, "device")


def test_what_is_told_proves_the_device(running_demo: Demo):
    told = running_demo.ready["device"]
    number = {device["number"]: device["id"] for device in listed(running_demo)}
    path = f"/v1/devices/{number[told['id']]}/secrets"
    by = running_demo.bearer()
    answer = running_demo.client.post(path, headers=by, json={"cpu_id": told["cpuId"]})
    assert answer.status_code == 201
    assert answer.json()["uuid"] == told["uuid"]


def test_the_same_data_has_the_same_devices_and_the_token_that_was_told_stays_good(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as first:
        before, devices, held = first.ready["device"], listed(first), header(first)
    with demo(data) as second:
        assert listed(second) == devices
        assert second.ready["device"]["token"] != before["token"]
        for name in ("id", "identifier", "cpuId", "uuid"):
            assert second.ready["device"][name] == before[name]
        assert second.client.get("/v1/verify", headers=held).status_code == 200


@pytest.mark.parametrize("became", ["suspended", "removed"])
def test_the_demo_starts_whatever_became_of_its_devices(tmp_path: Path, became: str):
    data = tmp_path / "data"
    with demo(data) as first:
        (path,) = (
            f"/v1/devices/{device['id']}"
            for device in listed(first)
            if device["identifier"] == FIRST
        )
        by = first.bearer() | {"if-match": "*"}
        if became == "suspended":
            first.client.patch(path, headers=by, json={"suspended": True}).raise_for_status()
        else:
            first.client.delete(path, headers=by).raise_for_status()
        before = first.ready["device"]
    with demo(data) as second:
        told = second.ready["device"]
        if became == "suspended":
            assert told == before | {"token": None}
        else:
            assert told["id"] > before["id"]
            assert (told["identifier"], told["cpuId"]) == (FIRST, before["cpuId"])
            assert second.client.get("/v1/verify", headers=header(second)).status_code == 200
