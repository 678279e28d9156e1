"""Whether connections that a broker lists may go on: for whoever ends them by its management."""

import base64
import binascii
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Opaque, Secret, recognise
from tokenhouse.core.device import Device
from tokenhouse.core.identifier import made_at
from tokenhouse.core.judge import Reason, Verdict
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.core.mqtt import device_named, may_at_all
from tokenhouse.core.standing import Found
from tokenhouse.operations.mqtt_connect import Admission, MqttConnect, Refusal
from tokenhouse.operations.mqtt_ended import NOBODY, Ended, TellEnded, Whose
from tokenhouse.operations.mqtt_topics import MqttTopics, Named
from tokenhouse.operations.ports import Store
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verifier import Sight

CLOCKS_DIFFER: Final = 5 * SECOND
"""So much younger than a family of tokens a connection has to be by the broker's clock to be its;
one that is older than that is taken for one of the family before."""
_TOGETHER: Final = SECOND
"""Within this a device and its first family are made: no connection is older than that one."""
_EVERYBODY: Final = Sight(None)


class Connection(msgspec.Struct, frozen=True):
    """A live connection by MQTT, as its broker tells of it.

    `name` is the broker's for it. None: what the broker does not tell, or not yet.
    """

    name: str
    user_name: Secret
    client_id: str | None = None
    token_id: UUID | None = None
    since: Moment | None = None
    address: str = ""


class Stays(msgspec.Struct, frozen=True):
    """It goes on, as long as nothing of what it rests on is touched, and until a moment."""

    whose: Whose
    rests_on: tuple[UUID, ...]
    until: Moment | None


class Over(msgspec.Struct, frozen=True):
    """It may not go on. `by_token`: it was let in by what can be nobody's but ours."""

    whose: Whose
    cause: str
    by_token: bool


Told: TypeAlias = Stays | Over | None
"""None: the connection is none of ours."""


class MqttStaying:
    """Judges for the deployment itself: so it sees every organization. Counts no use of a token."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        connect: MqttConnect,
        topics: MqttTopics,
        store: Store,
        usage: Usage,
        tell: TellEnded,
        brand: str,
        issuer: str,
    ) -> None:
        self._connect = connect
        self._topics = topics
        self._store = store
        self._usage = usage
        self._tell = tell
        self._brand = brand
        self._issuer = issuer

    def __call__(self, connection: Connection) -> Told:
        """From what is kept, and not from memory. Raises Unavailable when nobody can tell."""

        def anew() -> Told:
            return self._store.anew(lambda: self._told(connection))

        told, _ = self._usage.uncounted(anew)
        return told

    def ended(self, over: Over, broker: str, connection: Connection) -> None:
        """Tell of one that was ended."""
        ended = Ended(broker, connection.client_id or "", over.cause)
        self._tell(ended, over.whose)

    def _told(self, connection: Connection) -> Told:
        name = connection.user_name.reveal()
        if connection.token_id is not None:
            named = Named(token_id=connection.token_id)
            return _of_token(self._topics.seen(_EVERYBODY, named))
        if self._is_ours(name):
            judged = self._connect.judged(_EVERYBODY, connection.user_name, connection.address)
            return _of_token(judged)
        number = _whole(name) if name else device_named(connection.client_id or "")
        return None if number is None else self._of_device(number, connection.since)

    def _of_device(self, number: int, since: Moment | None) -> Told:
        device = self._store.numbered_device(None, number)
        if device is None:
            return Over(NOBODY, Reason.UNKNOWN, by_token=False)
        verdict = self._topics.of_device(device)
        whose = Whose(device.organization_id, device.id)
        if not verdict.allowed or verdict.found is None:
            return Over(whose, verdict.reason or Reason.UNKNOWN, by_token=False)
        if since is not None and _is_older(since, device):
            return Over(whose, Reason.FAMILY_ENDED, by_token=False)
        return _staying(whose, verdict, verdict.found)

    def _is_ours(self, text: str) -> bool:
        recognised = recognise(text, self._brand)
        if recognised is None:
            return False
        return isinstance(recognised, Opaque) or _issuer_of(text) == self._issuer


def _of_token(verdict: Verdict) -> Told:
    found = verdict.found
    if found is None:
        return Over(NOBODY, Reason.UNKNOWN, by_token=True)
    whose = Whose.of(found)
    if verdict.reason is not None:
        return Over(whose, verdict.reason, by_token=True)
    if found.standing.device is None and not may_at_all(verdict.permissions):
        return Over(whose, Refusal.NO_RIGHT, by_token=True)
    return _staying(whose, verdict, found)


def _staying(whose: Whose, verdict: Verdict, found: Found) -> Stays:
    token = found.token
    ends = [end for end in (token.expires_at, token.superseded_at) if end is not None]
    return Stays(whose, Admission(verdict, found).rests_on, min(ends, default=None))


def _is_older(since: Moment, device: Device) -> bool:
    """Whether a connection was there before the family of tokens that the device has now."""
    began = made_at(device.family_id)
    return began > made_at(device.id) + _TOGETHER and since < began + CLOCKS_DIFFER


def _whole(text: str) -> int | None:
    """The number of a device, where a text is that alone."""
    return device_named(text) if text.isdecimal() else None


def _issuer_of(text: str) -> str | None:
    """By whom a JWT says that it was issued, of which nothing is believed."""
    payload = text.split(".")[1]
    try:
        read = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(read, type=_Claims).iss
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


class _Claims(msgspec.Struct):
    iss: str | None = None
