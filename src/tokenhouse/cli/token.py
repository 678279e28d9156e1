"""`tokenhouse token`: list, show, issue, rotate, revoke, verify."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import msgspec
from cyclopts import App, Parameter

from tokenhouse.boundary import parse_id
from tokenhouse.cli.choosing import OrganizationFlag, groups_named, organization_of
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import Json, Yes, examples, refuse_unless, takes
from tokenhouse.cli.handing import Out, handing
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json
from tokenhouse.cli.showing import say_token, say_tokens
from tokenhouse.cli.verifying import verify
from tokenhouse.cli.wishes import (
    Address,
    Audience,
    ExpiresAt,
    Group,
    Search,
    Span,
    State,
    networks,
    new_expiry,
    span,
)
from tokenhouse.config import Configuration
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations import Authority
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.describe import Described
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.tokens import Sought

_NAME: Final = "tokenhouse token"
_EXAMPLE: Final = "0190a5c4-7e1a-7000-8000-0123456789ab"
_STEP: Final = 250

app = App(
    name="token",
    help="List, issue, rotate, revoke and verify tokens.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} issue --help"),
)

_PLACE: Final = takes("data", "store")
Which: TypeAlias = Annotated[
    str, Parameter(help="The token's id.", metavar="ID", show_default=False)
]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --state active --search report"))
@_PLACE
def list_tokens(
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    state: State = None,
    search: Search = None,
    json: Json = False,
) -> None:
    """Show the organizational tokens of an organization, newest first, whatever their state."""
    listed: list[Described] = []
    with operating(configuration.settings) as authority:
        caller = _at(authority, organization, "list")
        sought = Sought(_STEP, state=state, search=search)
        while True:
            shown = authority.tokens.page(caller, _all(authority), sought)
            listed += shown.tokens
            if shown.after is None:
                break
            sought = msgspec.structs.replace(sought, after=shown.after)
    say_tokens(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show {_EXAMPLE}"))
@_PLACE
def show(
    which: Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show one organizational token, without its string."""
    with operating(configuration.settings) as authority:
        caller = _at(authority, organization, "show")
        described = authority.tokens.one(caller, _all(authority), _id(which))
    say_token(described, json=json)


@app.command(
    help_epilogue=examples(
        f"{_NAME} issue --description report --group Metering --lifetime P90D",
        f"{_NAME} issue --description gateway --group Gateway --out gw.token",
    )
)
@_PLACE
def issue(
    *,
    configuration: Configuration,
    description: Annotated[str, Parameter(help="What it is for.", metavar="TEXT")],
    group: Group = (),
    lifetime: Annotated[
        Span, Parameter(help="How long it lives, such as P90D. Default: for ever.")
    ] = None,
    address: Address = (),
    audience: Audience = None,
    organization: OrganizationFlag = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Issue an organizational token, and print its string, this once.

    It may do what its groups may, and nothing without any.
    """
    ends, addresses = span(lifetime, "--lifetime"), networks(address)
    with operating(configuration.settings) as authority, handing(out, json=json) as hand:
        caller = _at(authority, organization, "issue")
        groups = groups_named(authority, caller, group)
        draft = Draft(description, ends, groups, addresses, audience)
        hand(authority.issue(caller, authority.organizational, draft))


@app.command(
    help_epilogue=examples(
        f"{_NAME} rotate {_EXAMPLE} \\", "  --overlap P7D --lifetime P90D --out gateway.token"
    )
)
@_PLACE
def rotate(
    which: Which,
    /,
    *,
    configuration: Configuration,
    overlap: Annotated[
        Span,
        Parameter(
            help="How long the old string stays good; PT0S ends it at once. Default: until its own"
            " expiry."
        ),
    ] = None,
    lifetime: Annotated[
        Span, Parameter(help="How much later the new one expires. Default: not later.")
    ] = None,
    expires_at: ExpiresAt = None,
    organization: OrganizationFlag = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Give an organizational token a successor, and print its string, this once."""
    expiry = new_expiry(span(lifetime, "--lifetime"), expires_at)
    until = span(overlap, "--overlap", or_nothing=True)
    with operating(configuration.settings) as authority, handing(out, json=json) as hand:
        caller = _at(authority, organization, "rotate")
        hand(authority.rotate(caller, _all(authority), _id(which), expiry, until))


@app.command(
    help_epilogue=examples(
        f"{_NAME} revoke {_EXAMPLE}",
        f"{_NAME} revoke --all --organization Nordlicht --yes",
    )
)
@_PLACE
def revoke(
    which: Annotated[
        str | None, Parameter(help="The token's id.", metavar="ID", show_default=False)
    ] = None,
    /,
    *,
    configuration: Configuration,
    family: Annotated[
        bool,
        Parameter(
            help="With all it succeeds, and all its successors.",
            negative="",
            show_default=False,
        ),
    ] = False,
    everything: Annotated[
        bool,
        Parameter(
            name="--all",
            help="Everything of the organization before now: its tokens, and all sessions and"
            " tokens of its people in it.",
            negative="",
            show_default=False,
        ),
    ] = False,
    organization: OrganizationFlag = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Revoke an organizational token, its family, or everything of an organization. For good."""
    if everything == (which is not None):
        raise Stopped("Name one token by its id, or say --all.", Exit.NOT_UNDERSTOOD)
    if everything:
        refuse_unless(yes, "Everything that the organization and its people have would end.")
    with operating(configuration.settings) as authority:
        caller = _at(authority, organization, "revoke")
        if which is None:
            authority.revoke.all_of_organization(caller)
        elif family:
            authority.revoke.family(caller, _all(authority), _id(which))
        else:
            authority.revoke.one(caller, _all(authority), _id(which))
    if json:
        say_json({"revoked": which, "family": family, "all": everything})
    else:
        say("Revoked.")


app.command(
    verify,
    help_epilogue=examples(f"{_NAME} verify --permission SystemsRead"),
)


def _at(authority: Authority, asked: str | None, command: str) -> AtMachine:
    typed = f"{_NAME} {command}"
    return AtMachine(organization_of(authority, asked, typed).id, typed)


def _all(authority: Authority) -> Holding:
    return Holding((authority.organizational,))


def _id(text: str) -> UUID:
    parsed = parse_id(text)
    if parsed is None:
        raise Refused(Code.NOT_FOUND, "There is no such token.")
    return parsed
