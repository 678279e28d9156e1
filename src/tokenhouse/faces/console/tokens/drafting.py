"""Making a token: which one is needed, what it may do, until when, from where."""

import os
import re
from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer, Route
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.faces.console.form import Form as Sent
from tokenhouse.faces.console.tokens import revealing, sheets
from tokenhouse.faces.console.tokens.expiries import KEEP, PRESETS, preselected
from tokenhouse.faces.console.tokens.faults import Wrong, wrong
from tokenhouse.faces.console.tokens.naming import named_in
from tokenhouse.faces.console.tokens.offering import left_out
from tokenhouse.faces.console.tokens.sheets import Form, Subject, Told
from tokenhouse.faces.console.tokens.typed import CUSTOM, Typed, kept_by, kind_of, linked, typed_in
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page, sent

FROM: Final = "from"
"""The token whose settings are copied."""
DRAFT: Final = "draft"
"""Names one making, which is done once however often the form is sent."""
_DRAFT: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_DRAFT_BYTES: Final = 16


def draft_of(visit: Visit) -> str:
    """The name of what this form does; a new one where the form has none yet."""
    sent_one = visit.form.one(DRAFT)
    return sent_one if _DRAFT.fullmatch(sent_one) else os.urandom(_DRAFT_BYTES).hex()


def _new(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        query = Sent(visit.request.query)
        copied = query.one(FROM)
        if copied:
            typed, notes = _copy(visit, whose, copied)
        else:
            typed = linked(query)
            notes = _of_link(typed)
        return _shown(visit, whose, typed, Wrong(), notes)

    return serve


def _of_link(typed: Typed) -> tuple[str, ...]:
    if typed == Typed(api=typed.api):
        return ()
    return ("The link that led here has filled in this form: look at every field.",)


def _copy(visit: Visit, whose: Whose, copied: str) -> tuple[Typed, tuple[str, ...]]:
    """The settings of another token; its expiry as long a time from now on, if that is usual."""
    described = visit.authority.tokens.one(
        visit.caller, whose.holding(visit.authority), named_in(copied)
    )
    token = described.token
    expiry = next(
        (
            value
            for value, (_, lifetime) in PRESETS.items()
            if lifetime.after(token.created_at) == token.expires_at
        ),
        "",
    )
    typed = replace(kept_by(token), expiry=expiry, date="")
    return typed, ("Filled in with the settings of a token that you have. The value is a new one.",)


def _again(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        typed = typed_in(visit.form)
        if not sheets.is_summary_asked(visit):
            return _shown(visit, whose, typed, Wrong())
        of = _subject(visit, whose, typed)
        return sheets.summary_alone(visit, typed, _told(visit, of, typed))

    return serve


def _create(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        typed = typed_in(visit.form)
        of = _subject(visit, whose, typed)
        wanted = of.read(typed)
        if wanted.faults:
            return _shown(visit, whose, typed, Wrong(wanted.faults))
        caller = visit.confirmed(once=draft_of(visit))
        try:
            issued = visit.authority.issue(caller, of.kind, wanted.draft)
        except Refused as refused:
            if refused.code is Code.ALREADY_DONE:
                return revealing.already(visit, whose, refused)
            return _shown(visit, whose, typed, wrong(refused))
        return revealing.shown_once(visit, whose, issued)

    return serve


def _subject(visit: Visit, whose: Whose, typed: Typed) -> Subject:
    return sheets.subject(visit, whose, kind_of(visit.authority, whose, typed))


def _shown(
    visit: Visit, whose: Whose, typed: Typed, faulty: Wrong, notes: tuple[str, ...] = ()
) -> Answer:
    of = _subject(visit, whose, typed)
    if typed.expiry in {"", KEEP}:
        typed = replace(typed, expiry=preselected(of.bounds))
    if whose.is_own and not typed.api:
        typed = replace(typed, api=CUSTOM)
    if (omitted := left_out(of.choices, typed)) and not faulty.faults:
        notes = (*notes, f"Left out: {len(omitted)} methods that you cannot give to a token.")
        typed = replace(typed, permissions=tuple(set(typed.permissions) - omitted))
    form = Form(
        title="Generate a token",
        action=whose.path,
        again=f"{whose.path}/new",
        back=whose.path,
        submit="Generate",
        hidden=((DRAFT, draft_of(visit)),),
        api="any" if whose.is_own else "",
        notes=notes,
        is_new=True,
    )
    return sheets.shown(visit, of, form, typed, _told(visit, of, typed), faulty)


def _told(visit: Visit, of: Subject, typed: Typed) -> Told:
    wanted = of.read(typed)
    return Told(sheets.summarized(visit, of, wanted), tuple(one.sentence for one in wanted.faults))


def _routes(whose: Whose) -> tuple[Route, ...]:
    return (
        page(f"{whose.path}/new", _new(whose), whose.read),
        sent(f"{whose.path}/new", _again(whose), whose.write),
        sent(whose.path, _create(whose), whose.confirmed),
    )


ROUTES: Final = tuple(route for whose in BOTH for route in _routes(whose))
