"""What the routes of the gridX dialect say of themselves, with the examples of its publisher."""

from typing import Final

import msgspec

from tokenhouse.boundary import About, Success
from tokenhouse.faces.account_tokens import wire
from tokenhouse.faces.account_tokens.answers import Group, IssuedToken, Token

_ACCOUNT_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8059"
_TOKEN_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_GROUP_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8061"
_USER_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8058"
_TIMES: Final = {"createdAt": "2029-12-01T08:00:00Z", "updatedAt": "2029-12-01T08:00:00Z"}
_GROUP_EXAMPLE: Final = {
    "id": _GROUP_ID,
    "name": "Client",
    "accountID": _ACCOUNT_ID,
    **_TIMES,
    "permissions": ["SystemsRead"],
}
_COUNTED_EXAMPLE: Final = {**_GROUP_EXAMPLE, "userCount": 3}
_PATH: Final = {"account_id": _ACCOUNT_ID}
_GROUP_PATH: Final = {**_PATH, "group_id": _GROUP_ID}
_ONE: Final = {"token_id": _TOKEN_ID}
_NEXT: Final = ("Link",)


class TokenAbouts(msgspec.Struct, frozen=True):
    """What is said of the routes of one of the two token resources."""

    create: About
    page: About
    show: About
    edit: About
    revoke: About


def _abouts(what: str, bodies: wire.Bodies, user: dict[str, str], string: str) -> TokenAbouts:
    one = f"{'an' if what == 'organizational' else 'a'} {what} token"
    tag = f"gridX: {what} tokens"
    described = {
        "id": _TOKEN_ID,
        "description": "My org token" if what == "organizational" else "My laptop",
        "expiresAt": "2030-01-01T00:00:00Z",
        **_TIMES,
        "userID": user["id"],
        "user": {**user, "accountID": _ACCOUNT_ID, **_TIMES, "groups": [_GROUP_EXAMPLE]},
    }
    asked = {"description": described["description"], "expiresAt": described["expiresAt"]}
    return TokenAbouts(
        create=About(
            tag=tag,
            summary=f"Create {one}; its string is told this once.",
            text="Without `expiresAt` it never expires. "
            + (
                "Without `groups` it gets those of whoever creates it, and follows them; choosing"
                " them needs `AccountsUsersWrite` too."
                if what == "organizational"
                else "It may do what you may, and loses what you lose."
            ),
            body=bodies.draft,
            answers={201: Success(IssuedToken, ("Location",))},
            body_example=asked,
            answer_example={**described, "token": string},
        ),
        page=About(
            tag=tag,
            summary=f"List {what} tokens, active and expired ones.",
            query=wire.TOKEN_PAGE,
            answers={200: Success(list[Token], _NEXT)},
            query_example={"per_page": "20", "sort": "-createdAt"},
            answer_example=[described],
        ),
        show=About(
            tag=tag,
            summary=f"Show {one}, without its string.",
            answers={200: Success(Token)},
            path_example=_ONE,
            answer_example=described,
        ),
        edit=About(
            tag=tag,
            summary=f"Change {one}; what is not named stays as it is.",
            body=bodies.edit,
            answers={200: Success(Token)},
            path_example=_ONE,
            body_example=asked,
            answer_example=described,
        ),
        revoke=About(
            tag=tag,
            summary=f"Revoke {one}: it is refused from now on, for good.",
            answers={204: Success()},
            path_example=_ONE,
        ),
    )


_TECHNICAL: Final = "7c1b6c1e-9d1f-5c39-8a53-0a1f0de2a6b1"
ORGANIZATIONAL: Final = _abouts(
    "organizational",
    wire.ORGANIZATIONAL,
    {"id": _TECHNICAL, "email": f"{_TECHNICAL}@tokens.invalid"},
    "tho_…",
)
PERSONAL: Final = _abouts(
    "personal",
    wire.PERSONAL,
    {"id": _USER_ID, "email": "anna@nordlicht.example", "fullName": "Anna Lind"},
    "thp_…",
)
ROTATE: Final = About(
    tag=ORGANIZATIONAL.create.tag,
    summary="Rotate a token: a new one, while the old one stays good until its own expiry.",
    text="The new one expires by `lifetime` later than the old one, and has the same description"
    " and groups. A token may rotate itself.",
    query=wire.ROTATION,
    answers={201: Success(IssuedToken, ("Location",))},
    path_example=_ONE,
    query_example={"lifetime": "1M"},
    answer_example={
        **ORGANIZATIONAL.create.answer_example,
        "id": "01890a5d-ac96-774b-bcce-b302099a8062",
        "expiresAt": "2030-02-01T00:00:00Z",
    },
)

_GROUPS: Final = "gridX: policy groups"
_NEW_GROUP: Final = {"name": "Client", "permissions": ["SystemsRead"]}
PAGE_GROUPS: Final = About(
    tag=_GROUPS,
    summary="List the policy groups of an account, each with the number of its people.",
    query=wire.GROUP_PAGE,
    answers={200: Success(list[Group], _NEXT)},
    path_example=_PATH,
    answer_example=[_COUNTED_EXAMPLE],
)
CREATE_GROUP: Final = About(
    tag=_GROUPS,
    summary="Create a policy group of permissions that you hold yourself.",
    body=wire.NEW_GROUP,
    answers={201: Success(Group, ("Location",))},
    path_example=_PATH,
    body_example=_NEW_GROUP,
    answer_example=_COUNTED_EXAMPLE,
)
SHOW_GROUP: Final = About(
    tag=_GROUPS,
    summary="Show a policy group.",
    answers={200: Success(Group)},
    path_example=_GROUP_PATH,
    answer_example=_COUNTED_EXAMPLE,
)
EDIT_GROUP: Final = About(
    tag=_GROUPS,
    summary="Change a policy group; everybody who carries it follows at once.",
    body=wire.GROUP_EDIT,
    answers={200: Success(Group)},
    path_example=_GROUP_PATH,
    body_example=_NEW_GROUP,
    answer_example=_COUNTED_EXAMPLE,
)
REMOVE_GROUP: Final = About(
    tag=_GROUPS,
    summary="Remove a policy group; everybody who carries it loses it at once.",
    answers={204: Success()},
    path_example=_GROUP_PATH,
)
