"""Builds what clients ask for."""

from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.operations.admit import Admit
from tokenhouse.operations.authenticate import Authenticate
from tokenhouse.operations.grant_client import GrantClient
from tokenhouse.operations.grant_password import GrantPassword
from tokenhouse.operations.grant_refresh import GrantRefresh
from tokenhouse.operations.granting import Granting
from tokenhouse.operations.grants import Grants
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.introspect import Introspect
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Signer
from tokenhouse.operations.prove import Prove
from tokenhouse.operations.revoke_presented import RevokePresented
from tokenhouse.operations.verify import Recogniser
from tokenhouse.signing.sealing import AnswerSealer
from tokenhouse.wiring.parts import Parts


def build_grants(  # noqa: PLR0917 -- what is shared with everything else
    parts: Parts,
    recogniser: Recogniser,
    admit: Admit,
    signer: Signer,
    prove: Prove,
    mint: Mint,
) -> Grants:
    """Everything that the endpoints for clients are given."""
    store, clock, clocks = parts.store, parts.clock, parts.clocks()
    authenticate, granting = Authenticate(store), Granting(mint, signer)
    guesses, sealer = Guesses(parts.attempts, clock), AnswerSealer(parts.entropy)
    return Grants(
        password=GrantPassword(
            store, authenticate, guesses, prove, granting, mint, clock, ACCESS, REFRESH
        ),
        refresh=GrantRefresh(
            store,
            authenticate,
            recogniser,
            granting,
            mint,
            sealer,
            clock,
            clocks.jumps,
            parts.usage,
            ACCESS,
            REFRESH,
        ),
        client=GrantClient(store, authenticate, granting, mint, clock, CLIENT_ACCESS),
        introspect=Introspect(store, authenticate, admit, recogniser, clock, parts.usage, REFRESH),
        revoke=RevokePresented(store, authenticate, recogniser, clock, REFRESH),
    )
