"""Lengths of time that are kept as such: they count no months, which have none."""

from tokenhouse.core.moment import DAY, Lifetime, format_duration


def length_of(lifetime: Lifetime) -> int:
    """The microseconds of a lifetime, its months aside."""
    return lifetime.days * DAY + lifetime.microseconds


def fault_of_length(lifetime: Lifetime, shortest: int, longest: int) -> str | None:
    """What is wrong with a length of time between these bounds, in microseconds; None: nothing."""
    if lifetime.months:
        return "counts months, which have no fixed length: say days, such as P90D"
    if not shortest <= length_of(lifetime) <= longest:
        return f"is not between {format_duration(shortest)} and {format_duration(longest)}"
    return None
