"""Builds what asks for second factors, and what people do with theirs."""

from urllib.parse import urlsplit

from tokenhouse.core.principal import Deployment
from tokenhouse.operations.browsing import Browsing
from tokenhouse.operations.challenges import Challenges
from tokenhouse.operations.confirming import Confirming
from tokenhouse.operations.factors import MyFactors
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.passkeys import Passkeys
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.second_factor import SecondFactor
from tokenhouse.signing.passkeys import WebAuthn
from tokenhouse.wiring.parts import Parts


class Seconds:
    """Everything about second factors, over one vault and one set of challenges."""

    def __init__(
        self, parts: Parts, deployment: Deployment, guesses: Guesses, prove: Prove
    ) -> None:
        self._parts = parts
        self._guesses = guesses
        self._issuer = deployment.issuer
        self._ceremonies = WebAuthn(deployment.issuer)
        self._challenges = Challenges(parts.store, parts.vault(), parts.clock, parts.entropy)
        self.factor = SecondFactor(
            parts.vault(), self._ceremonies, self._challenges, guesses, parts.clock, prove
        )

    def browsing(self) -> Browsing:
        """What the console keeps in a browser, under the master key as challenges are."""
        parts = self._parts
        return Browsing(parts.store, parts.vault(), parts.clock)

    def my_factors(self, confirming: Confirming) -> MyFactors:
        """What people do with their apps and recovery codes."""
        parts = self._parts
        return MyFactors(
            confirming,
            self._guesses,
            parts.store,
            parts.vault(),
            parts.clock,
            parts.entropy,
            urlsplit(self._issuer).hostname or self._issuer,
        )

    def passkeys(self, confirming: Confirming, mint: Mint) -> Passkeys:
        """What people do with their passkeys."""
        parts = self._parts
        return Passkeys(
            confirming,
            self._challenges,
            self._ceremonies,
            parts.store,
            parts.clock,
            parts.entropy,
            mint.id,
        )
