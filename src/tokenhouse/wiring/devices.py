"""Builds what is asked of devices, and by them."""

from tokenhouse.core.principal import Deployment
from tokenhouse.kinds.device import DEVICE
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.device_secrets import DeviceSecrets
from tokenhouse.operations.device_tokens import DeviceTokens
from tokenhouse.operations.devices import Devices
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Signer
from tokenhouse.operations.register_device import RegisterDevice
from tokenhouse.operations.renew import Renew
from tokenhouse.operations.verify import Recogniser
from tokenhouse.signing.sealing import AnswerSealer
from tokenhouse.wiring.parts import Parts


def build_devices(  # noqa: PLR0917 -- what is shared with everything else
    parts: Parts,
    deployment: Deployment,
    recogniser: Recogniser,
    admit: Admit,
    signer: Signer,
    mint: Mint,
) -> Devices:
    """Everything about devices."""
    store, clock = parts.store, parts.clock
    keep = Keep(store, AnswerSealer(parts.entropy), clock)
    guesses = Guesses(parts.attempts, clock)
    tokens = DeviceTokens(mint, signer, deployment, DEVICE)
    return Devices(
        admit,
        store,
        clock,
        create=RegisterDevice(admit, store, keep, mint, tokens, clock),
        renew=Renew(store, recogniser, guesses, tokens, clock, parts.usage),
        secrets=DeviceSecrets(admit, store, keep, guesses, tokens, clock),
        uses=parts.usage.store,
    )
