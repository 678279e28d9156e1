"""Ask about a token: the caller's own, or one that a verifier was shown."""

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import UNKNOWN, Demand, Verdict
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import NOTHING, Permissions
from tokenhouse.operations.admit import Admit, Asking, Caller
from tokenhouse.operations.at_once import AtOnce
from tokenhouse.operations.ports import Clock
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verify import Verify


class Told(msgspec.Struct, frozen=True):
    """A verdict with its moment. `fresh_ms`: how long it may be kept, from when it was asked."""

    verdict: Verdict
    as_of: Moment
    fresh_ms: int


class Question(msgspec.Struct, frozen=True):
    """What a verifier asks: a token that it was shown, and what the request with it needs.

    `audience` is the API that asks, None where it does not say; `address` is where the request
    came from, empty where it does not say.
    """

    text: Secret
    permissions: Permissions = NOTHING
    audience: str | None = None
    address: str = ""


class Ask:
    """Answers verifiers."""

    def __init__(
        self,
        verify: Verify,
        admit: Admit,
        clock: Clock,
        at_once: AtOnce,
        usage: Usage,
    ) -> None:
        self._verify = verify
        self._admit = admit
        self._clock = clock
        self._at_once = at_once
        self._usage = usage

    def own(self, caller: Caller) -> Told:
        """Judge the credential that the caller presents."""
        as_of, left = self._clock.now(), self._at_once.left_ms()
        verdict = self._verify(caller.credential, caller.spelling, caller.demand, caller.address)
        return Told(verdict, as_of, self._at_once.fresh_ms(left))

    def about(self, caller: Asking, question: Question) -> Told:
        """Judge a token for a caller that may ask; another organization's is as good as none.

        So is a refresh token, which is nobody's business but its client's. At the machine, and by a
        client that an operator marked so, the whole deployment can be asked about.
        """
        actor = self._admit(caller)
        as_of, left = self._clock.now(), self._at_once.left_ms()
        demand = Demand(Door.RESOURCE, question.permissions, audience=question.audience)
        verdict, now = self._verify.uncounted(
            question.text, Spelling.NAMED, demand, question.address
        )
        found = verdict.found
        of = None if found is None else found.token.organization_id
        is_foreign = of is not None and not actor.sees(of)
        if is_foreign or (verdict.kind is not None and Door.VERIFY not in verdict.kind.doors):
            verdict = UNKNOWN
        self._usage.judged(verdict, now)
        return Told(verdict, as_of, self._at_once.fresh_ms(left))
