"""What the documents say of a data directory, and of each event in it, is what stands there."""

import json
import sqlite3
import subprocess
from base64 import b32decode, urlsafe_b64decode
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from docs.documents import PAGES, codes
from running import PROGRAM, Demo, demo, token
from showing import Authenticator
from tokenhouse.clock import SystemClock
from tokenhouse.core.events import Name
from tokenhouse.core.totp import code_at, step_of

TOLD = {
    name: frozenset(codes(row[3]))
    for row in PAGES["events"].rows("Every event")
    for name in codes(row[0])
}
NOT_REACHED = {
    row_name
    for row in PAGES["events"].rows("Every event")
    for row_name in codes(row[0])
    if "no route yet" in row[1] or "by nothing yet" in row[1]
}
WITHOUT_CAUSE = {
    Name.PASSWORD_REHASHED: "comes with a new cost of hashing, and there is one only",
    Name.TOKEN_REUSED: "comes ten seconds after a redemption: faces/test_token_endpoint.py",
    Name.CLOCK_JUMPED: "comes with a clock that jumps; its details: operations/test_clock.py",
    Name.CLOCK_ACCEPTED: "comes after it",
}
ALWAYS = {"actor", "details", "moment", "name", "organization", "salt", "sequence", "subject"} | {
    "through"
}


def live_through(running: Demo) -> None:
    """Do everything once that leaves an event."""
    by, client = running.bearer(), running.client
    groups = f"/accounts/{running.ready['organization']['id']}/groups"
    group = client.post(groups, headers=by, json={"name": "New", "permissions": []}).json()
    changed = {"name": "Newer", "description": "x", "permissions": ["SystemsRead"]}
    assert client.patch(f"{groups}/{group['id']}", headers=by, json=changed).status_code == 200
    issued = running.issue(by, expiresAt="2030-01-01T00:00:00Z")
    path = f"/account/tokens/{issued['id']}"
    assert client.post(f"{path}/rotate", headers=token(issued)).status_code == 201
    changed = {"description": "x", "expiresAt": None, "groups": [group["id"]]}
    assert client.patch(path, headers=by, json=changed).status_code == 200
    assert client.get("/account/tokens", headers=token(issued)).status_code == 403
    assert client.delete(path, headers=by).status_code == 204
    assert client.delete(f"{groups}/{group['id']}", headers=by).status_code == 204
    end_everything(running, by)
    by = running.bearer()
    assert client.delete("/v1/sessions", headers=by).status_code == 204
    assert client.delete("/v1/sessions/current", headers=by).status_code == 204
    wrong = {"email": running.person("Client")["email"], "password": "wrong"}
    assert client.post("/v1/sessions", json=wrong).status_code == 401


def end_everything(running: Demo, by: dict[str, str]) -> None:
    """Narrow a token, set policies, and end tokens of ever more people."""
    client, person = running.client, running.bearer("Client")
    narrow = client.post("/v1/tokens", headers=by, json={"audience": "x"}).json()
    path, any_version = f"/v1/tokens/{narrow['id']}", by | {"if-match": "*"}
    changed = {"audience": None, "addresses": ["127.0.0.1"]}
    assert client.patch(path, headers=any_version, json=changed).status_code == 200
    for required in (True, False):
        body = {"longest_lifetimes": {}, "expiry_required": required}
        answer = client.put("/v1/organization/policies", headers=any_version, json=body)
        assert answer.status_code == 200
    mine = client.post("/v1/me/tokens", headers=person, json={}).json()
    theirs = f"/v1/memberships/{mine['holder']['id']}"
    live_with_limited_tokens(running, theirs)
    assert client.delete(f"{theirs}/tokens/{mine['id']}", headers=by).status_code == 204
    assert client.delete(f"/v1/me/tokens/{mine['id']}/family", headers=person).status_code == 204
    for everything, asker in (
        (f"{theirs}/revoke", "Administrator"),
        ("/v1/organization/revoke", "Administrator"),
        ("/v1/deployment/revoke", "Super"),
    ):
        assert client.post(everything, headers=running.bearer(asker)).status_code == 204
    assert client.get("/v1/verify", headers=by).status_code == 401


def live_with_limited_tokens(running: Demo, theirs: str) -> None:
    """Issue, edit, rotate and remove such tokens, and let an administrator remove one."""
    client, person, own = running.client, running.bearer("Client"), "/v1/me/tokens"
    listed, following = {"permissions": ["SystemsRead"]}, {"predefined_set": 1}
    for limit, other in ((listed, following), (following, listed)):
        made = client.post(own, headers=person, json=limit)
        assert made.status_code == 201
        path = f"{own}/{made.json()['id']}"
        anyhow = person | {"if-match": "*"}
        assert client.patch(path, headers=anyhow, json=other).status_code == 200
        rotated = client.post(f"{path}/rotate", headers=person, json={}).json()
        removed = f"{theirs}/tokens/{rotated['id']}"
        by = running.bearer("Administrator")
        assert client.delete(removed, headers=by).status_code == 204


def live_among_people(running: Demo) -> None:
    """The same of people, memberships and organizations."""
    by, client = running.bearer("Super"), running.client
    anyhow = by | {"if-match": "*"}
    made = client.post("/v1/organizations", headers=by, json={"name": "New"}).json()
    edits = {f"/v1/organizations/{made['id']}": {"name": "Newer", "suspended": True}}
    email = running.person("Client")["email"]
    (member,) = client.get(f"/v1/memberships?email={email}", headers=by).json()["data"]
    membership = f"/v1/memberships/{member['id']}"
    person = f"/v1/people/{member['person']['id']}"
    edits[membership] = {"groups": [], "suspended": True}
    edits[person] = {"full_name": "X", "email": "x@y.example", "suspended": True, "operator": True}
    edits[person] |= {"short_name": "x"}
    edits["/v1/me"] = {"token_hotkey": "t"}
    for path, edit in edits.items():
        assert client.patch(path, headers=anyhow, json=edit).status_code == 200
    assert client.post(f"{person}/revoke", headers=by).status_code == 204
    assert client.delete(membership, headers=by).status_code == 204


def live_by_links(running: Demo) -> None:
    """The same of invitations, recoveries, passwords and e-mails."""
    by, client = running.bearer("Super"), running.client
    chosen = ["walnut glacier spindle", "marmalade oyster trellis", "lantern pickle harbour"]
    who = {"email": "bea@y.example", "full_name": "Bea"}

    def code(path: str, **fields: str) -> str:
        link: str = client.post(path, headers=by, json=fields).json()["link"]
        return link.partition("#")[2]

    made = client.post("/v1/invitations", headers=by, json=who).json()
    assert client.delete(f"/v1/invitations/{made['id']}", headers=by).status_code == 204
    taken = {"code": code("/v1/invitations", **who), "password": chosen[0]}
    membership = client.post("/v1/invitations/accept", json=taken).json()["membership"]
    started = client.post("/v1/sessions", json={"email": who["email"], "password": chosen[0]})
    own = {"authorization": f"Bearer {started.json()['token']}"}
    change = {"current": chosen[0], "new": chosen[1]}
    assert client.post("/v1/me/password", headers=own, json=change).status_code == 204
    moved, path = {"email": "b@y.example"}, f"/v1/memberships/{membership}"
    anyhow = by | {"if-match": "*"}
    assert client.put(f"{path}/email", headers=anyhow, json=moved).status_code == 200
    redeemed = {"code": code(f"{path}/recovery"), "password": chosen[2]}
    assert client.post("/v1/recoveries/redeem", json=redeemed).status_code == 200


def live_with_clients(running: Demo) -> None:
    """The same of clients, by an operator who may say everything of one."""
    by, client = running.bearer("Super"), running.client
    anyhow, group = by | {"if-match": "*"}, running.ready["groups"][0]["id"]
    made = client.post("/v1/clients", headers=by, json={"label": "Portal"}).json()
    path = f"/v1/clients/{made['id']}"
    edit = {"label": "Shop", "grants": [], "permissions": [], "audience": "x", "group": group}
    edit |= {"refresh_lifetime": "P1D", "slides": True, "deployment": True, "suspended": True}
    edit |= {"scope_as": "list"}
    assert client.patch(path, headers=anyhow, json=edit).status_code == 200
    assert client.post(f"{path}/secrets", headers=by).status_code == 201
    assert client.post(f"{path}/revoke", headers=by).status_code == 204
    assert client.delete(path, headers=by).status_code == 204


def live_with_devices(running: Demo) -> None:
    """The same of devices."""
    by, client = running.bearer("Super"), running.client
    anyhow, said = by | {"if-match": "*"}, {"identifier": "rig-1", "cpu_id": "1"}
    made = client.post("/v1/devices", headers=by, json=said).json()
    path = f"/v1/devices/{made['id']}"
    edit = {"identifier": "rig-2", "serial_number": "x", "model_id": "x", "cpu_id": ""}
    edit |= {"manufactured_at": "2030-01-01T00:00:00Z", "suspended": True}
    assert client.patch(path, headers=anyhow, json=edit).status_code == 200
    assert client.patch(path, headers=anyhow, json={"suspended": False}).status_code == 200
    assert client.post(f"{path}/secrets", headers=by, json={}).status_code == 201
    assert client.post(f"{path}/revoke", headers=by).status_code == 204
    assert client.delete(path, headers=by).status_code == 204


def live_at_a_client(running: Demo) -> None:
    """Get tokens at a client, refresh them, and give them back."""
    by, client, person = running.bearer(), running.client, running.person("Client")
    made = client.post("/v1/clients", headers=by, json={"label": "Own"}).json()
    pair = {"client_id": made["client_id"], "client_secret": made["client_secret"]}

    def asked(path: str, **fields: str) -> httpx.Response:
        answer = client.post(path, data={**pair, **fields})
        assert answer.status_code == 200, answer.text
        return answer

    signed_in = {"username": person["email"], "password": person["password"]}
    first = asked("/oauth/token", grant_type="password", **signed_in).json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = asked("/oauth/token", **again).json()
    for name in ("access_token", "refresh_token"):
        asked("/oauth/revoke", token=second[name])


def live_at_a_broker(running: Demo) -> None:
    """Sign out while connected."""
    by, client = running.bearer(), running.client
    asks = {"label": "Broker", "permissions": ["TokenVerify"], "grants": []}
    made = client.post("/v1/clients", headers=by, json=asks).json()
    broker = (made["client_id"], made["client_secret"])
    leaving = running.bearer("Super")
    assert client.delete("/v1/sessions/current", headers=leaving).status_code == 204
    said = {"user_name": leaving["authorization"].split()[1], "client_id": "desk"}
    answer = client.post("/v1/broker/plain/bound/again", auth=broker, json=said)
    assert answer.json()["allowed"] is False


def live_with_factors(running: Demo) -> None:
    """Add every factor and remove it, and let an operator remove what is left."""
    client, person, own = running.client, running.person("Client"), "/v1/me/factors"
    signed_in = {"email": person["email"], "password": person["password"]}
    begun = client.post("/v1/sessions", json=signed_in).json()
    by = {"authorization": f"Bearer {begun['token']}"}
    codes: list[str] = []

    def asked(path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        shown = {"code": codes.pop()} if codes and body is None else {}
        confirmed = {"password": person["password"], **shown}
        answer = client.post(f"{own}/{path}", headers=by, json=body or confirmed)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}

    app = asked("totp")["secret"]
    now = code_at(b32decode(app), step_of(SystemClock().now()))
    codes += asked("totp/confirm", {"code": now})["recovery_codes"]
    codes[:] = asked("recovery-codes")["recovery_codes"]
    options = asked("passkeys")["publicKey"]
    holder = Authenticator(origin=str(client.base_url).rstrip("/"))
    made = holder.create(unpadded(options["challenge"]), unpadded(options["user"]["id"]))
    passkey = {"label": "x", "credential": json.loads(made.reveal())}
    kept = asked("passkeys/finish", passkey)["passkey"]["id"]
    confirmed = {"password": person["password"], "code": codes.pop(), "description": "x"}
    confirmed |= {"apiList": "SystemsRead", "session": begun["token"]}
    token_made = client.post("/1.0/users/authentication/rest/createtoken", data=confirmed)
    assert token_made.json()["result"] == 0, token_made.text
    asked(f"passkeys/{kept}/remove")
    asked("totp/remove")
    leave_an_app(running, by, person["password"])
    one = f"/v1/people/{begun['person']['id']}/factors/remove"
    assert client.post(one, headers=running.bearer("Super")).status_code == 204


def leave_an_app(running: Demo, by: dict[str, str], password: str) -> None:
    """Turn an app on that stays."""
    own = "/v1/me/factors/totp"
    app = running.client.post(own, headers=by, json={"password": password}).json()["secret"]
    now = code_at(b32decode(app), step_of(SystemClock().now()))
    answer = running.client.post(f"{own}/confirm", headers=by, json={"code": now})
    assert answer.status_code == 200, answer.text


def unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys(data: Path, *arguments: str) -> None:
    command = [str(PROGRAM), "keys", *arguments, "--data", str(data)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """The bodies of every event of a life, by name."""
    data = tmp_path_factory.mktemp("events") / "data"
    with demo(data) as running:
        live_through(running)
        live_by_links(running)
        live_with_clients(running)
        live_with_devices(running)
        live_at_a_client(running)
        live_at_a_broker(running)
        live_with_factors(running)
        live_among_people(running)
        leave_an_app(running, running.bearer(), running.person("Administrator")["password"])
    for arguments in (["rotate", "--now"], ["rewrap"], ["abandon", "--yes"]):
        keys(data, *arguments)
    found = defaultdict(list)
    with sqlite3.connect(f"file:{data}/tokenhouse.db?mode=ro", uri=True) as database:
        for name, body in database.execute("SELECT name, body FROM events"):
            found[name].append(json.loads(body))
    database.close()
    return found


def test_every_file_of_a_data_directory_is_told_and_no_other_one(tmp_path: Path):
    told = {name for row in PAGES["operating"].rows("The data directory") for name in codes(row[0])}
    with demo(tmp_path / "data") as running:
        running.bearer()
        found = {path.name for path in (tmp_path / "data").iterdir()}
    momentary = {"master.key.new", "demo.new", "environments.new"}
    assert told - found == momentary, "what is there only for a moment"
    assert found <= told


def test_exactly_the_events_said_to_be_out_of_reach_were_not_met(
    bodies: dict[str, list[dict[str, object]]],
):
    assert set(Name) - set(bodies) == NOT_REACHED | set(WITHOUT_CAUSE)


@pytest.mark.parametrize("name", sorted(set(Name) - NOT_REACHED - set(WITHOUT_CAUSE)))
def test_an_event_holds_what_it_is_said_to_hold(
    bodies: dict[str, list[dict[str, object]]], name: str
):
    held = set().union(*(body["details"] for body in bodies[name]))
    assert held == TOLD[name]
    assert all(set(body) == ALWAYS for body in bodies[name])
