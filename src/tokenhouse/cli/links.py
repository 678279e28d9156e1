"""`tokenhouse person invite` and `recover`: one-time links, said once on standard output."""

from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from tokenhouse.cli.choosing import OrganizationFlag, Who, groups_named, organization_of, person_of
from tokenhouse.cli.flags import Json, examples, takes
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


@takes("data", "store")
def invite(
    email: Annotated[str, Parameter(help="Whom to invite.", metavar="E-MAIL", show_default=False)],
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    name: Annotated[
        str,
        Parameter(
            help="His name, if he is new. Default: he says it himself.",
            metavar="NAME",
            show_default=False,
        ),
    ] = "",
    group: Annotated[
        tuple[str, ...],
        Parameter(
            help="Name of a group that he is to carry; may be repeated.",
            metavar="NAME",
            negative="",
            show_default=False,
        ),
    ] = (),
    json: Json = False,
) -> None:
    """Print a link with which somebody joins an organization, good once and for 7 days.

    Hand it to him alone: it is told this once.
    """
    typed = f"{_NAME} invite"
    with operating(configuration.settings) as authority:
        at = organization_of(authority, organization, typed)
        caller = AtMachine(at.id, typed)
        groups = groups_named(authority, caller, group) if group else ()
        made = authority.invite(caller, InvitationDraft(email, name, groups))
        told = invitation_with_link(authority.deployment.issuer, made)
    assert isinstance(told.link, str)
    if json:
        say_json(msgspec.to_builtins(told))
    else:
        say(told.link)


@takes("data", "store")
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
