"""A second sample API: the environments of a hosting platform, started and stopped by tokens.

Owns the route table of the methods `environment.control.*` that the sample has, spelled as
Virtuozzo's platform spells them (`wire`), what is kept of the environments (`kept`), and the page
that shows them (`page`). Does not own who may call what: it asks about every credential, as a
customer's API would.
"""

from typing import Any, Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import About, Answer, Asked, Face, Form, Refusals, Request, Route, Success
from tokenhouse.boundary.answers import answered
from tokenhouse.boundary.face import Handled
from tokenhouse.boundary.media import JSON
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.demo.environments import wire
from tokenhouse.demo.environments.kept import FIRST, Environments, Turn
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.refusing import refusal

PREFIX: Final = "/1.0/environment"


class Asking(msgspec.Struct, frozen=True):
    """Whoever may do what he asks, for which organization, and when that was found."""

    organization_id: UUID
    name: str
    at: Moment


def _judged(authority: Authority, caller: Caller) -> Asking:
    """Ask about the credential before anything else is looked at; raises Refused."""
    told = authority.ask.own(caller)
    found = told.verdict.found
    if not told.verdict.allowed or found is None:
        raise refusal(told.verdict, caller.spelling, caller.demand)
    person, organization = found.standing.person, found.standing.organization
    name = organization.name if person is None else person.full_name
    return Asking(organization.id, name, told.as_of)


def _list(kept: Environments) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        asking = _judged(authority, caller)
        wire.NOTHING.read(request)
        return answered(200, wire.listed(kept.of(asking.organization_id)))

    return handle


def _show(kept: Environments) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        asking = _judged(authority, caller)
        found = kept.one(asking.organization_id, wire.NAMED.read(request))
        if found is None:
            raise wire.NoEnvironment
        return answered(200, wire.shown(found))

    return handle


def _turn(kept: Environments, *, running: bool) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        asking = _judged(authority, caller)
        turn = Turn(running, asking.at, asking.name)
        if kept.turn(asking.organization_id, wire.NAMED.read(request), turn) is None:
            raise wire.NoEnvironment
        return answered(200, wire.Done())

    return handle


def _refuse(_: Request, refused: Refused | Unavailable) -> Answer:
    return answered(200, wire.failed(refused))


def _statuses(_: Route) -> frozenset[int]:
    return frozenset({200})


def _about(summary: str, form: Form[Any], answer: type[Any], example: Any) -> About:
    named = {"envName": "my-project"} if form is wire.NAMED else {}
    return About(
        tag="Sample API: environments",
        summary=summary,
        answers={200: Success(answer)},
        form=form,
        query_example=named,
        answer_example=msgspec.json.decode(msgspec.json.encode(example)),
    )


def _routes(method: str, handled: Handled, about: About) -> tuple[Route, ...]:
    """A method of the platform: the same by GET and by POST."""
    demand = Demand(Door.RESOURCE, frozenset({f"environment.control.{method}"}))
    path = f"{PREFIX}/control/rest/{method.lower()}"
    return tuple(Route(verb, path, Asked(handled), demand, about=about) for verb in ("GET", "POST"))


def face(kept: Environments) -> Face:
    """The API over these environments."""
    (first, *_), done = FIRST, wire.Done()
    info = wire.shown(first)
    return Face(
        name="environments",
        prefixes=(PREFIX,),
        routes=(
            *_routes(
                "GetEnvs",
                _list(kept),
                _about("List the environments.", wire.NOTHING, wire.Listed, wire.listed((first,))),
            ),
            *_routes(
                "GetEnvInfo",
                _show(kept),
                _about("Tell how one environment is.", wire.NAMED, wire.Shown, info),
            ),
            *_routes(
                "StopEnv",
                _turn(kept, running=False),
                _about("Stop an environment.", wire.NAMED, wire.Done, done),
            ),
            *_routes(
                "StartEnv",
                _turn(kept, running=True),
                _about("Start an environment.", wire.NAMED, wire.Done, done),
            ),
        ),
        refuse=_refuse,
        spellings=frozenset({Spelling.SESSION}),
        fold=str.lower,
        refusals=Refusals(wire.Failed, (JSON,), _statuses),
        media_types=(JSON,),
    )


FACE: Final = face(Environments())
"""The same over environments that nobody keeps."""
