"""A Secret cannot be printed, copied, serialized or compared by accident."""

import copy
import json
import pickle
from collections.abc import Iterator

import msgspec
import pytest

from tokenhouse.core.credential import Secret, Signed

HIDDEN = "tho_hunter2hunter2"


class _Holder(msgspec.Struct):
    secret: Secret


def _shown() -> Iterator[str]:
    secret = Secret(HIDDEN)
    yield from (repr(secret), str(secret), ascii(secret), f"{secret}", f"{secret!r}")
    yield from (f"{secret:>40}", format(secret, "s"), "%s %r" % (secret, secret))  # noqa: UP031 -- old formatting is one of the ways to print
    yield from (repr([secret]), repr({"a": secret}), repr(_Holder(secret)), repr(Signed(secret)))
    yield repr(ValueError(secret))
    yield str(ValueError(secret))


def test_a_secret_shows_itself_in_no_text() -> None:
    assert not [text for text in _shown() if "hunter" in text]


def test_only_reveal_says_a_secret() -> None:
    assert Secret(HIDDEN).reveal() == HIDDEN
    assert not hasattr(Secret(HIDDEN), "__dict__")


@pytest.mark.parametrize(
    "copying",
    [
        lambda secret: [pickle.dumps(secret, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)],
        lambda secret: pickle.dumps([secret]),
        copy.copy,
        copy.deepcopy,
        json.dumps,
        lambda secret: json.dumps({"secret": secret}),
        lambda secret: json.dumps({secret: 1}),
        msgspec.json.encode,
        msgspec.msgpack.encode,
        msgspec.to_builtins,
        lambda secret: msgspec.json.encode(_Holder(secret)),
        lambda secret: msgspec.json.encode(Signed(secret)),
        lambda secret: ",".join(["a", secret, *"bc"]),
        bytes,
        len,
        list,
    ],
)
def test_a_secret_is_not_copied_out_by_accident(copying) -> None:
    with pytest.raises(TypeError):
        copying(Secret(HIDDEN))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_protocol_takes_a_secret(protocol: int) -> None:
    with pytest.raises(TypeError, match="not serialized"):
        pickle.dumps(Secret(HIDDEN), protocol)


def test_comparing_secrets_tells_nothing_of_what_they_hold() -> None:
    assert Secret(HIDDEN) != Secret(HIDDEN)
    assert Secret(HIDDEN) != HIDDEN
    with pytest.raises(TypeError):
        assert Secret("a") < Secret("b")
