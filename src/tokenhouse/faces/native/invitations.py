"""Who is invited, and accepting it."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import BEA, GROUP, LINK, MEMBERSHIP, NORDLICHT
from tokenhouse.faces.native.wire import links as wire
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Invitations"
_READS: Final = Demand(Door.MANAGEMENT, frozenset({"AccountsUsersRead"}))
_WRITES: Final = Demand(Door.MANAGEMENT, frozenset({"AccountsUsersWrite"}))
_OPERATES: Final = Demand(Door.MANAGEMENT, frozenset({"OrganizationsWrite"}), asker=Asker.SIGNED_IN)


def _invite(authority: Authority, request: Request, caller: Caller) -> Answer:
    made = authority.invite(caller, wire.DRAFT.read(request))
    return wire.write_invited(authority.deployment.issuer, made)


def _invite_into(authority: Authority, request: Request, caller: Caller) -> Answer:
    organization_id = read_id(request, "organization_id", "organization")
    made = authority.invite.into(caller, organization_id, wire.DRAFT.read(request))
    return wire.write_invited(authority.deployment.issuer, made)


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    listed = authority.invite.page(caller, wire.read_stretch(request))
    return wire.write_invitations(request, listed)


def _withdraw(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.invite.withdraw(caller, read_id(request, "invitation_id", "invitation"))
    return NOTHING


def _accept(authority: Authority, request: Request, _: Caller | None) -> Answer:
    return wire.write_joined(authority.accept(wire.read_acceptance(request)))


_BODY: Final = {
    "email": BEA["email"],
    "full_name": BEA["full_name"],
    "groups": [GROUP],
}
_KEPT: Final = {
    "id": LINK,
    **_BODY,
    "created_at": "2030-01-01T00:00:00Z",
    "expires_at": "2030-01-08T00:00:00Z",
}
_INVITED: Final = _KEPT | {"link": "https://tokens.example.com/console/invitation#thu_…"}
_MADE: Final = {201: Success(wire.Invitation)}

ROUTES: Final = (
    Route(
        "POST",
        "/v1/invitations",
        Asked(_invite),
        _WRITES,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Invite somebody into your organization.",
            text="Hand `link` to whom it is for: it is told this once, and good for 7 days. The"
            " answer is the same whether the e-mail is known here or not. It rests on your right"
            " to invite, which is looked at again when it is used.",
            body=wire.DRAFT,
            answers=_MADE,
            refuses=frozenset({Code.ALREADY_DONE}),
            body_example=_BODY,
            answer_example=_INVITED,
        ),
    ),
    Route(
        "GET",
        "/v1/invitations",
        Asked(_list),
        _READS,
        about=About(
            tag=_TAG,
            summary="List the invitations that nobody has used, the newest first.",
            query=wire.INVITATIONS,
            answers={200: Success(Listed[wire.Invitation], headers=("Link",))},
            answer_example={"data": [_KEPT]},
        ),
    ),
    Route(
        "DELETE",
        "/v1/invitations/{invitation_id}",
        Asked(_withdraw),
        _WRITES,
        about=About(
            tag=_TAG,
            summary="Withdraw an invitation: its link is good no longer.",
            answers=NO_CONTENT,
        ),
    ),
    Route(
        "POST",
        "/v1/organizations/{organization_id}/invitations",
        Asked(_invite_into),
        _OPERATES,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Invite somebody into any organization, such as its first administrator.",
            text="For operators. Without `groups` it is into the organization's Administrator.",
            body=wire.DRAFT,
            answers=_MADE,
            refuses=frozenset({Code.ALREADY_DONE}),
            body_example={"email": BEA["email"]},
            answer_example=_INVITED,
        ),
    ),
    Route(
        "POST",
        "/v1/invitations/accept",
        _accept,
        about=About(
            tag=_TAG,
            summary="Accept an invitation, with the code behind `#` in its link.",
            text="Who is new here chooses a password and says his name; who has a password here"
            " already shows it, and a second factor if there is one: `factor_code` or `passkey`."
            " A link that is not good gets one same 401, whatever the cause.",
            body=wire.ACCEPTANCE,
            answers={201: Success(wire.Joined)},
            refuses=frozenset(
                {
                    Code.UNAUTHENTICATED,
                    Code.SECOND_FACTOR,
                    Code.ALREADY_DONE,
                    Code.TOO_MANY,
                }
            ),
            body_example={
                "code": "thu_…",
                "password": "what you chose",
                "full_name": BEA["full_name"],
            },
            answer_example={
                "membership": MEMBERSHIP,
                "person": BEA,
                "organization": NORDLICHT,
            },
        ),
    ),
)
