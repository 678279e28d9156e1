"""What is set up over HTTP before it is measured."""

import http.client
import json
import time
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import urlencode

from bench.programs import PATIENCE_SECONDS

JSON: Final = {"Content-Type": "application/json"}
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(url: str, fields: dict[str, str]) -> dict[str, Any]:
    """Post a form; whoever is told to come again does."""
    request = urllib.request.Request(url, urlencode(fields).encode(), FORM, method="POST")
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request) as answer:
                told: dict[str, Any] = json.load(answer)
                return told
        except urllib.error.HTTPError as refused:
            # the load before may have left work behind, and whoever is told so comes again
            if refused.code != http.client.SERVICE_UNAVAILABLE or time.monotonic() > until:
                raise
            time.sleep(1)


def post(url: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Post JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), headers | JSON, method="POST")
    with urllib.request.urlopen(request) as answer:
        told: dict[str, Any] = json.load(answer)
        return told
