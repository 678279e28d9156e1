"""What has to come of each refresh token of a family, by generations and moments alone."""

from redeeming import Redeemer
from tokenhouse.core.client import REFRESH_LIFETIME
from tokenhouse.core.moment import Moment
from tokenhouse.core.redemption import GRACE


class Family:
    """What is known of one sign-in: its strings in order, and what has to come of each."""

    def __init__(self, client: Redeemer, secret: bool, now: Moment) -> None:
        self.client, self.secret = client, secret
        self.slides = client.at.client.slides
        self.login = now
        self.texts = [client.sign_in()]
        self.redeemed_at: list[Moment] = []
        self.expires_at = [now + REFRESH_LIFETIME]
        self.ended = False

    def place(self, back: int) -> int:
        return max(0, len(self.texts) - 1 - back)

    def foretold(self, at: int, now: Moment) -> str:
        """What comes of presenting a generation: `fresh`, `again`, `declined` or `reused`."""
        end = len(self.texts) - 1
        if self.ended:
            return "declined"
        if at == end:
            return "fresh" if now < self.expires_at[at] else "declined"
        in_grace = now < self.redeemed_at[at] + GRACE
        if at == end - 1 and (in_grace or self.secret):
            alive = now < min(self.expires_at[at], self.expires_at[at + 1])
            return "again" if alive else "declined"
        return "declined" if in_grace else "reused"

    def came(self, foretold: str, at: int, given: str | None, now: Moment) -> None:
        """Hold what came against what was foretold, and know it from now on."""
        if foretold == "fresh":
            assert given is not None
            assert given not in self.texts
            self.texts.append(given)
            self.redeemed_at.append(now)
            self.expires_at.append((now if self.slides else self.login) + REFRESH_LIFETIME)
        elif foretold == "again":
            assert given == self.texts[at + 1]
        else:
            assert given is None
            self.ended = self.ended or foretold == "reused"
