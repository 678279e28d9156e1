"""`tokenhouse init`: a deployment with its first organization and the person who runs it."""

import os
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from cyclopts import App, Parameter

from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.faults import spelled
from tokenhouse.cli.flags import Json, examples, flag, several, takes
from tokenhouse.cli.passwords import Chosen, choose
from tokenhouse.cli.say import say, say_json
from tokenhouse.config import Configuration, Misconfigured

if TYPE_CHECKING:
    from tokenhouse.operations.found import Founded

_MORE: Final = examples(
    "tokenhouse init --organization Nordlicht --email anna@nordlicht.example \\",
    "  --public-url https://tokens.nordlicht.example",
    "tokenhouse init --organization Nordlicht --email anna@nordlicht.example \\",
    "  --public-url https://tokens.nordlicht.example --permission SystemsRead \\",
    "  --permission SystemsWrite --password-file ./password --json",
)

_SPELLED: Final = {
    "full_name": "--name",
    "permissions": "--permission",
    "password": "the password",
}

_Name: TypeAlias = Annotated[
    str | None,
    flag("The administrator's name. Default: what stands before the @.", "NAME"),
]
_Permissions: TypeAlias = Annotated[
    tuple[str, ...],
    several(
        "A permission of your own API, for the catalogue to begin with; may be repeated.",
        "PERMISSION",
    ),
]
_PasswordFile: TypeAlias = Annotated[
    str | None,
    Parameter(
        help="File with the administrator's password, or - for standard input. Default: asked "
        "for at a terminal, else made and printed.",
        allow_leading_hyphen=True,
        metavar="FILE",
    ),
]

app = App(name="init", help_epilogue=_MORE)


@app.default
@takes("data", "store", "public_url")
def init(
    *,
    configuration: Configuration,
    organization: Annotated[str, flag("Name of the first organization.", "NAME")],
    email: Annotated[str, flag("E-mail of its administrator, who signs in with it.", "E-MAIL")],
    name: _Name = None,
    permission: _Permissions = (),
    password_file: _PasswordFile = None,
    json: Json = False,
) -> None:
    """Set a deployment up, once: its public URL, an organization, who runs it, a first client.

    The person becomes the organization's administrator and the deployment's operator. There is no
    other account, and nothing is ever set up by itself. The client's secret is printed, this once.
    """
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
                "nothing was changed.",
                Exit.CONFLICT,
            )
        chosen = choose(password_file)
        full_name = email.partition("@")[0] if name is None else name
        founding = Founding(organization, email, full_name, chosen.password, permission)
        with spelled(_SPELLED):
            founded = found(founding)
    (_say_json if json else _say)(founded, chosen)


def _say_json(founded: "Founded", chosen: Chosen) -> None:
    told: dict[str, object] = {
        "issuer": founded.issuer,
        "organization": {"id": str(founded.organization_id), "name": founded.organization},
        "person": {"id": str(founded.person_id), "email": founded.email},
        "client": {
            "client_id": founded.client_id,
            "client_secret": founded.client_secret.reveal(),
        },
    }
    if chosen.made:
        told["password"] = chosen.password.reveal()
    say_json(told)


def _say(founded: "Founded", chosen: Chosen) -> None:
    lines = [
        f"{founded.organization} is set up as {founded.issuer}.",
        f"{founded.email} signs in, administers it and operates the deployment.",
    ]
    if chosen.made:
        lines.append(f"Password, shown this once: {chosen.password.reveal()}")
    lines += [
        f"Its first client, shown this once: client_id {founded.client_id}",
        f"  client_secret {founded.client_secret.reveal()}",
    ]
    lines.append("Next: tokenhouse serve, with the same settings.")
    for line in lines:
        say(line)
