"""Ask about a token: the caller's own, or one that a verifier was shown."""

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import UNKNOWN, Demand, Verdict
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permissions
from tokenhouse.operations.admit import Admit, Caller
from tokenhouse.operations.ports import Clock
from tokenhouse.operations.verify import Verify


class Told(msgspec.Struct, frozen=True):
    """A verdict with its moment. `fresh_ms`: how long it may be kept, from when it was asked."""

    verdict: Verdict
    as_of: Moment
    fresh_ms: int


class Ask:
    """Answers verifiers."""

    def __init__(self, verify: Verify, admit: Admit, clock: Clock, reach_ms: int) -> None:
        self._verify = verify
        self._admit = admit
        self._clock = clock
        self._reach_ms = reach_ms

    def own(self, caller: Caller) -> Told:
        """Judge the credential that the caller presents."""
        as_of = self._clock.now()
        verdict = self._verify(caller.credential, caller.spelling, caller.demand)
        return Told(verdict, as_of, self._reach_ms)

    def about(self, caller: Caller, text: Secret, demanded: Permissions) -> Told:
        """Judge a token for a caller that may ask; another organization's is as good as none."""
        actor = self._admit(caller)
        as_of = self._clock.now()
        verdict = self._verify(text, Spelling.NAMED, Demand(Door.RESOURCE, demanded))
        found = verdict.found
        if found is not None and found.token.organization_id != actor.organization_id:
            verdict = UNKNOWN
        return Told(verdict, as_of, self._reach_ms)
