"""Forged and confused access tokens, each at every place where one could be taken for good.

Each string differs from a good access token by the attack alone; where it takes our own key to make
one, form alone has to refuse it.
"""

import json
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from conformance.house import CLIENTS, House
from conformance.wire import FORM, Reply
from registered import register
from signing.forge import N, as_json, b64, es256, hs256, numbers, resigned, unb64
from stage import ADMINISTRATOR, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.signing_key import KeyState
from tokenhouse.operations.grant_password import PasswordGrant

JSON: Final = ("content-type", "application/json")


class Attacker:
    """Has a good access token of an application and, where an attack needs it, our own key."""

    def __init__(self, at: House) -> None:
        now = at.stage.clock.now()
        keys = at.stage.store.signing_keys()
        (active,) = [key for key in keys if key.state(now) is KeyState.ACTIVE]
        self.pending = next((key for key in keys if key.state(now) is KeyState.PENDING), None)
        self.private = at.stage.parts.smith.open(active)
        self.jwk = json.loads(active.public)
        self.at = at
        self.application = register(at.stage)
        asked = PasswordGrant(
            self.application.credentials, ADMINISTRATOR, Secret(PASSWORD), "192.0.2.1"
        )
        granted = at.stage.authority.grants.password(asked)
        assert granted.refresh is not None
        assert granted.id_token is not None
        self.good = granted.access.reveal()
        self.refresh, self.id_token = granted.refresh.reveal(), granted.id_token.reveal()
        self.header, self.claims = (json.loads(unb64(one)) for one in self.good.split(".")[:2])

    def signed(self, header: Any = None, claims: Any = None) -> str:
        """By our own key, and well."""
        return es256(self.private, header or self.header, claims or self.claims)

    def head(self, **changed: object) -> str:
        return self.signed(header={**self.header, **changed})

    def claim(self, **changed: object) -> str:
        return self.signed(claims={**self.claims, **changed})

    def without(self, name: str) -> str:
        if name in self.header:
            return self.signed(header={k: v for k, v in self.header.items() if k != name})
        return self.signed(claims={k: v for k, v in self.claims.items() if k != name})

    def unsigned(self, algorithm: object, signature: str | None = "") -> str:
        header, payload = b64(as_json({**self.header, "alg": algorithm})), self.good.split(".")[1]
        kept = self.good.rpartition(".")[2] if signature is None else signature
        return f"{header}.{payload}.{kept}"

    def by_public_key(self, algorithm: str, secret: bytes) -> str:
        return hs256(secret, {**self.header, "alg": algorithm}, self.claims)

    def by_own_key(self, **named: object) -> str:
        return es256(generate_private_key(SECP256R1()), {**self.header, **named}, self.claims)

    @property
    def signature(self) -> bytes:
        return unb64(self.good.rpartition(".")[2])

    @property
    def r_and_s(self) -> tuple[int, int]:
        raw = self.signature
        return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")

    def public(self, encoding: Encoding, form: PublicFormat) -> bytes:
        return self.private.public_key().public_bytes(encoding, form)

    def text(self, **inserted: str) -> str:
        """The claims as JSON, with what is inserted at the front: a name can stand there twice."""
        before = "".join(f"{name}:{value}," for name, value in inserted.items())
        return "{" + before + json.dumps(self.claims)[1:]

    def of_length(self, length: int) -> str:
        text = self.good
        while len(text) < length:
            text = self.claim(more="x" * (max(0, length - len(self.good)) * 3 // 4 + len(text) % 7))
        return text


def _other_key() -> dict[str, Any]:
    return dict(ECKey.import_key(generate_private_key(SECP256R1()).public_key()).as_dict())


Attack = Callable[[Attacker], str]
_SPKI: Final = PublicFormat.SubjectPublicKeyInfo
ATTACKS: Final[dict[str, Attack]] = {
    # no signature
    **{
        f"alg {algorithm!r}, {how} signature": (
            lambda a, algorithm=algorithm, kept=kept: a.unsigned(algorithm, kept)
        )
        for algorithm in ("none", "None", "nOnE", "", None, 0, [], {})
        for how, kept in (("no", ""), ("the good", None))
    },
    "no signature at all": lambda a: a.good.rpartition(".")[0],
    "an empty signature": lambda a: a.good.rpartition(".")[0] + ".",
    # another algorithm
    **{
        f"alg {algorithm}": lambda a, algorithm=algorithm: a.head(alg=algorithm)
        for algorithm in (
            *("es256", "ES256 ", "ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS256"),
        )
    },
    # the public key as a secret
    **{
        f"{algorithm} by the public key as {name}": (
            lambda a, algorithm=algorithm, secret=secret: a.by_public_key(algorithm, secret(a))
        )
        for algorithm in ("HS256", "ES256")
        for name, secret in {
            "pem": lambda a: a.public(Encoding.PEM, _SPKI),
            "der": lambda a: a.public(Encoding.DER, _SPKI),
            "jwk": lambda a: json.dumps(a.jwk, separators=(",", ":")).encode(),
            "x": lambda a: unb64(a.jwk["x"]),
            "nothing": lambda _: b"",
            "the client's id": lambda a: a.claims["client_id"].encode(),
        }.items()
    },
    # the attacker's key
    "his key under our name": lambda a: a.by_own_key(),
    "his key in the header": lambda a: a.by_own_key(jwk=_other_key()),
    "his key in the header, with our name": lambda a: a.by_own_key(
        jwk={**_other_key(), "kid": a.jwk["kid"]}
    ),
    "his key at an address": lambda a: a.by_own_key(jku="https://attacker.example/jwks.json"),
    "his certificate at an address": lambda a: a.by_own_key(x5u="https://attacker.example/c.pem"),
    "his certificate in the header": lambda a: a.by_own_key(x5c=["MIIB"]),
    # more in the header than we write
    **{
        f"header with {json.dumps(extra)}": lambda a, extra=extra: a.head(**extra)
        for extra in (
            {"crit": ["exp"], "exp": 1},
            {"crit": []},
            {"crit": ["b64"], "b64": False},
            {"crit": None},
            {"b64": True},
            {"jwk": {"kty": "EC"}},
            {"jku": "http://localhost:8080/.well-known/jwks.json"},
            {"x5t": "AA"},
            {"cty": "JWT"},
            {"zip": "DEF"},
            {"enc": "A256GCM"},
        )
    },
    # the name of the key
    **{
        f"kid {kid!r:.30}": lambda a, kid=kid: a.head(kid=kid)
        for kid in (
            *("../../../../dev/null", "' OR 1=1 --", "x' UNION SELECT 'AA", "| id", "", None, 0),
            *("https://attacker.example/key", "0" * 36, "k" * 5000, [], {}),
        )
    },
    "kid in capitals": lambda a: a.head(kid=a.jwk["kid"].upper() + " "),
    "kid of a key that does not sign yet": lambda a: a.head(
        kid=str(a.pending.id) if a.pending else str(uuid4())
    ),
    **{f"no {name}": lambda a, name=name: a.without(name) for name in ("alg", "kid", "typ", "jti")},
    # the signature
    "the high twin": lambda a: resigned(a.good, numbers(a.r_and_s[0], N - a.r_and_s[1])),
    "zeros": lambda a: resigned(a.good, bytes(64)),
    "r zero": lambda a: resigned(a.good, numbers(0, a.r_and_s[1])),
    "s zero": lambda a: resigned(a.good, numbers(a.r_and_s[0], 0)),
    "r of the order": lambda a: resigned(a.good, numbers(N, a.r_and_s[1])),
    "r and s one": lambda a: resigned(a.good, numbers(1, 1)),
    "r and s exchanged": lambda a: resigned(a.good, a.signature[32:] + a.signature[:32]),
    "DER": lambda a: resigned(a.good, encode_dss_signature(*a.r_and_s)),
    "one byte more": lambda a: resigned(a.good, a.signature + b"\0"),
    "one byte less": lambda a: resigned(a.good, a.signature[:-1]),
    "padding": lambda a: a.good + "==",
    "of another token": lambda a: resigned(a.good, unb64(a.id_token.rpartition(".")[2])),
    # a name twice
    "jti twice": lambda a: a.signed(claims=a.text(**{'"jti"': json.dumps(str(uuid4()))})),
    "jti twice, once in disguise": lambda a: a.signed(
        claims=a.text(**{'"\\u006ati"': json.dumps(a.claims["jti"])})
    ),
    "iss twice": lambda a: a.signed(claims=a.text(**{'"iss"': '"https://attacker.example"'})),
    "sub twice": lambda a: a.signed(claims=a.text(**{'"sub"': '"somebody"'})),
    "alg twice": lambda a: a.signed(header='{"alg":"none",' + json.dumps(a.header)[1:]),
    # claims
    "another issuer": lambda a: a.claim(iss="https://attacker.example"),
    "issuer with a slash": lambda a: a.claim(iss=a.claims["iss"] + "/"),
    "no issuer": lambda a: a.without("iss"),
    "issuers": lambda a: a.claim(iss=[a.claims["iss"]]),
    "a jti that nobody has": lambda a: a.claim(jti=str(uuid4())),
    "jti in capitals": lambda a: a.claim(jti=a.claims["jti"].upper() + " "),
    "jti in braces": lambda a: a.claim(jti="{" + a.claims["jti"] + "}"),
    "jti of a refresh token": lambda a: a.claim(jti=str(a.at.good("refresh").token.id)),
    "jti of a personal token": lambda a: a.claim(jti=str(a.at.good("personal").token.id)),
    "jti of an organizational one": lambda a: a.claim(
        jti=str(a.at.good("organizational").token.id)
    ),
    "jti that is a number": lambda a: a.claim(jti=1),
    "no object": lambda a: a.signed(claims=b"[1]"),
    "not UTF-8": lambda a: a.signed(claims=b"\xff"),
    "NaN": lambda a: a.signed(claims=b'{"exp":NaN,' + json.dumps(a.claims).encode()[1:]),
    "deep": lambda a: a.signed(claims=b"[" * 4000),
    # the type, and strings that are no access tokens
    **{
        f"typ {typ!r}": lambda a, typ=typ: a.head(typ=typ)
        for typ in (
            "JWT",
            "AT+JWT",
            "application/at+jwt",
            "session+jwt",
            "device+jwt",
            "",
            None,
            1,
            ["at+jwt"],
        )
    },
    "the id token": lambda a: a.id_token,
    "the id token, said to be an access token": lambda a: (
        b64(as_json(a.header)) + "." + a.id_token.partition(".")[2]
    ),
    "the id token's claims, signed as an access token": lambda a: a.signed(
        claims=json.loads(unb64(a.id_token.split(".")[1]))
    ),
    "the refresh token": lambda a: a.refresh,
    "the client's secret": lambda a: a.application.secret.reveal() if a.application.secret else "",
    # form
    "four parts": lambda a: a.good + ".AA",
    "two dots": lambda a: a.good.replace(".", "..", 1),
    "as JSON": lambda a: json.dumps(
        dict(zip(("protected", "payload", "signature"), a.good.split("."), strict=True))
    ),
    "another payload": lambda a: ".".join(
        (a.good.split(".")[0], b64(as_json({**a.claims, "sub": "x"})), a.good.split(".")[2])
    ),
    "cut": lambda a: a.good[:-1],
    "more than 8 KiB": lambda a: a.of_length(8193),
}


@pytest.fixture(scope="module")
def attacker(at: House) -> Attacker:
    return Attacker(at)


def presented(at: House, text: str) -> dict[str, Reply]:
    """What comes of presenting it as a credential."""
    bearer = ("authorization", f"Bearer {text}")
    asking = json.dumps({"token": "x"}).encode()
    return {
        "API": at.wire("GET", "/systems", [bearer]),
        "gate": at.wire("GET", "/v1/verify", [bearer]),
        "gate with a permission": at.wire("GET", "/v1/verify/SystemsRead", [bearer]),
        "asking": at.wire("POST", "/v1/verify", [bearer, JSON], asking),
        "introspecting": at.wire("POST", "/oauth/introspect", [bearer, FORM], b"token=x"),
        "management": at.wire("GET", "/v1/me", [bearer]),
    }


def named(at: House, attacker: Attacker, text: str) -> dict[str, Reply]:
    """What comes of asking about it: by whoever may ask about everything, and by its own client."""
    by = at.good(CLIENTS).credential.headers
    pair = attacker.application
    assert pair.secret is not None
    own = {"client_id": pair.client.client_id, "client_secret": pair.secret.reveal()}
    body = json.dumps({"token": text}).encode()
    return {
        "verify": at.wire("POST", "/v1/verify", [*by, JSON], body),
        "introspect": at.wire(
            "POST", "/oauth/introspect", [*by, FORM], urlencode({"token": text}).encode()
        ),
        "introspect by its client": at.wire(
            "POST", "/oauth/introspect", [FORM], urlencode({"token": text, **own}).encode()
        ),
    }


def test_the_token_that_all_attacks_start_from_is_good(at: House, attacker: Attacker):
    for text in (attacker.good, attacker.signed()):
        replies = presented(at, text)
        opened = {name for name, reply in replies.items() if reply.status == 200}
        assert opened == {"API", "gate", "gate with a permission"}
        assert all(json.loads(reply.body)["active"] for reply in named(at, attacker, text).values())


def test_there_are_many_attacks_and_no_two_are_the_same(attacker: Attacker):
    assert len({attack(attacker) for attack in ATTACKS.values()}) == len(ATTACKS) >= 60


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_forged_access_token_opens_nothing(at: House, attacker: Attacker, attack: str):
    text = ATTACKS[attack](attacker)
    for door, reply in presented(at, text).items():
        assert reply.status == 401, (door, reply)
        assert text not in reply.body.decode()


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one != "the refresh token"])
def test_a_forged_access_token_is_called_good_by_nobody(at: House, attacker: Attacker, attack: str):
    text = ATTACKS[attack](attacker)
    for asked, reply in named(at, attacker, text).items():
        told = json.loads(reply.body)
        if len(text) > 8192:
            assert reply.status == 400, (asked, reply)
        elif asked == "verify":
            assert (told["active"], told["reason"]) == (False, "unknown"), (asked, reply)
        else:
            assert reply.body == b'{"active":false}', (asked, reply)


@pytest.mark.parametrize(
    ("kind", "typ"),
    [("session", "at+jwt"), ("access", "session+jwt"), (CLIENTS, "session+jwt")],
)
def test_by_our_own_key_no_kind_is_found_under_the_type_of_another(
    at: House, attacker: Attacker, kind: str, typ: str
):
    good = at.make(kind).credential.secret.reveal()
    header, claims = (json.loads(unb64(one)) for one in good.split(".")[:2])
    assert presented(at, attacker.signed(header, claims))["gate"].status == 200
    text = attacker.signed({**header, "typ": typ}, claims)
    assert {reply.status for reply in presented(at, text).values()} == {401}
    for asked, reply in named(at, attacker, text).items():
        told = json.loads(reply.body)
        assert told["active"] is False
        assert asked != "verify" or told["reason"] == "unknown"


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one != "the refresh token"])
def test_a_forged_access_token_is_redeemed_for_nothing_and_revokes_nothing(
    at: House, attacker: Attacker, attack: str
):
    pair, text = attacker.application, ATTACKS[attack](attacker)
    assert pair.secret is not None
    own = {"client_id": pair.client.client_id, "client_secret": pair.secret.reveal()}
    before = at.head
    sent = urlencode({**own, "grant_type": "refresh_token", "refresh_token": text})
    assert at.wire("POST", "/oauth/token", [FORM], sent.encode()).status == 400
    revoked = at.wire("POST", "/oauth/revoke", [FORM], urlencode({**own, "token": text}).encode())
    assert revoked.status in ((400,) if len(text) > 8192 else (200,))
    assert at.head == before
