"""Every bound stands in the documents with its number and its unit, and no other one does."""

import re

import pytest

from docs.documents import PAGES, codes
from docs.facts import FILES, module_of, name_of, numbers
from tokenhouse.boundary import Limits
from tokenhouse.core.moment import DAY, HOUR, MINUTE, SECOND
from tokenhouse.operations import guessing

TOLD = {codes(row[2])[0]: row[1] for row in PAGES["operating"].rows("Bounds")}

WHOLE = (
    *("boundary.", "server.", "faces.", "operations.", "config", "demo.", "clock", "serving."),
    *("store.retention", "store.postgres."),
)
"""Modules all of whose public numbers are bounds that somebody can meet."""
ANYWHERE = re.compile(
    r"MAX_\w+|MOST_\w+|WAITING|PATIENCE|AT_ONCE|LONGEST_\w+|AHEAD|RENEWAL_GRACE|\w+_GOOD_FOR"
)
"""What is a bound wherever it stands."""
NOT_MET = {
    "boundary.exchange.REQUEST_ID_BYTES": "the form of an id",
    "boundary.error_list.MAX_NUMBER": "the form of a number",
    "faces.fleet.wire.sorts.ACTIVE": "a word of the dialect",
    "faces.fleet.wire.sorts.DISABLED": "a word of the dialect",
    "demo.passwords.KEY_BYTES": "the form of a key",
    "demo.passwords.GROUPS": "the form of a password",
    "demo.passwords.GROUP_CHARACTERS": "the form of a password",
    "demo.passwords.CPU_ID_BYTES": "the form of a number in a machine",
    "demo.broker.USUAL_PORT": "a port",
    "demo.walk.mqtt.REFUSED": "a word of MQTT",
    "store.postgres.follower.ENTRIES": "entries read in one step: only how the work is cut up",
    "store.postgres.follower.PAUSE_SECONDS": "a rest between two looks, far below the bound",
    "store.postgres.schema.LOCK": "the name of a lock",
    "store.postgres.schema.OLDEST_SERVER": "a version",
    "housekeeping.AT_ONCE": "records forgotten in one step: only how the work is cut up",
    "server.running.OBJECTS_BETWEEN_COLLECTIONS": "how often memory is looked through",
    "signing.keyring.MOST_PARSED": "a cache; more are parsed again",
    "signing.keyring.MOST_VERIFIED": "a cache; more are verified again",
    "operations.verify.MOST_KNOWN": "a cache; more are looked up again",
    "store.reads.cached.MOST_CACHED": "a cache; more are read again",
    "store.followed.MOST_TOUCHED": "a cache; what is older is read again",
}

_UNITS = {
    "": 1,
    "KiB": 1024,
    "MiB": 1024 * 1024,
    "ms": SECOND // 1000,
    "s": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}
_TIMES = {"ms", "s", "min", "h", "d"}


def value_told(cell: str) -> tuple[float, bool]:
    """The number of a cell in its smallest unit, and whether it is a time (then µs)."""
    match = re.fullmatch(r"(\d+)(?: ([A-Za-z]+))?", cell)
    assert match, f"{cell!r} is not a number with a unit"
    unit = match[2] or ""
    return int(match[1]) * _UNITS[unit], unit in _TIMES


def value_kept(name: str, value: float, expression: str) -> tuple[float, bool]:
    """The same of a constant; its name or its expression tells the unit."""
    if re.search(r"\b(SECOND|MINUTE|HOUR|DAY)\b", expression):
        return value, True
    if name.endswith("_MS"):
        return value * (SECOND // 1000), True
    seconds = "SECONDS" in name.upper() or name in {
        "PATIENCE",
        "MAX_DELAY",
        "RETRY_AFTER",
        "MAX_STOP_DELAY",
    }
    return (value * SECOND, True) if seconds else (value, False)


BOUNDS = {
    f"{name_of(path)}.{name}": value_kept(name, getattr(module_of(path), name), expression)
    for path in FILES
    for name, expression in numbers(path)
    if name_of(path).startswith(WHOLE) or ANYWHERE.fullmatch(name)
} | {
    f"boundary.limits.Limits.{name}": value_kept(name, getattr(Limits(), name), "")
    for name in Limits.__struct_fields__
}
BUCKETS = {
    f"operations.guessing.{name}": limit
    for name, limit in vars(guessing).items()
    if isinstance(limit, guessing.Limit)
}


def test_every_bound_is_told_and_no_other_one():
    assert set(NOT_MET) <= set(BOUNDS)
    assert set(TOLD) == (set(BOUNDS) - set(NOT_MET)) | set(BUCKETS)


@pytest.mark.parametrize("name", sorted(set(TOLD) - set(BUCKETS)))
def test_a_bound_is_told_with_its_number_and_unit(name: str):
    assert value_told(TOLD[name]) == BOUNDS[name]


@pytest.mark.parametrize("name", sorted(BUCKETS))
def test_a_limit_of_sign_in_is_told_as_it_is(name: str):
    limit = BUCKETS[name]
    assert TOLD[name] == f"{limit.burst}, then one each {limit.interval // SECOND} s"


def test_texts_repeat_bounds_as_they_are():
    """The few numbers that prose repeats, in the words that it repeats them with."""
    for page, sentence in (
        ("account-tokens", f"up to {_number('faces.account_tokens.wire.MAX_DESCRIPTION')} char"),
        ("account-tokens", f"1 to {_number('faces.account_tokens.wire.MAX_NAME')} characters"),
        ("account-tokens", f"({_number('faces.account_tokens.wire.DEFAULT_PER_PAGE')}, at most"),
        ("account-tokens", f"at most {_number('faces.account_tokens.wire.MAX_PER_PAGE')})"),
        ("account-tokens", f"for {_number('operations.keep.REPEATED_FOR') // MINUTE} minutes"),
        ("account-tokens", f"after {_number('store.retention.ANSWERS') // HOUR} hours"),
        ("native-api", f"at most {_number('config.bounds.REVOCATION_REACH_MS') // 1000} ms"),
        ("native-api", f"than {_number('core.judge.AHEAD') // SECOND} s in the future"),
        ("events", f"after {_number('store.retention.BODIES') // DAY} d"),
        ("events", f"after {_number('store.retention.SHORT_BODIES') // DAY} d"),
    ):
        assert sentence in " ".join(PAGES[page].text.split()), (page, sentence)


def _number(name: str) -> int:
    return int(BOUNDS[name][0])
