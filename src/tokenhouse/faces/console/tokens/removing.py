"""Removing tokens: what will stop is said first, and one confirmation is for all of them."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Route, parse_id
from tokenhouse.core.judge import Reason
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console import pages
from tokenhouse.faces.console.form import Form
from tokenhouse.faces.console.tokens.where import Where
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page, sent
from tokenhouse.look import times
from tokenhouse.operations.overview import ShownToken
from tokenhouse.operations.revoke import MOST_AT_ONCE
from tokenhouse.operations.tokens import ACTIVE, Sought

MANY: Final = 5
"""Whoever removes more than these says how many."""
_LISTED: Final = 20
"""Tokens that are named one by one, and whose families are looked at."""
_NOWHERE: Final = UUID(int=0)
"""The id of no token: what nobody can read, and nothing at all, are as unknown as any other id."""
_ON_THE_PAGE: Final = frozenset({Code.FORBIDDEN, Code.SECOND_FACTOR, Code.TOO_MANY, Code.MALFORMED})


class Doomed(msgspec.Struct, frozen=True):
    """A token that is to be removed, in words.

    `living`: others of its family that go on; `dragged`: those that end with it whatever is said.
    """

    description: str
    short: str
    used: str
    living: int = 0
    dragged: int = 0


def chosen(visit: Visit, whose: Whose, where: Where) -> tuple[UUID, ...]:
    """The ticked tokens, or every one that matches; raises Refused(MALFORMED) for too many."""
    if visit.form.one("all"):
        return visit.authority.overview.matching(
            visit.caller, whose.holding(visit.authority), where.view
        )
    return _named(visit.form)


def _named(said: Form) -> tuple[UUID, ...]:
    named = dict.fromkeys(said.all("id"))
    if len(named) > MOST_AT_ONCE:
        raise Refused(Code.MALFORMED, f"At most {MOST_AT_ONCE} tokens are removed at once.")
    return tuple(parse_id(text) or _NOWHERE for text in named) or (_NOWHERE,)


def ask(
    visit: Visit,
    whose: Whose,
    where: Where,
    ids: tuple[UUID, ...],
    refused: Refused | None = None,
) -> Answer:
    """The question, again with what is wrong where something was."""
    holding = whose.holding(visit.authority)
    rows = visit.authority.overview.chosen(visit.caller, holding, ids) if ids else ()
    if not rows:
        raise Refused(Code.NOT_FOUND, "None of these tokens is here. Choose some in the list.")
    named = frozenset(one.described.token.id for one in rows)
    listed = [_doomed(visit, whose, one, named) for one in rows[:_LISTED]]
    others = len(rows) - len(listed)
    answer = visit.page(
        "tokens/remove.html",
        200 if refused is None else pages.status_of(refused),
        whose=whose,
        where=where,
        ids=[str(one.described.token.id) for one in rows],
        listed=listed,
        others=others,
        asks_for_families=any(one.living for one in listed) or (others and not whose.is_own),
        with_families=visit.form.one("families") == "yes",
        count=len(rows) if len(rows) > MANY else 0,
        typed_count=visit.form.one("count"),
        factors=visit.authority.my_factors.show(visit.caller),
        fault="" if refused is None else refused.public,
    )
    return answer if refused is None else pages.held_back(answer, refused)


def _doomed(visit: Visit, whose: Whose, shown: ShownToken, named: frozenset[UUID]) -> Doomed:
    token = shown.described.token
    family = Sought(_LISTED, kind=token.kind, state=ACTIVE, family_id=token.family_id)
    holding = whose.holding(visit.authority)
    others = visit.authority.tokens.page(visit.caller, holding, family).rows
    living = sum(one.token.id not in {token.id, *named} for one in others)
    ends_with_family = token.kind == visit.authority.limited.name
    return Doomed(
        description=token.description,
        short=shown.short,
        used=_used(shown),
        living=0 if ends_with_family else living,
        dragged=living if ends_with_family else 0,
    )


def _used(shown: ShownToken) -> str:
    described, uses = shown.described, sum(day.accepted for day in shown.days)
    if described.reason in {Reason.REVOKED, Reason.FAMILY_ENDED}:
        return "removed already"
    if described.last_used_at is None:
        return "never used"
    used = f"last used {times.relative(described.last_used_at, shown.as_of)}"
    return f"{used}, {uses:,} times in 14 days" if uses else used


def _ask(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        said = Form(visit.request.query)
        return ask(visit, whose, whose.where(visit.authority, said), _named(said))

    return serve


def _remove(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        ids, where = _named(visit.form), whose.where(visit.authority, visit.form)
        try:
            _refuse_uncounted(visit.form, ids)
            visit.authority.revoke.several(
                visit.confirmed(),
                whose.holding(visit.authority),
                ids,
                with_families=visit.form.one("families") == "yes",
            )
        except Refused as refused:
            if refused.code not in _ON_THE_PAGE:
                raise
            return ask(visit, whose, where, ids, refused)
        return visit.go(where.saying(("removed", str(len(ids)))))

    return serve


def _refuse_uncounted(said: Form, ids: tuple[UUID, ...]) -> None:
    if len(ids) > MANY and said.one("count").strip() != str(len(ids)):
        raise Refused(Code.MALFORMED, f"Type {len(ids)}, the number of tokens, first.")


def _routes(whose: Whose) -> tuple[Route, ...]:
    path = f"{whose.path}/remove"
    return page(path, _ask(whose), whose.read), sent(path, _remove(whose), whose.confirmed)


ROUTES: Final = tuple(route for whose in BOTH for route in _routes(whose))
