"""Ends connections: when the authority says no, when the token is over, when nobody can say yes."""

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Final

from tokenhouse.plugins.amqtt.authority import Authority, GoneError, Refusal
from tokenhouse.plugins.amqtt.connections import Cause, Connection, Connections
from tokenhouse.plugins.amqtt.http import UnansweredError

_log: Final = logging.getLogger(__name__)

_PAUSE: Final = 0.25
"""Seconds between two looks at what changed."""
_TICK: Final = 0.1
"""Seconds between two looks at the clock."""
UNCONFIRMED: Final = 10.0
"""Seconds for which a connection stays that nobody could be asked about."""
_MANY: Final = 1_000
"""So many changes are told at a time: where it was as many, there are more."""


class Watch:
    """Looks at all connections, until it is cancelled."""

    def __init__(self, authority: Authority, connections: Connections) -> None:
        self._authority = authority
        self._connections = connections
        self._after: int | None = None
        self._answers = True
        self._answered_at = monotonic()
        self._over: set[Connection] = set()

    async def __call__(self) -> None:
        """Follow the changes, and the clock."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow())
            both.create_task(self._look_at_clock())

    async def _look_at_clock(self) -> None:
        while True:
            try:
                self._end_what_is_over(monotonic())
            except Exception:  # noqa: BLE001 -- nor here
                _log.exception("A look at the clock failed")
            await asyncio.sleep(_TICK)

    def _end_what_is_over(self, now: float) -> None:
        for one in self._connections:
            if one.ends_at is not None and one.ends_at <= now:
                one.end(Cause.EXPIRED)
                self._over.add(one)
            elif one.confirmed_at + UNCONFIRMED <= now:
                one.end(Cause.UNCONFIRMED)

    async def _follow(self) -> None:
        while True:
            more, answers = False, True
            try:
                more = await self._round()
            except UnansweredError:
                answers = False
            except Exception:  # noqa: BLE001 -- who watches must not fall asleep
                answers = False
                _log.exception("A look at what changed failed")
            self._note(answers)
            await asyncio.sleep(0 if more else _PAUSE)

    def _note(self, answers: bool) -> None:
        """Begin anew after a while in vain: it may be this very place that cannot be told of."""
        now = monotonic()
        if answers:
            self._answered_at = now
        elif self._answered_at + UNCONFIRMED <= now:
            self._after = None
        if answers is not self._answers:
            self._answers = answers
            _log.warning("Tokenhouse %s", "answers again" if answers else "does not answer")

    async def _round(self) -> bool:
        """Ask what changed, and about whom it touched; give whether more has changed already."""
        if self._after is None:
            following = await self._authority.begin()
            for one in self._connections:
                one.touch()
            self._after = following
        try:
            touched, following, asked = await self._authority.changes(self._after)
        except GoneError:
            self._after = None
            return False
        more = following - self._after >= _MANY
        await self._take(touched, asked)
        self._after = following
        return more

    async def _take(self, touched: frozenset[str], asked: float) -> None:
        due = []
        for one in self._connections:
            if not touched.isdisjoint(one.rests_on):
                one.touch()
            if one.look_at is None:
                one.confirmed_at = max(one.confirmed_at, asked)
            elif one.look_at <= monotonic():
                due.append(one)
        over, self._over = self._over, set()
        async with asyncio.TaskGroup() as looks:
            for one in (*due, *over):  # of those that are over it is asked for the audit trail
                looks.create_task(self._look(one))

    async def _look(self, one: Connection) -> None:
        with suppress(UnansweredError):
            told = await self._authority.again(one.who)
            if isinstance(told, Refusal):
                one.end(Cause.REFUSED)
                return
            if one.will_topic is not None:
                leave = await self._authority.topic(one.who, "publish", one.will_topic)
                if not leave.allowed:
                    one.end(Cause.REFUSED)
                    return
            one.confirm(told)
