"""What a process is built on, and what needs nothing else."""

import msgspec

from tokenhouse.config import BRAND
from tokenhouse.kinds import ALL
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.clock import Clocks
from tokenhouse.operations.found import FirstKeys, Found
from tokenhouse.operations.keys import Keys
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Attempts, Entropy, Hasher, Store, WatchedClock
from tokenhouse.operations.ready import Ready
from tokenhouse.operations.set_up import SetUp
from tokenhouse.operations.signing_keys import SigningKeys
from tokenhouse.operations.token_usage import ForgetUsage
from tokenhouse.operations.usage import Usage
from tokenhouse.signing.keyring import Keyring
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.password_rule import WellChosen
from tokenhouse.signing.vault import MasterVault


class Parts(msgspec.Struct, frozen=True):
    """What everything else is built on: where records are kept, and what time and chance give."""

    store: Store
    attempts: Attempts
    usage: Usage
    clock: WatchedClock
    entropy: Entropy
    hasher: Hasher
    smith: Smith

    def keys(self) -> Keys:
        """The signing keys as operations know them."""
        return Keys(self.store, self.smith, self.clock, self.entropy, self.vault())

    def vault(self) -> MasterVault:
        """What seals second factors under the master key of the signing keys."""
        return MasterVault(self.smith.find, self.entropy)

    def signing_keys(self, admit: Admit) -> SigningKeys:
        """The signing keys as operators see them."""
        life, entropy = _longest_signed_life(), self.entropy
        return SigningKeys(admit, self.store, self.smith, self.clock, entropy, longest_life=life)

    def forget_usage(self) -> ForgetUsage:
        """What forgets usage that is over."""
        return ForgetUsage(self.store, self.usage.store)

    def clocks(self) -> Clocks:
        """What can be done about the store's clock."""
        return Clocks(self.store, self.clock)

    def set_up(self) -> SetUp:
        """What sets a new deployment up."""
        return SetUp(self.store, self.hasher, self.clock, self._mint())

    def ready(self) -> Ready:
        """What tells whether this process can do its work."""
        signer = Keyring(self.store, self.smith, self.clock)
        return Ready(self.store, signer.refuse_unable, self.clock)

    def found(self, first_keys: FirstKeys, issuer: str) -> Found:
        """What lets somebody found a deployment at this public URL; ValueError where it is none."""
        rule, mint = WellChosen(), self._mint()
        return Found(
            self.store, self.set_up(), rule, first_keys, mint=mint, issuer=issuer, brand=BRAND
        )

    def _mint(self) -> Mint:
        return Mint(self.entropy, BRAND)


def _longest_signed_life() -> int:
    """Microseconds that the longest-lived token lives which is signed."""
    return max(kind.lifetime.after(0) for kind in ALL if kind.typ and kind.lifetime)
