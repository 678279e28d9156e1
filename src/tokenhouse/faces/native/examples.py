"""The made-up firm that all examples tell of: the same thing has the same id in all of them."""

from typing import Final

_ID: Final = "01890a5d-ac96-774b-bcce-b302099a80"
TOKEN: Final = f"{_ID}57"
ORGANIZATION: Final = f"{_ID}59"
MEMBERSHIP: Final = f"{_ID}5a"
GROUP: Final = f"{_ID}5b"
SUCCESSOR: Final = f"{_ID}62"
LINK: Final = f"{_ID}64"
CLIENT: Final = f"{_ID}66"
DEVICE: Final = f"{_ID}68"
SECRET: Final = f"{_ID}67"
FAMILY: Final = f"{_ID}68"
KEYS: Final = (f"{_ID}71", f"{_ID}72", f"{_ID}73")

ANNA: Final = {"id": f"{_ID}58", "email": "anna@nordlicht.example", "full_name": "Anna Lind"}
BEA: Final = {"id": f"{_ID}63", "email": "bea@nordlicht.example", "full_name": "Bea Blum"}
CARL: Final = {"id": f"{_ID}65", "email": "carl@nordlicht.example", "full_name": "Carl Moen"}
NORDLICHT: Final = {"id": ORGANIZATION, "name": "Nordlicht Energie"}

MADE: Final = "2029-12-01T08:00:00Z"
USED: Final = "2029-12-24T18:30:00Z"
KEPT: Final = {"created_at": MADE, "updated_at": MADE}
"""When something was made that nobody has changed since."""

PASSKEY: Final = {
    "id": f"{_ID}74",
    "label": "My laptop",
    "created_at": MADE,
    "last_used_at": None,
}
CHALLENGE: Final = {
    "publicKey": {
        "challenge": "AZCa…",
        "rpId": "tokens.example.com",
        "timeout": 300000,
        "userVerification": "required",
        "allowCredentials": [],
    }
}
