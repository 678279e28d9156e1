"""The page Environments: how those of the demo's firm are, and how to stop one."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Face, Request, Route, problem
from tokenhouse.core.moment import SECOND, Moment, format_moment
from tokenhouse.demo import firm
from tokenhouse.demo.environments import wire
from tokenhouse.demo.environments.kept import FIRST, Environment, Environments
from tokenhouse.demo.own_names import refuse_foreign_name
from tokenhouse.look import Pages
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

PATH: Final = "/environments"


class Row(msgspec.Struct, frozen=True):
    """One environment, as the page says it."""

    title: str
    name: str
    domain: str
    running: bool
    turned: str
    by: str


def face(url: str, kept: Environments, organization_id: UUID) -> Face:
    """The page about one organization's environments, for a demo at this address."""
    pages = Pages("tokenhouse.demo", "environments.css")

    def show(_: Authority, __: Request, ___: Caller | None) -> Answer:
        return pages(
            "environments.html",
            firm=firm.NAME,
            rows=[_row(one) for one in kept.of(organization_id)],
            command=stop_url(url, FIRST[0].name, "${token}"),
        )

    return Face(
        name="environments_page",
        prefixes=(),
        routes=(Route("GET", PATH, show),),
        refuse=problem.refuse,
        spellings=frozenset(),
        check=refuse_foreign_name,
    )


def stop_url(url: str, name: str, token: str) -> str:
    """What stops an environment, as one types it into a browser."""
    return f"{url}/1.0/environment/control/rest/stopenv?envName={name}&session={token}"


def _row(environment: Environment) -> Row:
    turned = environment.turned
    return Row(
        environment.title,
        environment.name,
        wire.domain(environment),
        environment.running,
        "" if turned is None else _moment(turned.at),
        "" if turned is None else turned.by,
    )


def _moment(at: Moment) -> str:
    return f"{format_moment(at // SECOND * SECOND)[:-1].replace('T', ' ')} UTC"
