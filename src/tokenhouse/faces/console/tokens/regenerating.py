"""Giving a token a new value: when the old one ends, and until when the new one is good."""

from typing import Final

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Route
from tokenhouse.core.judge import Reason
from tokenhouse.core.moment import DAY, HOUR, Lifetime, Moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.succession import Expiry, Until
from tokenhouse.core.token import expired
from tokenhouse.core.usage import Outcome
from tokenhouse.faces.console.tokens import expiries, revealing, sheets
from tokenhouse.faces.console.tokens.drafting import DRAFT, draft_of
from tokenhouse.faces.console.tokens.expiries import KEEP, moment_of
from tokenhouse.faces.console.tokens.faults import Wrong, fault, wrong
from tokenhouse.faces.console.tokens.naming import described_by, kind_among
from tokenhouse.faces.console.tokens.whose import BOTH, Whose
from tokenhouse.faces.console.visit import Serve, Visit, page, sent
from tokenhouse.look import times
from tokenhouse.operations.describe import Described


class _Overlap(msgspec.Struct, frozen=True):
    """For how long the old value stays good; `told` once it is done."""

    label: str
    lifetime: Lifetime
    told: str


NOW: Final = "now"
OVERLAPS: Final = {
    NOW: _Overlap("Now", Lifetime(), "The old value has ended."),
    "1h": _Overlap("After 1 hour", Lifetime(microseconds=HOUR), "The old value ends in an hour."),
    "24h": _Overlap("After 24 hours", Lifetime(days=1), "The old value ends in 24 hours."),
    "7d": _Overlap("After 7 days", Lifetime(days=7), "The old value ends in 7 days."),
}
_ENDED: Final = {
    Reason.REVOKED: "The token was revoked: it gets no new value.",
    Reason.FAMILY_ENDED: "The token was revoked: it gets no new value.",
    Reason.SUPERSEDED: "The token was replaced already: regenerate its successor.",
}


class _Regenerating:
    """One form about one token as it is now."""

    def __init__(self, visit: Visit, whose: Whose) -> None:
        """Raises Refused for what is no token of these."""
        self.described: Described = described_by(visit, whose)
        token = self.described.token
        self._visit, self._whose = visit, whose
        self._kind = kind_among(visit, whose, token)
        self.of = sheets.subject(visit, whose, self._kind, token.expires_at)
        self.has_expired = expired(token, self.of.bounds.now)
        if self.has_expired:
            self.of = replace(self.of, bounds=replace(self.of.bounds, kept=UNSET))

    def shown(self, faulty: Wrong) -> Answer:
        """The form, with what was chosen; raise Refused where no new value can come of it."""
        if self.described.reason in _ENDED:
            raise Refused(Code.UNPROCESSABLE, _ENDED[self.described.reason])
        form, bounds, token = self._visit.form, self.of.bounds, self.described.token
        last, now = self.described.last_used_at, bounds.now
        answer = self._visit.page(
            "tokens/regenerate.html",
            faulty.status,
            whose=self._whose,
            may_write=self._whose.may_write(self._visit.mine.permissions),
            kind=self._kind,
            token=token,
            path=f"{self._whose.path}/{token.id}",
            hidden=((DRAFT, draft_of(self._visit)),),
            has_expired=self.has_expired,
            overlaps=OVERLAPS,
            overlap=form.one("overlap") or NOW,
            expiry=form.one("expiry") or expiries.preselected(bounds),
            date=form.one("date"),
            expiries=expiries.choices(bounds),
            last_day=bounds.last_day,
            cap=sheets.cap(self.of),
            last_used=None if last is None else times.told(last, now),
            uses=self._uses(now),
            factors=self._visit.authority.my_factors.show(self._visit.caller),
            faults=faulty.faults,
            fault_of={one.field: one.sentence for one in reversed(faulty.faults)},
            confirm_fault=faulty.confirm,
        )
        return faulty.held_back(answer)

    def _uses(self, now: Moment) -> int:
        """How often it was accepted in the last 24 hours."""
        holding = self._whose.holding(self._visit.authority)
        usage = self._visit.authority.token_usage(
            self._visit.caller, holding, self.described.token.id
        )
        recent = (one.uses for one in usage.hours if one.since > now - DAY)
        return sum(uses.get(Outcome.ACCEPTED, 0) for uses in recent)

    def expiry(self) -> Expiry:
        """The expiry that the new value is given; raise ValueError for none that can be."""
        form = self._visit.form
        chosen = form.one("expiry") or expiries.preselected(self.of.bounds)
        moment = moment_of(self.of.bounds, chosen, form.one("date"))
        return None if chosen == KEEP else Until(moment)

    def overlap(self) -> _Overlap:
        """When the old value ends; raise Refused(MALFORMED) for no such choice."""
        chosen = NOW if self.has_expired else self._visit.form.one("overlap") or NOW
        if chosen not in OVERLAPS:
            problem = Problem("overlap", "is none of those there are")
            raise Refused(Code.MALFORMED, "Choose when the old value ends.", (problem,))
        return OVERLAPS[chosen]


def _show(whose: Whose) -> Serve:
    return lambda visit: _Regenerating(visit, whose).shown(Wrong())


def _regenerate(whose: Whose) -> Serve:
    def serve(visit: Visit) -> Answer:
        draft = draft_of(visit)
        form = _Regenerating(visit, whose)
        try:
            expiry, overlap = form.expiry(), form.overlap()
        except ValueError as error:
            return form.shown(Wrong((fault("expiry", str(error)),)))
        except Refused as refused:
            return form.shown(wrong(refused))
        caller, token = visit.confirmed(once=draft), form.described.token
        holding = whose.holding(visit.authority)
        try:
            issued = visit.authority.rotate(caller, holding, token.id, expiry, overlap.lifetime)
        except Refused as refused:
            if refused.code is Code.ALREADY_DONE:
                return revealing.already(visit, whose, refused)
            return form.shown(wrong(refused))
        return revealing.shown_once(visit, whose, issued, "" if form.has_expired else overlap.told)

    return serve


def _routes(whose: Whose) -> tuple[Route, ...]:
    path = f"{whose.path}/{{token_id}}/regenerate"
    return page(path, _show(whose), whose.read), sent(path, _regenerate(whose), whose.confirmed)


ROUTES: Final = tuple(route for whose in BOTH for route in _routes(whose))
