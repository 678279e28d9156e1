"""What all faces share on the way in and out.

Owns the pipeline that every request passes: limits, request id, the route, the credential as it
was spelled, the threads that operations run in, and what becomes of faults; and the words in which
a route says what it takes and answers, from which it is read and described. Does not own any
dialect: a face declares its routes and its spelling of refusals (`faces`), and the boundary obeys.
Nor does it own sockets and HTTP's own grammar: that is the `server`.
"""

from tokenhouse.boundary import problem
from tokenhouse.boundary.about import NO_CONTENT, About, Refusals, Success
from tokenhouse.boundary.answers import NOTHING, Time, answered, time
from tokenhouse.boundary.face import Answer, Asked, Early, Face, Route, Sink
from tokenhouse.boundary.fields import Fields, parse_id
from tokenhouse.boundary.form import read_form
from tokenhouse.boundary.limits import Limits
from tokenhouse.boundary.pipeline import Boundary
from tokenhouse.boundary.presentation import cookie, presented
from tokenhouse.boundary.request import Request
from tokenhouse.boundary.shapes import NO_PARAMETERS, Form, Object, Query

__all__ = [
    "NOTHING",
    "NO_CONTENT",
    "NO_PARAMETERS",
    "About",
    "Answer",
    "Asked",
    "Boundary",
    "Early",
    "Face",
    "Fields",
    "Form",
    "Limits",
    "Object",
    "Query",
    "Refusals",
    "Request",
    "Route",
    "Sink",
    "Success",
    "Time",
    "answered",
    "cookie",
    "parse_id",
    "presented",
    "problem",
    "read_form",
    "time",
]
