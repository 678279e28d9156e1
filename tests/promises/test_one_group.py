"""One policy group reaches across the dialects: what it gives is given in all, and lost in all."""

import json
from collections.abc import Callable
from typing import Final

import pytest

from asking import Asking
from conformance.house import Credential, House
from conformance.wire import Reply
from stage import OPERATOR
from tokenhouse.core.kind import Spelling

RIGHTS: Final = ("SystemsRead", "environment.control.StopEnv", "DevicesRead")
DOORS: Final = {
    "/systems": Spelling.TOKEN,
    "/1.0/environment/control/rest/stopenv?envName=my-project": Spelling.SESSION,
    "/api/v2/devices": Spelling.X_ACCESS_TOKEN,
}
"""What each of them opens, and how its dialect is sent a personal token."""
OPENED: Final = [200, 0, 200]
FORBIDDEN: Final = [403, 8, 403]
UNAUTHENTICATED: Final = [401, 702, 401]


class Colleague:
    """Somebody whose only policy group holds these rights, with a personal token."""

    def __init__(self, ask: Asking) -> None:
        self.ask = ask
        wanted = {"name": "Night shift", "permissions": [*RIGHTS]}
        self.group = f"/v1/groups/{ask.told('POST', '/v1/groups', body=wanted)['id']}"
        self.email = ask.at.join("Night shift")
        self.token = ask.at.make("personal", self.email).credential.secret

    def opens(self) -> list[int]:
        """What comes of one request at each of the doors."""
        return [
            _told(self.ask.at.wire("GET", path, Credential(self.token, spelling).headers))
            for path, spelling in DOORS.items()
        ]

    @property
    def membership(self) -> str:
        return self.ask.membership(self.email)


def _told(reply: Reply) -> int:
    body = json.loads(reply.body)
    result: int = body["result"] if isinstance(body, dict) and "result" in body else reply.status
    return result


LOSING: Final[dict[str, tuple[Callable[[Colleague], object], list[int]]]] = {
    "the group holds nothing": (lambda one: one.ask.edit(one.group, permissions=[]), FORBIDDEN),
    "the group is removed": (
        lambda one: one.ask.told("DELETE", one.group, if_match="*"),
        FORBIDDEN,
    ),
    "the person leaves the group": (
        lambda one: one.ask.edit(one.membership, groups=[]),
        FORBIDDEN,
    ),
    "the membership is suspended": (
        lambda one: one.ask.edit(one.membership, suspended=True),
        UNAUTHENTICATED,
    ),
    "the person is suspended": (
        lambda one: one.ask.edit(one.ask.person(one.email), OPERATOR, suspended=True),
        UNAUTHENTICATED,
    ),
}


@pytest.mark.parametrize("how", LOSING)
def test_one_persons_rights_in_one_group_open_three_dialects_and_are_lost_in_all_at_once(
    new_house: House, how: str
):
    lose, left = LOSING[how]
    colleague = Colleague(Asking(new_house))
    assert colleague.opens() == OPENED
    lose(colleague)
    assert colleague.opens() == left


@pytest.mark.parametrize("right", RIGHTS)
def test_one_right_less_closes_the_door_that_it_opened_and_no_other(new_house: House, right: str):
    colleague = Colleague(Asking(new_house))
    place = RIGHTS.index(right)
    kept = [one for one in RIGHTS if one != right]
    colleague.ask.edit(colleague.group, permissions=kept)
    expected = [*OPENED]
    expected[place] = FORBIDDEN[place]
    assert colleague.opens() == expected
