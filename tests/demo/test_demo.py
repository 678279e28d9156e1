"""The demo: what it says when it is ready, its start page, and what it leaves behind."""

import stat
import subprocess
from pathlib import Path

import pytest

from integration.gateway import TOKENHOUSE
from pasting import elsewhere, paste
from running import OPAQUE, PROGRAM, SIGNED, Demo, demo, token
from tokenhouse.demo.tour import gateway_steps, steps


def test_the_first_line_of_json_says_all_that_one_needs(running_demo: Demo):
    ready = running_demo.ready
    assert ready["url"].startswith("http://localhost:")
    assert set(ready["organization"]) == {"id", "name"}
    assert {person["role"] for person in ready["people"]} == {"Super", "Administrator", "Client"}
    assert all(set(person) == {"email", "password", "role"} for person in ready["people"])
    assert set(ready["client"]) == {"client_id", "client_secret"}
    listed = running_demo.client.get("/v1/clients", headers=running_demo.bearer()).json()["data"]
    (client,) = (one for one in listed if one["client_id"] == ready["client"]["client_id"])
    assert client["label"] == "Customer portal"
    assert client["grants"] == ["password", "refresh_token"]
    assert client["secrets"][0]["hint"] == ready["client"]["client_secret"][-4:]
    permissions = {group["name"]: set(group["permissions"]) for group in ready["groups"]}
    assert {"AccountTokenWrite", "AccountsUsersWrite", "SystemsRead"} <= permissions[
        "Administrator"
    ]
    assert permissions["Client"] == {"SystemsRead"}


def test_everyone_can_sign_in_and_read_systems(running_demo: Demo):
    for role in ("Super", "Administrator", "Client"):
        by = running_demo.bearer(role)
        assert running_demo.client.get("/systems", headers=by).status_code == 200


def test_the_tour_runs_as_pasted(running_demo: Demo):
    person = running_demo.person("Administrator")
    script = "\n".join(
        step.command for step in steps(running_demo.url, person["email"], person["password"])
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "Harbour roof" in done.stdout
    assert len(OPAQUE.findall(done.stdout)) == 2
    assert "The token was revoked." in done.stdout
    stopped, shown, refused = done.stdout.splitlines()[-3:]
    assert stopped == '{"result":0}'
    assert '"status":2' in shown
    assert refused.startswith('{"result":8202,')
    assert "environment.control.StartEnv" in refused


def test_an_api_of_ones_own_is_protected_by_the_steps_of_the_start_page(
    running_demo: Demo, tmp_path: Path
):
    person = running_demo.person("Administrator")
    field, sign_in, *_ = steps(running_demo.url, person["email"], person["password"])
    script = "\n".join(step.command for step in (field, sign_in, *gateway_steps(running_demo.url)))
    done = paste(elsewhere(script, tmp_path, running_demo.url, asks_at=TOKENHOUSE), tmp_path)
    assert done.returncode == 0, done.stderr
    refusal = '{"title":"Unauthorized","status":401,"detail":"This needs a good token."}'
    assert done.stdout.split("\n") == [refusal, '{"roof": "online"}', "", refusal, ""]


def test_at_the_usual_port_the_recipe_is_copied_as_it_is():
    commands = [step.command for step in gateway_steps("http://localhost:8080")]
    assert commands[1].startswith("cp docs/gateways/nginx.conf var/gateway/\n")


def test_the_start_page_tells_who_and_which_and_what_to_paste(running_demo: Demo):
    answer = running_demo.client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script" not in answer.headers["content-security-policy"]
    for expected in (
        *("Who can sign in", "Which token do I need?", "rotate?lifetime=1M"),
        *("Protect your own API in five minutes", "nginx -p var/gateway -c nginx.conf"),
    ):
        assert expected in answer.text
    assert running_demo.url in answer.text


def test_a_foreign_name_that_points_here_does_not_read_the_passwords(running_demo: Demo):
    answer = running_demo.client.get("/", headers={"host": "attacker.example"})
    assert answer.status_code == 404
    assert running_demo.person("Super")["password"] not in answer.text


def test_no_pair_is_told_that_is_good_for_nothing(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as first:
        by, pair = first.bearer(), first.ready["client"]
        listed = first.client.get("/v1/clients", headers=by).json()["data"]
        (shown,) = (one for one in listed if one["client_id"] == pair["client_id"])
        path = f"/v1/clients/{shown['id']}"
        edit, anyhow = {"suspended": True}, by | {"if-match": "*"}
        assert first.client.patch(path, headers=anyhow, json=edit).status_code == 200
    with demo(data) as suspended:
        assert "client" not in suspended.ready
        by = suspended.bearer()
        anyhow = by | {"if-match": "*"}
        suspended.client.patch(path, headers=anyhow, json={"suspended": False})
    with demo(data) as resumed:
        assert resumed.ready["client"] == pair
        by = resumed.bearer()
        assert resumed.client.post(f"{path}/secrets", headers=by).status_code == 201
        old = f"{path}/secrets/{shown['secrets'][0]['id']}"
        assert resumed.client.delete(old, headers=by).status_code == 204
    with demo(data) as changed:
        assert "client" not in changed.ready
        assert changed.client.delete(path, headers=changed.bearer()).status_code == 204
    with demo(data) as removed:
        assert "client" not in removed.ready
        assert removed.client.get("/systems", headers=removed.bearer()).status_code == 200


def test_data_stays_and_another_port_over_it_is_refused_with_both_addresses(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as first:
        issued = first.issue(first.bearer())
        people, url = first.ready["people"], first.url
    with demo(data) as second:
        assert second.url == url
        assert second.ready["people"] == people
        assert second.ready["client"] == first.ready["client"]
        assert second.client.get("/systems", headers=token(issued)).status_code == 200
    port = int(url.rpartition(":")[2])
    refused = subprocess.run(
        [str(PROGRAM), "demo", "--data", str(data), "--port", str(port + 1)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode == 1
    assert url in refused.stderr
    assert f"http://localhost:{port + 1}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_told_in_one_sentence(running_demo: Demo, tmp_path: Path):
    port = running_demo.url.rpartition(":")[2]
    refused = subprocess.run(
        [str(PROGRAM), "demo", "--data", str(tmp_path / "other"), "--port", port],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert refused.returncode == 7
    assert port in refused.stderr
    assert "Traceback" not in refused.stderr


def test_no_file_of_the_data_directory_and_no_log_holds_a_secret(tmp_path: Path):
    data, log = tmp_path / "data", tmp_path / "demo.log"
    secrets: list[str] = []
    with demo(data, log=log) as running:
        by = running.bearer()
        secrets += [person["password"] for person in running.ready["people"]]
        secrets.append(running.ready["client"]["client_secret"])
        secrets.append(running.ready["device"]["token"])
        secrets.append(by["authorization"].removeprefix("Bearer "))
        issued = running.issue(by, expiresAt="2031-01-01T00:00:00Z")
        keyed = token(issued) | {"idempotency-key": "remember-me-not"}
        rotated = running.client.post(
            f"/account/tokens/{issued['id']}/rotate?lifetime=1M", headers=keyed
        )
        personal = running.client.post("/user/tokens", headers=by, json={})
        secrets += [issued["token"], rotated.json()["token"], personal.json()["token"]]
        made = running.client.post("/v1/clients", headers=by, json={"label": "Shop"}).json()
        path = f"/v1/clients/{made['id']}/secrets"
        second = running.client.post(path, headers=by | {"idempotency-key": "another"}).json()
        secrets += [made["client_secret"], second["client_secret"]]
        running.client.get(f"/v1/clients?cursor={made['client_secret']}", headers=by)
        bad = issued["token"][:-1] + "!"
        running.client.get(f"/systems?session={issued['token']}", headers={"x": bad})
        running.client.get("/account/tokens", headers={"authorization": f"Token {bad}"})
        _refuse_finding(secrets, data, log)
    _refuse_finding(secrets, data, log)


def _refuse_finding(secrets: list[str], data: Path, log: Path) -> None:
    looked_at = [path for path in data.rglob("*") if path.is_file()]
    assert {"tokenhouse.db", "attempts.db", "master.key"} <= {path.name for path in looked_at}
    for path in [*looked_at, log]:
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path
            assert secret[4:34].encode() not in content, path
        told = content.decode("latin-1")
        assert not OPAQUE.search(told), path
        assert not SIGNED.search(told), path


def test_every_file_of_the_data_directory_is_the_owners_alone(tmp_path: Path):
    data = tmp_path / "data"
    with demo(data) as running:
        running.bearer()
        for path in (data, *data.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize("arguments", [["--help"], ["demo", "--help"], ["keys", "--help"]])
def test_help_teaches_with_examples_and_needs_no_data(arguments: list[str]):
    done = subprocess.run(
        [str(PROGRAM), *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Usage" in done.stdout
