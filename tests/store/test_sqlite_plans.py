"""A statement is planned once, whatever is bound to it: planning takes ten times as long."""

from pathlib import Path

import apsw

from conformance.world import World
from tokenhouse.operations.changes import Put
from tokenhouse.store import found
from tokenhouse.store.reads import WHOSE
from tokenhouse.store.sqlite import FILE
from tokenhouse.store.sqlite.file import connect


def test_finding_one_token_after_the_other_plans_nothing_anew(world: World, tmp_path: Path):
    tokens = [world.new_token(fingerprint=bytes([place]) * 32) for place in range(5)]
    for token in tokens:
        world.commit(Put(token))
    connection = connect(tmp_path / FILE)
    planned = []

    def ask(*what: object) -> int:  # is called for each thing that a plan touches
        planned.append(what)
        return apsw.SQLITE_OK

    connection.authorizer = ask
    statement = found.FOUND + found.BY_FINGERPRINT
    for token in tokens:
        rows = connection.execute(statement, {**WHOSE, "key": token.fingerprint}).fetchall()
        assert len(rows) == 1
        if token is tokens[0]:
            assert planned
            planned.clear()
    connection.close()
    assert not planned
