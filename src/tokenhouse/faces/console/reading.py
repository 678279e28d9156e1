"""Reading a token: the page on which a browser takes one apart by itself, and sends nothing."""

from typing import Final

import msgspec

from tokenhouse.boundary import Answer
from tokenhouse.core import client, link
from tokenhouse.faces.console.visit import Visit, page

PATH: Final = "/console/read"

TYPES: Final = {
    "session+jwt": "User token: a sign-in, as a signed token",
    "at+jwt": "Access token of an application",
    "device+jwt": "Device token",
    "assertion+jwt": "Assertion of a gate, made for one request: no token, no door takes it",
    "JWT": "Signed statement, such as an id token: no door takes it as a token",
}
"""What a signed string is, by its `typ`."""
LETTERS: Final = {
    "o": "Organizational token",
    "p": "Personal token",
    "l": "Limited personal token",
    "s": "Session, in its opaque form",
    "r": "Refresh token",
    link.LETTER: "Code of a one-time link: an invitation or a recovery",
    client.SECRET_LETTER: "Secret of a client",
}
"""What an opaque string is, by the letter before its underscore."""
CLAIMS: Final = {
    "typ": "what sort of token it is",
    "alg": "how it was signed",
    "kid": "the key that signed it",
    "iss": "who signed it",
    "aud": "which API it is for",
    "sub": "whose it is, by id",
    "jti": "its own id; revoking goes by it",
    "iat": "signed",
    "exp": "expires",
    "nbf": "not good before",
    "auth_time": "signed in",
    "azp": "the client that it was given to",
    "client_id": "the client that it was given to",
    "scope": "what the application asked for",
    "username": "e-mail of the person",
    "email": "e-mail of the person",
    "name": "name of the person",
    "organization": "the organization, by id",
    "organizationId": "the organization, by id",
    "role": "the highest rank; it decides nothing",
    "permissions": "what it may do, as told when it was signed",
    "permissionsTruncated": "the list was too long: names of groups stand there instead",
    "mqtt": "what it may do by MQTT",
    "deviceId": "the device, by number",
    "mqttPrefix": "where the device publishes",
    "cnf": "the key that has to be shown with it",
    "nonce": "what the application sent, to know its answer again",
    "at_hash": "hash of the access token beside it",
    "act": "who acts in somebody's name",
}
"""What a claim says, or a field of the header, in words."""
COMMAND: Final = (
    "python3 -c 'import base64, getpass, json\n"
    'for part in getpass.getpass("Token: ").split(".")[:2]:\n'
    '    print(json.dumps(json.loads(base64.urlsafe_b64decode(part + "===")), indent=2))\''
)
"""The same without a browser; what is typed stands in no history of a shell."""


def _show(visit: Visit) -> Answer:
    words = {
        "brand": visit.authority.deployment.brand,
        "issuer": visit.authority.deployment.issuer,
        "types": TYPES,
        "letters": LETTERS,
        "claims": CLAIMS,
    }
    return visit.page(
        "read.html",
        words=msgspec.json.encode(words).decode(),
        brand=visit.authority.deployment.brand,
        command=COMMAND,
    )


ROUTES: Final = (page(PATH, _show),)
