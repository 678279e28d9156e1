"""More than can be answered: who is too many is told so by every face, and nothing was done."""

import pytest

from conformance.dialects import Outcome, is_allowed
from conformance.face_suite import FACES, ROUTES, is_refusal
from conformance.house import House
from conformance.wire import Wire
from tokenhouse.boundary import Boundary, Limits

NOBODY_MORE = Limits(threads=1, queue=-1)
"""Room for nobody: as if all threads and all places in line were taken."""


def test_who_is_too_many_is_told_so_in_the_dialects_own_form_and_leaves_no_trace(
    at: House, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    for face, route in ROUTES:
        headers = [] if route.demand is None else at.rightful(route).headers
        asked.append((face, route, at.fill(route), headers))
        at.send(route, at.fill(route), headers)  # makes whatever else it needs
    full = Wire(Boundary(at.stage.authority, FACES, NOBODY_MORE))
    monkeypatch.setattr(at, "wire", full)
    for face, route, path, headers in asked:
        at.fill(route)
        before = at.head
        with at.switch.failing(AssertionError("the store was asked")):
            reply = at.wire(route.method, path, headers)
        if route.at_once:
            assert is_allowed(face, reply)
        else:
            is_refusal(face, reply, Outcome.UNDECIDED)
        assert at.head == before
    full.close()
