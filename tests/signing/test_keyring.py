"""The keyring signs with the active key and knows again what it signed."""

import json
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwk, jws
from msgspec.structs import replace

from signing.forge import N, unb64
from signing.house import ISSUER, LONGEST, SESSION, TYPS, House, write
from tokenhouse.core.credential import MAX_CHARACTERS, Secret
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import RENEWAL_GRACE, SIGNED_LATE, KeyState
from tokenhouse.operations.ports import Claimed
from tokenhouse.signing.compact import der_signature
from tokenhouse.signing.keys import read_public

ID = "0190a5c4-7e1a-7000-8000-0123456789ab"


def test_a_signed_token_is_known_again_by_its_id(house):
    text = house.keyring.sign(SESSION, {"iss": ISSUER, "jti": ID})
    assert house.keyring.claimed(text, TYPS, ISSUER) == Claimed(SESSION, UUID(ID))


def test_header_and_claims_are_compact_and_name_type_algorithm_and_key(house):
    text = house.keyring.sign(SESSION, {"iss": ISSUER, "jti": ID, "iat": 1, "aud": ["a", "b"]})
    header, claims, _ = text.reveal().split(".")
    (active,) = house.in_state(KeyState.ACTIVE)
    expected = {"typ": "session+jwt", "alg": "ES256", "kid": str(active.id)}
    assert unb64(header).decode() == json.dumps(expected, separators=(",", ":"))
    assert unb64(claims).decode() == f'{{"iss":"{ISSUER}","jti":"{ID}","iat":1,"aud":["a","b"]}}'


def test_every_signature_is_the_low_one_of_its_two_twins(house):
    for _ in range(40):
        signature = unb64(house.sign().reveal().rpartition(".")[2])
        assert len(signature) == 64
        assert 0 < int.from_bytes(signature[32:], "big") <= N // 2


def test_any_verifier_with_the_published_keys_can_check_it(house):
    published = jwk.KeySet.import_key_set(house.keys.published())
    text = house.keyring.sign(SESSION, {"iss": ISSUER, "jti": ID})
    checked = jws.deserialize_compact(text.reveal(), published, algorithms=["ES256"])
    assert json.loads(checked.payload)["jti"] == ID


def test_an_issuer_or_a_type_of_another_is_not_ours(house):
    text = house.sign()
    assert house.keyring.claimed(text, TYPS, ISSUER) is not None
    assert house.keyring.claimed(text, TYPS, ISSUER + "/") is None
    assert house.keyring.claimed(text, frozenset({"at+jwt"}), ISSUER) is None
    assert house.keyring.claimed(text, frozenset(), ISSUER) is None


def test_expiry_is_not_judged_here(house):
    text = house.keyring.sign(SESSION, {"iss": ISSUER, "jti": ID, "exp": 1})
    assert house.keyring.claimed(text, TYPS, ISSUER) == Claimed(SESSION, UUID(ID))


@pytest.mark.parametrize(
    "jti",
    [
        None,
        7,
        "",
        "x",
        ID.upper(),
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        f" {ID}",
        [ID],
        ID + "\x00",
    ],
)
def test_a_jti_that_is_no_canonical_uuid_names_nothing(house, jti):
    text = house.keyring.sign(SESSION, {"iss": ISSUER, "jti": jti})
    assert house.keyring.claimed(text, TYPS, ISSUER) is None


def test_without_a_jti_or_an_issuer_nothing_is_named(house):
    for claims in ({"iss": ISSUER}, {"jti": ID}, {}):
        assert house.keyring.claimed(house.keyring.sign(SESSION, claims), TYPS, ISSUER) is None


def test_claims_too_long_to_be_accepted_are_not_signed(house):
    with pytest.raises(ValueError, match="8192"):
        house.keyring.sign(SESSION, {"iss": ISSUER, "jti": ID, "more": "x" * 8192})


def test_what_would_be_too_long_is_refused_before_it_is_signed(house: House) -> None:
    claims = {"iss": ISSUER, "jti": ID, "more": ""}
    room = MAX_CHARACTERS - len(house.keyring.sign(SESSION, claims).reveal())
    claims["more"] = "x" * (room * 3 // 4 - 3)
    longest = house.keyring.prepare(SESSION, claims)().reveal()
    assert MAX_CHARACTERS - 8 < len(longest) <= MAX_CHARACTERS
    assert house.keyring.claimed(Secret(longest), TYPS, ISSUER) is not None
    claims["more"] += "xxxxxx"
    with pytest.raises(ValueError, match=str(MAX_CHARACTERS)):
        house.keyring.prepare(SESSION, claims)


def test_what_was_prepared_is_signed_once(house: House) -> None:
    prepared = house.keyring.prepare(SESSION, {"iss": ISSUER, "jti": ID})
    assert prepared() is prepared()


def test_without_a_key_nothing_is_prepared(house: House) -> None:
    prepared = house.keyring.prepare(SESSION, {"iss": ISSUER, "jti": ID})
    (active,) = house.in_state(KeyState.ACTIVE)
    write(house.store, replace(active, version=2, activated_at=None))
    with pytest.raises(Unavailable):
        house.keyring.prepare(SESSION, {"iss": ISSUER, "jti": ID})
    assert prepared().reveal().count(".") == 2


def test_what_a_pending_key_signs_is_not_known_until_it_is_active(house):
    (pending,) = house.in_state(KeyState.PENDING)
    (active,) = house.in_state(KeyState.ACTIVE)
    early = replace(pending, version=2, activated_at=house.clock.now())
    write(house.store, replace(active, version=2, activated_at=None), early)
    text = house.other_process().sign()
    write(house.store, replace(active, version=3), replace(pending, version=3))
    assert not house.knows(text)
    house.rotate()
    assert house.knows(text)


def test_a_rotation_by_another_process_counts_at_once(house):
    before = house.sign()
    house.rotate()
    other = house.other_process()
    after = other.sign()
    assert before.reveal().split(".")[0] != after.reveal().split(".")[0]
    assert house.sign().reveal().split(".")[0] == after.reveal().split(".")[0]
    assert house.knows(after)
    assert other.knows(before)


def test_a_retiring_key_verifies_to_its_last_moment_and_not_beyond(house):
    text = house.sign()
    house.rotate()
    house.clock.move(LONGEST + SIGNED_LATE + RENEWAL_GRACE - 1)
    assert house.knows(text)
    house.clock.move(1)
    assert house.in_state(KeyState.RETIRED)
    assert not house.knows(text)


def test_without_an_active_key_nothing_is_signed(house):
    (active,) = house.in_state(KeyState.ACTIVE)
    write(house.store, replace(active, version=2, retires_at=house.clock.now() + 1))
    with pytest.raises(Unavailable, match="no signing key is active"):
        house.sign()


def test_a_public_part_that_cannot_be_read_is_inability_and_no_answer(house):
    text = house.sign()
    (active,) = house.in_state(KeyState.ACTIVE)
    write(house.store, replace(active, version=2, public="{}"))
    with pytest.raises(Unavailable):
        house.knows(text)


@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_a_private_or_foreign_key_in_place_of_a_public_one_is_inability(house, curve):
    text = house.sign()
    (active,) = house.in_state(KeyState.ACTIVE)
    other = json.dumps(
        jwk.ECKey.generate_key(curve, private=curve == "P-256").as_dict(private=curve == "P-256")
    )
    write(house.store, replace(active, version=2, public=other))
    with pytest.raises(Unavailable, match="of another sort"):
        house.knows(text)


def test_a_string_known_from_before_is_refused_once_its_key_changes_or_verifies_no_more(house):
    text, other = house.sign(), house.sign()
    (active,) = house.in_state(KeyState.ACTIVE)
    assert house.knows(text)
    assert house.knows(text)
    write(house.store, replace(active, version=2, algorithm="HS256"))
    assert not house.knows(text)
    write(house.store, replace(active, version=3, retires_at=house.clock.now() + 1))
    assert house.knows(text)
    house.clock.move(1)
    assert not house.knows(text)
    assert not house.knows(other)


def test_a_string_known_from_before_is_refused_as_another_type_or_issuer(house):
    text = house.sign()
    assert house.knows(text)
    assert house.keyring.claimed(text, frozenset({"at+jwt"}), ISSUER) is None
    assert house.keyring.claimed(text, TYPS, "http://elsewhere") is None


def test_strings_known_from_before_are_bounded(house, monkeypatch):
    monkeypatch.setattr("tokenhouse.signing.keyring.MOST_VERIFIED", 3)
    for text in [house.sign() for _ in range(7)] * 2:
        assert house.knows(text)
        assert len(house.keyring._verified) <= 3


def test_a_key_of_another_algorithm_in_its_record_verifies_nothing(house):
    text = house.sign()
    (active,) = house.in_state(KeyState.ACTIVE)
    write(house.store, replace(active, version=2, algorithm="HS256"))
    assert not house.knows(text)


def test_two_deployments_do_not_know_each_others_tokens(house, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    assert not House(other).knows(house.sign())


def test_private_parts_of_keys_that_sign_no_more_are_not_held(house):
    house.sign()
    house.rotate()
    house.sign()
    (active,) = house.in_state(KeyState.ACTIVE)
    held = house.keyring._signing
    assert held.key == active
    signature = der_signature(held.sign_with("text"))
    read_public(active).verify(signature, b"text", ECDSA(SHA256()))  # raises where it is another's


def test_parsed_keys_are_bounded_and_forgotten_ones_are_parsed_again(house, monkeypatch):
    monkeypatch.setattr("tokenhouse.signing.keyring.MOST_PARSED", 2)
    texts = []
    for _ in range(5):
        texts.append(house.sign())
        house.rotate()
    for text in texts + texts:
        assert house.knows(text)
        assert len(house.keyring._public) <= 2


def test_nothing_of_a_private_part_is_in_a_record_or_a_repr(house):
    (active,) = house.in_state(KeyState.ACTIVE)
    scalar = house.smith.open(active).private_numbers().private_value
    raw = scalar.to_bytes(32, "big")
    assert raw not in active.sealed
    shown = repr(active) + repr(house.smith) + repr(house.keyring) + active.public
    assert str(scalar) not in shown
    assert raw.hex() not in shown
    assert '"d"' not in active.public


def test_a_string_that_is_no_token_is_none_and_no_error(house):
    for text in ("", ".", "..", "...", "a.b", "a.b.c", "é.é.é", "\x00", str(uuid4())):
        assert house.keyring.claimed(Secret(text), TYPS, ISSUER) is None
