"""Known attacks on JWTs. Each forged string differs from a good one by the attack alone."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey

from signing.forge import N, as_json, b64, es256, hs256, numbers, resigned, unb64
from signing.house import ISSUER, SESSION, House
from tokenhouse.core.signing_key import KeyState

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OTHERS = "=. \n\r\t\x00+/~%é"


class Attacker:
    """Has a good token and, where an attack needs it, our own key: form alone must then refuse."""

    def __init__(self, house: House) -> None:
        (active,) = house.in_state(KeyState.ACTIVE)
        self.house = house
        self.private = house.smith.open(active)
        self.jwk = json.loads(active.public)
        self.header = {"typ": SESSION, "alg": "ES256", "kid": str(active.id)}
        self.claims = {"iss": ISSUER, "jti": str(uuid4())}
        self.good = es256(self.private, self.header, self.claims)

    def signed(self, header: object = None, claims: object = None) -> str:
        return es256(self.private, header or self.header, claims or self.claims)

    def with_header(self, **changed: object) -> str:
        return self.signed(header={**self.header, **changed})

    def without(self, name: str) -> str:
        return self.signed(header={k: v for k, v in self.header.items() if k != name})


@pytest.fixture
def attacker(house: House) -> Attacker:
    return Attacker(house)


def test_the_string_that_all_attacks_start_from_is_good(attacker):
    assert attacker.house.knows(attacker.good)
    assert attacker.house.knows(attacker.signed())


SECRETS: dict[str, Callable[[Attacker], bytes]] = {
    "pem": lambda a: a.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ),
    "der": lambda a: a.private.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    ),
    "point": lambda a: a.private.public_key().public_bytes(
        Encoding.X962, PublicFormat.UncompressedPoint
    ),
    "ssh": lambda a: a.private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "jwk": lambda a: json.dumps(a.jwk, sort_keys=True, separators=(",", ":")).encode(),
    "x": lambda a: unb64(a.jwk["x"]),
    "kid": lambda a: a.jwk["kid"].encode(),
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_a_public_key_is_no_hmac_secret(attacker, secret, algorithm):
    header = {**attacker.header, "alg": algorithm}
    assert not attacker.house.knows(hs256(SECRETS[secret](attacker), header, attacker.claims))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, 0, [], {}])
@pytest.mark.parametrize("signature", ["", "AA", "good"])
def test_no_algorithm_is_no_signature(attacker, algorithm, signature):
    header = b64(as_json({**attacker.header, "alg": algorithm}))
    payload, good = attacker.good.split(".")[1:]
    assert not attacker.house.knows(
        f"{header}.{payload}.{good if signature == 'good' else signature}"
    )


@pytest.mark.parametrize(
    "algorithm", ["es256", "ES256 ", "ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS512"]
)
def test_the_header_cannot_choose_another_algorithm_than_the_keys(attacker, algorithm):
    assert not attacker.house.knows(attacker.with_header(alg=algorithm))


def test_a_key_of_the_attackers_is_not_believed_wherever_he_names_it(attacker):
    private = generate_private_key(SECP256R1())
    own = ECKey.import_key(private.public_key()).as_dict()
    for named in (
        {"jwk": own},
        {"jwk": {**own, "kid": attacker.jwk["kid"]}},
        {"jku": "https://attacker.example/jwks.json"},
        {"x5u": "https://attacker.example/key.pem"},
        {"x5c": ["MIIB"]},
        {},
    ):
        header = {**attacker.header, **named}
        assert not attacker.house.knows(es256(private, header, attacker.claims))


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": True},
        {"crit": ["b64"], "b64": False},
        {"crit": None},
        {"b64": True},
        {"jwk": {"kty": "EC"}},
        {"jku": ISSUER + "/.well-known/jwks.json"},
        {"x5u": ISSUER},
        {"x5c": []},
        {"x5t": "AA"},
        {"x5t#S256": "AA"},
        {"cty": "JWT"},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
        {"iss": ISSUER},
        {"": ""},
    ],
)
def test_a_header_with_more_than_we_write_is_refused_though_signed_well(attacker, extra):
    assert not attacker.house.knows(attacker.with_header(**extra))


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_a_header_with_less_than_we_write_is_refused_though_signed_well(attacker, name):
    assert not attacker.house.knows(attacker.without(name))


@pytest.mark.parametrize(
    "typ", ["JWT", "at+jwt", "Session+JWT", "application/session+jwt", "", None, 1, [SESSION]]
)
def test_the_type_is_exactly_one_of_those_asked_for(attacker, typ):
    assert not attacker.house.knows(attacker.with_header(typ=typ))


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/dev/null",
        "' OR 1=1 --",
        "x' UNION SELECT 'AA",
        "https://attacker.example/key",
        "| id",
        "",
        None,
        0,
        [],
        {},
        "00000000-0000-0000-0000-000000000000",
        "\ud800",
        "k" * 5000,
    ],
)
def test_a_kid_is_only_compared(attacker, kid):
    assert not attacker.house.knows(attacker.with_header(kid=kid))


def test_a_kid_has_one_spelling(attacker):
    kid = attacker.jwk["kid"]
    for other in (kid.upper(), kid.replace("-", ""), f" {kid}", f"{kid}\n", f"urn:uuid:{kid}"):
        if other != kid:
            assert not attacker.house.knows(attacker.with_header(kid=other))


def test_the_pending_keys_name_does_not_help(attacker):
    (pending,) = attacker.house.in_state(KeyState.PENDING)
    assert not attacker.house.knows(attacker.with_header(kid=str(pending.id)))


def test_a_name_that_stands_twice_is_refused_though_signed_well(attacker):
    kid, jti = attacker.header["kid"], attacker.claims["jti"]
    header = f'{{"typ":"{SESSION}","alg":"none","alg":"ES256","kid":"{kid}"}}'
    assert not attacker.house.knows(attacker.signed(header=header))
    for claims in (
        f'{{"iss":"https://other.example","iss":"{ISSUER}","jti":"{jti}"}}',
        f'{{"iss":"{ISSUER}","jti":"{jti}","jti":"{jti}"}}',
        f'{{"iss":"{ISSUER}","jti":"{jti}","\\u006ati":"{jti}"}}',
        f'{{"iss":"{ISSUER}","jti":"{jti}","deep":[{{"a":1,"a":2}}]}}',
    ):
        assert not attacker.house.knows(attacker.signed(claims=claims))


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b'{"iss":NaN}',
        b'{"iss":Infinity}',
        b"[" * 4000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"n":' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf{}",
    ],
)
def test_a_payload_or_header_that_is_no_plain_object_is_refused(attacker, payload):
    assert not attacker.house.knows(attacker.signed(claims=payload))
    assert not attacker.house.knows(attacker.signed(header=payload))


R_AND_S = [0, 1, N // 2, N // 2 + 1, N - 1, N, N + 1, 2**256 - 1]


@pytest.mark.parametrize("r", R_AND_S)
@pytest.mark.parametrize("s", R_AND_S)
def test_numbers_at_the_edges_sign_nothing(attacker, r, s):
    assert not attacker.house.knows(resigned(attacker.good, numbers(r, s)))


def test_the_high_twin_of_a_good_signature_is_refused(attacker):
    raw = unb64(attacker.good.rpartition(".")[2])
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    twin = resigned(attacker.good, numbers(r, N - s))
    jws.deserialize_compact(twin, ECKey.import_key(attacker.jwk), ["ES256"])  # good to others
    assert not attacker.house.knows(twin)


def test_a_signature_in_another_form_or_length_is_refused(attacker):
    raw = unb64(attacker.good.rpartition(".")[2])
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    for other in (
        encode_dss_signature(r, s),
        raw + b"\x00",
        b"\x00" + raw,
        raw[:-1],
        raw[1:],
        b"\x00" + raw[:32] + b"\x00" + raw[32:],
        raw + raw,
        raw[32:] + raw[:32],
        b"",
    ):
        assert not attacker.house.knows(resigned(attacker.good, other))


def test_no_neighbour_of_a_good_string_by_one_character_is_good(attacker):
    good, knows = attacker.good, attacker.house.knows
    for place, character in enumerate(good):
        for other in ALPHABET + OTHERS:
            if other != character:
                assert not knows(good[:place] + other + good[place + 1 :]), (place, other)
        assert not knows(good[:place] + good[place + 1 :]), place
        assert not knows(good[:place]), place
        assert place == 0 or not knows(good[place:]), place
    for place in range(len(good) + 1):
        for other in "A-_" + OTHERS:
            assert not knows(good[:place] + other + good[place:]), (place, other)


def test_no_string_with_two_characters_exchanged_is_good(attacker):
    good = attacker.good
    for place in range(len(good) - 1):
        left, right = good[place : place + 2]
        if left != right:
            assert not attacker.house.knows(good[:place] + right + left + good[place + 2 :])


def test_more_or_fewer_parts_than_three_are_refused(attacker):
    header, payload, signature = attacker.good.split(".")
    for parts in (
        (header, payload),
        (header, payload, ""),
        (header, "", signature),
        ("", payload, signature),
        (header, payload, signature, ""),
        (header, payload, signature, signature),
        (header, "", "", payload, signature),
    ):
        assert not attacker.house.knows(".".join(parts))


def test_another_serialization_of_the_same_signature_is_refused(attacker):
    header, payload, signature = attacker.good.split(".")
    flattened = {"protected": header, "payload": payload, "signature": signature}
    assert not attacker.house.knows(json.dumps(flattened))


def test_a_string_of_more_than_8_kib_is_refused_though_signed_well(attacker):
    def of_length(length: int) -> str:
        claims = {**attacker.claims, "more": ""}
        missing = length - len(attacker.signed(claims=claims))
        claims["more"] = "x" * (missing * 3 // 4 - 4)
        while len(text := attacker.signed(claims=claims)) < length:
            claims["more"] += "x"
        return text

    longest = of_length(8190)
    assert len(longest) <= 8192
    assert attacker.house.knows(longest)
    assert not attacker.house.knows(of_length(8193))
