"""`tokenhouse init`: a deployment with its first organization and the person who runs it."""

import json as json_text
import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

from cyclopts import App, Parameter

from tokenhouse.cli import Stopped
from tokenhouse.cli.flags import takes
from tokenhouse.cli.passwords import Chosen, choose
from tokenhouse.config import Configuration, Misconfigured
from tokenhouse.core.refusal import Code, Refused

if TYPE_CHECKING:
    from tokenhouse.operations.found import Founded

_MORE: Final = """The person becomes the organization's administrator and the deployment's
operator. There is no other account, and nothing is ever set up by itself.

Example: tokenhouse init --organization Nordlicht --email anna@nordlicht.example
--public-url https://tokens.nordlicht.example

Example: tokenhouse init --organization Nordlicht --email anna@nordlicht.example
--public-url https://tokens.nordlicht.example --permission SystemsRead --permission SystemsWrite
--password-file - --json"""

app = App(name="init", help_format="plaintext", help_epilogue=_MORE)

_FLAGS: Final = {"full_name": "--name"}


@app.default
@takes("data", "store", "public_url")
def init(
    *,
    configuration: Configuration,
    organization: Annotated[str, Parameter(help="Name of the first organization.")],
    email: Annotated[str, Parameter(help="E-mail of its administrator, who signs in with it.")],
    name: Annotated[
        str | None, Parameter(help="The administrator's name. Default: what stands before the @.")
    ] = None,
    permission: Annotated[
        tuple[str, ...],
        Parameter(
            help="A permission of your own API, for the catalogue to begin with; may be repeated.",
            negative="",
            show_default=False,
        ),
    ] = (),
    password_file: Annotated[
        str | None,
        Parameter(
            help="File with the administrator's password, or - for standard input. Default: asked "
            "for at a terminal, else made and printed.",
            allow_leading_hyphen=True,
        ),
    ] = None,
    json: Annotated[
        bool, Parameter(help="Answer in JSON.", negative="", show_default=False)
    ] = False,
) -> None:
    """Set a deployment up, once: its public URL, an organization, and who runs it."""
    from tokenhouse.operations.found import Founding
    from tokenhouse.wiring import make_directory, open_deployment

    settings = configuration.settings
    if settings.public_url is None:
        raise Misconfigured(
            "The public URL is missing: add --public-url, such as https://tokens.example.com. "
            "Every token names it, so it cannot be changed later."
        )
    make_directory(settings.data)
    with open_deployment(settings, os.environ) as opened:
        found = opened.parts.found(opened.first_keys, settings.public_url)
        if (deployment := opened.parts.store.deployment()) is not None:
            raise Stopped(
                f"The deployment in {opened.where} was set up already, as {deployment.issuer}; "
                "nothing was changed."
            )
        chosen = choose(password_file)
        full_name = email.partition("@")[0] if name is None else name
        founding = Founding(organization, email, full_name, chosen.password, permission)
        try:
            founded = found(founding)
        except Refused as refused:
            raise Stopped(_sentence(refused)) from None
    (_say_json if json else _say)(founded, chosen)


def _sentence(refused: Refused) -> str:
    if refused.code is Code.ALREADY_DONE or not refused.problems:
        return f"{refused.public} Nothing was changed."
    faults = [f"{_flag(problem.field)} {problem.sentence}" for problem in refused.problems]
    return f"Nothing was set up: {'; '.join(faults)}."


def _flag(field: str) -> str:
    plain = field.partition("[")[0]
    if plain == "password":
        return "the password"
    if plain == "permissions":
        place = int(field.partition("[")[2].removesuffix("]") or 0)
        return f"--permission number {place + 1}"
    return _FLAGS.get(plain, f"--{plain}")


def _say_json(founded: "Founded", chosen: Chosen) -> None:
    told: dict[str, object] = {
        "issuer": founded.issuer,
        "organization": {"id": str(founded.organization_id), "name": founded.organization},
        "person": {"id": str(founded.person_id), "email": founded.email},
    }
    if chosen.made:
        told["password"] = chosen.password.reveal()
    print(json_text.dumps(told))  # noqa: T201 -- what was asked for


def _say(founded: "Founded", chosen: Chosen) -> None:
    lines = [
        f"{founded.organization} is set up as {founded.issuer}.",
        f"{founded.email} signs in, administers it and operates the deployment.",
    ]
    if chosen.made:
        lines.append(f"Password, shown this once: {chosen.password.reveal()}")
    lines.append("Next: tokenhouse serve, with the same settings.")
    print("\n".join(lines), file=sys.stdout)  # noqa: T201 -- what was asked for
