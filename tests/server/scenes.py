"""Somebody's token that the lane knows, in an organization of his own, and who asks about it."""

import time
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from boundary.toys import Peer
from conformance.house import Made
from registered import Registered
from server.laning import Twice, ask_about, introspect, verify
from tokenhouse.core.standing import Standing

TRIES: Final = 100


class Scene(NamedTuple):
    """A token, and by whom it is asked about."""

    at: Twice
    made: Made
    asker: Made
    client: Registered

    @property
    def requests(self) -> list[bytes]:
        """Every door that the lane answers at, as far as it opens to this kind."""
        secret = self.made.credential.secret.reveal()
        own = verify(secret, "/v1/verify?audience=heating")
        scheme, value = self.made.credential.headers[0]
        own = own.replace(f"Authorization: Token {secret}".encode(), f"{scheme}: {value}".encode())
        by = self.asker.credential.secret.reveal()
        told = introspect(self.client, secret)
        if self.made.token.kind == "refresh":
            return [told]
        return [own, ask_about(by, token=secret, address="192.0.2.1", audience="heating"), told]

    def standing(self, made: Made | None = None) -> Standing:
        found = self.at.at.stage.store.find((made or self.made).token.id)
        assert found is not None
        return found.standing

    def change(self, before: Any, **fields: object) -> None:
        self.at.at.stage.put(replace(before, version=before.version + 1, **fields), before)

    def feed(self) -> int:
        return self.at.at.stage.store.head()[0]

    def keep_all(self) -> None:
        """Have the lane know every request by all its bytes."""
        for request in self.requests:
            for _ in range(TRIES):
                known = self.at.lane.known
                status, body = asked(self.at, request)
                assert status == 200
                if self.at.lane.known > known:
                    break
                time.sleep(0.01)  # a machine that is short of cores may not confirm in time
            assert self.at.lane.known == known + 1, "it was not known: this proves nothing"
            assert b'"active":true' in body
        self.at.told()


def asked(at: Twice, request: bytes) -> tuple[int, bytes]:
    """What is answered to a request alone, so that it comes in as one piece."""
    with Peer(at.with_lane) as peer:
        peer.send(request)
        reply = peer.reply()
    return reply.status, reply.body
