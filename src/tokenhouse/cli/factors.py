"""`tokenhouse person factors`: which second factors somebody has, and taking them from him."""

from typing import Annotated, Final, Literal

import msgspec

from tokenhouse.cli.choosing import person_of
from tokenhouse.cli.flags import Json, Who, Yes, examples, flag, of_deployment, refuse_unless
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import moment, printable, say, say_json
from tokenhouse.config import Configuration
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.second_factor import Factors
from tokenhouse.faces.native.wire.factors import shown
from tokenhouse.operations.at_machine import AtMachine

_NAME: Final = "tokenhouse person factors"
FACTORS: Final = examples(
    f"{_NAME} anna@nordlicht.example",
    f"{_NAME} anna@nordlicht.example remove --yes",
)


@of_deployment
def factors(
    who: Who,
    change: Annotated[
        Literal["show", "remove"], flag("Whether to show them or to remove them all.", "CHANGE")
    ] = "show",
    /,
    *,
    configuration: Configuration,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Show the second factors of a person, or remove them all.

    Removing is for somebody who has lost them and has no recovery code. All of his sessions end,
    and he is told of it; his password stays.
    """
    typed = f"{_NAME} {change}"
    if change == "remove":
        refuse_unless(yes, "The password alone would let this person in, and all sessions end.")
    with operating(configuration.settings) as authority:
        person = person_of(authority, who, typed).person
        caller = AtMachine(DEPLOYMENT, typed)
        if change == "remove":
            authority.remove_factors.of_person(caller, person.id)
        kept = authority.remove_factors.show(caller, person.id)
    if json:
        say_json({"id": str(person.id), **msgspec.to_builtins(shown(kept))})
    elif not kept.owed:
        say(f"{printable(person.email)} has no second factor.")
    else:
        _say(kept)


def _say(kept: Factors) -> None:
    if kept.active_totp is not None:
        say(f"An authenticator app, since {moment(kept.active_totp.confirmed_at)}.")
    for one in kept.passkeys:
        say(f"The passkey {printable(one.label)}, since {moment(one.created_at)}.")
    left = 0 if kept.recovery_codes is None else len(kept.recovery_codes.digests)
    say(f"{left} recovery codes are left.")
