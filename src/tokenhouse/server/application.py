"""What an application may bring along for the server beside ASGI, as `lane` and `straight`."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol


class Lane(Protocol):
    """What an application may bring along as `lane`."""

    paths: tuple[bytes, ...]

    def from_peer(self, peer: str) -> bytes:
        """What goes before the bytes of a peer's requests, for `name`."""

    def name(self, whole: bytes) -> bytes:
        """A name for all the bytes of one request."""

    def again(self, name: bytes) -> bytes | None:
        """What `answer` would give for the request of this name; nothing if it was not learned."""

    def learn(self, name: bytes, said: Any) -> None:
        """The request to which `answer` gave this to keep came in as the bytes of this name."""

    def answer(
        self,
        method: bytes,
        url: bytes,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        peer: str,
    ) -> tuple[bytes, Any] | None:
        """Everything of a 200 after the fields that a server adds, or nothing.

        And what `learn` may be given of it, if anything.
        """


class Straight(Protocol):
    """What an application may bring along as `straight`."""

    def take(  # noqa: PLR0917 -- the parts of a request as they come
        self,
        method: str,
        url: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        peer: str,
        say: Callable[[int, bytes, float], None],
    ) -> bool:
        """Take a request, and `say` what is answered, at once or later; False where it is not ours.

        What is said is a status, everything behind the fields that a server adds, and for how many
        seconds it is held back. Header names are in lower case.
        """
