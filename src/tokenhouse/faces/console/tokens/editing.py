"""Editing a token: what changes is shown before it is confirmed, and two people do not collide."""

from typing import Final

from tokenhouse.boundary import Answer, Route
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console.tokens import sheets
from tokenhouse.faces.console.tokens.changing import edit_of, settings_of
from tokenhouse.faces.console.tokens.edited import Editing
from tokenhouse.faces.console.tokens.faults import Wrong, wrong
from tokenhouse.faces.console.tokens.typed import kept_by
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page, sent


def _show(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        editing = Editing(visit, whose)
        return editing.shown(kept_by(editing.described.token), Wrong())

    return serve


def _again(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        editing = Editing(visit, whose)
        typed = editing.typed()
        if sheets.is_summary_asked(visit):
            return sheets.summary_alone(visit, typed, editing.told(typed))
        return editing.stale() if editing.is_stale else editing.shown(typed, Wrong())

    return serve


def _save(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        editing = Editing(visit, whose)
        if editing.is_stale:
            return editing.stale()
        typed, token = editing.typed(), editing.described.token
        wanted = editing.of.read(typed)
        if wanted.faults:
            return editing.shown(typed, Wrong(wanted.faults))
        edit = edit_of(settings_of(token), wanted)
        holding = whose.holding(visit.authority)
        try:
            visit.authority.edit(visit.confirmed(), holding, token.id, edit, token.version)
        except Refused as refused:
            if refused.code is Code.STALE:
                return Editing(visit, whose).stale()
            return editing.shown(typed, wrong(refused))
        return visit.go(editing.path)

    return serve


def _routes(whose: Whose) -> tuple[Route, ...]:
    one = f"{whose.path}/{{token_id}}"
    return (
        page(f"{one}/edit", _show(whose), whose.read),
        sent(f"{one}/edit", _again(whose), whose.write),
        sent(one, _save(whose), whose.confirmed),
    )


ROUTES: Final = tuple(route for whose in BOTH for route in _routes(whose))
