"""The fast lane of a server as operators start it, turned on and off."""

import re
from pathlib import Path
from typing import Final

from boundary.toys import Peer
from server.laning import LAST, ask_about, same, verify
from serving.program import Served, init, serving
from tokenhouse.server.protocol import MAX_PIPELINED

TIMES = 3 * MAX_PIPELINED
"""More at once than may wait for a task."""
_MOMENT: Final = re.compile(rb'(?<="as_of":")[^"]*')


def test_it_is_on_unless_it_is_turned_off_and_says_the_same(tmp_path: Path):
    data, told = tmp_path / "data", []
    init(data, "https://tokens.nordlicht.example")
    token = ""
    for flags, at_once in (((), True), (("--fast-lane", "off"), False)):
        with serving(data, *flags) as served:
            token = token or _organizational(served)
            requests = [verify(token), ask_about(token, token=token)]
            for request in requests * 3:
                with Peer(served.port) as peer:
                    peer.send(request)
                    assert peer.reply().status == 200
            with Peer(served.port) as peer:
                peer.send(b"".join(requests) + LAST)
                told.append(_MOMENT.sub(b"", same(peer.until_closed())))
            with Peer(served.port) as peer:
                peer.send(requests[0] * TIMES + LAST)
                answered = peer.until_closed().count(b"HTTP/1.1 200 ")
            assert (answered == TIMES) is at_once, answered
    assert told[0] == told[1]


def _organizational(served: Served) -> str:
    by = {"authorization": f"Bearer {served.sign_in().json()['token']}"}
    token: str = served.client.post("/account/tokens", headers=by, json={}).json()["token"]
    return token
