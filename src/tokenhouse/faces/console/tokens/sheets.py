"""The form of a token, whether it is made or edited: what stands on it."""

from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from tokenhouse.boundary import Answer
from tokenhouse.core.kind import Kind, Rights
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import NOTHING, Permissions
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.summary import Summary
from tokenhouse.faces.console.tokens import expiries, offering
from tokenhouse.faces.console.tokens.expiries import Bounds
from tokenhouse.faces.console.tokens.faults import Wrong
from tokenhouse.faces.console.tokens.reading import (
    MAX_AUDIENCE,
    MAX_DESCRIPTION,
    Read,
    read,
)
from tokenhouse.faces.console.tokens.typed import CUSTOM, Typed
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.faces.console.visit import Visit
from tokenhouse.look.times import exact
from tokenhouse.operations.choices import Choices
from tokenhouse.operations.issue import ASSIGNS_ANY_GROUP

_SUMMARY: Final = "summary"
"""The id of what a script asks for alone while somebody types."""


class Told(msgspec.Struct, frozen=True):
    """What would come of it: the summary, what is still to do, what changes."""

    summary: Summary | None
    to_do: tuple[str, ...] = ()
    changes: "tuple[Changed, ...] | None" = None


class Changed(msgspec.Struct, frozen=True):
    """A setting that is another one afterwards, both in words."""

    name: str
    before: str
    after: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a page says beside what was typed. `api`: whether, and how, the field API is offered.

    `fixed_expiry`: why there is no choice of it. `meanwhile` is what somebody else has
    changed since the form was shown; None: nobody has. `named`: the description it has now.
    """

    title: str
    action: str
    again: str
    back: str
    submit: str
    hidden: tuple[tuple[str, str], ...]
    api: str
    fixed_expiry: str = ""
    notes: tuple[str, ...] = ()
    before: Permissions = NOTHING
    meanwhile: tuple[Changed, ...] | None = None
    regenerate: str = ""
    named: str = ""
    is_new: bool = False


class Subject(msgspec.Struct, frozen=True):
    """Of what kind the token is, and what can be chosen for it."""

    whose: Whose
    kind: Kind
    choices: Choices
    bounds: Bounds

    @property
    def gives_groups(self) -> bool:
        """Whether policy groups can be chosen."""
        return all(one.greyed is None for one in self.choices.groups)

    def read(self, typed: Typed) -> Read:
        """What was typed, as values."""
        return read(typed, self.kind, self.bounds, gives_groups=self.gives_groups)


def subject(
    visit: Visit,
    whose: Whose,
    kind: Kind,
    kept: Moment | UnsetType | None = UNSET,
    made_at: Moment | None = None,
) -> Subject:
    """What can be chosen for a token of a kind; a token that is there was `made_at` a moment."""
    choices = visit.authority.choices(visit.caller, kind)
    now, latest = choices.as_of, choices.expiries.latest
    if latest is not None and made_at is not None:
        latest += made_at - now
    bounds = Bounds(now, latest, choices.expiries.none_allowed, kept)
    return Subject(whose, kind, choices, bounds)


def summarized(visit: Visit, of: Subject, wanted: Read) -> Summary | None:
    """What would come of it, in words; None where nothing can be said yet."""
    try:
        summary = visit.authority.choices.summary(visit.caller, of.kind, wanted.draft)
    except Refused as refused:
        if refused.code is not Code.MALFORMED:
            raise
        return None
    if any(one.field == "expiry" for one in wanted.faults):
        return msgspec.structs.replace(summary, sentences=summary.sentences[:-1])
    return summary


def is_summary_asked(visit: Visit) -> bool:
    """Whether a script asks for the summary alone."""
    return visit.request.header("hx-target") == _SUMMARY


def summary_alone(visit: Visit, typed: Typed, told: Told) -> Answer:
    """The summary, for a page that has the rest of it."""
    return visit.page("tokens/summary.html", description=typed.description, told=told)


def shown(  # noqa: PLR0917 -- the parts of one page
    visit: Visit, of: Subject, form: Form, typed: Typed, told: Told, wrong: Wrong
) -> Answer:
    """The form, with what was typed and what is wrong with it."""
    choices, kind = of.choices, of.kind
    answer = visit.page(
        "tokens/form.html",
        wrong.status,
        form=form,
        whose=of.whose,
        may_write=of.whose.may_write(visit.mine.permissions),
        kind=kind,
        typed=typed,
        description=typed.description,
        expiry=typed.expiry or expiries.preselected(of.bounds),
        expiries=expiries.choices(of.bounds),
        cap=cap(of),
        last_day=of.bounds.last_day,
        sections=offering.sections(choices, typed, form.before) if form.api else (),
        api=typed.api or CUSTOM,
        sets=offering.sets(choices, typed) if form.api else (),
        groups=offering.groups(choices, typed),
        of_groups=kind.rights is Rights.GROUPS,
        gives_groups=of.gives_groups,
        has_more_groups=choices.has_more_groups,
        assigns=ASSIGNS_ANY_GROUP,
        bound=choices.addresses,
        my_address=visit.request.address,
        factors=visit.authority.my_factors.show(visit.caller),
        told=told,
        faults=wrong.faults,
        fault_of={one.field: one.sentence for one in reversed(wrong.faults)},
        confirm_fault=wrong.confirm,
        longest={"description": MAX_DESCRIPTION, "audience": MAX_AUDIENCE},
    )
    return wrong.held_back(answer)


def cap(of: Subject) -> str:
    """What the organization demands of the expiry, before anybody breaks it."""
    latest, title = of.bounds.latest, of.kind.title
    if latest is not None:
        return f"Your organization lets a {title} be good until {exact(latest)} at most."
    return "" if of.bounds.none_allowed else f"Your organization wants every {title} to expire."
