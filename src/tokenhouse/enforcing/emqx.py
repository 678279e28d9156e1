"""EMQX's API, of version 5: its list of clients, page by page, and the end of one."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret
from tokenhouse.core.moment import SECOND, Moment
from tokenhouse.enforcing.api import Api, Unreachable
from tokenhouse.enforcing.listed import Listed
from tokenhouse.operations.mqtt_staying import Connection

PAGE: Final = 1_000
MOST_PAGES: Final = 1_000
"""A list without an end is none."""
_CLIENTS: Final = "/api/v5/clients"
_FIELDS: Final = "clientid,username,connected,connected_at,ip_address,proto_name,client_attrs"
_MQTT: Final = "MQTT"
_OK, _ENDED, _MALFORMED, _GONE = 200, 204, 400, 404


class _Client(msgspec.Struct, frozen=True):
    clientid: str
    username: str | None = None
    connected: bool = True
    connected_at: str | int | None = None
    ip_address: str = ""
    proto_name: str = ""
    client_attrs: dict[str, object] | None = None


class _Meta(msgspec.Struct, frozen=True):
    hasnext: bool | None = None


class _Page(msgspec.Struct, frozen=True):
    data: list[_Client]
    meta: _Meta = _Meta()


_PAGE: Final = msgspec.json.Decoder(_Page)


class Emqx:
    """EMQX, as far as connections go."""

    name: Final = "emqx"

    def __init__(self, url: Secret) -> None:
        self._api = Api(url)
        self._fields = f"&fields={_FIELDS}"

    def listed(self) -> list[Listed]:
        """Every client that is connected; raises Unreachable."""
        listed: list[Listed] = []
        for number in range(1, MOST_PAGES + 1):
            page = self._page(number)
            listed += [_listed(one) for one in page.data if one.connected]
            more = page.meta.hasnext
            if more is False or not page.data or (more is None and len(page.data) < PAGE):
                return listed
        raise Unreachable("lists clients without an end")

    def described(self, listed: Listed) -> Listed | None:
        """The same: the list tells all."""
        return listed

    def end(self, listed: Listed) -> bool:
        """End it; tell whether it was there to be ended. Raises Unreachable."""
        name = quote(listed.connection.name, safe="").replace(".", "%2E")  # `..` is a name, too
        status, _ = self._api.ask("DELETE", f"{_CLIENTS}/{name}")
        if status not in {_ENDED, _GONE}:
            raise Unreachable(f"answered {status}")
        return status == _ENDED

    def close(self) -> None:
        """Give the line back."""
        self._api.close()

    def _page(self, number: int) -> _Page:
        target = f"{_CLIENTS}?page={number}&limit={PAGE}&conn_state=connected"
        status, body = self._api.ask("GET", target + self._fields)
        if status == _MALFORMED and self._fields:  # an older one knows other fields
            self._fields = ""
            status, body = self._api.ask("GET", target)
        if status != _OK:
            raise Unreachable(f"answered {status}")
        try:
            return _PAGE.decode(body)
        except (msgspec.DecodeError, ValueError):
            raise Unreachable("answered what is no list of clients") from None


def _listed(one: _Client) -> Listed:
    connection = Connection(
        one.clientid,
        Secret(one.username or ""),
        one.clientid,
        token_id=_token_id(one.client_attrs),
        since=_moment(one.connected_at),
        address=one.ip_address,
    )
    return Listed(connection, one.proto_name in {_MQTT, ""})


def _token_id(attributes: dict[str, object] | None) -> UUID | None:
    """The token that let a client in, which we told EMQX then and it keeps."""
    try:
        return UUID(str((attributes or {}).get("token_id")))
    except ValueError:
        return None


def _moment(told: str | int | None) -> Moment | None:
    """Milliseconds, or RFC 3339."""
    if isinstance(told, int):
        return told * SECOND // 1000
    try:
        at = datetime.fromisoformat(told or "")
    except ValueError:
        return None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * SECOND)
