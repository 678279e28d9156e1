"""What the methods of the dialect say of themselves."""

from typing import Any, Final

from tokenhouse.boundary import About, Form, Success
from tokenhouse.faces.session_parameter.wire import parameters, sessions, tokens
from tokenhouse.faces.session_parameter.wire.results import Done

_SIGN_IN: Final = "Virtuozzo: sessions"
_TOKENS: Final = "Virtuozzo: tokens for API methods"
_OK: Final = {"result": 0}
_SESSION_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8070"
_SET: Final = {
    "id": 2,
    "name": "IDE Plugins",
    "apiListItems": ["environment.control.GetEnvs", "environment.control.StopEnv"],
}
_NEW: Final = {
    "id": 4,
    "description": "nightly stop",
    "expiresAt": "2030-01-01 00:00:00",
    "isSystem": False,
    "apiListItems": ["environment.control.StopEnv"],
}
_TOKEN: Final = {**_NEW, "lastUsed": "2029-12-31 22:00:00"}
_PASSWORD: Final = {"password": "what you chose"}
_WITH_VALUE: Final = {"result": 0, "token": {**_NEW, "key": "thl_…"}}


def _about(  # noqa: PLR0917 -- what there is to say of a method, and nothing else
    tag: str,
    summary: str,
    form: Form[Any],
    answer: type,
    asked: dict[str, str],
    answered: dict[str, Any],
    text: str = "",
) -> About:
    return About(
        tag=tag,
        summary=summary,
        text=text,
        answers={200: Success(answer)},
        form=form,
        query_example=asked,
        answer_example=answered,
    )


SIGN_IN: Final = _about(
    _SIGN_IN,
    "Sign in: the answer holds a session, told this once.",
    sessions.SIGN_IN,
    sessions.Session,
    {"login": "anna@nordlicht.example", **_PASSWORD},
    {
        **_OK,
        "session": "ths_…",
        "uid": 2,
        "email": "anna@nordlicht.example",
        "name": "Anna Lind",
    },
    "Every failing sign-in gets one same answer; behind the right password whoever has a second"
    " factor is asked for its `code` by `requiredAuthCheck`. Tokens work without one.",
)
SIGN_OUT: Final = _about(
    _SIGN_IN, "Sign out: the session ends at once.", parameters.NOTHING, Done, {}, _OK
)
CHECK: Final = _about(
    _SIGN_IN,
    "Tell whether a session or token is good.",
    parameters.NOTHING,
    sessions.Signed,
    {},
    {**_OK, "uid": 2, "accessType": "session"},
)
SESSIONS: Final = _about(
    _SIGN_IN,
    "List your sessions that have not ended.",
    parameters.NOTHING,
    sessions.Sessions,
    {},
    {
        **_OK,
        "sessions": [
            {
                "id": _SESSION_ID,
                "created": "2029-12-01 08:00:00",
                "expiresAt": "2029-12-01 20:00:00",
            }
        ],
    },
)
END: Final = _about(
    _SIGN_IN,
    "End sessions of yours; an asterisk ends all, this one too.",
    sessions.SIGN_OUT,
    Done,
    {"ids": _SESSION_ID},
    _OK,
)
WHOSE: Final = _about(
    _SIGN_IN,
    "Tell whose a session or token is.",
    parameters.NOTHING,
    sessions.Whose,
    {},
    {
        **_OK,
        "uid": 2,
        "email": "anna@nordlicht.example",
        "name": "Anna Lind",
        "displayName": "Anna Lind",
    },
)
CREATE: Final = _about(
    _TOKENS,
    "Create a token for some API methods; its string is told this once, as its key.",
    parameters.CREATE,
    tokens.TokenResult,
    {
        "description": "nightly stop",
        "apiList": "environment.control.StopEnv",
        "expiresAt": "31-12-2029",
        **_PASSWORD,
    },
    _WITH_VALUE,
    "Send either `tokenTemplate`, an API set that the token follows from then on, or `apiList`.",
)
EDIT: Final = _about(
    _TOKENS,
    "Change a token; what is not sent stays as it is.",
    parameters.EDIT,
    tokens.TokenResult,
    {"id": "4", "description": "nightly stop", **_PASSWORD},
    {"result": 0, "token": _TOKEN},
    "A new `expiresAt` for an expired token ends its old string for good: regenerate it then.",
)
REGENERATE: Final = _about(
    _TOKENS,
    "Give a token a new string; the old one stops at once.",
    parameters.REGENERATE,
    tokens.TokenResult,
    {"id": "4", **_PASSWORD},
    _WITH_VALUE,
    "Everything else stays. An expired token needs a new `expiresAt`.",
)
DELETE: Final = _about(
    _TOKENS,
    "Remove tokens; an asterisk removes all. With an unknown id none is removed.",
    parameters.DELETE,
    Done,
    {"ids": "4", **_PASSWORD},
    _OK,
)
LIST: Final = _about(
    _TOKENS,
    "List your tokens, active and expired ones.",
    parameters.LIST,
    tokens.Tokens,
    {"ids": "4"},
    {"result": 0, "apiTokens": [_TOKEN]},
)
TEMPLATES: Final = _about(
    _TOKENS,
    "List the API sets that a token can follow.",
    parameters.NOTHING,
    tokens.Templates,
    {},
    {"result": 0, "templates": [_SET]},
)
API_LIST: Final = _about(
    _TOKENS,
    "List the API methods that a token can be given.",
    parameters.API_LIST,
    tokens.ApiList,
    {"search": "stop"},
    {
        "result": 0,
        "tokenPermissions": [
            {
                "name": "environment.control.StopEnv",
                "description": "Stop all containers of an environment.",
                "docsUrl": "https://docs.jelastic.com/api/",
            }
        ],
    },
    "`showPrivate=true` adds the permissions of Tokenhouse itself.",
)
