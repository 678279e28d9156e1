"""How the native API spells arguments, results and refusals. Pure: bytes in, bytes out."""

from typing import Final, TypeAlias
from uuid import UUID

import msgspec
from msgspec import UnsetType

from tokenhouse.boundary import Answer, Fields, Request, problem
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.moment import SECOND, format_moment
from tokenhouse.core.permission import NOTHING
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.core.standing import subject
from tokenhouse.operations.ask import Question, Told
from tokenhouse.operations.sign_in import Credentials, SignedIn

Json: TypeAlias = "str | int | bool | UUID | list[Json] | dict[str, Json] | None"

MAX_EMAIL: Final = 320
MAX_PASSWORD: Final = 1024

_JSON: Final = "application/json"
_GATE: Final = "/v1/verify"
_GATE_KNOWS: Final = frozenset({401, 403, 404, 405})


def refuse(request: Request, refusal: Refused | Unavailable) -> Answer:
    """A problem (RFC 9457). Of a gateway's question, whatever is wrong with it is a 403.

    nginx passes 401 and 403 on to its client and makes a 500 of every other refusal.
    """
    if isinstance(refusal, Refused) and _is_gateways(request):
        known = problem.STATUS[refusal.code] in _GATE_KNOWS
        refusal = refusal if known else Refused(Code.FORBIDDEN, refusal.public)
    return problem.refuse(request, refusal)


def _is_gateways(request: Request) -> bool:
    asked = request.path == _GATE or request.path.startswith(f"{_GATE}/")
    return asked and request.method in {"GET", "HEAD"}


def read_credentials(request: Request) -> Credentials:
    """E-mail, password and, if wanted, the id of the organization to sign in to."""
    fields = Fields(request, frozenset({"email", "password", "organization"}))
    fields.require("email", "password")
    email = fields.text("email", MAX_EMAIL)
    password = fields.text("password", MAX_PASSWORD)
    organization_id = fields.one_id("organization")
    fields.done()
    assert not isinstance(email, UnsetType)
    assert not isinstance(password, UnsetType)
    wanted = None if isinstance(organization_id, UnsetType) else organization_id
    return Credentials(email, Secret(password), wanted, request.address)


def write_signed_in(signed_in: SignedIn) -> Answer:
    """201 with the session token, for the only time."""
    token, standing = signed_in.token, signed_in.standing
    assert token.expires_at is not None
    assert standing.person is not None
    body: Json = {
        "id": token.id,
        "token": signed_in.secret.reveal(),
        "token_type": "Bearer",
        "expires_at": format_moment(token.expires_at),
        "expires_in": token.expires_at // SECOND - token.created_at // SECOND,
        "person": {
            "id": standing.person.id,
            "email": standing.person.email,
            "full_name": standing.person.full_name,
        },
        "organization": {
            "id": standing.organization.id,
            "name": standing.organization.name,
        },
    }
    return Answer(201, msgspec.json.encode(body), _JSON, delay=signed_in.delay)


def read_question(request: Request) -> Question:
    """The token asked about, and the permissions that it would need."""
    fields = Fields(request, frozenset({"token", "permissions"}))
    fields.require("token")
    text = fields.text("token", MAX_CHARACTERS)
    demanded = fields.permissions("permissions")
    fields.done()
    assert not isinstance(text, UnsetType)
    return Question(Secret(text), NOTHING if isinstance(demanded, UnsetType) else demanded)


def write_told(told: Told, identity: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A verdict: what a token is worth, why, and how long the answer may be kept.

    `identity`: the headers that say the same to a gateway, which reads no body.
    """
    verdict = told.verdict
    body: dict[str, Json] = {"active": verdict.active, "allowed": verdict.allowed}
    if verdict.reason is not None:
        body["reason"] = verdict.reason.value
    if verdict.missing:
        body["missing"] = [*sorted(verdict.missing)]
    if verdict.active and verdict.found is not None:
        token = verdict.found.token
        body |= {
            "id": token.id,
            "kind": token.kind,
            "subject": subject(verdict.found),
            "organization": token.organization_id,
            "permissions": [*sorted(verdict.permissions)],
            "expires_at": format_moment(token.expires_at) if token.expires_at else None,
        }
    body["as_of"] = format_moment(told.as_of)
    body["fresh_ms"] = told.fresh_ms
    return Answer(200, msgspec.json.encode(body), _JSON, identity)
