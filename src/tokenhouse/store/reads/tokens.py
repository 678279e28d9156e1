"""The reads about tokens, and what a token rests on."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.standing import Found
from tokenhouse.core.token import FamilyEnd, Token, superseded
from tokenhouse.operations.changes import Change, Committed, Conflict, Page, Stretch, Wanted
from tokenhouse.operations.ground import Relied
from tokenhouse.store import statements as sql
from tokenhouse.store.columns import Column, Row
from tokenhouse.store.followed import Followed
from tokenhouse.store.found import (
    BY_FINGERPRINT,
    BY_ID,
    BY_ID_WITHIN,
    BY_NUMBER_WITHIN,
    FOUND,
    FOUND_ALONE,
    found_alone,
    found_row,
)
from tokenhouse.store.order import TOKEN_ORDERS, refuse_unknown
from tokenhouse.store.reads.cached import Cached, found_rests_on, resting_on
from tokenhouse.store.reads.reading import (
    WHOSE,
    Reading,
    Snapshots,
    along,
    rows,
)
from tokenhouse.store.reads.standings import StandingReads
from tokenhouse.store.tables import TOKENS

T = TypeVar("T")


class TokenReads(StandingReads):
    """Finds tokens with what they rest on, and lists them."""

    def __init__(self, snapshots: Snapshots, followed: Followed) -> None:
        super().__init__(snapshots, followed)
        self.left_ms = followed.left_ms
        self.still = followed.still
        self._tokens: Cached[Found] = Cached(followed)

    def anew(self, ask: Callable[[], T]) -> T:
        """Have this thread ask with nothing taken from memory."""
        self._followed.beyond_memory()
        with self._followed.asking_anew():
            return ask()

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:
        """Have this thread ask memory alone; raise NotRemembered at the first thing beyond it."""
        return self._followed.from_memory(ask)

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Tell what this thread took from memory; None where that was not all that it took."""
        return self._followed.relying(ask)

    def beyond_memory(self) -> None:
        """Raise NotRemembered in a thread that asks memory alone."""
        self._followed.beyond_memory()

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        followed, known = self._followed, key if isinstance(key, bytes) else key.int
        if followed.left_ms() and (found := self._tokens.get(known)) is not None:
            return found
        if isinstance(key, UUID):
            found = self._find(BY_ID, {"id": key.bytes})
        else:
            found = self._find(BY_FINGERPRINT, {"key": key})
        if found is not None:
            self._tokens.keep(known, found, found_rests_on(found), found.head)
        return found

    def written(self, change: Change, outcome: Committed | Conflict) -> None:
        """Know the tokens that this process has just written: they are soon presented.

        Nothing is kept where another process may have committed what this one does not know yet.
        """
        if not isinstance(outcome, Committed) or not self._followed.left_ms():
            return
        if self._followed.sequence < outcome.sequence:
            return
        going_on = _going_on(change)
        for one in outcome.records:
            if isinstance(one, Token) and one.family_id.int in going_on and not _is_over(one):
                self._keep_written(one, outcome.sequence)

    def _keep_written(self, token: Token, sequence: int) -> None:
        standing = self._standings.entry(resting_on(token))
        if standing is None:
            return
        found = Found(token, standing.value, sequence)
        rests = (token.id.int, token.family_id.int, *standing.rests_on)
        self._tokens.keep(token.id.int, found, rests, sequence)
        if token.fingerprint is not None:
            self._tokens.keep(token.fingerprint, found, rests, sequence)

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        values = {"id": token_id.bytes, "organization": organization_id.bytes}
        return self._find(BY_ID_WITHIN, values)

    def find_token_numbered(self, organization_id: UUID, kind: str, number: int) -> Found | None:
        """Find the token of this kind and organization that has a number, whatever its state."""
        values: Row = {"kind": kind, "number": number, "organization": organization_id.bytes}
        return self._find(BY_NUMBER_WITHIN, values)

    def _find(self, condition: str, values: Row) -> Found | None:
        asked = {**values, **WHOSE}
        if not self._followed.left_ms():
            return self._found_whole(condition, asked)
        known_to = self._followed.sequence
        rows = self._once(lambda reading: reading.execute(FOUND_ALONE + condition, asked))
        if not rows:
            return None
        return self._resting(found_alone(rows[0]), known_to) or self._found_whole(condition, asked)

    def _found_whole(self, condition: str, values: Row) -> Found | None:
        """A token with all that it rests on, in one snapshot."""

        def ask(reading: Reading) -> Found | None:
            rows = reading.execute(FOUND + condition, values)
            if not rows:
                return None
            return self._remember(self._whole(reading, found_row(rows[0])))

        return self._read(ask)

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of tokens revoked neither by themselves nor by their family or a marker."""
        refuse_unknown(page.order, TOKEN_ORDERS)
        statement = sql.TOKENS_PAGES[page.order, page.descending, holder_id is not None]
        values = {
            "deployment": DEPLOYMENT.bytes,
            "organization": organization_id.bytes,
            "kind": kind,
            "holder": holder_id.bytes if holder_id is not None else None,
            "size": page.size,
            "offset": page.offset,
        }
        return self._once(lambda reading: rows(reading, TOKENS, statement, values))

    def list_tokens(
        self, organization_id: UUID, wanted: Wanted, stretch: Stretch
    ) -> tuple[Found, ...]:
        """A stretch of tokens with what they rest on, whatever their state, in one snapshot."""
        way, values = along(stretch)
        looked_for, named = _looked_for(wanted)
        condition = sql.TOKENS_BY_ID[looked_for][way]
        within: Row = {"organization": organization_id.bytes, **values, **named, **WHOSE}
        if len(wanted.kinds) == 1 and self._followed.left_ms():
            asked, known_to = {**within, "kind": wanted.kinds[0]}, self._followed.sequence
            rows = self._once(lambda reading: reading.execute(FOUND_ALONE + condition, asked))
            alone = map(found_alone, rows)
            known = tuple(
                one for each in alone if (one := self._resting(each, known_to)) is not None
            )
            if len(known) == len(rows):
                return known

        def ask(reading: Reading) -> tuple[Found, ...]:
            found = [
                found_row(row)
                for kind in wanted.kinds
                for row in reading.execute(FOUND + condition, {**within, "kind": kind})
            ]
            found.sort(key=lambda row: row.token.id.int, reverse=stretch.descending)
            whole = (self._remember(self._whole(reading, row)) for row in found[: stretch.size])
            return tuple(one for one in whole if one is not None)

        return self._read(ask)


def _going_on(change: Change) -> set[int]:
    """The families of which a change says, too, that they had and have no end, by number."""
    going_on = {
        guard.id.int for guard in change.guards if guard.record is FamilyEnd and guard.version == 0
    }
    ended = set[int]()
    for write in change.writes:
        record = write.record
        if isinstance(record, FamilyEnd):
            ended.add(record.id.int)
        elif isinstance(record, Token) and (record.version, record.family_id) == (1, record.id):
            going_on.add(record.id.int)
    return going_on - ended


def _is_over(token: Token) -> bool:
    """Whether nobody is likely to ask for it."""
    return token.revoked_at is not None or superseded(token, token.updated_at)


def _looked_for(wanted: Wanted) -> tuple[str, dict[str, Column]]:
    if wanted.family_id is not None:
        return "family", {"family": wanted.family_id.bytes}
    if wanted.holder_id is not None:
        return "holder", {"holder": wanted.holder_id.bytes}
    return "kind", {}
