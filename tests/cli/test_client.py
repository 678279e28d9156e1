"""`tokenhouse client` as it is typed, without a server."""

import json
import re
from functools import partial

import pytest

from registered import client_named
from stage import Stage
from tokenhouse.core.client import is_secret_of
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.kind import Spelling
from tokenhouse.operations.authenticate import ClientCredentials
from tokenhouse.operations.grant_client import ClientGrant


@pytest.fixture
def typed(typed):
    """Type a command of this group."""
    return partial(typed, "client")


def is_good(firm: Stage, client_id: str, secret: str) -> bool:
    client = client_named(firm.store, client_id)
    return client is not None and is_secret_of(client, Secret(secret))


def test_a_new_client_is_told_its_id_and_its_secret_this_once(typed, firm: Stage):
    told = typed("create", "--label", "Shop")
    match = re.fullmatch(r"client_id +(\w{24})\nclient_secret +(thc_\w{46})\n", told)
    assert match, told
    client_id, secret = match.groups()
    assert is_good(firm, client_id, secret)
    for words in (("list",), ("list", "--json"), ("show", client_id)):
        shown = typed(*words)
        assert client_id in shown
        assert secret not in shown
    assert secret[-4:] in typed("show", client_id)


def test_a_client_is_made_changed_and_removed(typed, firm: Stage):
    before = firm.store.head()[0]
    terms = ("--grant", "client_credentials", "--permission", "SystemsRead", "--slides", "yes")
    terms += ("--scope-as", "list")
    also = ("--group", "Metering", "--audience", "systems", "--refresh-lifetime", "P7D")
    made = json.loads(typed("create", "--label", "Watch", *terms, *also, "--json"))
    assert made["grants"] == ["client_credentials"]
    assert made["permissions"] == ["SystemsRead"]
    assert made["group"] == str(firm.group("Metering").id)
    assert (made["audience"], made["refresh_lifetime"], made["slides"]) == ("systems", "P7D", True)
    edit = ("--slides", "no", "--scope-as", "address")
    changed = json.loads(typed("edit", made["client_id"], *edit, "--json"))
    assert changed["scope_as"] == "address"
    assert {
        **changed,
        "slides": True,
        "scope_as": "list",
        "updated_at": None,
        "client_secret": None,
    } == {
        **made,
        "updated_at": None,
        "client_secret": None,
    }
    clear = ("--any-permission", "--group", "", "--audience", "", "--suspended", "yes")
    cleared = json.loads(typed("edit", made["id"], *clear, "--json"))
    for name in ("permissions", "group", "audience"):
        assert cleared[name] is None
    assert cleared["suspended"] is True
    assert "Nothing was done." in typed("remove", made["id"], code=1)
    assert typed("remove", made["id"], "--yes") == "Watch is removed.\n"
    gone = typed("show", made["client_id"], code=3)
    assert gone == "tokenhouse: No client has this client_id or id.\n"
    events = firm.store.events(None, before, 10)
    assert [event.name for event in events] == [
        Name.CLIENT_CREATED,
        *[Name.CLIENT_CHANGED] * 2,
        Name.CLIENT_REMOVED,
    ]
    assert {json.loads(event.body or "")["actor"] for event in events} == {None}


def test_a_secret_is_changed_without_an_outage(typed, firm: Stage):
    made = json.loads(typed("create", "--label", "Two", "--json"))
    client_id, first = made["client_id"], made["client_secret"]
    second = typed("secret", "add", client_id).split()[-1]
    assert is_good(firm, client_id, first)
    assert is_good(firm, client_id, second)
    assert "at most 2 secrets" in typed("secret", "add", client_id, code=4)
    old = made["secrets"][0]["id"]
    assert typed("secret", "remove", client_id, old) == "The secret is removed.\n"
    assert not is_good(firm, client_id, first)
    assert is_good(firm, client_id, second)
    (left,) = json.loads(typed("show", client_id, "--json"))["secrets"]
    assert "last secret" in typed("secret", "remove", client_id, left["id"], code=4)
    for unknown in (old, "x"):
        assert "no such secret" in typed("secret", "remove", client_id, unknown, code=3)


def test_everything_that_a_client_was_given_before_ends_and_its_secret_stays_good(
    typed, firm: Stage
):
    made = json.loads(typed("create", "--label", "Cut", "--grant", "client_credentials", "--json"))
    client_id, secret = made["client_id"], Secret(made["client_secret"])
    credentials = ClientCredentials(client_id, secret)

    def given() -> Secret:
        return firm.authority.grants.client(ClientGrant(credentials)).access

    first = given()
    assert firm.verdict(first, None, Spelling.BEARER).active
    assert "Nothing was done." in typed("revoke", client_id, code=1)
    assert firm.verdict(first, None, Spelling.BEARER).active
    told = typed("revoke", client_id, "--yes")
    assert told == "Everything that was issued at Cut before now is revoked.\n"
    assert not firm.verdict(first, None, Spelling.BEARER).active
    second = given()
    assert firm.verdict(second, None, Spelling.BEARER).active
    assert json.loads(typed("revoke", made["id"], "--yes", "--json")) == {"id": made["id"]}
    assert not firm.verdict(second, None, Spelling.BEARER).active
    (event,) = firm.store.recent_events(None, None, 1)
    assert event.name == Name.HOLDER_REVOKED
    assert "No client has" in typed("revoke", "x", "--yes", code=3)


def test_a_public_client_is_told_no_secret(typed):
    assert re.fullmatch(r"client_id +\w{24}\n", typed("create", "--label", "App", "--public"))


def test_at_the_machine_a_client_can_be_the_whole_deployments(typed):
    said = ("--deployment", "yes", "--grant", "client_credentials", "--permission", "TokenVerify")
    assert json.loads(typed("create", "--label", "Gate", *said, "--json"))["deployment"] is True


def test_what_cannot_be_is_refused_with_its_faults(typed):
    assert "label is empty" in typed("create", "--label", " ", code=4)
    unknown = typed("create", "--label", "x", "--permission", "NoSuchThing", code=4)
    assert "permissions NoSuchThing is not in the catalogue" in unknown
    long = typed("create", "--label", "x", "--refresh-lifetime", "P1M", code=4)
    assert "refresh_lifetime counts months" in long
    assert "no policy groups" in typed("create", "--label", "x", "--group", "Nobody", code=3)
    both = ("--permission", "SystemsRead", "--any-permission")
    assert "either --permission or" in typed("edit", "x", *both, code=2)
    assert "No organization has this" in typed("list", "--organization", "x", code=3)
