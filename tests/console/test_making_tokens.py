"""Making a token in the console, over the wire: what is taken, what is refused, what is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from console.clerk import (
    Clerk,
    Office,
    checked,
    faults,
    hidden,
    id_in,
    secret_in,
    text_of,
    value_of,
)
from running import OPAQUE
from stage import CLIENT, PASSWORD
from tokenhouse.core.credential import Secret
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Door, Spelling
from tokenhouse.core.moment import DAY, parse_moment
from tokenhouse.core.token import Token

MINE, OURS = "/console/tokens", "/console/organization/tokens"
GET_ENVS, STOP_ENV = "environment.control.GetEnvs", "environment.control.StopEnv"
MANAGES = "environment.control.ResetNodePasswordById"
HOSTILE = '"><script>alert(1)</script>'
RIGHT_TO_LEFT = "\u202egnp.exe \u05d0\u05d1"
SUM, WORKED_OUT = "{{ 99991*99989 }}", "9998000099"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    built = Office(tmp_path)
    yield built
    built.wire.close()


@pytest.fixture
def clerk(office: Office) -> Clerk:
    return Clerk(office)


def record(office: Office, secret: str) -> Token:
    demand = Demand(Door.VERIFY)
    verdict = office.stage.authority.verify(Secret(secret), Spelling.NAMED, demand, "192.0.2.1")
    assert verdict.found is not None
    return verdict.found.token


def limited(clerk: Clerk, **fields: str | list[str]) -> dict[str, str | list[str]]:
    """A form that makes a limited token."""
    draft = hidden(clerk.look(f"{MINE}/new"))
    return {"api": "custom", "permissions": [GET_ENVS], "expiry": "30d"} | draft | fields


def demand_of_policy(office: Office, days: int) -> None:
    """Have the organization want limited tokens to expire within some days."""
    stage = office.stage
    standing = stage.store.standing(stage.membership(CLIENT).id)
    assert standing is not None
    before = standing.organization
    limits = {"limited_personal": days * DAY}
    wanted = {"longest_lifetimes": limits, "expiry_required": True}
    stage.put(replace(before, version=before.version + 1, **wanted), before)


def test_a_chosen_list_makes_a_limited_token_that_may_do_no_more(clerk: Clerk, office: Office):
    reply = clerk.confirm(MINE, **limited(clerk, description="nightly backup"))
    token = record(office, secret_in(reply))
    assert (token.kind, token.permissions) == ("limited_personal", frozenset({GET_ENVS}))
    assert token.description == "nightly backup"
    assert token.expires_at == office.clock.moment + 30 * DAY
    assert reply.header("cache-control") == "no-store"
    assert reply.header("set-cookie") is None
    assert "Treat it like a password. It is shown this once" in text_of(reply)


def test_a_predefined_set_is_followed(clerk: Clerk, office: Office):
    kept = office.stage.store.catalogue().sets[0]
    reply = clerk.confirm(MINE, **limited(clerk, api=f"set-{kept.id}", permissions=[]))
    token = record(office, secret_in(reply))
    assert (token.set_id, token.permissions) == (kept.id, None)


def test_all_that_i_may_makes_a_personal_token_and_is_warned_of(clerk: Clerk, office: Office):
    form = limited(clerk, api="all")
    assert "It may do all that its holder may" in text_of(clerk.send(f"{MINE}/new", **form))
    token = record(office, secret_in(clerk.confirm(MINE, **form)))
    assert token.kind == "personal"


def test_an_organizational_token_gets_the_groups_that_are_ticked(clerk: Clerk, office: Office):
    group = office.stage.group("Metering")
    draft = hidden(clerk.look(f"{OURS}/new"))
    none = clerk.confirm(OURS, expiry="90d", **draft)
    assert (none.status, faults(none)["groups"]) == (422, "Choose at least one group.")
    reply = clerk.confirm(OURS, expiry="90d", groups=[str(group.id)], **draft)
    assert record(office, secret_in(reply)).groups == (group.id,)
    assert "Authorization: Token $API_TOKEN" in text_of(reply)


def test_who_may_not_manage_the_organizations_tokens_is_told_so(office: Office):
    clerk = Clerk(office, CLIENT)
    assert clerk.look(f"{OURS}/new").status == 403
    assert clerk.confirm(OURS, expiry="90d").status == 403
    assert "You lack AccountTokenWrite" in text_of(clerk.look(f"{MINE}/new"))


def test_a_day_is_good_to_its_end_in_utc(clerk: Clerk, office: Office):
    reply = clerk.confirm(MINE, **limited(clerk, expiry="date", date="31-12-2026"))
    token = record(office, secret_in(reply))
    assert token.expires_at == parse_moment("2027-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("expiry", "date", "said"),
    [
        ("date", "", "is not a day such as 31-12-2030"),
        ("date", "2026-12-31", "is not a day such as 31-12-2030"),
        ("date", "31-02-2027", "is not a date of the calendar"),
        ("date", "09-03-2026", "lies in the past"),
        ("keep", "", "is not chosen"),
        ("longest", "", "is not chosen"),
        ("a while", "", "is not chosen"),
    ],
)
def test_an_expiry_that_cannot_be_is_told_at_its_field(
    clerk: Clerk, expiry: str, date: str, said: str
):
    reply = clerk.confirm(MINE, **limited(clerk, expiry=expiry, date=date))
    assert reply.status == 422
    assert said in faults(reply)["expiry"]
    assert value_of(reply, "date") == date


def test_what_the_policy_allows_is_said_before_and_cannot_be_chosen_otherwise(
    clerk: Clerk, office: Office
):
    demand_of_policy(office, 20)
    shown = clerk.look(f"{MINE}/new")
    assert "good until Mon 30 Mar 2026 09:00 UTC at most" in text_of(shown)
    assert checked(shown, "expiry") == ["longest"]
    assert "29-03-2026 at the latest" in text_of(shown)
    for forbidden in ("30d", "1y", "never"):
        assert f'value="{forbidden}" disabled' in shown.body.decode()
        reply = clerk.confirm(MINE, **limited(clerk, expiry=forbidden))
        assert reply.status == 422
        assert "your organization" in faults(reply)["expiry"]
    token = record(office, secret_in(clerk.confirm(MINE, **limited(clerk, expiry="longest"))))
    assert token.expires_at == office.clock.moment + 20 * DAY


def test_what_i_may_not_do_is_greyed_with_the_reason_and_never_given(office: Office):
    clerk = Clerk(office, CLIENT)
    page = clerk.look(f"{MINE}/new").body.decode()
    for name, why in (
        ("SystemsWrite", "You may not do this yourself."),
        (MANAGES, "You may not do this yourself."),
    ):
        _, _, after = page.partition(f'value="{name}"')
        assert after.startswith(" disabled>")
        assert why in after[:400]
    reply = clerk.confirm(MINE, **limited(clerk, permissions=[GET_ENVS, "SystemsWrite"]))
    assert reply.status == 403
    assert faults(reply) == {"api": "You do not hold SystemsWrite."}
    assert checked(reply, "permissions") == [GET_ENVS]


def test_what_manages_access_is_greyed_for_everybody(clerk: Clerk):
    page = clerk.look(f"{MINE}/new").body.decode()
    _, _, after = page.partition(f'value="{MANAGES}"')
    assert after.startswith(" disabled>")
    assert "It manages access: no limited token carries it." in after[:400]


def test_a_wrong_password_makes_nothing_and_loses_nothing(clerk: Clerk, office: Office):
    before = office.stage.store.head()[0]
    form = limited(clerk, description="kept", password="wrong", addresses="192.0.2.1")
    reply = clerk.send(MINE, **form)
    assert reply.status == 403
    assert "This was not confirmed" in text_of(reply)
    assert value_of(reply, "description") == "kept"
    assert checked(reply, "permissions") == [GET_ENVS]
    assert hidden(reply)["draft"] == form["draft"]
    assert "wrong" not in reply.body.decode()
    assert office.stage.store.head()[0] == before
    assert clerk.send(MINE, **(form | {"password": ""})).status in {403, 422}


def test_a_form_that_is_sent_twice_makes_one_token_and_reveals_it_once(clerk: Clerk):
    form = limited(clerk)
    first = clerk.confirm(MINE, **form)
    secret, token_id = secret_in(first), id_in(first)
    for _ in range(2):
        again = clerk.confirm(MINE, **form)
        assert again.status == 409
        assert "This was done already" in text_of(again)
        assert f'href="{MINE}/{token_id}"' in again.body.decode()
        assert not OPAQUE.search(again.body.decode())
        assert secret not in again.body.decode()
    assert secret_in(clerk.confirm(MINE, **limited(clerk))) != secret


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("x" * 10_000, "The description is longer than 500 characters."),
        ("bell\x07", "The description has a control character."),
        ("two\nlines", "The description has a control character."),
    ],
)
def test_a_description_that_cannot_be_is_told_and_kept(clerk: Clerk, description: str, said: str):
    reply = clerk.confirm(MINE, **limited(clerk, description=description))
    assert (reply.status, faults(reply)["description"]) == (422, said)
    assert value_of(reply, "description") == description


@pytest.mark.parametrize("description", [HOSTILE, RIGHT_TO_LEFT, SUM, "' onfocus='x"])
def test_a_hostile_description_is_text_everywhere(clerk: Clerk, office: Office, description: str):
    reply = clerk.confirm(MINE, **limited(clerk, description=description))
    assert record(office, secret_in(reply)).description == description
    path = f"{MINE}/{id_in(reply)}"
    for page in (reply, clerk.look(f"{path}/edit"), clerk.look(f"{path}/regenerate")):
        text = page.body.decode()
        assert "<script>alert" not in text
        assert "onfocus='x" not in text.replace("&#39;", "")
        assert WORKED_OUT not in text
    assert value_of(clerk.look(f"{path}/edit"), "description") == description
    if description == RIGHT_TO_LEFT:
        assert f"<bdi>{RIGHT_TO_LEFT}</bdi>" in reply.body.decode()


def test_networks_and_an_audience_bind_the_token(clerk: Clerk, office: Office):
    form = limited(clerk, addresses="192.0.2.1\r\n 198.51.100.0/24 \r\n", audience="https://a")
    token = record(office, secret_in(clerk.confirm(MINE, **form)))
    assert token.addresses == ("192.0.2.1/32", "198.51.100.0/24")
    assert token.audience == "https://a"
    bad = clerk.confirm(MINE, **limited(clerk, addresses="192.0.2.1\n198.51.100.7/24"))
    assert "number 2, that is no network" in faults(bad)["addresses"]
    many = "\n".join(f"192.0.2.{number}" for number in range(60))
    assert (
        "more than 50" in faults(clerk.confirm(MINE, **limited(clerk, addresses=many)))["addresses"]
    )


def test_a_link_fills_the_form_in_and_makes_nothing(clerk: Clerk):
    asked = f"description=ci&expiry=31-12-2026&permissions={GET_ENVS},{STOP_ENV}&audience=a"
    reply = clerk.look(f"{MINE}/new?{asked}")
    assert value_of(reply, "description") == "ci"
    assert (checked(reply, "expiry"), value_of(reply, "date")) == (["date"], "31-12-2026")
    assert set(checked(reply, "permissions")) == {GET_ENVS, STOP_ENV}
    assert "The link that led here has filled in this form" in text_of(reply)
    assert "filled in this form" not in text_of(clerk.look(f"{MINE}/new"))
    strange = clerk.look(f"{MINE}/new?permissions={GET_ENVS},{MANAGES},nothing")
    assert checked(strange, "permissions") == [GET_ENVS]
    assert "Left out: 2 methods" in text_of(strange)


def test_another_tokens_settings_can_be_copied_and_never_its_string(clerk: Clerk, office: Office):
    form = limited(clerk, description="the first", expiry="90d", addresses="192.0.2.1")
    made = clerk.confirm(MINE, **form)
    copy = clerk.look(f"{MINE}/new?from={id_in(made)}")
    assert value_of(copy, "description") == "the first"
    assert checked(copy, "permissions") == [GET_ENVS]
    assert checked(copy, "expiry") == ["90d"]
    assert "192.0.2.1/32" in copy.body.decode()
    assert not OPAQUE.search(copy.body.decode())
    assert clerk.look(f"{OURS}/new?from={id_in(made)}").status == 404
    assert Clerk(office, CLIENT).look(f"{MINE}/new?from={id_in(made)}").status == 404
    assert clerk.look(f"{MINE}/new?from=nothing").status == 404


def test_while_somebody_types_the_summary_alone_is_answered(clerk: Clerk):
    asks = [("hx-request", "true"), ("hx-target", "summary")]
    reply = clerk.send(f"{MINE}/new", asks, **limited(clerk, description="ci"))
    assert reply.status == 200
    assert reply.body.decode().startswith('<div id="summary-said">')
    assert "It is good until 9 April 2026, 09:00 UTC." in text_of(reply)
    wrong = clerk.send(f"{MINE}/new", asks, **limited(clerk, expiry="date", date="x"))
    assert "The expiry is not a day such as" in text_of(wrong)
    assert "It is good until" not in text_of(wrong)


def test_a_form_shows_itself_again_filled_in(clerk: Clerk):
    form = limited(clerk, description="kept", expiry="1y", addresses="192.0.2.1")
    reply = clerk.send(f"{MINE}/new", **form, password=PASSWORD)
    assert reply.status == 200
    assert (value_of(reply, "description"), checked(reply, "expiry")) == ("kept", ["1y"])
    assert hidden(reply) == {"again": f"{MINE}/new", "draft": form["draft"]}
    assert PASSWORD not in reply.body.decode()


def test_each_docs_link_of_ours_leads_to_a_place_of_the_reference(clerk: Clerk):
    page = clerk.look(f"{MINE}/new").body.decode()
    assert 'href="/reference#tag-tokens"' in page
    assert page.count('rel="noreferrer"') == page.count('class="docs"')


def test_a_token_is_tested_and_no_answer_holds_it(clerk: Clerk):
    form = limited(clerk, audience="https://a", addresses="198.51.100.0/24")
    made = clerk.confirm(MINE, **form)
    secret = secret_in(made)
    elsewhere = clerk.send(f"{MINE}/test", token=secret)
    assert "It is good, but not from your address" in text_of(elsewhere)
    assert secret not in elsewhere.body.decode()
    good = clerk.send(f"{MINE}/test", token=secret_in(clerk.confirm(MINE, **limited(clerk))))
    assert "The token is good." in text_of(good)
    assert GET_ENVS in text_of(good)
    unknown = clerk.send(f"{MINE}/test", token="thl_" + "0" * 36)
    assert "This is no token of your organization." in text_of(unknown)
    assert clerk.send(f"{MINE}/test", token="x" * 100_000).status == 200
