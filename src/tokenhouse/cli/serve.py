"""`tokenhouse serve`: a deployment, for its clients."""

import json
import os
import sys
from typing import TYPE_CHECKING, Final

import structlog
from cyclopts import App

from tokenhouse.cli.flags import examples, takes
from tokenhouse.config import Configuration

if TYPE_CHECKING:
    from tokenhouse.serving import Begun

_MORE: Final = examples(
    "tokenhouse serve",
    "tokenhouse serve --data /var/lib/tokenhouse --listen 0.0.0.0:443 \\",
    "  --public-url https://tokens.example.com --tls-certificate tls.pem \\",
    "  --tls-key tls.key",
    "tokenhouse serve --config /etc/tokenhouse/tokenhouse.toml",
)

app = App(name="serve", help_epilogue=_MORE)


@app.default
@takes(
    "data",
    "store",
    "listen",
    "public_url",
    "tls_certificate",
    "tls_key",
    "trusted_proxies",
    "stop_delay",
    "fast_lane",
    "renewal_status",
    "rabbitmq_management",
    "emqx_api",
)
def serve(*, configuration: Configuration) -> None:
    """Serve a deployment until it is told to stop.

    Without a deployment it prints a link, good once and for an hour, to a page that sets one up;
    tokenhouse init does the same without a browser. Nobody can sign in before that. SIGTERM and
    Ctrl-C let requests under way end.
    """
    from tokenhouse.serving import serve_deployment
    from tokenhouse.wiring import make_directory

    make_directory(configuration.settings.data)
    serve_deployment(configuration.settings, os.environ, _say)


def _say(begun: "Begun") -> None:
    """Tell people at a terminal, and programs elsewhere, in one line each."""
    address, public_url, link = str(begun.address), begun.public_url, begun.link
    if sys.stderr.isatty() and link is None:
        _line(f"Tokenhouse serves {public_url}, listening on {address}. Ctrl-C stops it.")
    elif sys.stderr.isatty() and link is not None:
        _line(f"Tokenhouse listens on {address}, and nothing has been set up yet.")
        _line(f"Set it up on this page; the link is good once, for an hour:\n\n  {link.reveal()}\n")
    elif link is None:
        structlog.get_logger(__name__).info("listening", address=address, public_url=public_url)
    else:
        told = {"event": "waiting to be set up", "address": address, "link": link.reveal()}
        _line(json.dumps(told))


def _line(text: str) -> None:
    # Past the log, which would hide the code of the link: it is meant for whoever started this.
    print(text, file=sys.stderr, flush=True)  # noqa: T201
