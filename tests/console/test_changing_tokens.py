"""Editing and regenerating a token in the console, over the wire."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.clerk import (
    Clerk,
    Office,
    checked,
    faults,
    hidden,
    id_in,
    secret_in,
    text_of,
    value_of,
)
from running import OPAQUE
from stage import CLIENT
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import DAY, HOUR, MINUTE
from tokenhouse.core.token import Token

MINE, OURS = "/console/tokens", "/console/organization/tokens"
GET_ENVS, STOP_ENV = "environment.control.GetEnvs", "environment.control.StopEnv"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path)
    yield built
    built.wire.close()


@pytest.fixture
def clerk(office: Office) -> Clerk:
    return Clerk(office)


class Made:
    """A token that was made in the console."""

    def __init__(self, clerk: Clerk, path: str = MINE, **fields: str | list[str]) -> None:
        form = {"api": "custom", "permissions": [GET_ENVS], "expiry": "30d", "description": "ci"}
        reply = clerk.confirm(path, **(form | fields))
        self.secret = secret_in(reply)
        self.path = f"{path}/{id_in(reply)}"
        self._clerk = clerk

    def fields(self) -> dict[str, str | list[str]]:
        """The form that edits it, as a browser would send it back untouched."""
        page = self._clerk.look(f"{self.path}/edit")
        assert page.status == 200, text_of(page)
        sent: dict[str, str | list[str]] = dict(hidden(page))
        sent |= {name: value_of(page, name) for name in ("description", "audience")}
        sent |= {name: checked(page, name) for name in ("permissions", "groups", "expiry")}
        return sent | {"api": "custom"}


def reason_of(office: Office, secret: str) -> Reason | None:
    return _verdict(office, secret)[0]


def record(office: Office, secret: str) -> Token:
    token = _verdict(office, secret)[1]
    assert token is not None
    return token


def _verdict(office: Office, secret: str) -> tuple[Reason | None, Token | None]:
    demand = Demand(Door.VERIFY)
    verdict = office.stage.authority.verify(Secret(secret), Spelling.NAMED, demand, "192.0.2.1")
    return verdict.reason, None if verdict.found is None else verdict.found.token


def test_a_form_that_nobody_touched_changes_nothing(clerk: Clerk, office: Office):
    made = Made(clerk, addresses="192.0.2.1", audience="https://a")
    head = office.stage.store.head()[0]
    fields = made.fields() | {"addresses": "192.0.2.1"}
    reply = clerk.confirm(made.path, **fields)
    assert (reply.status, reply.header("location")) == (303, made.path)
    assert office.stage.store.head()[0] == head


def test_what_was_changed_is_saved_and_nothing_else(clerk: Clerk, office: Office):
    made = Made(clerk)
    expires_at = record(office, made.secret).expires_at
    edited = made.fields() | {"description": "nightly", "permissions": [STOP_ENV]}
    assert clerk.confirm(made.path, **edited).status == 303
    token = record(office, made.secret)
    assert (token.description, token.permissions) == ("nightly", frozenset({STOP_ENV}))
    assert token.expires_at == expires_at
    assert clerk.confirm(made.path, **(made.fields() | {"expiry": "1y"})).status == 303
    moved = record(office, made.secret).expires_at
    assert moved == office.clock.moment + 365 * DAY


def test_what_changes_is_shown_before_it_is_confirmed(clerk: Clerk):
    made = Made(clerk)
    fields = made.fields() | {"description": "nightly", "permissions": [GET_ENVS, STOP_ENV]}
    asks = [("hx-request", "true"), ("hx-target", "summary")]
    for reply in (
        clerk.send(f"{made.path}/edit", asks, **fields),
        clerk.send(f"{made.path}/edit", **fields),
    ):
        assert reply.status == 200
        assert "Description ci → nightly" in text_of(reply)
        assert f"added: {STOP_ENV}" in text_of(reply)
    assert "Nothing yet." in text_of(clerk.look(f"{made.path}/edit"))


def test_the_second_of_two_editors_is_told_what_changed_and_loses_nothing(
    clerk: Clerk, office: Office
):
    group, other = office.stage.group("Metering"), office.stage.group("Client")
    made = Made(clerk, OURS, groups=[str(group.id)])
    mine, theirs = made.fields(), made.fields()
    colleague = Clerk(office, "olga@nordlicht.example")
    theirs |= {"description": "theirs", "groups": [str(group.id), str(other.id)]}
    assert colleague.confirm(made.path, **theirs).status == 303
    late = clerk.confirm(made.path, **(mine | {"audience": "https://mine"}))
    assert late.status == 412
    assert "Somebody changed this token meanwhile" in text_of(late)
    assert "Description ci → theirs" in text_of(late)
    assert "Groups Metering → Client, Metering" in text_of(late)
    assert value_of(late, "audience") == "https://mine"
    assert value_of(late, "description") == "theirs"
    assert set(checked(late, "groups")) == {str(group.id), str(other.id)}
    again = hidden(late) | {
        "description": value_of(late, "description"),
        "audience": "https://mine",
        "groups": checked(late, "groups"),
        "expiry": "keep",
    }
    assert clerk.confirm(made.path, **again).status == 303
    token = record(office, made.secret)
    assert (token.description, set(token.groups or ())) == ("theirs", {group.id, other.id})


def test_what_both_editors_typed_stays_as_the_second_typed_it(clerk: Clerk, office: Office):
    made = Made(clerk)
    mine, theirs = made.fields(), made.fields() | {"description": "theirs"}
    assert clerk.confirm(made.path, **theirs).status == 303
    late = clerk.confirm(made.path, **(mine | {"description": "mine"}))
    assert (late.status, value_of(late, "description")) == (412, "mine")
    assert record(office, made.secret).description == "theirs"
    broken = mine | {"base": "{", "version": "x"}
    assert clerk.confirm(made.path, **broken).status == 412


def test_an_expired_token_gets_its_new_date_by_regenerating_alone(clerk: Clerk, office: Office):
    made = Made(clerk, expiry="7d")
    office.clock.moment += 8 * DAY
    clerk = Clerk(office)
    assert "It has expired: it gets a new date together with a new value" in text_of(
        clerk.look(f"{made.path}/edit")
    )
    asked = clerk.look(f"{made.path}/regenerate")
    assert "It has expired: choose until when the new value is good." in text_of(asked)
    assert checked(asked, "overlap") == []
    assert checked(asked, "expiry") == ["30d"]
    kept = clerk.confirm(f"{made.path}/regenerate", expiry="keep")
    assert (kept.status, faults(kept)["expiry"]) == (422, "The expiry is not chosen.")
    new = secret_in(clerk.confirm(f"{made.path}/regenerate", expiry="90d"))
    assert record(office, new).expires_at == office.clock.moment + 90 * DAY
    assert reason_of(office, made.secret) is Reason.SUPERSEDED


def test_regenerating_ends_the_old_value_now_unless_somebody_says_otherwise(
    clerk: Clerk, office: Office
):
    made = Made(clerk)
    shown = clerk.look(f"{made.path}/regenerate")
    assert checked(shown, "overlap") == ["now"]
    reply = clerk.confirm(f"{made.path}/regenerate", **hidden(shown))
    new = secret_in(reply)
    assert "The old value has ended." in text_of(reply)
    assert (reason_of(office, made.secret), reason_of(office, new)) == (Reason.SUPERSEDED, None)
    assert record(office, new).permissions == frozenset({GET_ENVS})
    assert record(office, new).expires_at == record(office, made.secret).expires_at


@pytest.mark.parametrize(
    ("where", "overlap", "lasting"),
    [((OURS, ""), "1h", HOUR), ((MINE, "custom"), "24h", DAY), ((MINE, "all"), "7d", 7 * DAY)],
)
def test_every_kind_may_overlap(office: Office, where: tuple[str, str], overlap: str, lasting: int):
    clerk, (path, api) = Clerk(office), where
    groups = [str(office.stage.group("Metering").id)]
    made = Made(clerk, path, api=api, groups=groups, expiry="1y")
    new = secret_in(clerk.confirm(f"{made.path}/regenerate", overlap=overlap))
    office.clock.moment += lasting - MINUTE
    assert reason_of(office, made.secret) is None
    office.clock.moment += 2 * MINUTE
    assert reason_of(office, made.secret) is Reason.SUPERSEDED
    assert reason_of(office, new) is None


def test_a_regeneration_that_is_sent_twice_reveals_once(clerk: Clerk):
    made = Made(clerk)
    path = f"{made.path}/regenerate"
    form = hidden(clerk.look(path))
    first = clerk.confirm(path, **form)
    again = clerk.confirm(path, **form)
    assert again.status == 409
    assert f'href="{MINE}/{id_in(first)}"' in again.body.decode()
    assert not OPAQUE.search(again.body.decode())
    assert clerk.look(path).status == 422
    assert "regenerate its successor" in text_of(clerk.look(path))


def test_a_wrong_password_regenerates_nothing(clerk: Clerk, office: Office):
    made = Made(clerk)
    reply = clerk.send(f"{made.path}/regenerate", overlap="24h", password="wrong")
    assert (reply.status, checked(reply, "overlap")) == (403, ["24h"])
    assert reason_of(office, made.secret) is None


def test_the_use_of_the_old_value_is_told_and_a_test_is_none(clerk: Clerk, office: Office):
    made, usage = Made(clerk), office.stage.authority.usage
    assert "The token is good." in text_of(clerk.send(f"{MINE}/test", token=made.secret))
    usage.write()
    assert "It was never used." in text_of(clerk.look(f"{made.path}/regenerate"))
    assert reason_of(office, made.secret) is None
    usage.write()
    assert "Used 1 time in the last 24 hours" in text_of(clerk.look(f"{made.path}/regenerate"))


def test_a_token_of_somebody_else_is_none(clerk: Clerk, office: Office):
    made = Made(clerk)
    other = Clerk(office, CLIENT)
    for path in (f"{made.path}/edit", f"{made.path}/regenerate"):
        assert other.look(path).status == 404
        assert other.confirm(path).status == 404
    assert other.confirm(made.path, version="1").status == 404
    assert clerk.look(f"{MINE}/nothing/edit").status == 404


def test_what_a_token_has_and_its_editor_lost_can_only_be_taken_away(office: Office):
    stage, carl = office.stage, Clerk(office, CLIENT)
    made = Made(carl, permissions=[GET_ENVS, "SystemsRead"])
    membership = stage.membership(CLIENT)
    groups = (stage.group("Developers").id,)
    stage.put(replace(membership, version=membership.version + 1, groups=groups), membership)
    page = carl.look(f"{made.path}/edit")
    assert "you can only take it away" in text_of(page)
    assert set(checked(page, "permissions")) == {GET_ENVS, "SystemsRead"}
    assert carl.confirm(made.path, **(made.fields() | {"description": "kept"})).status == 303
    assert record(office, made.secret).permissions == frozenset({GET_ENVS, "SystemsRead"})
