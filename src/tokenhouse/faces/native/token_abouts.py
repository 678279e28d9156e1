"""What the routes of tokens say of themselves."""

from typing import Final

import msgspec

from tokenhouse.boundary import NO_CONTENT, About, Query, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import (
    ANNA,
    GROUP,
    KEPT,
    MEMBERSHIP,
    ORGANIZATION,
    SUCCESSOR,
    TOKEN,
    USED,
)
from tokenhouse.faces.native.wire import token_bodies
from tokenhouse.faces.native.wire import tokens as wire
from tokenhouse.faces.native.wire.usage import Usage
from tokenhouse.operations.tokens import Sought
from tokenhouse.operations.usage import FLUSH_SECONDS

_ORGANIZATION: Final = {"kind": "organization", "id": ORGANIZATION}
_MEMBERSHIP: Final = {"kind": "membership", "id": MEMBERSHIP}
_ONE: Final = {"token_id": TOKEN}
_UNUSED: Final = {"last_used_at": None}
_REFUSES: Final = frozenset({Code.UNPROCESSABLE})
_LISTED: Final = {200: Success(Listed[wire.Token], ("Link",))}
_SHOWN: Final = {200: Success(wire.Token, ("ETag",))}
_ISSUED: Final = {201: Success(wire.IssuedToken, ("Location", "ETag"))}
_LIST_TEXT: Final = (
    "Revoked and superseded ones stay listed; `state` is what each is now. A filter looks at 1,000"
    " tokens at most: a slice may then be short, even empty, and still have a `next_cursor`."
)


_USED: Final = {
    "accepted": 288,
    "insufficient": 1,
    "expired": 0,
    "ended": 0,
    "suspended": 0,
    "not_yet_valid": 0,
}
_USAGE: Final = {
    "last_used_at": USED,
    "late_seconds": int(FLUSH_SECONDS),
    "hours": [{"since": "2029-12-24T18:00:00Z", **_USED, "accepted": 12}],
    "days": [{"since": "2029-12-24T00:00:00Z", **_USED}],
}


class Abouts(msgspec.Struct, frozen=True):
    """What is said of the routes of one resource."""

    list: About
    issue: About
    show: About
    usage: About
    edit: About
    revoke: About
    rotate: About
    family: About


def _abouts(
    tag: str,
    bodies: token_bodies.Bodies,
    query: Query[Sought],
    example: dict[str, object],
    issuing: str,
) -> Abouts:
    string = "tho_…" if "number" in example else "thp_…"
    return Abouts(
        list=About(
            tag=tag,
            summary="List tokens, the newest first.",
            text=_LIST_TEXT,
            query=query,
            answers=_LISTED,
            query_example={"state": "active", "limit": "20"},
            answer_example={"data": [example]},
        ),
        issue=_issue(tag, bodies, example, string, issuing),
        show=About(
            tag=tag,
            summary="Show a token, without its string.",
            answers=_SHOWN,
            path_example=_ONE,
            answer_example=example,
        ),
        usage=About(
            tag=tag,
            summary="Tell how often a token was presented, and what came of it.",
            text="A token counts once in each request, wherever it was presented or asked about.",
            answers={200: Success(Usage)},
            path_example=_ONE,
            answer_example=_USAGE,
        ),
        edit=_edit(tag, bodies, example),
        revoke=About(
            tag=tag,
            summary="Revoke a token: it is refused from now on, for good.",
            text="Its predecessors and successors go on, but those of a limited personal token,"
            " which ends with its family. Doing so again changes nothing.",
            answers=NO_CONTENT,
            path_example=_ONE,
        ),
        rotate=_rotate(tag, example, string),
        family=About(
            tag=tag,
            summary="Revoke a token with all its predecessors and successors.",
            answers=NO_CONTENT,
            path_example=_ONE,
        ),
    )


def _issue(
    tag: str, bodies: token_bodies.Bodies, example: dict[str, object], string: str, issuing: str
) -> About:
    fields = ("description", "lifetime", "addresses", "audience")
    asked = {**example, "lifetime": "P90D"}
    return About(
        tag=tag,
        summary="Issue a token, its string told this once.",
        text=issuing,
        body=bodies.draft,
        answers=_ISSUED,
        body_example={name: asked[name] for name in fields},
        answer_example={**example, **_UNUSED, "token": string},
    )


def _edit(tag: str, bodies: token_bodies.Bodies, example: dict[str, object]) -> About:
    return About(
        tag=tag,
        summary="Change what may change of a token: what is not named stays as it is.",
        text="Nothing changes of a revoked token, nor of a session.",
        body=bodies.edit,
        answers=_SHOWN,
        refuses=_REFUSES,
        path_example=_ONE,
        body_example={"description": example["description"]},
        answer_example=example,
    )


def _rotate(tag: str, example: dict[str, object], string: str) -> About:
    return About(
        tag=tag,
        summary="Rotate a token: a new one takes its place, with all that it may do.",
        text="The old one stays good until its own expiry, or for `overlap`; `PT0S` ends it at"
        " once, and so does no `overlap` where it is a limited personal token. A token that rotates"
        " itself leaves itself `PT10M` at least, to ask again for an answer that was lost."
        " `lifetime` is added to the old expiry, `expires_at` sets a new one, which is the only way"
        " to succeed an expired token. The new one has the same groups, networks, audience, and"
        " list or predefined set.",
        body=token_bodies.ROTATION,
        answers=_ISSUED,
        refuses=_REFUSES,
        path_example=_ONE,
        body_example={"overlap": "P1D", "lifetime": "P90D"},
        answer_example={
            **example,
            **_UNUSED,
            "id": SUCCESSOR,
            "predecessor": TOKEN,
            "expires_at": "2030-04-01T00:00:00Z",
            "token": string,
        },
    )


def _example(kind: str, holder: dict[str, str], **own: object) -> dict[str, object]:
    return {
        "id": TOKEN,
        "kind": kind,
        "state": "active",
        "holder": holder,
        **own,
        "hint": "Qm3x",
        "addresses": ["192.0.2.0/24"],
        "audience": "https://api.nordlicht.example",
        "family": TOKEN,
        "predecessor": None,
        "made_by": ANNA["id"],
        **KEPT,
        "expires_at": "2030-01-01T00:00:00Z",
        "superseded_at": None,
        "revoked_at": None,
        "last_used_at": USED,
    }


_EXPIRY: Final = "Without `expires_at` and `lifetime` it never expires."
_MINE: Final = _example("personal", _MEMBERSHIP, description="My laptop")
OF_ORGANIZATION: Final = _abouts(
    "Tokens",
    token_bodies.ORGANIZATIONAL,
    wire.TOKEN_LIST,
    _example(
        "organizational",
        _ORGANIZATION,
        number=17,
        description="nightly report",
        groups=[GROUP],
    ),
    f"{_EXPIRY} Without `groups` it gets those of whoever issues it; choosing them needs"
    " `AccountsUsersWrite` too.",
)
OWN: Final = _abouts(
    "My tokens",
    token_bodies.PERSONAL,
    wire.TOKENS_OF_PERSON,
    _MINE,
    f"{_EXPIRY} It may do what you may, and loses what you lose. With `permissions`, a list of"
    " some that you hold, or with `predefined_set`, whose list it follows, it is a limited personal"
    " token: what else you may, it may not.",
)

_PEOPLE: Final = "Tokens of people"
_MEMBER: Final = {"membership_id": _MEMBERSHIP["id"]}
LIST_OF_MEMBER: Final = About(
    tag=_PEOPLE,
    summary="List the tokens and sessions that a person has in your organization.",
    text=_LIST_TEXT,
    query=wire.TOKENS_OF_PERSON,
    answers=_LISTED,
    path_example=_MEMBER,
    answer_example={"data": [_MINE]},
)
REVOKE_OF_MEMBER: Final = About(
    tag=_PEOPLE,
    summary="Revoke a token of a person, or end a session; the person is told.",
    answers=NO_CONTENT,
    path_example={**_MEMBER, **_ONE},
)
