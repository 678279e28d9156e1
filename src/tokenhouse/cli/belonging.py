"""`tokenhouse person groups` and `remove`: what a person is in one organization."""

from typing import Annotated, Final

import msgspec

from tokenhouse.cli.choosing import groups_named, organization_of, person_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import (
    Json,
    OrganizationFlag,
    Who,
    Yes,
    examples,
    of_deployment,
    refuse_unless,
    several,
)
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import printable, say, say_json
from tokenhouse.config import Configuration
from tokenhouse.faces.native.wire import memberships as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.memberships import Joined, MembershipEdit, Sought

_NAME: Final = "tokenhouse person"
GROUPS: Final = examples(
    f"{_NAME} groups carl@nordlicht.example",
    f"{_NAME} groups carl@nordlicht.example --group Client --group Meters",
)
REMOVE: Final = examples(f"{_NAME} remove carl@nordlicht.example --yes")


@of_deployment
def groups(
    who: Who,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    group: Annotated[
        tuple[str, ...],
        several(
            "Name of a group that he is to carry, and no others than these; may be repeated.",
            "NAME",
        ),
    ] = (),
    json: Json = False,
) -> None:
    """Show which policy groups a person carries in an organization, or give him others.

    The last administrator who is active stays one.
    """
    with operating(configuration.settings) as authority:
        caller, joined = _joined(authority, organization, who, f"{_NAME} groups")
        if group:
            wanted = MembershipEdit(groups=groups_named(authority, caller, group))
            joined = authority.memberships.edit(caller, joined.membership.id, None, wanted)
    if json:
        say_json(msgspec.to_builtins(wire.shown(joined)))
        return
    for one in joined.groups:
        say(printable(one.name))


@of_deployment
def remove(
    who: Who,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Remove a person from an organization: all that he was given there ends, for good.

    Invite him again to have him back; he then begins anew. The last administrator who is active
    stays.
    """
    refuse_unless(yes, "All tokens that the person has there would end, for good.")
    with operating(configuration.settings) as authority:
        caller, joined = _joined(authority, organization, who, f"{_NAME} remove")
        authority.memberships.end(caller, joined.membership.id)
    if json:
        say_json({"id": str(joined.membership.id)})
    else:
        say(f"{printable(joined.person.email)} is removed.")


def _joined(
    authority: Authority, organization: str | None, who: str, typed: str
) -> tuple[AtMachine, Joined]:
    """Somebody at the machine within an organization, and a person's membership there."""
    at = organization_of(authority, organization, typed)
    caller = AtMachine(at.id, typed)
    sought = Sought(email=person_of(authority, who, typed).person.email)
    found = authority.memberships.page(caller, sought, Stretch(1)).rows
    if not found:
        raise Stopped(f"This person does not belong to {at.name}.", Exit.NOT_FOUND)
    return caller, found[0]
