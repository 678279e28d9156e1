"""Chooses what a command is about: an organization, policy groups, a client, a device, a person."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from tokenhouse.boundary import parse_id
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.lists import whole
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.principal import DEPLOYMENT, Organization
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import GroupCount, Stretch
from tokenhouse.operations.people import Known

FindOrganizations: TypeAlias = Callable[[str | None, int], Sequence[Organization]]
"""Finds those that have this text as their id or, without regard to case, as their name, and all
for None; at most so many."""

_TOLD: Final = 10
_NUMBER: Final = re.compile(r"[0-9]{1,10}", re.ASCII)


def organization_of(authority: Authority, asked: str | None, command: str) -> Organization:
    """The organization that a command is about, of those there are; raises Stopped."""
    caller = AtMachine(DEPLOYMENT, command)
    return choose_organization(asked, partial(authority.organizations.find, caller))


def acting_in(authority: Authority, asked: str | None, command: str) -> AtMachine:
    """Somebody at the machine within the organization that a command is about; raises Stopped."""
    return AtMachine(organization_of(authority, asked, command).id, command)


def groups_of(authority: Authority, caller: AtMachine) -> list[GroupCount]:
    """All policy groups of an organization, oldest first."""
    return whole(partial(authority.groups.along, caller))


def groups_named(
    authority: Authority, caller: AtMachine, names: tuple[str, ...]
) -> tuple[UUID, ...]:
    """The ids of an organization's groups of these names, case aside; raises Stopped."""
    if not names:
        return ()
    ids = {one.group.name.casefold(): one.group.id for one in groups_of(authority, caller)}
    unknown = tuple(name for name in names if name.casefold() not in ids)
    if unknown:
        told = "These are no policy groups of the organization."
        raise Stopped(told, Exit.NOT_FOUND, unknown)
    return tuple(ids[name.casefold()] for name in names)


def client_named(authority: Authority, caller: AtMachine, text: str) -> Client:
    """The client of an organization with this client_id or id; raises Stopped."""
    for one in whole(partial(authority.clients.page, caller)):
        if text in {one.client_id, str(one.id)}:
            return one
    raise Stopped("No client has this client_id or id.", Exit.NOT_FOUND)


def device_named(authority: Authority, caller: AtMachine, text: str) -> Device:
    """The device of an organization with this number or id; raises Stopped."""
    named = int(text) if _NUMBER.fullmatch(text) else parse_id(text)
    if named is not None:
        with suppress(Refused):
            return authority.devices.one(caller, named)
    raise Stopped("No device has this number or id.", Exit.NOT_FOUND)


def choose_organization(asked: str | None, find: FindOrganizations) -> Organization:
    """The organization that was asked for, or the only one; raises Stopped."""
    found = find(asked, _TOLD + 1)
    if len(found) == 1:
        return found[0]
    if not found and asked is None:
        raise Stopped("There is no organization.", Exit.NOT_FOUND)
    if not found:
        raise Stopped("No organization has this id or name.", Exit.NOT_FOUND)
    told = (
        "There are several organizations: name one with --organization."
        if asked is None
        else "Several organizations have this name: give the id of one."
    )
    lines = [f"{one.id}  {one.name}" for one in found[:_TOLD]]
    if len(found) > _TOLD:
        lines.append("and more")
    raise Stopped(told, Exit.NOT_UNDERSTOOD, tuple(lines))


def person_of(authority: Authority, who: str, command: str) -> Known:
    """Whoever has this e-mail or id; raises Refused(NOT_FOUND)."""
    caller, person_id = AtMachine(DEPLOYMENT, command), parse_id(who)
    if person_id is None:
        found = authority.people.page(caller, who, Stretch(1)).rows
        if not found:
            raise Refused(Code.NOT_FOUND, "There is no such person.")
        person_id = found[0].id
    return authority.people.one(caller, person_id)
