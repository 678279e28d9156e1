"""What the process says about itself: one event after another on stderr, with no secret in it.

JSON lines, or text for people where stderr is a terminal. Whatever is logged, through structlog or
the standard library, passes the same redaction. Exceptions come without the values of locals.
"""

import logging
import re
import sys
from typing import Final, TextIO

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import JSONRenderer, TimeStamper, add_log_level, format_exc_info
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"

_SECRET: Final = re.compile(
    r"""
      [a-z][a-z0-9]{1,7}[a-z]_[0-9A-Za-z]{36,}            # our opaque strings
    | eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.?[A-Za-z0-9_-]*  # a JWT, whole or cut off
    """,
    re.VERBOSE,
)
_CARRIED: Final = re.compile(
    r"""
    ( \b (?: session | password ) = | \b x-access-token ['"]? \s* [=:,] \s* b?['"]?
    | \b authorization ['"]? \s* [=:,] \s* b?['"]? (?: [a-z]+ [ ]+ )?
    | \b (?: bearer | token | basic ) [ ]+ (?= [^\s'"]{16} )
    )
    [^\s&;'",)\]}]+
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAMES: Final = frozenset(
    {
        *("authorization", "x-access-token", "cookie", "set-cookie", "idempotency-key"),
        *("credential", "password", "secret", "session", "token"),
    }
)
"""What goes by these names is hidden whatever it looks like."""

_LINES: Final = frozenset({"exception", "trace", "stack"})
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_LINES: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def start(stream: TextIO | None = None) -> None:
    """Log to this stream, else to stderr, from now on."""
    out = sys.stderr if stream is None else stream
    renderer: Processor = JSONRenderer()
    if out.isatty():
        renderer = ConsoleRenderer(exception_formatter=plain_traceback)
    chain: list[Processor] = [
        add_log_level,
        TimeStamper(fmt="iso", utc=True),
        format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*chain, renderer],
        logger_factory=structlog.WriteLoggerFactory(out),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    lines = logging.StreamHandler(out)
    lines.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[lines], level=logging.WARNING, force=True)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: hide secrets in every value, and control characters with them."""
    return {
        _clean(str(name)): value if name.startswith("_") else _redacted(name, value)
        for name, value in event.items()
    }


def _redacted(name: str, value: object) -> object:
    if name.lower() in _NAMES:
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {_clean(str(key)): _redacted(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", part) for part in value]
    text = value if isinstance(value, str) else repr(value)
    return _clean(text, _CONTROL_IN_LINES if name in _LINES else _CONTROL)


def _clean(text: str, control: re.Pattern[str] = _CONTROL) -> str:
    hidden = _CARRIED.sub(rf"\1{HIDDEN}", _SECRET.sub(HIDDEN, text))
    return control.sub(lambda match: f"\\x{ord(match[0]):02x}", hidden)
