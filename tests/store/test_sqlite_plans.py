"""A statement is planned once, whatever is bound to it: planning takes ten times as long."""

from pathlib import Path

import apsw
import pytest

from conformance.world import World
from tokenhouse.operations.changes import Put
from tokenhouse.store import found
from tokenhouse.store import statements as sql
from tokenhouse.store.purging import ENDED
from tokenhouse.store.reads import WHOSE
from tokenhouse.store.sqlite import FILE
from tokenhouse.store.sqlite.file import connect


@pytest.mark.usefixtures("world")
def test_finding_a_token_looks_up_keys_alone(tmp_path: Path):
    connection = connect(tmp_path / FILE)
    values = {**WHOSE, "key": b"", "id": b"", "organization": b"", "kind": "", "number": 1}
    for condition in found.CONDITIONS:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {found.FOUND}{condition}", values)
        steps = [detail for *_, detail in plan]
        for looked_up in ("c", "e"):
            by_key = f"SEARCH {looked_up} USING PRIMARY KEY (id=?)"
            assert any(step.startswith(by_key) for step in steps)
        assert not [step for step in steps if step.startswith("SCAN")]
    connection.close()


@pytest.mark.usefixtures("world")
def test_looking_for_a_few_tokens_walks_through_no_others(tmp_path: Path):
    connection = connect(tmp_path / FILE)
    values = {**WHOSE, "organization": b"", "kind": "", "after": b"", "size": 1}
    for looked_for in ("holder", "family"):
        for statement in sql.TOKENS_BY_ID[looked_for].values():
            asked = f"EXPLAIN QUERY PLAN {found.FOUND_ALONE}{statement}"
            steps = [step for *_, step in connection.execute(asked, {**values, looked_for: b""})]
            assert any(f"tokens_{looked_for} ({looked_for}_id=?" in step for step in steps)
            assert not [step for step in steps if "tokens_organization" in step]
    connection.close()


@pytest.mark.usefixtures("world")
def test_reading_many_tokens_walks_through_no_others(tmp_path: Path):
    connection = connect(tmp_path / FILE)
    named = {f"id{place}": b"" for place in range(sql.NAMED_AT_ONCE)}
    values = {**WHOSE, **named, "organization": b"", "holder": b"", "holder_kind": "", "kind": ""}
    for statement, step in (
        (sql.OUTLINES, "USING INDEX tokens_holder (holder_id=? AND kind=?)"),
        (found.FOUND + sql.TOKENS_NAMED, "SEARCH t USING PRIMARY KEY (id=?)"),
        (found.FOUND_ALONE + sql.TOKENS_NAMED, "SEARCH t USING PRIMARY KEY (id=?)"),
    ):
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", {**values, "size": 1})
        steps = [detail for *_, detail in plan]
        assert any(step in one for one in steps)
        assert not [one for one in steps if "SCAN" in one or "TEMP B-TREE" in one]
    connection.close()


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


@pytest.mark.usefixtures("world")
def test_forgetting_families_that_ended_walks_through_no_others(tmp_path: Path):
    connection = connect(tmp_path / FILE)
    values = {"after": b"", "last": b"", "horizon": 1, "kind": "", "limit": 1}
    plan = connection.execute(f"EXPLAIN QUERY PLAN {ENDED}", values)
    steps = [detail for *_, detail in plan]
    assert any(step.startswith("SEARCH f USING PRIMARY KEY (id>? AND id<?)") for step in steps)
    assert any("SEARCH t USING INDEX tokens_family (family_id=?" in step for step in steps)
    assert not [step for step in steps if "SCAN" in step]
    connection.close()
