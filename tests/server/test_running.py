"""How the server starts and stops."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from boundary.toys import HEAD, UNASKED, Gate, Peer, ask, does, plain, tell
from tokenhouse.boundary import Boundary, Route
from tokenhouse.server import Background, CannotListen, listen

PROGRAM = """
import sys, threading
from boundary.toys import UNASKED, plain, tell
from tokenhouse.boundary import Answer, Boundary, Route
from tokenhouse.server import listen, serve

opened = threading.Event()

def hold(authority, request, caller):
    print("held", flush=True)
    sys.stdin.readline()
    return Answer(200, b"held")

listener = listen("127.0.0.1", 0)
routes = (Route("GET", "/plain/tell", tell), Route("GET", "/plain/hold", hold))
serve(Boundary(UNASKED, (plain(*routes),)), listener, lambda: print(listener.port, flush=True))
print("after", flush=True)
"""
TELL = b"GET /plain/tell" + HEAD + b"\r\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_requests_under_way_end_and_the_program_go_on_to_its_end(
    number: signal.Signals,
) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline())
        assert ask(port, TELL).status == 200
        with Peer(port) as idle, Peer(port) as held:
            idle.send(TELL)
            assert idle.reply().status == 200
            held.send(b"GET /plain/hold" + HEAD + b"\r\n")
            assert process.stdout.readline() == "held\n"
            process.send_signal(number)
            assert idle.to_the_end() == b""
            process.stdin.write("go on\n")
            process.stdin.flush()
            reply = held.reply()
            assert (reply.body, reply.headers["connection"]) == (b"held", "close")
            assert held.to_the_end() == b""
        assert process.stdout.read() == "after\n"
        assert process.stderr.read() == ""
        assert process.wait() == 0


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"127.0.0.1 port {port}: another program") as told:
            listen("127.0.0.1", port)
    assert told.value.__suppress_context__


@pytest.mark.parametrize(("host", "port"), [("203.0.113.9", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_cannot_be_had_is_told_in_one_sentence(host: str, port: int) -> None:
    with pytest.raises(CannotListen, match=f"Cannot listen on {host}"):
        listen(host, port)


def test_a_port_of_our_own_choice_is_known_before_it_is_served() -> None:
    listener = listen("127.0.0.1", 0)
    with listener.socket, Peer(listener.port):
        assert listener.port > 0


def test_stopping_waits_for_what_is_under_way() -> None:
    gate = Gate()
    application = Boundary(UNASKED, (plain(Route("GET", "/plain/hold", does(gate.hold))),))
    server = Background(application)
    with server, Peer(server.port) as held:
        held.send(b"GET /plain/hold" + HEAD + b"\r\n")
        gate.wait_for(1)
        server._server.should_exit = True
        gate.open()
        assert held.reply().body == b"held"


def test_it_names_neither_itself_nor_its_version() -> None:
    with Background(Boundary(UNASKED, (plain(Route("GET", "/plain/tell", tell)),))) as served:
        for raw in (TELL, b"broken\r\n\r\n"):
            assert "server" not in ask(served.port, raw).headers
