"""`tokenhouse token verify`."""

from typing import Annotated

import msgspec
from cyclopts import Parameter

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, takes
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json
from tokenhouse.cli.secret import given_secret
from tokenhouse.config import Configuration
from tokenhouse.core.judge import Reason
from tokenhouse.core.permission import is_permission_name
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.faces.native.wire.verify import told_verdict
from tokenhouse.operations.ask import Question
from tokenhouse.operations.at_machine import AtMachine


@takes("data", "store")
def verify(
    *,
    configuration: Configuration,
    permission: Annotated[
        tuple[str, ...],
        Parameter(
            help="What it has to be allowed to do; may be repeated.",
            metavar="NAME",
            negative="",
            show_default=False,
        ),
    ] = (),
    audience: Annotated[
        str | None,
        Parameter(
            help="The API that asks. Default: none says.", metavar="NAME", show_default=False
        ),
    ] = None,
    address: Annotated[
        str,
        Parameter(
            help="Where it is used from. Default: nobody knows.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = "",
    json: Json = False,
) -> None:
    """Judge the token of any organization whose string is read from standard input.

    Ends with 0 when it is good for what was asked, and with 8 when it is not.
    """
    if not all(map(is_permission_name, permission)):
        raise Stopped("That is no name of a permission.", Exit.NOT_UNDERSTOOD)
    question = Question(given_secret("-", "a token"), frozenset(permission), audience, address)
    with operating(configuration.settings) as authority:
        told = authority.ask.about(AtMachine(DEPLOYMENT, "tokenhouse token verify"), question)
    if json:
        say_json(msgspec.to_builtins(told_verdict(told)))
    if told.verdict.reason is not None:
        raise Stopped(_not_good(told.verdict.reason), Exit.TOKEN_NOT_GOOD)
    if not json:
        say("The token is good.")


def _not_good(reason: Reason) -> str:
    return f"The token is not good: {reason.value.replace('_', ' ')}."
