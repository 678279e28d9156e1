"""Everything of somebody before now ends, at once and for good; what comes later is good."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faces.desk import By, Desk, desk, token
from stage import ADMINISTRATOR, CLIENT, OPERATOR

FOREIGNER = "eve@suedstrom.example"
TOKENS, MINE = "/v1/tokens", "/v1/me/tokens"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as opened:
        opened.stage.found_organization("Südstrom", FOREIGNER)
        yield opened


def works(at: Desk, by: By) -> bool:
    return at("GET", "/v1/verify", by).status == 200


class Everything:
    """What somebody has: a session, a personal token, a token of the organization."""

    def __init__(self, at: Desk, email: str) -> None:
        self.at = at
        self.session = at.session(email)
        self.personal = token(at.good("POST", MINE, self.session, {}))
        self.organizational: By | None = None
        if email != CLIENT:
            self.organizational = token(at.good("POST", TOKENS, self.session, {}))

    @property
    def works(self) -> list[bool]:
        held = (self.session, self.personal, self.organizational)
        return [works(self.at, one) for one in held if one is not None]


def member(at: Desk, email: str) -> str:
    return f"/v1/memberships/{at.stage.membership(email).id}"


def test_an_administrator_ends_one_token_of_a_person_who_is_told(at: Desk):
    by, client = at.session(), Everything(at, CLIENT)
    path = f"{member(at, CLIENT)}/tokens"
    (personal,) = at.ids(f"{path}?kind=personal", by)
    (session,) = at.ids(f"{path}?kind=session", by)
    assert at.ids(path, by) == sorted([personal, session], reverse=True)
    at.good("DELETE", f"{path}/{personal}", by)
    assert client.works == [True, False]
    at.good("DELETE", f"{path}/{session}", by)
    assert client.works == [False, False]
    person = at.stage.person(CLIENT)
    assert [one["person"] for one in at.told("token:holder:revoked")] == [str(person.id)] * 2
    events = at.stage.store.recent_events_of_person(person.id, None, 2)
    assert [event.name for event in events] == ["token:holder:revoked"] * 2


def test_a_token_is_found_only_under_its_own_membership(at: Desk):
    by, client = at.session(), Everything(at, CLIENT)
    (personal,) = at.ids(f"{member(at, CLIENT)}/tokens?kind=personal", by)
    at.refused(404, "DELETE", f"{member(at, ADMINISTRATOR)}/tokens/{personal}", by)
    foreigner = Everything(at, FOREIGNER)
    at.refused(404, "GET", f"{member(at, FOREIGNER)}/tokens", by)
    at.refused(404, "POST", f"{member(at, FOREIGNER)}/revoke", by)
    at.refused(404, "DELETE", f"{member(at, CLIENT)}/tokens/{personal}", foreigner.session)
    assert client.works == [True, True]
    assert foreigner.works == [True, True, True]


def test_everything_of_a_person_ends_and_the_next_is_good(at: Desk):
    by, client, other = at.session(), Everything(at, CLIENT), Everything(at, OPERATOR)
    at.refused(403, "POST", f"{member(at, OPERATOR)}/revoke", client.session)
    at.good("POST", f"{member(at, CLIENT)}/revoke", by)
    assert client.works == [False, False]
    assert other.works == [True, True, True]
    assert all(Everything(at, CLIENT).works)
    listed = at.good("GET", f"{member(at, CLIENT)}/tokens?state=revoked", by)["data"]
    assert [one["revoked_at"] for one in listed] == [None, None]


def test_everything_of_mine_ends_with_the_session_that_asked(at: Desk):
    client, other = Everything(at, CLIENT), Everything(at, ADMINISTRATOR)
    at.refused(403, "POST", "/v1/me/revoke", client.personal)
    at.good("POST", "/v1/me/revoke", client.session)
    assert client.works == [False, False]
    assert other.works == [True, True, True]


def test_everything_of_an_organization_ends_and_nothing_of_another(at: Desk):
    all_of_us = [Everything(at, email) for email in (CLIENT, OPERATOR, ADMINISTRATOR)]
    foreigner = Everything(at, FOREIGNER)
    at.good("POST", "/v1/organization/revoke", all_of_us[-1].session)
    assert not any(works for one in all_of_us for works in one.works)
    assert foreigner.works == [True, True, True]
    assert all(Everything(at, ADMINISTRATOR).works)
    assert len(at.told("token:all_of_organization:revoked")) == 1


def test_it_takes_both_permissions(at: Desk):
    by = at.session()
    group = str(at.stage.group("Automation").id)
    weaker = token(at.good("POST", TOKENS, by, {"groups": [group]}))
    problem = at.refused(403, "POST", "/v1/organization/revoke", weaker)
    assert "AccountsUsersWrite" in problem["detail"]


def test_operators_end_any_organization_or_everything(at: Desk):
    operator, foreigner = Everything(at, OPERATOR), Everything(at, FOREIGNER)
    path = f"/v1/organizations/{at.stage.membership(FOREIGNER).organization_id}/revoke"
    for outsider in (foreigner.session, at.session(), operator.personal):
        at.refused(403, "POST", path, outsider)
        at.refused(403, "POST", "/v1/deployment/revoke", outsider)
    at.good("POST", path, operator.session)
    assert foreigner.works == [False, False, False]
    assert operator.works == [True, True, True]
    again = Everything(at, FOREIGNER)
    at.good("POST", "/v1/deployment/revoke", operator.session)
    assert not any([*again.works, *operator.works])
    assert all(Everything(at, OPERATOR).works)


def test_a_family_ends_with_predecessors_and_successors(at: Desk):
    by = at.session()
    first = at.good("POST", TOKENS, by, {})
    second, third = (at.good("POST", f"{TOKENS}/{first['id']}/rotate", by, {}) for _ in range(2))
    other = at.good("POST", TOKENS, by, {})
    path = f"{TOKENS}/{second['id']}/family"
    at.good("DELETE", path, by)
    assert not any(works(at, token(one)) for one in (first, second, third))
    assert works(at, token(other))
    head: Any = at.stage.store.head()
    at.good("DELETE", path, by)
    assert at.stage.store.head() == head
    at.refused(422, "POST", f"{TOKENS}/{third['id']}/rotate", by, {})
