"""The page of one token: what it is, what it may do and why, how it is used, what happened."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, parse_id
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.lineage import Generation
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.token import Token, technical_user
from tokenhouse.faces.console.tokens import by_command, happening, rights, simulating
from tokenhouse.faces.console.tokens.state import State, deeds, expiry_of, state_of
from tokenhouse.faces.console.tokens.used import used
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page
from tokenhouse.look import times
from tokenhouse.operations.explain import Explained
from tokenhouse.operations.holding import not_found
from tokenhouse.operations.trail import Part

_ANSWER: Final = "answer"
"""The part of the page that alone is asked for where a script puts the question."""
_LONGEST_TITLE: Final = 60
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
_DIGITS: Final = 18
"""Digits of a sequence."""


class Person(msgspec.Struct, frozen=True):
    """Somebody who did something. `id` stands where his name is not known to whoever looks."""

    name: str
    id: UUID | None = None


class Link(msgspec.Struct, frozen=True):
    """A token of the family: `href` None is the one that the page is about."""

    short: str
    href: str | None
    state: State
    generation: Generation


def _show(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        token_id = parse_id(visit.request.parameters["token_id"])
        if token_id is None:
            raise not_found()
        question = simulating.asked(visit, whose, token_id)
        status = 422 if question.faults else 200
        if visit.request.header("hx-target") == _ANSWER:
            return visit.page("tokens/answer.html", status, question=question)
        return visit.page(
            "tokens/show.html", status, question=question, **_told(visit, whose, token_id)
        )

    return serve


def _told(visit: Visit, whose: Whose, token_id: UUID) -> Mapping[str, object]:
    authority, holding = visit.authority, whose.holding(visit.authority)
    explained = authority.explain(visit.caller, holding, token_id)
    usage = authority.token_usage(visit.caller, holding, token_id)
    token, now = explained.found.token, explained.as_of
    before = _sequence(visit.query("before"))
    events = explained.events
    if before is not None:
        events = authority.explain.events(visit.caller, holding, token_id, before)
    names = _names(visit, explained, events)
    family = _family(visit, whose, explained)
    itself = next(one for one in family if one.href is None)
    return {
        **_facts(visit, whose, explained, names),
        "itself": itself,
        "expiry": expiry_of(itself.generation, now),
        "family": family,
        "has_earlier": explained.lineage.has_earlier,
        "deeds": deeds(whose, itself.generation, may_write=whose.may_write(visit.mine.permissions)),
        "last_used_at": usage.last_used_at,
        "usage": used(usage, visit.query("usage"), now),
        "rights": rights.told(explained.kind, token, explained.explanation),
        "examples": rights.examples(
            explained.explanation, explained.found.standing.catalogue.own()
        ),
        "events": None
        if events is None
        else [happening.line(one, names, times.exact) for one in events.events],
        "older": None if events is None else events.following,
        "newer": before is not None,
        "shorts": {one.generation.token.id: one for one in family},
        "commands": by_command.commands(whose, token, authority.deployment.issuer),
    }


def _facts(
    visit: Visit, whose: Whose, explained: Explained, names: Mapping[UUID, str]
) -> Mapping[str, object]:
    found, now = explained.found, explained.as_of
    token, standing = found.token, found.standing
    groups = standing.groups if explained.kind.rights is Rights.GROUPS else ()
    return {
        "whose": whose,
        "token": token,
        "title": _window(token),
        "is_titled": _is_titled(token),
        "kind": explained.kind.title,
        "owner": standing.person.full_name if standing.person else standing.organization.name,
        "maker": _person(visit, token.made_by, names),
        "groups": [group.name for group in groups],
        "followed": explained.explanation.followed,
        "technical_user": None if whose.is_own else technical_user(token.family_id),
        "when": lambda moment: times.told(moment, now),
        "as_of": now,
    }


def _is_titled(token: Token) -> bool:
    """Whether anything of its description can be seen."""
    return any(one.isprintable() and not one.isspace() for one in token.description)


def _window(token: Token) -> str:
    """What a window is called: no control characters turn it around."""
    if not _is_titled(token):
        return "Untitled token"
    plain = "".join(one if one.isprintable() else _UNKNOWN for one in token.description)
    short = plain[:_LONGEST_TITLE]
    return short if short == plain else f"{short}…"


def _family(visit: Visit, whose: Whose, explained: Explained) -> list[Link]:
    own, prefix = explained.found.token.id, _prefix(visit, explained.kind)
    return [
        Link(
            short=f"{prefix}…{one.token.hint}",
            href=None if one.token.id == own else f"{whose.path}/{one.token.id}",
            state=state_of(one),
            generation=one,
        )
        for one in explained.lineage.generations
    ]


def _prefix(visit: Visit, kind: Kind) -> str:
    return f"{visit.authority.deployment.brand}{kind.letter}_"


def _names(visit: Visit, explained: Explained, events: Part | None) -> Mapping[UUID, str]:
    """Those of the people and the groups that the page speaks of, as far as one may know them."""
    standing, shown = explained.found.standing, () if events is None else events.events
    actors = {one.told.actor for one in shown if one.told is not None and one.told.actor}
    people = visit.authority.names(visit.caller, {explained.found.token.made_by, *actors})
    groups = {group.id: group.name for group in standing.groups}
    return {**groups, standing.organization.id: standing.organization.name, **people}


def _person(visit: Visit, person_id: UUID, names: Mapping[UUID, str]) -> Person:
    if person_id == DEPLOYMENT:
        return Person("somebody at the machine")
    if person_id == visit.mine.person.id:
        return Person("you")
    name = names.get(person_id)
    return Person("somebody else", person_id) if name is None else Person(name)


def _sequence(text: str) -> int | None:
    is_one = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
    return int(text) if is_one else None


ROUTES: Final = tuple(
    page(f"{whose.path}/{{token_id}}", _show(whose), whose.read) for whose in BOTH
)
