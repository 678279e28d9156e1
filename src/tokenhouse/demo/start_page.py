"""The start page at `/`: what this is, who can sign in, which token to use, what to paste."""

from collections.abc import Callable
from typing import Final

import msgspec

from tokenhouse.boundary import Answer, Face, Request, Route, problem
from tokenhouse.demo import firm
from tokenhouse.demo.broker import Address
from tokenhouse.demo.own_names import refuse_foreign_name
from tokenhouse.demo.tour import broker_steps, gateway_steps, steps
from tokenhouse.look import Pages
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller


class Visitor(msgspec.Struct, frozen=True):
    """Somebody who can sign in to the demo, with the password, as the page shows it."""

    full_name: str
    email: str
    role: str
    password: str
    may: str


class Choice(msgspec.Struct, frozen=True):
    """When to use which token, and how to send it."""

    when: str
    token: str
    what: str
    header: str


_MAY: Final = {
    "Super": "run the deployment, and all that an administrator may",
    "Administrator": "manage tokens, people and groups, and read systems",
    "Client": "read systems, run environments, and make personal tokens",
}

CHOICES: Final = (
    Choice(
        "You look around with curl, now",
        "Session token.",
        "Comes with signing in and ends after 12 hours or when you sign out.",
        "Authorization: Bearer <JWT>",
    ),
    Choice(
        "Your own scripts, on your own machine",
        "Personal token.",
        "May do what you may, and loses at once what you lose.",
        "Authorization: Token thp_…",
    ),
    Choice(
        "A script or an add-on that others wrote",
        "Limited personal token.",
        "Of what you may, it may do what its list names, or the predefined set that it follows.",
        "Authorization: Token thl_…",
    ),
    Choice(
        "An application for people who sign in with it",
        "Access token.",
        "Lives for an hour; a refresh token gets the next one, and no password is kept.",
        "Authorization: Bearer <JWT>",
    ),
    Choice(
        "A back end calls another back end",
        "Organizational token.",
        "Belongs to the firm, follows its policy groups, outlives its maker. Give it an expiry"
        " and rotate it.",
        "Authorization: Token tho_…",
    ),
    Choice(
        "A machine that reports and fetches updates",
        "Device token.",
        "Opens what is the machine's own, at MQTT brokers too. The machine renews it by itself.",
        "x-access-token: <JWT>",
    ),
)


def face(url: str, visitors: tuple[Visitor, ...], broker: Address | None = None) -> Face:
    """The start page for a demo at this address, with this broker if there is one."""
    return Face(
        name="start_page",
        prefixes=(),
        routes=(Route("GET", "/", _show(_page(url, visitors, broker))),),
        refuse=problem.refuse,
        spellings=frozenset(),
        check=refuse_foreign_name,
    )


def _show(page: Answer) -> Callable[[Authority, Request, Caller | None], Answer]:
    def show(_: Authority, __: Request, ___: Caller | None) -> Answer:
        return page

    return show


def _page(url: str, visitors: tuple[Visitor, ...], broker: Address | None) -> Answer:
    administrator = next(one for one in visitors if one.role == "Administrator")
    return Pages("tokenhouse.demo", "start.css")(
        "start.html",
        url=url,
        firm=firm.NAME,
        people=visitors,
        choices=CHOICES,
        steps=steps(url, administrator.email, administrator.password),
        broker=broker,
        broker_steps=() if broker is None else broker_steps(url, broker),
        gateway_steps=gateway_steps(url),
    )


def visitors(password_of: Callable[[str], str]) -> tuple[Visitor, ...]:
    """The people of the firm with their passwords."""
    return tuple(
        Visitor(
            member.full_name,
            member.email,
            member.role,
            password_of(member.email),
            _MAY[member.role],
        )
        for member in firm.MEMBERS
    )
