"""Looks at the connections of one broker, and ends those that may not go on."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.moment import Moment
from tokenhouse.enforcing.listed import Broker, Listed
from tokenhouse.operations.mqtt_ended import NOBODY
from tokenhouse.operations.mqtt_staying import MqttStaying, Over, Stays

_ALL: Final[frozenset[UUID]] = frozenset()


class _Known(msgspec.Struct, frozen=True):
    """A connection as it was listed, and on what it goes on; None: it is none of ours."""

    listed: Listed
    stays: Stays | None


class Looked(msgspec.Struct, frozen=True):
    """What came of a look. `pending`: the broker did not tell enough of some to end them."""

    ended: int
    pending: bool


class Look:
    """What is known of the connections of a broker. For one thread."""

    def __init__(self, broker: Broker, staying: MqttStaying) -> None:
        self._broker = broker
        self._staying = staying
        self._known: dict[str, _Known] = {}
        self._rested_on: frozenset[UUID] = _ALL
        self._until: Moment | None = None

    def concerns(self, touched: Iterable[UUID]) -> bool:
        """Whether a connection that is known rests on something of that."""
        return not self._rested_on.isdisjoint(touched)

    def is_due(self, now: Moment) -> bool:
        """Whether something of a connection that is known has run out."""
        return self._until is not None and self._until <= now

    def __call__(self, touched: frozenset[UUID] | None, now: Moment) -> Looked:
        """Judge what is new, what rests on something touched (None: all), and what ran out.

        Raises Unavailable and Unreachable; then what is not done yet is done the next time, if the
        same was touched then.
        """
        listed = self._broker.listed()
        names = {one.connection.name for one in listed}
        self._known = {name: one for name, one in self._known.items() if name in names}
        ended, pending = 0, False
        try:
            for one in listed:
                if not self._is_to_be_judged(one, touched, now):
                    continue
                done = self._judge(one)
                ended += done is True
                pending = pending or done is None
        finally:
            self._sum_up()
        return Looked(ended, pending)

    def _is_to_be_judged(
        self, listed: Listed, touched: frozenset[UUID] | None, now: Moment
    ) -> bool:
        known = self._known.get(listed.connection.name)
        if known is None or not _is_same(known.listed, listed):
            return True
        stays = known.stays
        if stays is None:
            return False
        if touched is None or not touched.isdisjoint(stays.rests_on):
            return True
        return stays.until is not None and stays.until <= now

    def _judge(self, listed: Listed) -> bool | None:
        """Whether it was ended by us; None: it is to be ended, and nobody knows yet whether."""
        name = listed.connection.name
        before = self._known.get(name)
        told = None
        if listed.is_mqtt is not False:
            told = self._staying(listed.connection)
        if not isinstance(told, Over):
            self._known[name] = _Known(listed, told)
            return False
        described = self._broker.described(listed)
        if described is None and not told.by_token:
            return None
        if described is not None and described.is_mqtt is False:
            self._known[name] = _Known(described, None)
            return False
        return self._end(described or listed, told, before)

    def _end(self, listed: Listed, over: Over, before: _Known | None) -> bool:
        ended = self._broker.end(listed)
        self._known.pop(listed.connection.name, None)
        if ended:
            was = before.stays if before is not None else None
            if over.whose == NOBODY and was is not None:
                over = replace(over, whose=was.whose)
            self._staying.ended(over, self._broker.name, listed.connection)
        return ended

    def _sum_up(self) -> None:
        stays = [one.stays for one in self._known.values() if one.stays is not None]
        self._rested_on = frozenset(id_ for one in stays for id_ in one.rests_on)
        self._until = min((one.until for one in stays if one.until is not None), default=None)


def _is_same(known: Listed, listed: Listed) -> bool:
    """Whether a connection is the one that was judged: another may have its name by now."""
    one, other = known.connection, listed.connection
    return (
        known.is_mqtt == listed.is_mqtt
        and one.user_name.reveal() == other.user_name.reveal()
        and (one.client_id, one.since, one.token_id)
        == (other.client_id, other.since, other.token_id)
    )
