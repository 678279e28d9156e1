"""What is kept is bounded, and whoever is asked for stays."""

from tokenhouse.operations.kept import Kept


def test_no_more_than_twice_so_many_are_kept_and_who_is_asked_for_stays():
    kept: Kept[int] = Kept(10)
    kept.keep("asked for", -1)
    for number in range(1000):
        kept.keep(number, number)
        assert kept.lately["asked for"] == -1
        assert kept.lately[number] == number
        assert len(kept) <= 20
    assert kept.lately[0] is None


def test_no_more_than_twice_so_much_is_kept_together():
    kept: Kept[int] = Kept(1000, 100, lambda _: 30)
    for number in range(1000):
        kept.keep(number, number)
        assert len(kept) <= 6
    assert kept.lately[999] == 999
    assert kept.lately[990] is None


def test_another_value_takes_the_place_of_one():
    kept: Kept[int] = Kept(2)
    for number in range(5):
        kept.keep("one", number)
        assert kept.lately["one"] == number
    assert len(kept) <= 2
