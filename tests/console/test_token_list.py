"""The list of tokens, over the wire: what stands there, in which order, and who may see it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from listed import MINE, ORGANIZATIONS, Site, counts, names, text_of
from stage import CLIENT
from tokenhouse.core.overview import Order
from tokenhouse.operations.issue import Issued
from tokenhouse.operations.overview import ROWS

READS = frozenset({"SystemsRead"})
HOUR = 1 / 24


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    built = Site(tmp_path)
    yield built
    built.close()


def furnish(site: Site) -> dict[str, Issued]:
    """A token in each state that a list has, the oldest first."""
    made = {"rarely used": site.issue("rarely used", 300)}
    made["busy"] = site.issue("busy")
    made["removed"] = site.issue("removed", 20)
    site.revoke(made["removed"])
    made["over"] = site.issue("over", 30)
    site.wait(100)
    site.use(made["busy"], 12)
    for description, days in (("ends soon", 10.0), ("ends at once", 1.0)):
        made[description] = site.issue(description, days)
    made["replaced"] = site.issue("renewed", 60, READS)
    site.wait(HOUR)
    made["renewed"] = site.rotate(made["replaced"])
    return made


ALL = ["renewed", "ends at once", "ends soon", "over", "busy", "rarely used"]
"""What is current of it, the newest first."""


@pytest.mark.parametrize(
    ("show", "words", "expected"),
    [
        ("", "All", ALL),
        ("active", "Active", [name for name in ALL if name != "over"]),
        ("expiring", "Expiring within 14 days", ["ends at once", "ends soon"]),
        ("unused", "Unused for 90 days", ["rarely used"]),
        ("never", "No expiry", ["busy"]),
        ("expired", "Expired", ["over"]),
        ("revoked", "Revoked", ["renewed", "removed"]),
    ],
)
def test_a_counter_counts_what_it_shows(site: Site, show: str, words: str, expected: list[str]):
    furnish(site)
    anna = site.visitor()
    shown = anna.get(f"{MINE}?show={show}")
    assert names(shown) == expected
    assert counts(shown)[words] == len(expected)
    assert counts(shown) == counts(anna.get(MINE))
    assert re.findall(r'aria-current="true">([^<]+) <span', text_of(shown)) == [words]


def test_each_row_says_in_a_word_how_the_token_is(site: Site):
    made = furnish(site)
    anna = site.visitor()
    rows = text_of(anna.get(MINE)).split("<tr>")[2:]
    says = {name: row for name in ALL for row in rows if f"<bdi>{name}</bdi>" in row}
    assert 'class="badge bad"' not in "".join(rows)
    assert ">active</span>" in says["busy"]
    assert ">never</span>" in says["busy"]
    assert "everything you may" in says["busy"]
    assert "12 uses" in says["busy"]
    assert ">expired</span>" in says["over"]
    assert 'class="badge urgent"' in says["ends at once"]
    assert 'class="badge soon"' in says["ends soon"]
    assert "1 method" in says["renewed"]
    hint = made["renewed"].described.token.hint
    assert f"<code>thl_…{hint}</code>" in says["renewed"]
    gone = text_of(anna.get(f"{MINE}?show=revoked"))
    assert ">revoked</span>" in gone
    assert ">replaced</span>" in gone


def test_what_was_rotated_with_an_overlap_lives_on_until_it_is_over(site: Site):
    first = site.issue_for_all("back end", 60, "Metering", "Client", "Automation")
    site.wait(HOUR)
    site.rotate(first, 1)
    anna = site.visitor()
    assert names(anna.get(ORGANIZATIONS)) == ["back end", "back end"]
    assert ">ends in 24 h</span>" in text_of(anna.get(ORGANIZATIONS))
    assert "Automation, Client +1" in text_of(anna.get(ORGANIZATIONS))
    site.wait(1)
    anna = site.visitor()
    assert names(anna.get(ORGANIZATIONS)) == ["back end"]
    assert ">replaced</span>" in text_of(anna.get(f"{ORGANIZATIONS}?show=revoked"))


@pytest.mark.parametrize(
    ("order", "ascending"),
    [
        (
            Order.DESCRIPTION,
            ["busy", "ends at once", "ends soon", "over", "rarely used", "renewed"],
        ),
        (Order.CREATED, ["rarely used", "busy", "over", "ends soon", "ends at once", "renewed"]),
        (Order.LAST_USED, ["renewed", "ends at once", "ends soon", "over", "rarely used", "busy"]),
        (Order.EXPIRES, ["over", "ends at once", "ends soon", "renewed", "rarely used", "busy"]),
        (Order.STATE, ["renewed", "ends at once", "ends soon", "busy", "rarely used", "over"]),
    ],
)
def test_each_column_sorts_both_ways(site: Site, order: Order, ascending: list[str]):
    furnish(site)
    anna = site.visitor()
    up = anna.get(f"{MINE}?sort={order.value}&up=1")
    down = anna.get(f"{MINE}?sort={order.value}")
    assert names(up) == ascending
    assert 'aria-sort="ascending"' in text_of(up)
    assert 'aria-sort="descending"' in text_of(down)
    distinct = order in {Order.DESCRIPTION, Order.CREATED, Order.EXPIRES}
    if distinct:
        assert names(down) == ascending[::-1]
    assert names(down)[0] == ascending[-1]
    links = re.findall(rf'href="({MINE}\?sort={order.value}&up=1)"', text_of(down))
    assert links or order is Order.CREATED


def test_a_list_is_cut_into_pages_and_a_page_behind_the_last_is_the_last(site: Site):
    for number in range(ROWS + 3):
        site.issue(f"script {number:03}")
    anna = site.visitor()
    first, second = (anna.get(f"{MINE}?sort=description&up=1&page={n}") for n in (1, 2))
    assert names(first) == [f"script {number:03}" for number in range(ROWS)]
    assert names(second) == [f"script {number:03}" for number in range(ROWS, ROWS + 3)]
    assert "Page 2 of 2, 53 tokens" in text_of(second)
    assert f'rel="prev" href="{MINE}?sort=description&up=1"' in text_of(second)
    assert names(anna.get(f"{MINE}?sort=description&up=1&page=99")) == names(second)
    for nonsense in ("0", "-1", "x", "999999", "%C2%B2"):
        assert names(anna.get(f"{MINE}?sort=description&up=1&page={nonsense}")) == names(first)


def test_what_an_address_says_that_there_is_not_counts_as_not_said(site: Site):
    furnish(site)
    anna = site.visitor()
    odd = anna.get(f"{MINE}?show=x&kind=organizational&sort=secret&up=2&page=&removed=%3Cb%3E")
    assert (odd.status, names(odd)) == (200, ALL)
    assert names(anna.get(f"{MINE}?kind=limited_personal")) == ["renewed"]
    assert anna.get(f"{MINE}?show=active&show=expired").status == 400


# searching


def found(site: Site, text: str, where: str = MINE) -> list[str]:
    """What a search over the wire leads to, as without a script."""
    anna = site.visitor()
    sent = anna.post(f"{where}/search", ("q", text))
    if sent.status == 303:
        location = sent.header("location")
        assert location is not None
        return names(anna.get(location))
    assert sent.status == 200
    return names(sent)


def test_a_token_is_found_by_its_description_its_end_or_how_it_is_shown(site: Site):
    made = furnish(site)
    token = made["ends soon"].described.token
    assert found(site, "ENDS") == ["ends at once", "ends soon"]
    assert found(site, "  busy ") == ["busy"]
    assert found(site, token.hint) == ["ends soon"]
    assert found(site, f"thp_…{token.hint}") == ["ends soon"]
    assert found(site, f"thp_...{token.hint}") == ["ends soon"]
    assert found(site, str(token.id)) == ["ends soon"]
    assert found(site, "100 % nothing & <b>") == []


def test_a_search_keeps_what_is_shown_and_how_it_is_sorted(site: Site):
    furnish(site)
    anna = site.visitor()
    fields = [("q", "ends"), ("show", "expiring"), ("sort", "expires"), ("up", "1")]
    sent = anna.post(f"{MINE}/search", *fields, ("kind", "personal"))
    there = f"{MINE}?show=expiring&kind=personal&q=ends&sort=expires&up=1"
    assert sent.header("location") == there
    shown = anna.get(there)
    assert names(shown) == ["ends at once", "ends soon"]
    assert counts(shown)["Expiring within 14 days"] == 2
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text_of(shown)))
    expected = {"show": "expiring", "kind": "personal", "q": "ends", "sort": "expires", "up": "1"}
    assert expected.items() <= hidden.items()


def test_a_whole_token_finds_its_row_and_stands_nowhere(site: Site):
    made = furnish(site)
    secret = made["renewed"].secret.reveal()
    anna = site.visitor()
    with capture_logs() as logs:
        for headers in ([], [("hx-request", "true")]):
            reply = anna.post(f"{MINE}/search", ("q", f" {secret}\n"), headers=headers)
            assert (reply.status, names(reply)) == (200, ["renewed"])
            assert "whose text you searched for" in text_of(reply)
            assert reply.header("hx-replace-url") is None
            told = f"{reply.headers}{text_of(reply)}"
            assert secret not in told
            assert secret.removeprefix("thl_")[:8] not in told
    assert secret not in str(logs)


def test_half_a_token_that_is_typed_stands_in_no_address(site: Site):
    made = furnish(site)
    anna = site.visitor()
    for secret in (made["busy"].secret.reveal(), "thp_likeawordinsmalllettersalone"):
        for length in range(6, len(secret) + 1):
            htmx = [("hx-request", "true")]
            reply = anna.post(f"{MINE}/search", ("q", secret[:length]), headers=htmx)
            assert secret[:length] not in f"{reply.headers}{text_of(reply)}"
    plain = anna.post(f"{MINE}/search", ("q", "nightly_export thp_…x1Y2"))
    assert plain.header("location") == f"{MINE}?q=nightly_export+thp_%E2%80%A6x1Y2"


def test_a_token_of_somebody_else_or_of_nobody_finds_nothing(site: Site):
    furnish(site)
    organizations = site.issue_for_all("back end", 60, "Metering")
    carls = site.stage.issue_personal(site.stage.session(CLIENT)).secret
    session = site.stage.sign_in().secret
    unknown = "thp_" + "0" * 36
    for secret in (organizations.secret, carls, session):
        assert found(site, secret.reveal()) == []
    assert found(site, unknown) == []
    assert found(site, organizations.secret.reveal(), ORGANIZATIONS) == ["back end"]


def test_a_removed_token_is_found_by_its_text_whatever_is_shown(site: Site):
    made = furnish(site)
    assert found(site, made["removed"].secret.reveal()) == ["removed"]
    assert found(site, made["replaced"].secret.reveal()) == ["renewed"]


def test_what_no_address_can_hold_offers_no_choice_of_all_that_match(site: Site):
    long = "a" * 31
    for number in range(ROWS + 1):
        site.issue(f"{long} {number}")
    site.issue("another")
    anna = site.visitor()
    reply = anna.post(f"{MINE}/search", ("q", long))
    assert len(names(reply)) == ROWS
    assert 'id="match"' not in text_of(reply)
    assert "51 tokens match; these are the first." in text_of(reply)
    assert 'id="match" data-matching="52"' in text_of(anna.get(MINE))


# who sees what


def reader(site: Site) -> str:
    """Somebody who may look at the organization's tokens and change none."""
    group = site.stage.group("Automation")
    carl = site.stage.membership(CLIENT)
    less = group.permissions - {"AccountTokenWrite"}
    site.stage.put(replace(group, version=group.version + 1, permissions=less), group)
    site.stage.put(replace(carl, version=carl.version + 1, groups=(group.id,)), carl)
    return CLIENT


def test_who_may_not_see_the_organizations_tokens_is_not_offered_them(site: Site):
    site.issue_for_all("back end", 60, "Metering")
    carl = site.visitor(CLIENT)
    assert ORGANIZATIONS not in text_of(carl.get(MINE))
    for reply in (carl.get(ORGANIZATIONS), carl.post(f"{ORGANIZATIONS}/search", ("q", "back"))):
        assert reply.status == 403
        assert "back end" not in text_of(reply)
    assert f'href="{ORGANIZATIONS}"' in text_of(site.visitor().get(MINE))


def test_who_may_only_look_has_nothing_to_change_with(site: Site):
    issued = site.issue_for_all("back end", 60, "Metering")
    carl = site.visitor(reader(site))
    shown = carl.get(ORGANIZATIONS)
    assert names(shown) == ["back end"]
    for tool in ('type="checkbox"', 'name="do"', f"{ORGANIZATIONS}/new", 'id="match"'):
        assert tool not in text_of(shown)
    assert ">Refresh</a>" in text_of(shown)
    one = issued.described.token.id
    assert carl.post(f"{ORGANIZATIONS}/chosen", ("do", "remove"), ("id", str(one))).status == 403
    assert carl.remove(one, where=ORGANIZATIONS).status == 403
    assert site.stage.verdict(issued.secret).active


def test_an_empty_list_teaches_what_a_token_is(site: Site):
    anna = site.visitor()
    mine, organizations = anna.get(MINE), anna.get(ORGANIZATIONS)
    assert "A token lets a program call the API in your name" in text_of(mine)
    assert "in the name of Nordlicht Energie" in text_of(organizations)
    for reply, where in ((mine, MINE), (organizations, ORGANIZATIONS)):
        assert f"{where}/new" in text_of(reply)
        assert "<table" not in text_of(reply)
    site.issue("first")
    assert "A token lets a program" not in text_of(anna.get(MINE))
    nothing = anna.get(f"{MINE}?q=second")
    assert "No token matches." in text_of(nothing)
    assert f'<a href="{MINE}">Show all</a>' in text_of(nothing)


HOSTILE = {
    "markup": '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "template": "{{ 7 * 7 }}{% raw %}",
    "right to left": "\u202egnp.exe \u2067אבג\u2066",
    "control": "a\x00b\x1b[31mc\x7f\u0085\r\nSet-Cookie: a=b",
    "long": "W" * 10_000,
    "zero width": "ad\u200bmin\ufeff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_description_is_text_and_nothing_else(site: Site, text: str):
    issued = site.issue(text)
    one = str(issued.described.token.id)
    anna = site.visitor()
    for reply in (
        anna.get(MINE),
        anna.get(f"{MINE}?q={one}"),
        anna.post(f"{MINE}/search", ("q", text), headers=[("hx-request", "true")]),
        anna.post(f"{MINE}/chosen", ("do", "remove"), ("id", one)),
    ):
        assert reply.status == 200
        raw = reply.body.decode()
        assert "<script>" not in raw
        assert raw.count("<img") == 1, "our own"
        assert ">49" not in raw
        assert "set-cookie" not in {name for name, _ in reply.headers}
        if "\u202e" in text:
            assert re.search("<bdi>\u202e", raw)


def test_nobody_is_shown_what_another_organization_has(site: Site):
    site.stage.found_organization("Südstrom", "eve@suedstrom.example")
    furnish(site)
    site.issue_for_all("back end", 60, "Metering")
    eve = site.visitor("eve@suedstrom.example")
    for where in (MINE, ORGANIZATIONS):
        assert names(eve.get(where)) == []
        assert sum(counts(eve.get(where)).values()) == 0
