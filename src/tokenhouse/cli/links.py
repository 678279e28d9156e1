"""`tokenhouse person invite` and `recover`: one-time links, said once on standard output."""

from typing import Annotated, Final

import msgspec

from tokenhouse.cli.choosing import acting_in, groups_named, person_of
from tokenhouse.cli.flags import (
    GroupsFlag,
    Json,
    OrganizationFlag,
    Who,
    examples,
    flag,
    of_deployment,
)
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.faces.native.wire.links import invitation_with_link, recovery_with_link
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.invite import InvitationDraft

_NAME: Final = "tokenhouse person"
INVITE: Final = examples(f"{_NAME} invite bea@nordlicht.example --group Client")
RECOVER: Final = examples(f"{_NAME} recover anna@nordlicht.example")


@of_deployment
def invite(
    email: Annotated[str, flag("Whom to invite.", "E-MAIL")],
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    name: Annotated[str, flag("His name, if he is new. Default: he says it himself.", "NAME")] = "",
    groups: GroupsFlag = (),
    json: Json = False,
) -> None:
    """Print a link with which somebody joins an organization, good once and for 7 days.

    Hand it to him alone: it is told this once.
    """
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} invite")
        carried = groups_named(authority, caller, groups)
        made = authority.invite(caller, InvitationDraft(email, name, carried))
        told = invitation_with_link(authority.deployment.issuer, made)
    assert isinstance(told.link, str)
    if json:
        say_json(msgspec.to_builtins(told))
    else:
        say(told.link)


@of_deployment
def recover(who: Who, /, *, configuration: Configuration, json: Json = False) -> None:
    """Print a link with which a person sets a new password, good once and for a day.

    It is for anyone, the last operator included: the way back in. Hand it to him alone. All of his
    sessions end when he uses it, and he is told of it.
    """
    typed = f"{_NAME} recover"
    with operating(configuration.settings) as authority:
        person = person_of(authority, who, typed).person
        made = authority.recover.of_person(AtMachine(DEPLOYMENT, typed), person.id)
        told = recovery_with_link(authority.deployment.issuer, made)
    if json:
        say_json(msgspec.to_builtins(told))
    else:
        say(told.link)
