"""How long what is over is still kept, where that is not a term of a token's kind."""

from typing import Final

from tokenhouse.core.events import Name
from tokenhouse.core.moment import DAY, HOUR, Moment
from tokenhouse.core.token import Token

FEED: Final = 24 * HOUR
"""How far the feed reaches back; an older cursor starts again from a snapshot."""
ANSWERS: Final = 24 * HOUR
"""How long the answer of an idempotency key is kept."""
LINKS: Final = 24 * HOUR
"""How long a link that nobody used is kept after its end."""
BODIES: Final = 400 * DAY
"""How long an event's body is kept; its digest stays for good, so that the chain verifies."""
SHORT_BODIES: Final = 30 * DAY
"""The same for events that come with every sign-in, refresh and renewal."""
SHORT: Final = frozenset(
    {Name.SIGNED_IN, Name.SIGNED_OUT, Name.SIGN_IN_FAILED, Name.TOKEN_REFRESHED, Name.TOKEN_RENEWED}
)


def end_of(token: Token) -> Moment | None:
    """The moment at which a token is over by its own record, whichever cause comes first.

    A redeemed one is kept as long as any other: it may ask again, and its reuse has to be seen.
    """
    end, revoked_at = token.expires_at, token.revoked_at
    superseded_at = token.superseded_at if token.successor_id is None else None
    if revoked_at is None and superseded_at is None:  # nearly always
        return end
    ends = (end, revoked_at, superseded_at)
    return min([one for one in ends if one is not None])


def body_kept(name: str) -> int:
    """How long the body of an event of this name is kept, in microseconds."""
    return SHORT_BODIES if name in SHORT else BODIES
