"""Verify a presented token: recognise it, find it, judge it, count it. Writes nothing."""

from hashlib import sha256
from typing import Final, TypeAlias

from tokenhouse.core.credential import MAX_CHARACTERS, Opaque, Secret, Signed, recognise, whole_of
from tokenhouse.core.judge import UNKNOWN, Demand, Good, Verdict, enough, judge
from tokenhouse.core.kind import Kind, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.core.usage import Outcome
from tokenhouse.operations.at_once import AtOnce
from tokenhouse.operations.ground import Ground
from tokenhouse.operations.kept import Kept
from tokenhouse.operations.ports import Clock, Signer
from tokenhouse.operations.records import TokenSource
from tokenhouse.operations.usage import Counted, Usage

MOST_KNOWN: Final = 65_536
"""Strings known by their fingerprints, with what is good about them."""


def may_be_signed(text: Secret) -> bool:
    """Whether it could be that a string is unknown for want of a signing key in memory."""
    return "." in text.reveal()


class Recogniser:
    """Tells which kind a string claims to be, and by what to find it."""

    def __init__(self, kinds: tuple[Kind, ...], signer: Signer, brand: str, issuer: str) -> None:
        self._signed: Final = {(kind.name, kind.holder): kind for kind in kinds if kind.typ}
        self._by_letter: Final = {kind.letter: kind for kind in kinds if kind.letter}
        self._typs: Final = frozenset(kind.typ for kind in kinds if kind.typ)
        self._signer = signer
        self._brand = brand
        self._issuer = issuer

    def prefix(self, kind: Kind) -> str:
        """What every string of a kind begins with; nothing for one that is signed."""
        return "" if kind.letter is None else f"{self._brand}{kind.letter}_"

    def find(self, text: Secret, source: TokenSource) -> tuple[Kind, Found] | None:
        """Find the record behind a presented string; None when it is none of ours."""
        match recognise(text.reveal(), self._brand):
            case Opaque(letter=letter, fingerprint=fingerprint):
                kind = self._by_letter.get(letter)
                found = source.find(fingerprint) if kind is not None else None
                if kind is None or found is None or found.token.kind != kind.name:
                    return None
                return kind, found
            case Signed(text=signed):
                claimed = self._signer.claimed(signed, self._typs, self._issuer)
                found = source.find(claimed.id) if claimed is not None else None
                if claimed is None or found is None:
                    return None
                kind = self._signed.get((found.token.kind, found.token.holder_kind))
                if kind is None or kind.typ != claimed.typ:  # no kind's string stands for another's
                    return None
                return kind, found
            case None:
                return None


_Asked: TypeAlias = tuple[Spelling, Demand, str]


class _Known:
    """A token whose string was presented before, and the ground on which it is good in itself.

    `last` is what it was asked for last, with what `enough` said to exactly that: it goes by
    nothing else, so it need not be called again.
    """

    __slots__ = ("accepted", "good", "ground", "last")

    def __init__(self, good: Good, ground: Ground, last: tuple[_Asked, Verdict]) -> None:
        self.good = good
        self.ground = ground
        self.last = last  # in one piece, since several threads read and write it
        self.accepted = Counted(good.found.token, Outcome.ACCEPTED)

    def asked(self, asked: _Asked) -> Verdict:
        """What it is worth for this."""
        before, verdict = self.last
        if asked != before:
            verdict = enough(self.good, *asked)
            if verdict.reason is None:
                self.last = (asked, verdict)
        return verdict


class Verify:
    """The one way from a presented string to a verdict, for every face and the library alike."""

    def __init__(
        self,
        recogniser: Recogniser,
        source: TokenSource,
        clock: Clock,
        at_once: AtOnce,
        usage: Usage,
    ) -> None:
        self._recogniser = recogniser
        self._source = source
        self._clock = clock
        self._at_once = at_once
        self._still = source.still
        self._at = clock.at
        self._usage = usage
        self._known: Kept[_Known] = Kept(MOST_KNOWN)

    def __call__(self, text: Secret, spelling: Spelling, demand: Demand, address: str) -> Verdict:
        """Judge a string presented from an address. Raises Unavailable when we cannot tell.

        Only a yes is taken from memory: whoever was given more elsewhere need not wait for it.
        """
        string = text._value  # as `whole_of`, without the call: it is one in twenty of a verdict
        try:
            whole = sha256(string.encode()).digest() if len(string) <= MAX_CHARACTERS else b""
        except UnicodeEncodeError:
            whole = b""
        known = self._known.lately[whole]
        if known is not None and (now := self._still(self._at, known.ground)) is not None:
            asked = (spelling, demand, address)
            before, verdict = known.last
            if asked == before or (verdict := known.asked(asked)).reason is None:
                self._usage.again(known.accepted, now)
                return verdict
        verdict, now = self._looked_up(whole, text, spelling, demand, address)
        self._usage.judged(verdict, now)
        return verdict

    def uncounted(
        self, text: Secret, spelling: Spelling, demand: Demand, address: str
    ) -> tuple[Verdict, Moment]:
        """The same with its moment, for whoever may answer something else, and counts that."""
        whole = whole_of(text)
        known = self._known.lately[whole]
        if known is not None and (now := self._still(self._at, known.ground)) is not None:
            verdict = known.asked((spelling, demand, address))
            if verdict.reason is None:
                return verdict, now
        return self._looked_up(whole, text, spelling, demand, address)

    def _looked_up(
        self, whole: bytes, text: Secret, spelling: Spelling, demand: Demand, address: str
    ) -> tuple[Verdict, Moment]:
        def judged() -> tuple[Verdict, Moment]:
            return self._judged(text, spelling, demand, address)

        (verdict, now), ground = self._at_once.relying(judged)
        if verdict.reason is not None:
            if not self._source.left_ms():
                return verdict, now
            if verdict.found is None and not may_be_signed(text):
                return verdict, now  # no memory tells that there is none: that was read just now
            return self._source.anew(judged)
        if ground is not None and verdict.kind is not None and verdict.found is not None:
            good = Good(verdict.kind, verdict.found, verdict.permissions)
            last = ((spelling, demand, address), verdict)
            self._known.keep(whole, _Known(good, ground, last))
        return verdict, now

    def _judged(
        self, text: Secret, spelling: Spelling, demand: Demand, address: str
    ) -> tuple[Verdict, Moment]:
        recognised = self._recogniser.find(text, self._source)
        now = self._clock.now()  # after the look, and asked for a clock that is refused in any case
        if recognised is None:
            return UNKNOWN, now
        kind, found = recognised
        return judge(kind, found, spelling, demand, address, now), now
