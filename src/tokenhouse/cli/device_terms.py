"""What is kept of a device, as it is typed."""

from dataclasses import dataclass, fields
from typing import Annotated, Final

from tokenhouse.cli.client_terms import said
from tokenhouse.cli.flags import flag
from tokenhouse.cli.secret import given_secret

_PROOFS: Final = {"cpu_id_file": "cpu_id", "uuid_file": "uuid"}


@dataclass(frozen=True)
class Terms:
    """What is kept of a device; what is not named stays as it is, or as a new one begins."""

    serial_number: Annotated[
        str | None, flag("Its serial number. Default: as it is, or none.", "TEXT")
    ] = None
    model_id: Annotated[str | None, flag("Its model. Default: as it is, or none.", "TEXT")] = None
    manufactured_at: Annotated[
        str | None,
        flag("When it was made, such as 2030-01-31T00:00:00Z. Default: as it is, or null.", "TIME"),
    ] = None
    cpu_id_file: Annotated[
        str | None,
        flag(
            "A file that only you can read, with the cpu_id that is in it; - for standard input."
            " Without one it renews nothing by itself. Default: as it is, or none.",
            "FILE",
        ),
    ] = None
    uuid_file: Annotated[
        str | None,
        flag(
            "The same with its uuid. Default: as it is, and for a new one a uuid is made.", "FILE"
        ),
    ] = None


NOTHING: Final = Terms()


def typed_terms(terms: Terms) -> dict[str, object]:
    """The terms that were named, as a body of `/v1` would say them; raises Stopped."""
    named = said(**{one.name: getattr(terms, one.name) for one in fields(terms)})
    typed: dict[str, object] = {}
    for name, value in named.items():
        if (proof := _PROOFS.get(name)) is None:
            typed[name] = value
        else:
            typed[proof] = given_secret(str(value), f"a {proof}").reveal()
    return typed
