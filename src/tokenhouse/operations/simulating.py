"""What somebody asks of a token before it is used, and what the judge says to it."""

from urllib.parse import urlsplit

import msgspec

from tokenhouse.core.catalogue import MAX_URL_CHARACTERS, METHODS, Catalogue
from tokenhouse.core.explaining import Lacking, lacking
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Door, Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.networks import is_address
from tokenhouse.core.opening import Opening
from tokenhouse.core.permission import Permission, is_permission_name
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import Found
from tokenhouse.operations.answering import listed, lowered, not_good, why
from tokenhouse.operations.asked import Asked


class Question(msgspec.Struct, frozen=True):
    """May a token do this? Either `permission` is named, or `method` and `path`.

    `path` is one of an API as a request has it, such as `/devices/7`; a query does not count, nor
    does what stands before the path in a whole URL. No `address`: from wherever it may come. No
    `audience`: at whichever API it is meant for. No `at`: now; the records are today's in any
    case.
    """

    permission: str = ""
    method: str = ""
    path: str = ""
    address: str = ""
    audience: str | None = None
    at: Moment | None = None


class Simulated(msgspec.Struct, frozen=True):
    """What the judge says to a question, and why.

    `sentences` begin with yes or no; where the token is not good at all, another one says what it
    would be if it were, as `otherwise` does. `opened` are the operations of the catalogue that
    the request is one of, none where it knows none, and `demanded` the permissions of which all
    are needed.
    """

    allowed: bool
    otherwise: bool
    reason: Reason | None
    sentences: tuple[str, ...]
    demanded: tuple[Permission, ...] = ()
    opened: tuple[Opening, ...] = ()
    lacking: tuple[Lacking, ...] = ()


def simulate(kind: Kind, found: Found, question: Question, now: Moment) -> Simulated:
    """Put a question to the judge as a protected API would; raise Refused(MALFORMED) for none."""
    _refuse_malformed(question)
    catalogue, text = found.standing.catalogue, _text(question)
    opened: tuple[Opening, ...] = ()
    demanded: tuple[Permission, ...] = (catalogue.described(question.permission),)
    if not question.permission:
        path = _path_of(question.path)
        opened = catalogue.openings.of(question.method, path)
        if not opened:
            return _unknown(catalogue, text, path)
        demanded = tuple({one.permission.name: one.permission for one in opened}.values())
    demand = Demand(
        Door.RESOURCE,
        frozenset(one.name for one in demanded),
        audience=question.audience or found.token.audience,
    )
    at = now if question.at is None else question.at
    return _told(Asked(kind, found, text, demanded, opened, demand, question.address, at))


def _told(asked: Asked) -> Simulated:
    verdict, otherwise = asked.verdict(), asked.enough()
    token, standing = asked.found.token, asked.found.standing
    lacked = tuple(lacking(asked.kind, token, standing, name) for name in sorted(otherwise.missing))
    told = why(asked, otherwise, lacked)
    sentences: tuple[str, ...] = (f"{'Yes' if verdict.allowed else 'No'}: {told}",)
    if verdict.reason is not None and not verdict.active:
        first = f"No: {lowered(not_good(asked, verdict.reason))}"
        sentences = (first, f"Otherwise {'yes' if otherwise.allowed else 'no'}: {told}")
    return Simulated(
        allowed=verdict.allowed,
        otherwise=otherwise.allowed,
        reason=verdict.reason,
        sentences=sentences,
        demanded=asked.demanded,
        opened=asked.opened,
        lacking=lacked,
    )


def _text(question: Question) -> str:
    return question.permission or f"{question.method} {_path_of(question.path)}"


def _unknown(catalogue: Catalogue, text: str, path: str) -> Simulated:
    sentence = f"No: no permission of the catalogue opens {text}"
    if methods := catalogue.openings.methods(path):
        sentence += f", which has {listed(methods, 'and')}"
    return Simulated(allowed=False, otherwise=False, reason=None, sentences=(f"{sentence}.",))


def _path_of(text: str) -> str:
    """The path of what somebody pasted: of a path with a query, or of a whole URL."""
    if text.startswith("/"):
        return text.partition("?")[0].partition("#")[0]
    return urlsplit(text).path


def _refuse_malformed(question: Question) -> None:
    problems: list[Problem] = []
    if question.permission:
        if question.method or question.path:
            problems.append(Problem("permission", "cannot stand beside a method and a path"))
        elif not is_permission_name(question.permission):
            problems.append(Problem("permission", "is not formed like SystemsRead"))
    else:
        if question.method not in METHODS:
            problems.append(Problem("method", f"is none of {', '.join(METHODS)}"))
        if not _is_path(question.path):
            problems.append(Problem("path", "does not read like /devices/7"))
    if question.address and not is_address(question.address):
        problems.append(Problem("address", "is no IP address"))
    if problems:
        raise Refused(Code.MALFORMED, "Nobody can answer this.", tuple(problems))


def _is_path(text: str) -> bool:
    if len(text) > MAX_URL_CHARACTERS or not text.isprintable():
        return False
    try:
        return _path_of(text).startswith("/")
    except ValueError:
        return False
