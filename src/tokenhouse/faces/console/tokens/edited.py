"""The form that edits one token: what it is now, what was typed, what becomes of it."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import Answer
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Rights
from tokenhouse.core.permission import NOTHING
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.token import expired, superseded
from tokenhouse.faces.console.tokens import sheets
from tokenhouse.faces.console.tokens.changing import (
    Names,
    changes,
    merged,
    read_settings,
    settings_of,
    written,
)
from tokenhouse.faces.console.tokens.expiries import KEEP
from tokenhouse.faces.console.tokens.faults import Wrong
from tokenhouse.faces.console.tokens.naming import described_by, kind_among
from tokenhouse.faces.console.tokens.sheets import Form, Told
from tokenhouse.faces.console.tokens.typed import Typed, kept_by, typed_in
from tokenhouse.faces.console.tokens.whose import Whose
from tokenhouse.faces.console.visit import Visit

VERSION: Final = "version"
BASE: Final = "base"
"""What the token was when the form was shown, so that two people's changes can be told apart."""
_EXPIRED: Final = "It has expired: it gets a new date together with a new value, by regenerating."
_SUPERSEDED: Final = "Its successor takes its place, so its expiry stays as it is."
_ENDED: Final = frozenset({Reason.REVOKED, Reason.FAMILY_ENDED})


class Editing:
    """One form about one token as it is now."""

    def __init__(self, visit: Visit, whose: Whose) -> None:
        """Raises Refused for what is no token of these, or was revoked."""
        self.described = described_by(visit, whose)
        if self.described.reason in _ENDED:
            raise Refused(Code.UNPROCESSABLE, "The token was revoked: nothing of it changes.")
        token = self.described.token
        self._visit = visit
        self._kind = kind_among(visit, whose, token)
        self.path = f"{whose.path}/{token.id}"
        self.of = sheets.subject(visit, whose, self._kind, token.expires_at, token.created_at)

    @property
    def is_stale(self) -> bool:
        """Whether the form was shown of another version."""
        return self._visit.form.one(VERSION) != str(self.described.token.version)

    def typed(self) -> Typed:
        """What was typed; what cannot be chosen stays as it is."""
        return self._settled(typed_in(self._visit.form))

    def _settled(self, typed: Typed) -> Typed:
        kept = kept_by(self.described.token)
        if not typed.expiry or self._fixed_expiry():
            typed = replace(typed, expiry=KEEP)
        if self._kind.rights is not Rights.LIMITED:
            typed = replace(typed, api=kept.api)
        if self._kind.rights is not Rights.GROUPS or not self.of.gives_groups:
            typed = replace(typed, groups=kept.groups)
        return typed

    def told(self, typed: Typed) -> Told:
        """What becomes of it, and what changes."""
        wanted, before = self.of.read(typed), settings_of(self.described.token)
        drafted = wanted
        if wanted.description == before.description:
            drafted = replace(wanted, description="")  # it is no second one of that name
        if wanted.groups is None and self._kind.rights is Rights.GROUPS:
            drafted = replace(drafted, groups=self.described.token.groups)
        return Told(
            sheets.summarized(self._visit, self.of, drafted),
            tuple(one.sentence for one in wanted.faults),
            changes(before, wanted, self._names()),
        )

    def stale(self) -> Answer:
        """Somebody else was there first: what he changed, and what was typed, kept."""
        now = settings_of(self.described.token)
        base = read_settings(self._visit.form.one(BASE)) or now
        typed = merged(base, self.described.token, self._settled(typed_in(self._visit.form)))
        refused = Refused(Code.STALE, "It was changed meanwhile.")
        meanwhile = changes(base, now, self._names())
        return self.shown(typed, Wrong(refused=refused), meanwhile)

    def shown(
        self, typed: Typed, faulty: Wrong, meanwhile: tuple[sheets.Changed, ...] | None = None
    ) -> Answer:
        """The form."""
        token = self.described.token
        form = Form(
            title="Edit a token",
            action=self.path,
            again=f"{self.path}/edit",
            back=self.path,
            submit="Save",
            hidden=((VERSION, str(token.version)), (BASE, written(settings_of(token)))),
            api="limited" if self._kind.rights is Rights.LIMITED else "",
            fixed_expiry=self._fixed_expiry(),
            before=token.permissions or NOTHING,
            meanwhile=meanwhile,
            regenerate=f"{self.path}/regenerate",
            named=token.description or "No description",
        )
        return sheets.shown(self._visit, self.of, form, typed, self.told(typed), faulty)

    def _fixed_expiry(self) -> str:
        """Why the expiry cannot move; empty where it can."""
        token, now = self.described.token, self.of.bounds.now
        if superseded(token, now) or token.superseded_at is not None:
            return _SUPERSEDED
        return _EXPIRED if expired(token, now) else ""

    def _names(self) -> Names:
        groups = {one.id: one.name for one in self.described.groups}
        groups |= {one.group.id: one.group.name for one in self.of.choices.groups}
        sets = {one.predefined.id: one.predefined.name for one in self.of.choices.sets}
        return Names(groups, sets)
