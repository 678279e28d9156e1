"""What the methods about tokens take, as clients of this dialect send it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from tokenhouse.boundary import Form
from tokenhouse.boundary.sorts import SecretText, Sort, Text
from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import Moment
from tokenhouse.core.permission import Permission
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.faces.session_parameter.wire.sorts import ALL, Day, Methods, Number, Numbers
from tokenhouse.operations.confirm import Confirmation
from tokenhouse.operations.second_factor import Presented

IGNORED: Final = frozenset({"session", "appid", "charset", "fid", "actionkey", "hx_lang", "ruk"})
"""What clients send to every method, and what means nothing here; `session` was read before."""

MAX_DESCRIPTION: Final = 500
MAX_TEMPLATE: Final = 100
MAX_SEARCH: Final = 120
MAX_PASSWORD: Final = 1024
MAX_CODE: Final = 64


class Chosen(msgspec.Struct, frozen=True):
    """What a token is limited to, as it was typed: a predefined set, or a list of methods."""

    template: str | None
    names: tuple[str, ...] | None


class Wanted(msgspec.Struct, frozen=True):
    """What a token is to be. What was not sent is None."""

    number: int | None
    description: str | None
    expires_at: Moment | None
    chosen: Chosen
    confirmation: Confirmation


def _by(password: Secret, code: Secret | None) -> Confirmation:
    return Confirmation(password, Presented(code))


def _wanted(  # noqa: PLR0917 -- called with names
    password: Secret,
    number: int | None = None,
    description: str | None = None,
    expires_at: Moment | None = None,
    template: str | None = None,
    names: tuple[str, ...] | None = None,
    code: Secret | None = None,
) -> Wanted:
    if template is not None and names is not None:
        problem = Problem("apiList", "cannot stand beside tokenTemplate")
        raise Refused(Code.MALFORMED, "Send one of the two.", (problem,))
    return Wanted(number, description, expires_at, Chosen(template, names), _by(password, code))


_INTO: Final = {
    "id": "number",
    "ids": "number",
    "expiresAt": "expires_at",
    "tokenTemplate": "template",
    "apiList": "names",
}
_PASSWORD: Final = {"password": SecretText(MAX_PASSWORD), "code": SecretText(MAX_CODE)}
_ABOUT: Final[Mapping[str, Sort]] = {
    "description": Text(MAX_DESCRIPTION),
    "expiresAt": Day(),
    "tokenTemplate": Text(MAX_TEMPLATE, empty=False),
    "apiList": Methods(),
}


def _form(fields: Mapping[str, Sort], required: tuple[str, ...] = ()) -> Form[Wanted]:
    into = {name: attribute for name, attribute in _INTO.items() if name in fields}
    several = frozenset({"apiList"} & fields.keys())
    return Form(_wanted, fields, required, into, IGNORED, several)


CREATE: Final = _form({**_ABOUT, **_PASSWORD}, ("description", "password"))
EDIT: Final = _form({"id": Number(), **_ABOUT, **_PASSWORD}, ("id", "password"))
_NEW_VALUE: Final[Mapping[str, Sort]] = {"expiresAt": Day(), **_PASSWORD}


class Renewal(msgspec.Struct, frozen=True):
    """A token that is to get a new value, and the expiry of that where it gets another."""

    number: int
    expires_at: Moment | None
    confirmation: Confirmation


def _renewal(
    password: Secret,
    id: int | None = None,  # noqa: A002 -- the dialect's word
    ids: int | None = None,
    expires_at: Moment | None = None,
    code: Secret | None = None,
) -> Renewal:
    if id is None and ids is None:
        raise Refused(Code.MALFORMED, "Say which token.", (Problem("id", "is required"),))
    if id is not None and ids is not None:
        raise Refused(Code.MALFORMED, "Say it once.", (Problem("ids", "cannot stand beside id"),))
    return Renewal(id or ids or 0, expires_at, _by(password, code))


REGENERATE: Final = Form(
    _renewal,
    {"id": Number(), "ids": Number(), **_NEW_VALUE},
    ("password",),
    into={"expiresAt": "expires_at"},
    ignored=IGNORED,
)


class Removal(msgspec.Struct, frozen=True):
    """The tokens that are to go; None: all."""

    numbers: tuple[int, ...] | None
    confirmation: Confirmation


def _removal(ids: tuple[int, ...] | str, password: Secret, code: Secret | None = None) -> Removal:
    return Removal(None if isinstance(ids, str) else ids, _by(password, code))


DELETE: Final = Form(
    _removal, {"ids": Numbers(), **_PASSWORD}, ("ids", "password"), ignored=IGNORED
)


def _numbers(ids: tuple[int, ...] | str = ALL) -> tuple[int, ...] | None:
    return None if isinstance(ids, str) else ids


LIST: Final = Form(_numbers, {"ids": Numbers()}, ignored=IGNORED)
NOTHING: Final = Form(lambda: None, {}, ignored=IGNORED)


class Search(msgspec.Struct, frozen=True):
    """Which methods are listed: those whose name or description has the text in it."""

    text: str
    private: bool

    def finds(self, permission: Permission) -> bool:
        """Tell whether a method is among those that are sought."""
        text = f"{permission.name} {permission.title} {permission.description}"
        return self.text in text.casefold()


def _search(search: str = "", show_private: str = "") -> Search:
    return Search(search.casefold(), show_private.casefold() in {"true", "1"})


API_LIST: Final = Form(
    _search,
    {"search": Text(MAX_SEARCH), "showPrivate": Text(MAX_SEARCH)},
    into={"showPrivate": "show_private"},
    ignored=IGNORED | {"sortParam"},
)
