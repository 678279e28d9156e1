"""How people are shown what applications hold in their name."""

from typing import Final
from uuid import UUID

import msgspec

from tokenhouse.boundary import Answer, Query, Request, Time, time
from tokenhouse.boundary.cursor import SLICE, Slice, write_slice
from tokenhouse.faces.native.wire.ids import read_id
from tokenhouse.operations import applications
from tokenhouse.operations.sliced import Sliced

SLICED: Final = Query(Slice, SLICE, into={"cursor": "after"})


class Application(msgspec.Struct, frozen=True):
    """One sign-in at an application, which it goes on from. `id` names all that came of it.

    `expires_at` is when it is over unless the application refreshes before. `suspended`: the
    application may do nothing for now.
    """

    id: UUID
    label: str
    client_id: str
    signed_in_at: Time
    expires_at: Time
    suspended: bool


def read_application(request: Request) -> UUID:
    """The sign-in that the path names."""
    return read_id(request, "family_id", "application")


def write_applications(request: Request, listed: Sliced[applications.Application]) -> Answer:
    """A slice of them, without any string."""
    return write_slice(request, [_shown(one) for one in listed.rows], listed.after)


def _shown(one: applications.Application) -> Application:
    return Application(
        id=one.family_id,
        label=one.client.label,
        client_id=one.client.client_id,
        signed_in_at=time(one.signed_in_at),
        expires_at=time(one.ends_at),
        suspended=one.client.suspended,
    )
