"""An operation as a command to paste. Pure."""

import json
import shlex
from typing import Any, Final
from urllib.parse import quote, urlencode

_CREDENTIALS: Final = {
    "bearer": '--header "Authorization: Bearer $JWT"',
    "token": '--header "Authorization: Token $TOKEN"',
    "x-access-token": '--header "x-access-token: $TOKEN"',
    "session": '--data "session=$SESSION"',
}
_FORM: Final = "application/x-www-form-urlencoded"
_UPLOAD: Final = "multipart/form-data"
_FILE: Final = "application/octet-stream"
_LONGEST: Final = 72
"""Characters of a body that stands in one line."""


def curl(server: str, method: str, path: str, operation: dict[str, Any]) -> str:
    """The request of the operation's example, with the token in a variable of the shell."""
    words = [f"curl --request {method.upper()}"]
    words.append(f"--url {shlex.quote(_url(server, path, operation))}")
    sent_as = [name for one in operation["security"][:1] for name in one]
    if method.upper() == "GET" and "session" in sent_as:
        words.append("--get")
    words += [_CREDENTIALS[name] for name in sent_as]
    words += [
        f"--header {shlex.quote(one['name'] + ': *')}"
        for one in operation.get("parameters", ())
        if one["in"] == "header" and one["required"]
    ]
    if "requestBody" in operation:
        ((media_type, content),) = operation["requestBody"]["content"].items()
        if media_type == _FORM:
            fields = content["example"].items()
            words += [
                f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields
            ]
        elif media_type == _UPLOAD:
            words += [f"--form {name}=@{name}.log" for name in content["schema"]["properties"]]
        else:
            words.append(f"--header 'Content-Type: {media_type}'")
            words.append(f"--data {shlex.quote(_json(content['example']))}")
    if _FILE in operation["responses"].get("200", {}).get("content", ()):
        words.append("--remote-name --remote-header-name")
    return " \\\n  ".join(words)


def _url(server: str, path: str, operation: dict[str, Any]) -> str:
    query = {}
    for one in operation.get("parameters", ()):
        if "example" not in one:
            continue
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(one["example"])))
        elif one["in"] == "query":
            query[one["name"]] = one["example"]
    return f"{server}{path}" + (f"?{urlencode(query)}" if query else "")


def _json(example: object) -> str:
    text = json.dumps(example, ensure_ascii=False)
    return text if len(text) <= _LONGEST else json.dumps(example, ensure_ascii=False, indent=2)
