"""Let somebody in at an MQTT broker: a device or a person, by a token and under a name."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret, recognise
from tokenhouse.core.judge import UNKNOWN, Demand, Verdict
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.mqtt import (
    MAX_CLIENT_ID,
    device_named,
    is_a_devices,
    is_named_after,
    may_at_all,
)
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found
from tokenhouse.operations.usage import Usage
from tokenhouse.operations.verifier import Sight, Verifier, Verifiers
from tokenhouse.operations.verify import Verify

CONNECTING: Final = Demand(Door.MQTT)


class Refusal(StrEnum):
    """Why somebody is not let in, or may not do something there. Closed; for whoever runs it."""

    NO_TOKEN = "no_token"
    """Neither the user name nor the password is a token."""
    TWO_TOKENS = "two_tokens"
    TOKEN = "token"
    """The token is not good, not good for this, or nobody's whom this broker may ask about."""
    NO_RIGHT = "no_right"
    """The person may neither publish nor receive."""
    USER_NAME = "user_name"
    """The token is the password, and the user name is somebody else's, or nobody's."""
    CLIENT_ID = "client_id"
    """The name is not the device's, or a device's and not a person's."""
    TOPIC = "topic"
    """It is no topic, or none of his."""


class Arrival(msgspec.Struct, frozen=True):
    """What somebody brings to a broker.

    `bound`: everybody connects under his own name alone. `by_name`: the broker will not say again
    what the password was, so that the user name or the client's name has to tell who it is.
    """

    user_name: Secret
    password: Secret
    client_id: str
    address: str = ""
    bound: bool = True
    by_name: bool = False


class Admission(msgspec.Struct, frozen=True):
    """Who was let in, by which token, and until when (None: it does not expire).

    `rests_on`: the ids of what it is looked at again for, once the feed tells that it was touched.
    """

    verdict: Verdict
    found: Found

    @property
    def expires_at(self) -> Moment | None:
        """When the token ends."""
        return self.found.token.expires_at

    @property
    def rests_on(self) -> tuple[UUID, ...]:
        """Token, family, and whoever holds it, with all that he is and may."""
        return tuple(_ids(self.found))


class MqttConnect:
    """Judges connections. Writes nothing."""

    def __init__(self, verifiers: Verifiers, verify: Verify, usage: Usage, brand: str) -> None:
        self._verifiers = verifiers
        self._verify = verify
        self._usage = usage
        self._brand = brand

    def __call__(self, verifier: Verifier, arrival: Arrival) -> Admission | Refusal:
        """Let somebody in, or say why not. Raises Refused where the broker may not ask."""
        return self.looked_at(self._verifiers(verifier), arrival)[0]

    def looked_at(self, sight: Sight, arrival: Arrival) -> tuple[Admission | Refusal, Verdict]:
        """The same for a broker that was told from others, with the verdict on the token."""
        token = self._token_of(arrival)
        if isinstance(token, Refusal):
            return token, UNKNOWN
        verdict = self.judged(sight, token, arrival.address)
        if not verdict.allowed or verdict.found is None:
            return Refusal.TOKEN, verdict
        named = token is arrival.user_name or _is_named(arrival, verdict.found)
        told = _under_its_name(arrival, verdict) or (
            Admission(verdict, verdict.found) if named else Refusal.USER_NAME
        )
        return told, verdict

    def judged(self, sight: Sight, token: Secret, address: str) -> Verdict:
        """What a token is worth at a broker; another organization's is as good as none."""
        verdict, now = self._verify.uncounted(token, Spelling.NAMED, CONNECTING, address)
        found = verdict.found
        if found is not None and not sight.sees(found.token.organization_id):
            verdict = UNKNOWN
        self._usage.judged(verdict, now)
        return verdict

    def is_token(self, text: Secret) -> bool:
        """Whether a string has the form of a token of ours, good or not."""
        return recognise(text.reveal(), self._brand) is not None

    def _token_of(self, arrival: Arrival) -> Secret | Refusal:
        user_name, password = arrival.user_name, arrival.password
        if self.is_token(user_name):
            if self.is_token(password) and password.reveal() != user_name.reveal():
                return Refusal.TWO_TOKENS
            return user_name
        return password if self.is_token(password) else Refusal.NO_TOKEN


def _is_named(arrival: Arrival, found: Found) -> bool:
    """Whether the user name beside a password that is a token is nobody else's.

    Where it is all that the broker will say later, it or the client's own has to tell the device.
    """
    name, device = arrival.user_name.reveal(), found.standing.device
    if device is not None and name:
        return name == str(device.number)
    if arrival.by_name:
        return device is not None and arrival.bound
    person = found.standing.person
    return not name or (person is not None and name in {person.email, person.short_name})


def _under_its_name(arrival: Arrival, verdict: Verdict) -> Refusal | None:
    """What there is against the name under which it connects, and against its connecting at all."""
    assert verdict.found is not None
    device = verdict.found.standing.device
    if len(arrival.client_id) > MAX_CLIENT_ID:
        return Refusal.CLIENT_ID
    if device is None:
        if not may_at_all(verdict.permissions):
            return Refusal.NO_RIGHT
        return None if _is_a_persons(arrival, verdict.found) else Refusal.CLIENT_ID
    if arrival.bound and device_named(arrival.client_id) != device.number:
        return Refusal.CLIENT_ID
    return None


def _is_a_persons(arrival: Arrival, found: Found) -> bool:
    """Whether a person may connect under a name: never a device's, and where bound only his own."""
    person = found.standing.person
    if not arrival.bound and not is_a_devices(arrival.client_id):
        return True
    return person is not None and is_named_after(arrival.client_id, person.id)


def _ids(found: Found) -> Iterator[UUID]:
    token, standing = found.token, found.standing
    yield from (token.id, token.family_id, token.holder_id, token.organization_id, DEPLOYMENT)
    if standing.person is not None:
        yield standing.person.id
    yield from (group.id for group in standing.groups)
