"""Whether somebody may publish on a topic, or subscribe to a filter, once he is let in."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.device import Device, topic_prefix
from tokenhouse.core.judge import UNKNOWN, Verdict, judge
from tokenhouse.core.kind import Kind, Spelling
from tokenhouse.core.mqtt import (
    Action,
    asked_for,
    device_named,
    device_of,
    may_at_all,
    may_everywhere,
    of_devices,
    under,
)
from tokenhouse.core.standing import Found
from tokenhouse.operations.changes import Stretch, Wanted
from tokenhouse.operations.mqtt_connect import CONNECTING, MqttConnect, Refusal
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.verifier import Sight, Verifier, Verifiers

MOST_TRIED: Final = 8
"""Tokens of a device, the newest first, among which one has to be good: so many live at once."""


class Named(msgspec.Struct, frozen=True):
    """By what a broker says who does something.

    The token itself as user name or password, or its id as we gave it to the broker; or names, by
    which the broker let the device in before: the user name, or the client's where it was `bound`.
    """

    user_name: Secret = Secret("")
    password: Secret = Secret("")
    client_id: str = ""
    token_id: UUID | None = None
    bound: bool = True


class Wish(msgspec.Struct, frozen=True):
    """What somebody would do: an action, and the topic or the filter as it was sent."""

    action: Action
    topic: str


class MqttTopics:
    """Judges what is done at a broker. Writes nothing."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        verifiers: Verifiers,
        connect: MqttConnect,
        store: Store,
        clock: Clock,
        device: Kind,
        session: Kind,
        brand: str,
    ) -> None:
        self._verifiers = verifiers
        self._connect = connect
        self._store = store
        self._clock = clock
        self._kinds = {device.name: device, session.name: session}
        self._device = device
        self._brand = brand

    def __call__(self, verifier: Verifier, named: Named, wish: Wish) -> Verdict | Refusal:
        """The verdict on whoever may do so, or why not. Raises Refused if it may not be asked."""
        return self.each(verifier, named, (wish,))[0]

    def each(
        self, verifier: Verifier, named: Named, wishes: tuple[Wish, ...]
    ) -> tuple[Verdict | Refusal, ...]:
        """The same for each of several wishes of one."""
        sight = self._verifiers(verifier)
        verdict = self.seen(sight, named)
        if not verdict.allowed or verdict.found is None:
            return tuple(Refusal.TOKEN for _ in wishes)
        found = verdict.found
        return tuple(
            verdict if self._may(found, verdict, wish) else Refusal.TOPIC for wish in wishes
        )

    def who(self, verifier: Verifier, named: Named) -> Verdict:
        """What the token is worth now by which somebody was let in; raises the same."""
        return self.seen(self._verifiers(verifier), named)

    def seen(self, sight: Sight, named: Named) -> Verdict:
        """The same for a broker that was told from others."""
        for text in (named.user_name, named.password):
            if self._connect.is_token(text):
                return self._connect.judged(sight, text, "")
        if named.token_id is not None:
            return self._by_id(sight, named.token_id)
        device = self._device_named(sight, named)
        return UNKNOWN if device is None else self.of_device(device)

    def _by_id(self, sight: Sight, token_id: UUID) -> Verdict:
        found = self._store.find(token_id)
        if found is None or not sight.sees(found.token.organization_id):
            return UNKNOWN
        return self._judged(found)

    def _judged(self, found: Found) -> Verdict:
        kind = self._kinds.get(found.token.kind)
        if kind is None:
            return UNKNOWN
        return judge(kind, found, Spelling.NAMED, CONNECTING, "", self._clock.now())

    def _device_named(self, sight: Sight, named: Named) -> Device | None:
        name = named.user_name.reveal() or (named.client_id if named.bound else "")
        number = device_named(name)
        if number is None:
            return None
        return self._store.numbered_device(sight.organization_id, number)

    def of_device(self, device: Device) -> Verdict:
        """The verdict on the best token that a device has: it goes on as long as one is good.

        Where none is, that on the newest.
        """
        wanted = Wanted((self._device.name,), holder_id=device.id, family_id=device.family_id)
        newest = Stretch(MOST_TRIED, descending=True)
        listed = self._store.list_tokens(device.organization_id, wanted, newest)
        verdicts = [self._judged(found) for found in listed]
        return next((one for one in verdicts if one.allowed), verdicts[0] if verdicts else UNKNOWN)

    def _may(self, found: Found, verdict: Verdict, wish: Wish) -> bool:
        asked = asked_for(wish.action, wish.topic)
        if asked is None:
            return False
        device, held = found.standing.device, verdict.permissions
        if device is not None:
            return under(topic_prefix(self._brand, device), asked)
        if may_everywhere(held, wish.action):
            return under(of_devices(self._brand), asked)
        number = device_of(self._brand, asked)
        if number is None or wish.action not in may_at_all(held):
            return False
        organization_id = found.token.organization_id
        return self._store.numbered_device(organization_id, number) is not None
