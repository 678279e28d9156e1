"""`tokenhouse token`: list, show, usage, issue, rotate, revoke, verify."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

from cyclopts import App, Parameter

from tokenhouse.boundary import parse_id
from tokenhouse.cli.choosing import acting_in, groups_named
from tokenhouse.cli.exits import Exit, Stopped
from tokenhouse.cli.flags import (
    GroupsFlag,
    Json,
    OrganizationFlag,
    Yes,
    examples,
    flag,
    of_deployment,
    refuse_unless,
    switch,
)
from tokenhouse.cli.handing import Out, handing
from tokenhouse.cli.lists import whole
from tokenhouse.cli.opening import operating
from tokenhouse.cli.say import say, say_json
from tokenhouse.cli.showing import TOKENS
from tokenhouse.cli.usage import say_usage
from tokenhouse.cli.verifying import verify
from tokenhouse.cli.wishes import (
    Address,
    Audience,
    ExpiresAt,
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
from tokenhouse.operations.changes import Stretch
from tokenhouse.operations.describe import Described
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.sliced import Sliced
from tokenhouse.operations.tokens import Sought

_NAME: Final = "tokenhouse token"
_EXAMPLE: Final = "0190a5c4-7e1a-7000-8000-0123456789ab"

app = App(
    name="token",
    help="List, issue, rotate, revoke and verify tokens.",
    help_epilogue=examples(f"{_NAME} list", f"{_NAME} issue --help"),
)

_ID: Final = flag("The token's id.", "ID")
Which: TypeAlias = Annotated[str, _ID]


@app.command(name="list", help_epilogue=examples(f"{_NAME} list --state active --search report"))
@of_deployment
def list_tokens(
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    state: State = None,
    search: Search = None,
    json: Json = False,
) -> None:
    """Show the organizational tokens of an organization, newest first, whatever their state."""
    with operating(configuration.settings) as authority:
        caller, holding = acting_in(authority, organization, f"{_NAME} list"), _all(authority)

        def slice_of(stretch: Stretch) -> Sliced[Described]:
            sought = Sought(stretch.size, state=state, search=search, after=stretch.after)
            return authority.tokens.page(caller, holding, sought)

        listed = whole(slice_of)
    TOKENS.say_all(listed, json=json)


@app.command(help_epilogue=examples(f"{_NAME} show {_EXAMPLE}"))
@of_deployment
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
        caller = acting_in(authority, organization, f"{_NAME} show")
        described = authority.tokens.one(caller, _all(authority), _id(which))
    TOKENS.say_one(described, json=json)


@app.command(help_epilogue=examples(f"{_NAME} usage {_EXAMPLE}"))
@of_deployment
def usage(
    which: Which,
    /,
    *,
    configuration: Configuration,
    organization: OrganizationFlag = None,
    json: Json = False,
) -> None:
    """Show how often an organizational token was presented, by the day and by the hour."""
    with operating(configuration.settings) as authority:
        caller = acting_in(authority, organization, f"{_NAME} usage")
        told = authority.token_usage(caller, _all(authority), _id(which))
    say_usage(told, json=json)


@app.command(
    help_epilogue=examples(
        f"{_NAME} issue --description report --group Metering --lifetime P90D",
        f"{_NAME} issue --description gateway --group Gateway --out gw.token",
    )
)
@of_deployment
def issue(
    *,
    configuration: Configuration,
    description: Annotated[str, flag("What it is for.", "TEXT")],
    groups: GroupsFlag = (),
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
        caller = acting_in(authority, organization, f"{_NAME} issue")
        carried = groups_named(authority, caller, groups)
        draft = Draft(description, ends, carried, addresses, audience)
        hand(authority.issue(caller, authority.organizational, draft))


@app.command(
    help_epilogue=examples(
        f"{_NAME} rotate {_EXAMPLE} \\", "  --overlap P7D --lifetime P90D --out gateway.token"
    )
)
@of_deployment
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
        caller = acting_in(authority, organization, f"{_NAME} rotate")
        hand(authority.rotate(caller, _all(authority), _id(which), expiry, until))


@app.command(
    help_epilogue=examples(
        f"{_NAME} revoke {_EXAMPLE}",
        f"{_NAME} revoke --all --organization Nordlicht --yes",
    )
)
@of_deployment
def revoke(
    which: Annotated[str | None, _ID] = None,
    /,
    *,
    configuration: Configuration,
    family: Annotated[bool, switch("With all it succeeds, and all its successors.")] = False,
    everything: Annotated[
        bool,
        switch(
            "Everything of the organization before now: its tokens, and all sessions and tokens of"
            " its people in it.",
            name="--all",
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
        caller = acting_in(authority, organization, f"{_NAME} revoke")
        if which is None:
            authority.revoke_all.of_organization(caller)
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


def _all(authority: Authority) -> Holding:
    return Holding((authority.organizational,))


def _id(text: str) -> UUID:
    parsed = parse_id(text)
    if parsed is None:
        raise Refused(Code.NOT_FOUND, "There is no such token.")
    return parsed
