"""One connection as the store uses it: prepared statements straight on libpq, one at a time.

psycopg's cursors do more than we need, in Python: a statement costs 54 µs by a cursor and 19 µs
here, and every request takes several.
"""

from collections.abc import Callable, Mapping
from itertools import count
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias

from psycopg import OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from tokenhouse.store.postgres.arrays import Array
from tokenhouse.store.postgres.connection import Connection, spoken

Value: TypeAlias = "str | int | bytes | None"

_BINARY: Final = 1
_DONE: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
_FATAL: Final = frozenset({b"FATAL", b"PANIC"})
_BIGINT: Final = Struct("!q").pack
_OIDS: Final[dict[type, int]] = {bytes: 17, int: 20, str: 25}


class _Prepared(NamedTuple):
    name: bytes
    parameters: tuple[str, ...]


class Session:
    """Lent to one thread at a time. All methods raise psycopg.Error."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._server = connection.pgconn
        self._prepared: dict[str, _Prepared] = {}
        self._names = count()
        self._lost = False

    @property
    def broken(self) -> bool:
        """Whether the connection is no more; libpq itself notices at the next use only."""
        return self._lost or self._server.status == ConnStatus.BAD

    @property
    def idle(self) -> bool:
        """Whether it works and is within no transaction."""
        return not self.broken and self._server.transaction_status == TransactionStatus.IDLE

    def rows(self, statement: str, values: Mapping[str, Value]) -> list[Any]:
        """All rows of one statement of ours, whose parameters are `:name`; planned once."""
        prepared = self._prepared.get(statement) or self._prepare(statement, values)
        parameters: list[Any] = [_sent(values[name]) for name in prepared.parameters]
        formats = [_BINARY] * len(parameters)
        return self._read(self._server.exec_prepared(prepared.name, parameters, formats, _BINARY))

    def command(self, commands: str) -> tuple[bytes, list[Any]]:
        """Send commands as one message; give what the last one said it did, and its rows."""
        result = self._server.exec_(commands.encode())
        rows = self._read(result)
        return result.command_status or b"", rows

    def await_notification(self, seconds: float) -> None:
        """Wait until something is made known, or for so long; what came before counts as well."""
        if self._server.notifies() is None:
            for _ in self.connection.notifies(timeout=seconds, stop_after=1):
                pass
        while self._server.notifies() is not None:
            pass

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def _prepare(self, statement: str, values: Mapping[str, Value]) -> _Prepared:
        text, parameters = spoken(statement)
        name = b"s%d" % next(self._names)
        types = [_oid(values[parameter]) for parameter in parameters]
        self._checked(self._server.prepare(name, text.encode(), types))
        self._prepared[statement] = prepared = _Prepared(name, parameters)
        return prepared

    def _read(self, result: PGresult) -> list[Any]:
        self._checked(result)
        transformer = Transformer(self.connection)
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, tuple)

    def _checked(self, result: PGresult) -> None:
        if result.status in _DONE:
            return
        state = result.error_field(DiagnosticField.SQLSTATE)
        severity = result.error_field(DiagnosticField.SEVERITY_NONLOCALIZED)
        if state is None or severity in _FATAL:
            self._lost = True
            raise OperationalError(result.get_error_message())
        raise error_from_result(result, encoding="utf-8")


Connect: TypeAlias = Callable[[], Session]


def _oid(value: Value) -> int:
    """The type by which a value is sent; 0 has the server find out."""
    return value.array_oid if isinstance(value, Array) else _OIDS.get(type(value), 0)


def _sent(value: Value) -> bytes | None:
    if isinstance(value, int):
        return _BIGINT(value)
    return value.encode() if isinstance(value, str) else value
