"""The list of tokens: what there is, a part of it, and what can be done with those chosen."""

from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Route
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment
from tokenhouse.core.overview import Filter, Order
from tokenhouse.core.token import superseded
from tokenhouse.faces.console.form import Form
from tokenhouse.faces.console.tokens import removing
from tokenhouse.faces.console.tokens.where import Where
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page, sent
from tokenhouse.look import charts, times
from tokenhouse.operations.overview import Shown, ShownToken
from tokenhouse.operations.revoke import MOST_AT_ONCE

Words: TypeAlias = tuple[str, str]

FILTERS: Final = (
    (Filter.CURRENT, "All"),
    (Filter.ACTIVE, "Active"),
    (Filter.EXPIRING, "Expiring within 14 days"),
    (Filter.UNUSED, "Unused for 90 days"),
    (Filter.NEVER, "No expiry"),
    (Filter.EXPIRED, "Expired"),
    (Filter.REVOKED, "Revoked"),
)
_COLUMNS: Final = (
    (Order.DESCRIPTION, "Token"),
    (None, "May"),
    (Order.CREATED, "Created"),
    (Order.LAST_USED, "Last used"),
    (None, "14 days"),
    (Order.EXPIRES, "Expires"),
    (Order.STATE, "State"),
)
_FEW: Final = 2


class Row(msgspec.Struct, frozen=True):
    """A token in words."""

    id: str
    description: str
    short: str
    kind: str
    may: str
    created: times.Told
    last_used: times.Told | None
    spark: str
    expires: times.Told | None
    expiry: times.Expiry
    state: Words


def _list(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        removed = visit.query("removed")
        said = f"Removed: {removed}." if removed.isascii() and removed.isdecimal() else ""
        where = whose.where(visit.authority, Form(visit.request.query))
        return _page(visit, whose, where, said)

    return serve


def _search(whose: Whose) -> Serve:
    """What is searched for may be a whole token, which must stand in no address."""

    def serve(visit: Visit) -> Answer:
        where = whose.where(visit.authority, visit.form)
        if not where.can_be_shown:
            return _page(visit, whose, where)
        if visit.request.header("hx-request") != "true":
            return visit.go(where.url)
        answer = _page(visit, whose, where)
        return replace(answer, headers=(*answer.headers, ("hx-replace-url", where.url)))

    return serve


def _chosen(whose: Whose) -> Serve:
    """Where what is to be done with the chosen tokens is asked for."""

    def serve(visit: Visit) -> Answer:
        wanted, where = visit.form.one("do"), whose.where(visit.authority, visit.form)
        if wanted == "remove":
            return removing.ask(visit, whose, where, removing.chosen(visit, whose, where))
        ids = visit.form.all("id")
        if len(ids) != 1 or wanted not in {"edit", "regenerate", "copy"}:
            return _page(visit, whose, where, "Choose one token for that.", 422)
        one = ids[0] if ids[0].replace("-", "").isalnum() and ids[0].isascii() else ""
        if wanted == "copy":
            return visit.go(f"{whose.path}/new?from={one}")
        return visit.go(f"{whose.path}/{one}/{wanted}")

    return serve


def _page(visit: Visit, whose: Whose, where: Where, said: str = "", status: int = 200) -> Answer:
    authority, holding = visit.authority, whose.holding(visit.authority)
    shown = authority.overview(visit.caller, holding, where.view)
    kinds = {kind.name: kind for kind in holding.kinds}
    catalogue = authority.permissions.catalogue(visit.caller)
    return visit.page(
        "tokens/list.html",
        status,
        whose=whose,
        where=where,
        shown=shown,
        rows=[_row(one, kinds, catalogue, shown.as_of) for one in shown.rows],
        filters=[(one, words, shown.counts.get(one, 0)) for one, words in FILTERS],
        kinds=[(kind.name, kind.title) for kind in holding.kinds],
        columns=_COLUMNS,
        said=said,
        at_once=min(shown.matching, MOST_AT_ONCE),
        may_write=whose.may_write(visit.mine.permissions),
        updated=times.exact(shown.as_of),
        first_run=_is_empty(shown, where),
    )


def _is_empty(shown: Shown, where: Where) -> bool:
    return shown.seen == 0 and not where.search and not where.kind


def _row(shown: ShownToken, kinds: dict[str, Kind], catalogue: Catalogue, now: Moment) -> Row:
    described, token = shown.described, shown.described.token
    return Row(
        id=str(token.id),
        description=token.description,
        short=shown.short,
        kind=kinds[token.kind].title,
        may=_may(shown, kinds[token.kind], catalogue),
        created=times.told(token.created_at, now),
        last_used=times.told(described.last_used_at, now) if described.last_used_at else None,
        spark=charts.sparkline(shown.days),
        expires=times.told(token.expires_at, now) if token.expires_at else None,
        expiry=times.expiry(token.expires_at, now),
        state=_state(shown, now),
    )


def _may(shown: ShownToken, kind: Kind, catalogue: Catalogue) -> str:
    token = shown.described.token
    if kind.rights is Rights.HOLDER:
        return "everything you may"
    if kind.rights is Rights.GROUPS:
        names = sorted(group.name for group in shown.described.groups)
        more = f" +{len(names) - _FEW}" if len(names) > _FEW else ""
        return ", ".join(names[:_FEW]) + more if names else "nothing: no group"
    if token.set_id is not None:
        followed = catalogue.set_of(token.set_id)
        return "nothing: its set is gone" if followed is None else followed.name
    count = len(token.permissions or ())
    return f"{count} method" + ("" if count == 1 else "s")


_STATES: Final = {
    "expired": ("warn", "expired"),
    "revoked": ("bad", "revoked"),
    "family_ended": ("bad", "revoked"),
    "superseded": ("bad", "replaced"),
    "not_yet_valid": ("warn", "not valid yet"),
    "holder_suspended": ("warn", "holder suspended"),
    "membership_ended": ("bad", "holder has left"),
    "organization_suspended": ("warn", "organization suspended"),
    "client_suspended": ("warn", "client suspended"),
}


def _state(shown: ShownToken, now: Moment) -> Words:
    """A class and a word, the judge's; one that is to be replaced says so before it is."""
    reason, token = shown.described.reason, shown.described.token
    if reason is not None:
        return _STATES[reason.value]
    if token.superseded_at is not None and not superseded(token, now):
        return "warn", f"ends {times.relative(token.superseded_at, now)}"
    return "good", "active"


def _routes(whose: Whose) -> tuple[Route, ...]:
    return (
        page(whose.path, _list(whose), whose.read),
        sent(f"{whose.path}/search", _search(whose), whose.read),
        sent(f"{whose.path}/chosen", _chosen(whose), whose.write),
    )


ROUTES: Final = tuple(route for whose in BOTH for route in _routes(whose))
