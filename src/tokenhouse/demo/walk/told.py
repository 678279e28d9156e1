"""What the demo tells of itself once it is ready, as a program reads it."""

from typing import Self

import msgspec

from tokenhouse.demo.walk.astray import Astray


class Organization(msgspec.Struct, frozen=True):
    """The firm."""

    id: str
    name: str


class Person(msgspec.Struct, frozen=True):
    """Somebody of the firm, who can sign in."""

    email: str
    password: str
    role: str


class Group(msgspec.Struct, frozen=True):
    """A policy group of the firm."""

    id: str
    name: str


class Client(msgspec.Struct, frozen=True):
    """The pair of the firm's client."""

    client_id: str
    client_secret: str


class Device(msgspec.Struct, frozen=True, rename="camel"):
    """A device of the firm, what proves it and a token of it."""

    id: int
    identifier: str
    cpu_id: str | None
    uuid: str
    mqtt_prefix: str
    token: str | None


class Mqtt(msgspec.Struct, frozen=True):
    """Where its broker lets clients in."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The same for people."""
        return f"mqtt://{self.host}:{self.port}"


class Told(msgspec.Struct, frozen=True):
    """All that `tokenhouse demo --json` tells."""

    url: str
    organization: Organization
    people: tuple[Person, ...]
    groups: tuple[Group, ...]
    client: Client
    device: Device
    mqtt: Mqtt | None = None

    @classmethod
    def read(cls, ready: object) -> Self:
        """Read it; raises msgspec.ValidationError."""
        return msgspec.convert(ready, cls)

    def person(self, role: str) -> Person:
        """The person of this role."""
        return next(one for one in self.people if one.role == role)

    def group(self, name: str) -> Group:
        """The policy group of this name; raises Astray where somebody removed it."""
        for one in self.groups:
            if one.name == name:
                return one
        raise Astray(f"The demo has no policy group {name} any more.")

    @property
    def secrets(self) -> tuple[str, ...]:
        """All of it with which somebody could do something."""
        passwords = tuple(one.password for one in self.people)
        device = (self.device.cpu_id, self.device.uuid, self.device.token)
        return tuple(one for one in (*passwords, self.client.client_secret, *device) if one)
