"""What a person signs in with: changing it, and getting back in who has lost it."""

from typing import Final

from msgspec.structs import replace

from tokenhouse.boundary import (
    NO_CONTENT,
    NOTHING,
    About,
    Answer,
    Asked,
    Request,
    Route,
    Success,
    answered,
)
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import BEA, LINK, MEMBERSHIP
from tokenhouse.faces.native.wire import accounts as wire
from tokenhouse.faces.native.wire import links
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.faces.native.wire.sessions import named
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller

_TAG: Final = "Passwords and recovery"
_OWN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_WRITES: Final = replace(_OWN, permissions=frozenset({"AccountsUsersWrite"}))
_OPERATES: Final = replace(_OWN, permissions=frozenset({"OrganizationsWrite"}))


def _change_password(authority: Authority, request: Request, caller: Caller) -> Answer:
    delay = authority.change_password(caller, wire.read_password(request))
    return replace(NOTHING, delay=delay)


def _change_email(authority: Authority, request: Request, caller: Caller) -> Answer:
    membership_id = read_id(request, "membership_id", "membership")
    expected, email = expected_version(request), wire.EMAIL.read(request).email
    return wire.write_member(authority.change_email(caller, membership_id, email, expected))


def _recover_member(authority: Authority, request: Request, caller: Caller) -> Answer:
    membership_id = read_id(request, "membership_id", "membership")
    made = authority.recover.of_member(caller, membership_id)
    return links.write_recovery(authority.deployment.issuer, made)


def _recover_person(authority: Authority, request: Request, caller: Caller) -> Answer:
    person_id = read_id(request, "person_id", "person")
    made = authority.recover.of_person(caller, person_id)
    return links.write_recovery(authority.deployment.issuer, made)


def _redeem(authority: Authority, request: Request, _: Caller | None) -> Answer:
    person = authority.redeem(links.read_redemption(request))
    return answered(200, links.Recovered(named(person)))


_RECOVERY: Final = {
    "id": LINK,
    "link": "https://tokens.example.com/console/recovery#thu_…",
    "expires_at": "2030-01-02T00:00:00Z",
}
_RECOVERABLE: Final = {201: Success(links.Recovery)}

ROUTES: Final = (
    Route(
        "POST",
        "/v1/me/password",
        Asked(_change_password),
        _OWN,
        about=About(
            tag=_TAG,
            summary="Change your own password; every other session of yours ends.",
            text="The current one is counted and slowed as a sign-in is, and so is a second factor,"
            " which you show if you have one: `code`, or `passkey` with the answer to a challenge"
            " for this request. Personal tokens live on unless `end_personal_tokens` is true.",
            body=wire.PASSWORD,
            answers=NO_CONTENT,
            refuses=frozenset({Code.TOO_MANY}),
            body_example={"current": "what you have", "new": "what you chose"},
        ),
    ),
    Route(
        "PUT",
        "/v1/memberships/{membership_id}/email",
        Asked(_change_email),
        _WRITES,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Change the e-mail that a member signs in with.",
            text="For people of your organization alone, who may do nothing that you may not; for"
            " all others an operator does. The person is told. Recovery links that are under way"
            " end. `If-Match` takes the membership's `ETag`.",
            body=wire.EMAIL,
            answers={200: Success(wire.Reachable, headers=("ETag",))},
            body_example={"email": BEA["email"]},
            answer_example={"membership": MEMBERSHIP, "person": BEA},
        ),
    ),
    Route(
        "POST",
        "/v1/memberships/{membership_id}/recovery",
        Asked(_recover_member),
        _WRITES,
        about=About(
            tag=_TAG,
            summary="Make a recovery link for a member who has lost the password.",
            text="For people of your organization alone, who may do nothing that you may not; for"
            " all others an operator does. The same is asked again when the link is used.",
            answers=_RECOVERABLE,
            answer_example=_RECOVERY,
        ),
    ),
    Route(
        "POST",
        "/v1/people/{person_id}/recovery",
        Asked(_recover_person),
        _OPERATES,
        about=About(
            tag=_TAG,
            summary="Make a recovery link for anybody but yourself.",
            text="For operators.",
            answers=_RECOVERABLE,
            answer_example=_RECOVERY,
        ),
    ),
    Route(
        "POST",
        "/v1/recoveries/redeem",
        _redeem,
        about=About(
            tag=_TAG,
            summary="Set your password, with the code behind `#` in a recovery link.",
            text="All of your sessions end, and personal tokens if `end_personal_tokens` is true."
            " A link that is not good gets one same 401, whatever the cause. It stands in for the"
            " password alone: if you have a second factor, show it as `factor_code` or `passkey`.",
            body=links.REDEMPTION,
            answers={200: Success(links.Recovered)},
            refuses=frozenset({Code.UNAUTHENTICATED, Code.SECOND_FACTOR, Code.TOO_MANY}),
            body_example={"code": "thu_…", "password": "what you chose"},
            answer_example={"person": BEA},
        ),
    ),
)
