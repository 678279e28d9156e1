"""Who somebody is, where he acts, and the token of his sign-in to take along."""

from typing import Final

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.moment import DAY
from tokenhouse.core.mqtt import Action, may_at_all, may_everywhere
from tokenhouse.core.role import role_of
from tokenhouse.faces.console.ready import Command, over_http, over_mqtt
from tokenhouse.faces.console.visit import Visit, page, sent
from tokenhouse.look import times
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.user_token import UserToken

PATH: Final = "/console/settings/user"
TOKEN: Final = "/console/user-token"
_NUMBER: Final = "NUMBER"
_LISTS: Final = frozenset({"DevicesRead", "AllDevicesRead"})
_LISTING: Final = Demand(Door.MANAGEMENT, frozenset({"DevicesRead"}), everywhere="AllDevicesRead")


class _Told(msgspec.Struct):
    token: str
    until: str


def _show(visit: Visit) -> Answer:
    mine = visit.mine
    return visit.page(
        "settings/user.html",
        role=role_of(mine.person, mine.groups),
        others=[
            one.organization for one in mine.belongings if one.organization != mine.organization
        ],
        commands=_commands(visit),
    )


def _commands(visit: Visit) -> tuple[Command, ...]:
    """What can be done with the token; by MQTT only for whom there is something to receive."""
    deployment, held = visit.authority.deployment, visit.mine.permissions
    url = f"{deployment.issuer}/v1/verify"
    listed = over_http(url, "Authorization", "Bearer ")
    if Action.RECEIVE not in may_at_all(held):
        return listed
    device = "+" if may_everywhere(held, Action.SUBSCRIBE) else _newest_device(visit)
    return (*listed, over_mqtt(deployment.issuer, deployment.brand, device, visit.mine.person.id))


def _newest_device(visit: Visit) -> str:
    """The number of a device that there is to try it with; else a word in its place."""
    if not visit.mine.permissions & _LISTS:
        return _NUMBER
    caller = replace(visit.caller, demand=_LISTING)
    newest = visit.authority.devices.page(caller, Stretch(1, descending=True)).rows
    return str(newest[0].number) if newest else _NUMBER


def _token(visit: Visit) -> Answer:
    """For a script, which puts it into the clipboard, or on a page where none runs."""
    given = visit.authority.user_token(visit.caller)
    if "application/json" in (visit.request.header("accept") or ""):
        told = _Told(given.secret.reveal(), until(given))
        return Answer(200, msgspec.json.encode(told), "application/json")
    return visit.page(
        "settings/user_token.html",
        token=given.secret.reveal(),
        expires=times.told(given.expires_at, given.as_of),
    )


def until(given: UserToken) -> str:
    """Say until when it is good, the day only where that is another one."""
    exact = times.exact(given.expires_at)
    today = given.expires_at // DAY == given.as_of // DAY
    return " ".join(exact.split()[-2:]) if today else exact


ROUTES: Final = (page(PATH, _show), sent(TOKEN, _token))
