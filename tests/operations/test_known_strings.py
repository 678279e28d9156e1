"""A string that was presented before is judged as if it had never been seen."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest
from msgspec.structs import replace

from conformance.face_suite import FACES
from conformance.house import KINDS, House, house
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client, ClientSecret
from tokenhouse.core.credential import Secret
from tokenhouse.core.device import Device
from tokenhouse.core.judge import Demand, Reason, Verdict
from tokenhouse.core.kind import Asker, Door, Spelling
from tokenhouse.core.moment import SECOND
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Deployment, Membership, Organization, Person
from tokenhouse.core.refusal import Unavailable
from tokenhouse.core.signing_key import SigningKey
from tokenhouse.core.standing import Standing
from tokenhouse.core.token import FamilyEnd, Token

PERMISSIONS = ("SystemsRead", "AccountTokenRead", "NothingEver")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory: Path = tmp_path_factory.mktemp("strings")
    with house("sqlite", directory, FACES, lambda _: None) as built:
        yield built


def _any_demand(chance: random.Random) -> Demand:
    return Demand(
        chance.choice(tuple(Door)),
        frozenset(chance.sample(PERMISSIONS, chance.randrange(3))),
        chance.choice((Asker.ANYONE, Asker.ANYONE, *Asker)),
        audience=chance.choice((None, "heating")),
        everywhere=chance.choice((None, "SystemsRead")),
        itself=chance.random() < 0.2,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_question_gets_the_verdict_of_a_look_that_remembers_nothing(at, kind):
    chance, verify = random.Random(kind), at.stage.authority.verify
    made = at.make(kind)
    networks = {"addresses": ("192.0.2.0/24",)} if chance.random() < 0.5 else {}
    token = replace(made.token, version=made.token.version + 1, audience="heating", **networks)
    at.stage.put(token, made.token)
    secret, allowed = made.credential.secret, 0
    for _ in range(600):
        spelling = chance.choice((made.credential.spelling, *Spelling))
        asked = spelling, _any_demand(chance), chance.choice(("", "192.0.2.7", "203.0.113.1"))
        told = verify(Secret(secret.reveal()), *asked)
        assert told == verify._judged(secret, *asked)[0], asked
        allowed += told.allowed
    assert allowed > 2


MOMENTS = {
    "Token.expires_at": "an end",
    "Token.superseded_at": "an end",
    "SigningKey.retires_at": "an end",
    "Token.created_at": "it only becomes more so that this has passed",
    "Token.updated_at": "compared with a moment of the record itself",
    "Token.revoked_at": "there or not, whenever it was",
    "Membership.ended_at": "there or not, whenever it was",
    "SigningKey.activated_at": "there or not, whenever it was",
    "FamilyEnd.ended_at": "no row of it, or an end",
    "Token.auth_time": "only told",
    "Device.manufactured_at": "only told",
}
"""What a verdict can rest on that is a moment, and why it is thought of as it is."""
TOLD = {"created_at", "updated_at"}
RECORDS = (
    *(Token, Deployment, Catalogue, Organization, Person, Membership, PolicyGroup),
    *(FamilyEnd, Client, ClientSecret, Device, SigningKey),
)


def test_every_moment_that_a_verdict_can_rest_on_was_thought_of():
    """If this fails: `operations/at_once.py` has to know whether time alone changes a verdict."""
    there = {
        f"{record.__name__}.{field}"
        for record in RECORDS
        for field in record.__struct_fields__
        if re.search(r"_(at|time|from|until|after|on)$", field)
        and (record is Token or field not in TOLD)
    }
    assert there == MOMENTS.keys()
    held = str(get_type_hints(Standing).values())
    assert set(re.findall(r"tokenhouse[\w.]*\.(\w+)", held)) <= {one.__name__ for one in RECORDS}


def _asked(at: House, secret: Secret) -> Verdict:
    return at.stage.authority.verify(secret, Spelling.TOKEN, Demand(Door.VERIFY), "192.0.2.1")


def test_a_string_that_is_known_is_looked_up_no_more_and_still_ends_in_time(at, monkeypatch):
    made = at.make("organizational")
    secret, verify = made.credential.secret, at.stage.authority.verify
    ends = at.stage.clock.now() + 5 * SECOND
    at.stage.put(replace(made.token, version=made.token.version + 1, expires_at=ends), made.token)
    for _ in range(3):
        assert _asked(at, secret).allowed
    looked = []
    monkeypatch.setattr(verify, "_looked_up", lambda *asked: looked.append(asked))
    assert _asked(at, secret).allowed
    at.stage.clock.moment = ends - 1
    assert _asked(at, secret).allowed
    assert not looked
    monkeypatch.undo()
    at.stage.clock.moment = ends
    assert _asked(at, secret).reason is Reason.EXPIRED


def test_a_string_that_is_known_is_not_good_by_a_clock_that_cannot_be_judged_by(at, monkeypatch):
    secret = at.make("organizational").credential.secret
    for _ in range(3):
        assert _asked(at, secret).allowed

    def refuses(*_: int) -> int:
        raise Unavailable("it stands behind")

    monkeypatch.setattr(at.stage.clock, "now", refuses)
    monkeypatch.setattr(at.stage.authority.verify, "_at", refuses)
    with pytest.raises(Unavailable):
        _asked(at, secret)


def test_what_was_asked_anew_or_read_from_the_store_is_no_ground(at):
    verify, store = at.stage.authority.verify, at.stage.store
    secret = at.make("personal").credential.secret
    before = len(verify._known)
    for _ in range(3):
        assert store.anew(lambda: _asked(at, secret)).allowed
    assert len(verify._known) == before
    store._tokens.clear()
    assert _asked(at, secret).allowed
    assert len(verify._known) == before
    assert _asked(at, secret).allowed
    assert len(verify._known) == before + 1


@pytest.mark.parametrize("text", ["", "x" * 9000, "tho_\udc80", "thö"])
def test_what_is_refused_unread_is_not_known_either(at, text):
    assert _asked(at, Secret(text)).reason is Reason.UNKNOWN
