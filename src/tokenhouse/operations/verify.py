"""Verify a presented token: recognise it, find it, judge it, count it. Writes nothing."""

from typing import Final

from tokenhouse.core.credential import Opaque, Secret, Signed, recognise
from tokenhouse.core.judge import UNKNOWN, Demand, Verdict, judge
from tokenhouse.core.kind import Kind, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.standing import Found
from tokenhouse.operations.ports import Clock, Signer
from tokenhouse.operations.records import TokenSource
from tokenhouse.operations.usage import Usage


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


class Verify:
    """The one way from a presented string to a verdict, for every face and the library alike."""

    def __init__(
        self, recogniser: Recogniser, source: TokenSource, clock: Clock, usage: Usage
    ) -> None:
        self._recogniser = recogniser
        self._source = source
        self._clock = clock
        self._usage = usage

    def __call__(self, text: Secret, spelling: Spelling, demand: Demand, address: str) -> Verdict:
        """Judge a string presented from an address. Raises Unavailable when we cannot tell.

        Only a yes is taken from memory: whoever was given more elsewhere need not wait for it.
        """
        verdict, now = self.uncounted(text, spelling, demand, address)
        self._usage.judged(verdict, now)
        return verdict

    def uncounted(
        self, text: Secret, spelling: Spelling, demand: Demand, address: str
    ) -> tuple[Verdict, Moment]:
        """The same with its moment, for whoever may answer something else, and counts that."""
        judged = self._judged(text, spelling, demand, address)
        if judged[0].reason is None or not self._source.left_ms():
            return judged
        if judged[0].found is None and not may_be_signed(text):
            return judged  # no memory tells that there is none: that was read just now
        return self._source.anew(lambda: self._judged(text, spelling, demand, address))

    def _judged(
        self, text: Secret, spelling: Spelling, demand: Demand, address: str
    ) -> tuple[Verdict, Moment]:
        recognised = self._recogniser.find(text, self._source)
        now = self._clock.now()  # after the look, and asked for a clock that is refused in any case
        if recognised is None:
            return UNKNOWN, now
        kind, found = recognised
        return judge(kind, found, spelling, demand, address, now), now
