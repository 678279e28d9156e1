"""The bounds rely on how uvicorn works inside, so a changed uvicorn has to be read again."""

import hashlib
import inspect

import pytest
import uvicorn
from uvicorn.protocols.http import httptools_impl

READ = {
    "FlowControl": "126debcdaa894c83",
    "HttpToolsProtocol.__init__": "4f08999410347141",
    "HttpToolsProtocol._start_asgi_task": "9c08c2571ae9b038",
    "HttpToolsProtocol._unset_keepalive_if_required": "00a6a4e47214e68e",
    "HttpToolsProtocol.connection_lost": "c91a4c9bf2e29c55",
    "HttpToolsProtocol.connection_made": "6efb565ff3d36b91",
    "HttpToolsProtocol.data_received": "010a7ae59a5d3b1a",
    "HttpToolsProtocol.on_body": "dba9c32aeba35b6a",
    "HttpToolsProtocol.on_header": "65d62c044f61fdbd",
    "HttpToolsProtocol.on_headers_complete": "1ea8589acfad92d8",
    "HttpToolsProtocol.on_message_begin": "96d377fdc7c2baef",
    "HttpToolsProtocol.on_message_complete": "1fbad42dc31fc01f",
    "HttpToolsProtocol.on_response_complete": "64e254f28e389e76",
    "HttpToolsProtocol.on_url": "37be44e962b04ca8",
    "HttpToolsProtocol.pause_writing": "17a8fd215d96a13c",
    "HttpToolsProtocol.resume_writing": "7844bbaa8cceb1ef",
    "HttpToolsProtocol.send_400_response": "ae5a4a3782b646fd",
    "HttpToolsProtocol.shutdown": "d7351fa33f00d430",
    "HttpToolsProtocol.timeout_keep_alive_handler": "8b53bf5f2e202970",
    "RequestResponseCycle": "e67d470d435dcc1c",
    "Server.__init__": "c150b55284f7511e",
    "Server._serve": "4575b7a50adfede8",
    "Server.capture_signals": "e1bbcd4770d1c887",
    "Server.handle_exit": "553276efa26e09ea",
    "Server.on_tick": "60ea49b06ccf68c1",
    "Server.shutdown": "9b33c50562992b1e",
    "Server.startup": "2aa1d70a244bfcf2",
}


@pytest.mark.parametrize("name", READ)
def test_what_we_override_or_rely_on_is_as_it_was_read(name: str) -> None:
    assert _digest(name) == READ[name], (
        f"uvicorn's {name} changed: read it, compare it with server/protocol.py and "
        "server/running.py (bounds, order of answers, disconnects, stopping), run the tests of "
        "the server, and only then write the new digest here."
    )


def test_everything_that_we_override_is_watched() -> None:
    from tokenhouse.server.lane import LaneProtocol
    from tokenhouse.server.protocol import BoundedProtocol
    from tokenhouse.server.running import _Server

    overridden = {
        f"{theirs.__name__}.{name}"
        for ours, theirs in (
            (BoundedProtocol, httptools_impl.HttpToolsProtocol),
            (LaneProtocol, httptools_impl.HttpToolsProtocol),
            (_Server, uvicorn.Server),
        )
        for name in vars(ours)
        if hasattr(theirs, name) and inspect.isfunction(vars(ours)[name])
    }
    assert overridden <= READ.keys()


def _digest(name: str) -> str:
    owner: object = uvicorn if name.startswith("Server") else httptools_impl
    for part in name.split("."):
        owner = getattr(owner, part)
    return hashlib.sha256(inspect.getsource(owner).encode()).hexdigest()[:16]  # type: ignore[arg-type]
