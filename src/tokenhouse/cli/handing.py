"""Hands a new token string, or the secret of a client, to whoever asked for it, once."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from tokenhouse.cli.exits import Stopped
from tokenhouse.cli.flags import flag
from tokenhouse.cli.say import aligned, say, say_json
from tokenhouse.cli.showing import token_fields
from tokenhouse.faces.native.wire.clients import with_secret
from tokenhouse.operations.clients import Registered
from tokenhouse.operations.issue import Issued

Out: TypeAlias = Annotated[
    Path | None,
    flag("Write the string to this new file, which only you can read. Default: print it.", "FILE"),
]

Hand: TypeAlias = Callable[[Issued], None]


@contextmanager
def handing(out: Path | None, *, json: bool) -> Iterator[Hand]:
    """Give what hands an issued token over; a file is made before the token is, or not at all.

    Raises Stopped where there cannot be such a file, and leaves none where nothing was issued.
    """
    if out is None:
        yield lambda issued: _say(issued, issued.secret.reveal(), json=json)
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Stopped(f"{out} cannot be made: {error.strerror}. Nothing was done.") from None
    with os.fdopen(descriptor, "w") as file:

        def write(issued: Issued) -> None:
            file.write(f"{issued.secret.reveal()}\n")
            file.flush()
            _say(issued, None, json=json)

        try:
            yield write
        except BaseException:
            if not file.tell():
                out.unlink()
            raise


def say_registered(registered: Registered, *, json: bool) -> None:
    """Say what a client presents itself with."""
    if json:
        say_json(msgspec.to_builtins(with_secret(registered)))
        return
    rows = [("client_id", registered.client.client_id)]
    if registered.secret is not None:
        rows.append(("client_secret", registered.secret.reveal()))
    for line in aligned(rows):
        say(line)


def _say(issued: Issued, text: str | None, *, json: bool) -> None:
    if json:
        told = token_fields(issued.described)
        say_json(told if text is None else {**told, "token": text})
    else:
        say(text or f"Issued {issued.described.token.id}.")
