"""Several machines over one PostgreSQL database are one deployment."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from postgres import Server
from serving.program import EMAIL, PASSWORD, init, run, serving
from tokenhouse.signing.master_key import MasterKey

PUBLIC = "https://tokens.nordlicht.example"
KEY = {"TOKENHOUSE_MASTER_KEY": MasterKey(bytes(range(32))).text().reveal()}


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as found:
        yield found.reveal()


def test_one_is_set_up_by_its_page_and_the_other_serves_too(tmp_path: Path, url: str):
    shared = KEY | {"TOKENHOUSE_STORE": url, "TOKENHOUSE_PUBLIC_URL": PUBLIC}
    with (
        serving(tmp_path / "one", **shared) as one,
        serving(tmp_path / "other", **shared) as other,
    ):
        assert [served.status("/readyz") for served in (one, other)] == [503, 503]
        typed = {
            "code": one.code,
            "organization": "Nordlicht",
            "full_name": "Anna",
            "email": EMAIL,
            "password": PASSWORD,
            "password_again": PASSWORD,
        }
        assert other.client.post("/console/first-run", data=typed).status_code == 401
        assert one.client.post("/console/first-run", data=typed).status_code < 300
        by = {"authorization": f"Bearer {one.sign_in().json()['token']}"}
        while other.status("/readyz") != 200:  # it looks once a second
            pass
        issued = other.client.post("/account/tokens", headers=by, json={}).json()
        token = {"authorization": f"Token {issued['token']}"}
        assert one.status("/v1/verify", headers=token) == 200
        path = f"/account/tokens/{issued['id']}"
        assert one.client.delete(path, headers=by).status_code == 204
        assert other.status("/v1/verify", headers=token) == 401
        assert (one.stop(), other.stop()) == (0, 0)


def test_wrong_passwords_are_counted_over_all_of_them(tmp_path: Path, url: str):
    init(tmp_path / "one", PUBLIC, "--store", url)
    key = {"TOKENHOUSE_MASTER_KEY_FILE": str(tmp_path / "one" / "master.key")}
    with (
        serving(tmp_path / "one", "--store", url) as one,
        serving(tmp_path / "other", "--store", url, **key) as other,
    ):
        statuses = [served.sign_in("wrong").status_code for served in (one, other) * 10]
        assert statuses == [401] * 20
        assert one.sign_in().status_code == 429
        assert other.sign_in().status_code == 429


def test_a_machine_without_the_master_key_ends_when_another_is_set_up(tmp_path: Path, url: str):
    with serving(tmp_path / "other", TOKENHOUSE_STORE=url) as other:
        init(tmp_path / "one", PUBLIC, "--store", url)
        while other.process.poll() is None:
            try:
                other.status("/readyz")
            except httpx.HTTPError:
                break
        assert other.wait() == 7
    assert "is not to be had" in other.lines[-1]
    assert "tokenhouse keys abandon --store" in other.lines[-1]


def test_init_and_keys_work_on_it_and_a_second_init_changes_nothing(tmp_path: Path, url: str):
    init(tmp_path / "one", PUBLIC, "--store", url)
    again = run(
        *("init", "--data", tmp_path / "two", "--store", url, "--public-url", PUBLIC),
        *("--organization", "Other", "--email", "eve@other.example"),
    )
    assert again.returncode == 6
    assert "was set up already" in again.stderr
    listed = run("keys", "list", "--data", tmp_path / "two", "--json", TOKENHOUSE_STORE=url)
    assert sorted(key["state"] for key in json.loads(listed.stdout)) == ["active", "pending"]
    lost = run("serve", "--data", tmp_path / "two", "--listen", "127.0.0.1:0", "--store", url)
    assert lost.returncode == 7
    assert f"tokenhouse keys abandon --store '{url}' --data {tmp_path / 'two'}" in lost.stderr
