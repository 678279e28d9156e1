"""Whatever befalls a process: no yes to a question that came later than the reach."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import httpx2 as httpx
import pytest

import troubled
from one_way import ANSWERS, QUESTIONS, Network, network
from postgres import Server
from serving.program import Served, init, serving
from tokenhouse.config import REVOCATION_REACH_MS

REACH = REVOCATION_REACH_MS / 1000
PUBLIC = "https://tokens.nordlicht.example"
TOKENS = 10
STOPS = 4
SILENCE = 3.0
"""Seconds after which a process that does not answer is left alone: silence is no yes."""
PATIENCE = 20.0

YES, NO, UNABLE = 200, 401, 503


class Token(NamedTuple):
    id: str
    header: dict[str, str]


class Answer(NamedTuple):
    """`after`: seconds from the acknowledgement to the question. `status` is None for silence."""

    after: float
    status: int | None


class Pair:
    """Two processes over one store: tokens are revoked `here`, and `there` is in trouble."""

    def __init__(self, here: Served, there: Served, directory: Path, way: Network | None) -> None:
        self.here = here
        self.there = there
        self.network = way
        self._directory = directory
        self._by = {"authorization": f"Bearer {here.sign_in().json()['token']}"}

    def cut(self) -> None:
        """Let no look at the feed succeed there from now on."""
        (self._directory / troubled.CUT).touch()

    def move(self, seconds: int) -> None:
        """Set the clock there."""
        written = self._directory / "written"
        written.write_text(str(seconds))
        written.rename(self._directory / troubled.MOVED)

    def remembered(self) -> list[Token]:
        """Issue tokens here, and have them remembered there."""
        issued = [self._issue() for _ in range(TOKENS)]
        for token in issued * 2:
            assert self.there.status("/v1/verify", headers=token.header) == YES
        return issued

    def _issue(self) -> Token:
        made = self.here.client.post("/account/tokens", headers=self._by, json={}).json()
        return Token(made["id"], {"authorization": f"Token {made['token']}"})

    def revoke(self, tokens: list[Token]) -> float:
        """Revoke here; give when the last one was acknowledged."""
        for token in tokens:
            gone = self.here.client.delete(f"/account/tokens/{token.id}", headers=self._by)
            assert gone.status_code == 204, gone.text
        return time.monotonic()

    def answers(self, tokens: list[Token], acknowledged: float, until: float) -> list[Answer]:
        """Ask there about each in turn until so long after the acknowledgement."""
        told: list[Answer] = []
        while time.monotonic() - acknowledged < until:
            told += [self.answer(token, acknowledged) for token in tokens]
        return told

    def answer(self, token: Token, acknowledged: float) -> Answer:
        asked = time.monotonic()
        try:
            status = self.there.client.get("/v1/verify", headers=token.header, timeout=SILENCE)
        except httpx.TimeoutException:
            return Answer(asked - acknowledged, None)
        return Answer(asked - acknowledged, status.status_code)


@pytest.fixture
def pair(request: pytest.FixtureRequest, postgres: Server, tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        here, there, way = {}, {}, None
        if request.param == "postgres":
            way = stack.enter_context(network(postgres))
            name = postgres.new_database()
            here["TOKENHOUSE_STORE"] = postgres.url(name).reveal()
            there["TOKENHOUSE_STORE"] = way.url(name).reveal()
        data = tmp_path / "data"
        init(data, PUBLIC, *(["--store", here["TOKENHOUSE_STORE"]] if here else []))
        program = (sys.executable, str(Path(troubled.__file__)), str(tmp_path))
        nodes = [
            stack.enter_context(serving(data, **here)),
            stack.enter_context(serving(data, program=program, **there)),
        ]
        if way is not None:
            stack.callback(way.heal)  # before the processes stop, which may wait for an answer
        yield Pair(*nodes, tmp_path, way)


both_engines = pytest.mark.parametrize("pair", ["sqlite", "postgres"], indirect=True)
over_a_network = pytest.mark.parametrize("pair", ["postgres"], indirect=True)


def statuses(answers: list[Answer], *, late: bool) -> set[int | None]:
    """What was answered to questions within the reach, or after it."""
    return {one.status for one in answers if (one.after > REACH) == late}


@both_engines
def test_who_is_cut_off_from_the_feed_says_no_yes_after_the_reach(pair: Pair):
    tokens = pair.remembered()
    pair.cut()
    time.sleep(0.3)  # a look that was under way has ended
    tokens = [token for token in tokens if pair.answer(token, 0).status == YES]
    answers = pair.answers(tokens, pair.revoke(tokens), 2 * REACH)
    assert YES in statuses(answers, late=False), "nothing was remembered: this proves nothing"
    assert statuses(answers, late=True) == {NO}


@both_engines
def test_who_was_stopped_says_no_yes_from_old_memory_when_it_is_resumed(pair: Pair):
    for round_ in range(STOPS):
        tokens = pair.remembered()
        if round_ == STOPS - 1:
            pair.cut()  # so that it cannot catch up before it hears the first question
        pair.there.process.send_signal(signal.SIGSTOP)
        try:
            pair.revoke(tokens)
            time.sleep(1.1 * REACH)
            asking = [_asked(pair.there.port, token) for token in tokens]
        finally:
            pair.there.process.send_signal(signal.SIGCONT)
        first = [_status(one) for one in asking]
        assert set(first) <= {NO, UNABLE}
        assert NO in first


def _asked(port: int, token: Token) -> socket.socket:
    """A question that waits at a process which is stopped: it is the first that it will hear."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    head = "GET /v1/verify HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    connection.sendall(f"{head}Authorization: {token.header['authorization']}\r\n\r\n".encode())
    return connection


def _status(connection: socket.socket) -> int:
    with connection:
        said = connection.makefile("rb").read()
    return int(said.split(b" ", 2)[1])


@over_a_network
@pytest.mark.parametrize("way", [QUESTIONS, ANSWERS])
def test_where_a_network_loses_what_goes_one_way_there_is_no_yes_after_the_reach(
    pair: Pair, way: str
):
    assert pair.network is not None
    tokens = pair.remembered()
    pair.network.lose(way)
    acknowledged = pair.revoke(tokens)
    remembered = pair.answer(tokens[0], acknowledged)
    assert remembered.after < REACH
    assert remembered.status == YES, "nothing was remembered: this proves nothing"
    time.sleep(max(0, acknowledged + REACH - time.monotonic()))
    answers = [pair.answer(token, acknowledged) for token in tokens[:2]]
    assert statuses(answers, late=True) <= {NO, UNABLE, None}
    pair.network.heal()
    until = time.monotonic() + PATIENCE
    while (told := pair.answer(tokens[0], acknowledged).status) != NO:
        assert told in {UNABLE, None}
        assert time.monotonic() < until, "it did not go on by itself"


MOVES = [("sqlite", one) for one in (-3600, -30, 30, 3600)] + [("postgres", -30), ("postgres", 30)]


@pytest.mark.parametrize(("pair", "seconds"), MOVES, indirect=["pair"])
def test_a_clock_that_is_moved_lengthens_no_reach(pair: Pair, seconds: int):
    tokens = pair.remembered()
    pair.cut()
    pair.move(seconds)
    answers = pair.answers(tokens, pair.revoke(tokens), 2 * REACH)
    may_be = {NO} if seconds > -60 else {UNABLE}  # so far back it decides nothing any more
    assert statuses(answers, late=True) == may_be
    if seconds > -60:
        assert YES in statuses(answers, late=False), "nothing was remembered: this proves nothing"
