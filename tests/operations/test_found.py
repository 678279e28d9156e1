"""Founding a deployment: all or nothing, once, and with every fault told at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from founding import FOUNDING, ISSUER, PASSWORD, Site
from registered import client_named
from stage import caller
from tokenhouse.core.client import Grant, is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.found import Founded, Founding
from tokenhouse.operations.sign_in import Credentials


def test_whoever_founds_can_sign_in_and_administers_and_operates(site: Site):
    founded = site.found()(FOUNDING)
    authority = site.authority()
    signed_in = authority.sign_in(Credentials("Ada@Example.com", PASSWORD, None, "192.0.2.1"))
    standing = signed_in.standing
    assert standing.person is not None
    assert standing.person.operator
    assert standing.person.id == founded.person_id
    assert standing.organization.id == founded.organization_id
    assert [group.name for group in standing.groups] == ["Administrator"]
    demand = Demand(Door.RESOURCE, frozenset({"SystemsRead", "AccountTokenWrite"}))
    asking = caller(signed_in.secret, Spelling.BEARER, demand=demand)
    assert authority.ask.own(asking).verdict.allowed
    assert authority.deployment.issuer == founded.issuer == "https://tokens.example.com"


def test_the_first_client_is_good_with_the_secret_that_is_told(site: Site):
    founded = site.found()(FOUNDING)
    client = client_named(site.store, founded.client_id)
    assert client is not None
    assert is_secret_of(client, founded.client_secret)
    assert client.organization_id == founded.organization_id
    assert client.label == "First client"
    assert client.grants == {Grant.PASSWORD, Grant.REFRESH_TOKEN}
    assert client.permissions is None
    assert not client.deployment
    told = [event.body or "" for event in site.store.events(None, 0, 100)]
    (created,) = (body for body in told if Name.CLIENT_CREATED in body)
    assert founded.client_id in created
    assert founded.client_secret.reveal() not in "".join(told)
    assert founded.client_secret.reveal() not in repr(founded)


def test_names_are_kept_tidily_and_the_answer_holds_no_secret(site: Site):
    untidy = replace(FOUNDING, organization="  Ene\u0301rgie ", email=" ADA@example.COM ")
    founded = site.found()(untidy)
    assert (founded.organization, founded.email) == ("En\u00e9rgie", "ada@example.com")
    assert PASSWORD.reveal() not in repr(founded)
    assert PASSWORD.reveal() not in repr(untidy)


def faults_of(site: Site, founding: Founding) -> dict[str, str]:
    with pytest.raises(Refused) as refused:
        site.found()(founding)
    assert refused.value.code is Code.MALFORMED
    assert site.store.head()[0] == 0
    assert not (site.directory / "master.key").exists()
    return {problem.field: problem.sentence for problem in refused.value.problems}


def test_every_fault_is_told_at_once_and_nothing_is_written(site: Site):
    wrong = Founding("", "ada", "\x07", Secret("short"), ("SystemsRead", "no name", "TokenVerify"))
    assert faults_of(site, wrong) == {
        "organization": "is empty",
        "email": "is not an address such as name@example.com",
        "full_name": "has a control character",
        "password": "is shorter than 15 characters",
        "permissions[1]": "is not a permission name of at most 120 characters",
        "permissions[2]": "is one of our own names",
    }


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("organization", ["", " ", "x" * 101, "a\nb", "\ud800"]),
        ("full_name", ["", "\t", "x" * 201, "a\x00b"]),
        (
            "email",
            [
                *("", "@", "ada", "ada@", "@example.com", "a@b@example.com", "ada@example..com"),
                *("ada@.com", "a da@example.com", "ada@exa\u200bmple.com", "ada@example.com\n.x"),
                *("a\x00@example.com", f"{'a' * 310}@example.com", "\ud800@example.com"),
            ],
        ),
        ("permissions", [("SystemsRead",) * 501]),
        ("permissions[0]", [("KeysWrite",), ("",), ("x" * 121,)]),
        ("password", [Secret("passwordpassword"), Secret("AdaExampleCorp26")]),
    ],
)
def test_a_field_that_cannot_be_taken_is_told_alone(site: Site, field: str, bad: list[object]):
    for value in bad:
        wrong = replace(FOUNDING, **{field.removesuffix("[0]"): value})
        assert set(faults_of(site, wrong)) == {field}


def test_a_second_typing_that_differs_is_told_unless_the_first_one_cannot_be_taken(site: Site):
    twice = replace(FOUNDING, password_again=PASSWORD)
    for other in ("", "Walnut glacier spindle", "walnut glacier spindle "):
        wrong = replace(twice, password_again=Secret(other))
        assert set(faults_of(site, wrong)) == {"password_again"}
    easy = replace(twice, password=Secret("passwordpassword"))
    assert set(faults_of(site, easy)) == {"password"}
    site.found()(twice)


@pytest.mark.parametrize("email", ["admin@localhost", "ä.ö+x@bücher.example", "A@B.C"])
def test_an_unusual_address_is_taken(site: Site, email: str):
    assert site.found()(replace(FOUNDING, email=email)).email == email.lower()


def test_a_deployment_is_founded_once(site: Site):
    site.found()(FOUNDING)
    head = site.store.head()
    for again in (FOUNDING, replace(FOUNDING, organization="")):
        with pytest.raises(Refused) as refused:
            site.found()(again)
        assert refused.value.code is Code.ALREADY_DONE
    assert site.store.head() == head


def test_of_many_at_once_one_founds(site: Site):
    keys = site.first_keys()

    def found(place: int) -> Founded | Code:
        try:
            return site.parts.found(lambda: keys, ISSUER)(
                replace(FOUNDING, email=f"a{place}@example.com")
            )
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(found, range(4)))
    assert outcomes.count(Code.ALREADY_DONE) == 3
    (founded,) = (one for one in outcomes if isinstance(one, Founded))
    record = site.store.find_for_sign_in(founded.email)
    assert record is not None
    assert record.person.id == founded.person_id
    others = {f"a{place}@example.com" for place in range(4)} - {founded.email}
    assert all(site.store.find_for_sign_in(email) is None for email in others)


def test_an_issuer_that_is_no_public_url_founds_nothing(tmp_path: Path):
    with pytest.raises(ValueError, match="needs https"):
        Site.in_memory(tmp_path, os.urandom).found("http://tokens.example.com")
