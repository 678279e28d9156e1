"""Who is asking, judged anew for every operation and every attempt at it."""

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Spelling


class Caller(msgspec.Struct, frozen=True):
    """What one request brings to an operation.

    `demand` is what the route table asks of the credential. `request_hash` is SHA-256 over
    method, path, query and body, by which a retry is told from another request.
    """

    credential: Secret
    spelling: Spelling
    demand: Demand
    route: str
    address: str
    idempotency_key: Secret | None = None
    request_hash: bytes = b""
