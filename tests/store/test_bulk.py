"""Rows that are written at once are written as if one after the other."""

from tokenhouse.store.postgres.bulk import Line, Run, Verb, runs


def _line(verb: Verb, table: str, number: int) -> Line:
    return Line(verb, table, {"id": bytes([number])})


def test_lines_of_one_sort_are_one_run():
    lines = [_line(Verb.INSERT, "tokens", number) for number in range(3)]
    assert runs(lines) == [Run(Verb.INSERT, "tokens", [line.row for line in lines])]


def test_the_order_of_sorts_is_kept():
    lines = [
        _line(Verb.DELETE, "tokens", 1),
        _line(Verb.INSERT, "tokens", 2),
        _line(Verb.INSERT, "people", 3),
        _line(Verb.INSERT, "tokens", 4),
    ]
    assert [(run.verb, run.table) for run in runs(lines)] == [line[:2] for line in lines]


def test_a_row_that_comes_again_is_written_again():
    first, again = (Line(Verb.UPDATE, "tokens", {"id": b"1", "version": v}) for v in (2, 3))
    other = _line(Verb.UPDATE, "tokens", 9)
    assert [run.rows for run in runs([first, other, again])] == [
        [first.row, other.row],
        [again.row],
    ]


def test_nothing_makes_no_run():
    assert runs([]) == []
