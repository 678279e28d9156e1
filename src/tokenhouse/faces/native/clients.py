"""Clients of the caller's organization, and their secrets."""

from typing import Final

from tokenhouse.boundary import NO_CONTENT, NOTHING, About, Answer, Asked, Request, Route, Success
from tokenhouse.boundary.cursor import Listed
from tokenhouse.boundary.precondition import expected_version
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door
from tokenhouse.core.refusal import Code
from tokenhouse.faces.native.examples import CLIENT, GROUP, KEPT, MADE, SECRET
from tokenhouse.faces.native.wire import clients as wire
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.changes import Stretch

_TAG: Final = "Clients"
_READ: Final = Demand(Door.MANAGEMENT, frozenset({"ClientsRead"}))
_WRITE: Final = Demand(Door.MANAGEMENT, frozenset({"ClientsWrite"}))
_ALL: Final = "/v1/clients"
_ONE: Final = "/v1/clients/{client}"
_SECRETS: Final = "/v1/clients/{client}/secrets"


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    part = wire.SLICED.read(request)
    listed = authority.clients.page(caller, Stretch(part.limit, part.after))
    return wire.write_clients(request, listed)


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    registered = authority.clients.create(caller, wire.NEW.read(request))
    location = ("location", f"{_ALL}/{registered.client.id}")
    return wire.write_registered(registered, (location,))


def _show(authority: Authority, request: Request, caller: Caller) -> Answer:
    return wire.write_client(authority.clients.one(caller, wire.read_client(request)))


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    client, expected = wire.read_client(request), expected_version(request)
    terms = wire.EDIT.read(request)
    return wire.write_client(authority.clients.edit(caller, client, terms, expected))


def _remove(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.clients.remove(caller, wire.read_client(request))
    return NOTHING


def _revoke(authority: Authority, request: Request, caller: Caller) -> Answer:
    authority.clients.revoke(caller, wire.read_client(request))
    return NOTHING


def _add_secret(authority: Authority, request: Request, caller: Caller) -> Answer:
    added = authority.client_secrets.add(caller, wire.read_client(request))
    return wire.write_registered(added)


def _remove_secret(authority: Authority, request: Request, caller: Caller) -> Answer:
    client, secret = wire.read_client(request), wire.read_secret(request)
    authority.client_secrets.remove(caller, client, secret)
    return NOTHING


_PATH: Final = {"client": CLIENT}
_ASKED: Final = {"label": "Customer portal", "grants": ["password", "refresh_token"]}
_ANSWER: Final = {
    "id": CLIENT,
    "client_id": "4fXbT0aKq1ZrW8yLhN3mCe7D",
    **_ASKED,
    "permissions": None,
    "audience": None,
    "group": None,
    "refresh_lifetime": "P30D",
    "slides": False,
    "scope_as": "address",
    "public": False,
    "deployment": False,
    "suspended": False,
    "secrets": [{"id": SECRET, "hint": "2kQz", "created_at": MADE}],
    **KEPT,
}
_REGISTERED: Final = _ANSWER | {"client_secret": "thc_…"}
_RESTRICTED: Final = {"permissions": ["SystemsRead"], "group": GROUP}
_SHOWN: Final = {200: Success(wire.Client, ("ETag",))}

ROUTES: Final = (
    Route(
        "GET",
        _ALL,
        Asked(_list),
        _READ,
        about=About(
            tag=_TAG,
            summary="List the clients, the oldest first.",
            query=wire.SLICED,
            answers={200: Success(Listed[wire.Client], ("Link",))},
            answer_example={"data": [_ANSWER]},
        ),
    ),
    Route(
        "POST",
        _ALL,
        Asked(_create),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Register a client: an application that asks for tokens.",
            text="`client_secret` is told this once; it is presented at the token endpoint."
            " Permissions that it is given have to be yours."
            " A `public` client gets no secret, since it could not keep one. Only an operator can"
            " make it the whole `deployment`'s.",
            body=wire.NEW,
            answers={201: Success(wire.Client, ("Location", "ETag"))},
            refuses=frozenset({Code.ALREADY_DONE, Code.UNPROCESSABLE}),
            body_example=_ASKED,
            answer_example=_REGISTERED,
        ),
    ),
    Route(
        "GET",
        _ONE,
        Asked(_show),
        _READ,
        about=About(
            tag=_TAG,
            summary="Show a client, without its secrets.",
            answers=_SHOWN,
            path_example=_PATH,
            answer_example=_ANSWER,
        ),
    ),
    Route(
        "PATCH",
        _ONE,
        Asked(_edit),
        _WRITE,
        precondition=True,
        about=About(
            tag=_TAG,
            summary="Change what a client may, suspend or resume it.",
            text="What is not named stays as it is. Permissions that are added have to be yours"
            " too.",
            body=wire.EDIT,
            answers=_SHOWN,
            path_example=_PATH,
            body_example=_RESTRICTED,
            answer_example=_ANSWER | _RESTRICTED,
        ),
    ),
    Route(
        "DELETE",
        _ONE,
        Asked(_remove),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Remove a client for good; its secrets are good no longer.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
    Route(
        "POST",
        _SECRETS,
        Asked(_add_secret),
        _WRITE,
        idempotent=True,
        about=About(
            tag=_TAG,
            summary="Give a client a second secret beside the first.",
            text="`client_secret` is told this once. Both are good until one is removed, so that"
            " they are changed without an outage.",
            answers={201: Success(wire.Client, ("ETag",))},
            refuses=frozenset({Code.ALREADY_DONE, Code.UNPROCESSABLE}),
            path_example=_PATH,
            answer_example=_REGISTERED,
        ),
    ),
    Route(
        "DELETE",
        f"{_SECRETS}/{{secret_id}}",
        Asked(_remove_secret),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="Remove a secret of a client; the last one stays.",
            answers=NO_CONTENT,
            refuses=frozenset({Code.UNPROCESSABLE}),
            path_example=_PATH | {"secret_id": SECRET},
        ),
    ),
    Route(
        "POST",
        f"{_ONE}/revoke",
        Asked(_revoke),
        _WRITE,
        about=About(
            tag=_TAG,
            summary="End everything that a client, and people at it, were given before now.",
            text="What is issued afterwards is good. What was issued before is never again.",
            answers=NO_CONTENT,
            path_example=_PATH,
        ),
    ),
)
