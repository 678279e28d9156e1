"""A third sample API: files that devices send, and updates that they fetch over the air.

Owns the routes of both, spelled as Spoke Zone's platform spells them (`wire`), the records of what
was sent (`kept`), how much room they may take (`room`) and the updates (`updates`). Does not own
who may do what: it asks about every credential, as a customer's API would; nor how a body travels
in pieces (`boundary.streams`) and what a form with a file looks like (`boundary.multipart`).
"""

from typing import Final

import msgspec

from tokenhouse.boundary import (
    About,
    Answer,
    Asked,
    Face,
    Refusals,
    Request,
    Route,
    Sink,
    Success,
    error_list,
)
from tokenhouse.boundary.answers import answered
from tokenhouse.boundary.attachment import MEDIA_TYPE, attachment
from tokenhouse.boundary.face import Handled
from tokenhouse.boundary.media import JSON
from tokenhouse.boundary.multipart import MAX_PART_HEAD_BYTES, OneFile
from tokenhouse.boundary.possible import statuses
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.moment import Moment
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.demo.device_files import wire
from tokenhouse.demo.device_files.kept import Record, Records, Unfinished
from tokenhouse.demo.device_files.room import Owner
from tokenhouse.demo.device_files.shelf import Shelf
from tokenhouse.demo.device_files.updates import ALL, Updates
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.refusing import refusal

SENT: Final = "/api/v2/data-files"
UPDATES: Final = "/api/v2/ota-files"

_DEVICE: Final = Demand(Door.RESOURCE, asker=Asker.DEVICE)
_AROUND: Final = 2 * MAX_PART_HEAD_BYTES
"""Bytes that a form may have around its file."""


class Asking(msgspec.Struct, frozen=True):
    """The device that asks, in its organization, and when it was found to be good."""

    device: Owner
    at: Moment


def _judged(authority: Authority, caller: Caller) -> Asking:
    """Ask about the credential before anything else is looked at; raises Refused."""
    told = authority.ask.own(caller)
    found = told.verdict.found
    if not told.verdict.allowed or found is None:
        raise refusal(told.verdict, caller.spelling, caller.demand)
    return Asking(Owner(found.token.organization_id, found.token.holder_id), told.as_of)


class _Upload:
    """The file of a record while it comes in."""

    def __init__(self, records: Records, record: Record, form: OneFile) -> None:
        self._records = records
        self._record = record
        self._form = form
        self._file: Unfinished | None = None

    def write(self, piece: bytes) -> None:
        """Take what came in next."""
        for content in self._form.feed(piece):
            if self._file is None:
                self._file = self._records.begin(self._record)
            self._file.write(content)

    def finish(self) -> Answer:
        """Keep it, once the form is whole and the file not empty."""
        self._form.end()
        if self._file is None:
            fault = Problem(wire.FIELD, "is an empty file")
            raise Refused(Code.MALFORMED, "The form has faults.", (fault,))
        size = self._file.size
        self._file.keep()
        return answered(200, wire.sent(self._record, size))

    def close(self) -> None:
        """Leave nothing behind of what was not kept."""
        if self._file is not None:
            self._file.drop()


def _make(shelf: Shelf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        asking = _judged(authority, caller)
        sort = wire.DRAFT.read(request)
        return answered(200, wire.sent(shelf.records.make(asking.device, sort, asking.at), None))

    return handle


def _take(shelf: Shelf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Sink:
        asking = _judged(authority, caller)
        number = error_list.read_number(request, "data_file")
        record = None if number is None else shelf.records.one(number)
        if record is None or record.owner != asking.device:
            raise error_list.Missing("data-file", number)
        form = OneFile(request.header("content-type"), wire.FIELD)
        return _Upload(shelf.records, record, form)

    return handle


def _list(shelf: Shelf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        _judged(authority, caller)
        listing = wire.LISTING.read_at_once(request)
        return Answer(200, msgspec.json.encode(wire.listed(shelf.updates, listing)), JSON)

    return handle


def _fetch(shelf: Shelf) -> Handled:
    def handle(authority: Authority, request: Request, caller: Caller) -> Answer:
        _judged(authority, caller)
        number = error_list.read_number(request, "ota_file")
        updates: Updates = shelf.updates
        for update in ALL:
            if update.number == number and update.active:
                etag = f'"{updates.sha256(update)}"'
                return attachment(request, updates.path(update), etag, update.name)
        raise error_list.Missing("ota-file", number)

    return handle


def _statuses(route: Route) -> frozenset[int]:
    return statuses(route) | _OWN.get(str(route), frozenset())


_OWN: Final = {
    f"POST {SENT}": frozenset({422}),
    f"POST {SENT}/{{data_file}}/file": frozenset({415}),
    f"GET {UPDATES}/{{ota_file}}/file": frozenset({416}),
}
"""The refusals that are these routes' alone."""


def _routes(shelf: Shelf) -> tuple[Route, ...]:
    return (
        Route("POST", SENT, Asked(_make(shelf)), _DEVICE, about=_MAKE),
        Route(
            "POST",
            f"{SENT}/{{data_file}}/file",
            Asked(_take(shelf)),
            _DEVICE,
            body_limit=shelf.bounds.file + _AROUND,
            streamed=True,
            about=_TAKE,
        ),
        Route("GET", UPDATES, Asked(_list(shelf)), _DEVICE, about=_LIST),
        Route(
            "GET",
            f"{UPDATES}/{{ota_file}}/file",
            Asked(_fetch(shelf)),
            _DEVICE,
            pieces=True,
            about=_FETCHED,
        ),
    )


_TAG: Final = "Sample API: files of devices"
_EXAMPLE: Final = wire.SentFile(7, "log", "2026-03-10T09:00:00Z")
_MAKE: Final = About(
    tag=_TAG,
    summary="Make a record of a file that is going to be sent.",
    answers={200: Success(wire.SentFile)},
    body=wire.DRAFT,
    body_example={"type": "log"},
    answer_example=msgspec.to_builtins(_EXAMPLE),
)
_TAKE: Final = About(
    tag=_TAG,
    summary="Send the file of a record, in place of the one that it may have.",
    answers={200: Success(wire.SentFile)},
    upload=wire.FIELD,
    path_example={"data_file": "7"},
    answer_example=msgspec.to_builtins(_EXAMPLE) | {"size": 1024},
)
_LIST: Final = About(
    tag=_TAG,
    summary="List the updates that there are.",
    answers={200: Success(list[wire.OtaFile])},
    query=wire.LISTING,
    query_example={"module": "gateway"},
    answer_example=[msgspec.to_builtins(wire.ota_file(ALL[1], "0" * 64))],
)
_FETCHED: Final = About(
    tag=_TAG,
    summary="Fetch the file of an active update, or a range of it.",
    answers={
        200: Success(bytes, ("Accept-Ranges", "ETag"), (MEDIA_TYPE,)),
        206: Success(bytes, ("Accept-Ranges", "Content-Range", "ETag"), (MEDIA_TYPE,)),
    },
    path_example={"ota_file": "2"},
)


def face(shelf: Shelf) -> Face:
    """The API over the files of this shelf."""
    return Face(
        name="device_files",
        prefixes=(SENT, UPDATES),
        routes=_routes(shelf),
        refuse=error_list.refuse,
        spellings=frozenset({Spelling.X_ACCESS_TOKEN}),
        refusals=Refusals(error_list.Errors, (JSON,), _statuses),
        media_types=(JSON,),
    )


FACE: Final = face(Shelf())
"""The same over files that go with the process."""
