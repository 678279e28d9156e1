"""A draft is told in short sentences, with what to think of before it is made."""

import pytest
from msgspec.structs import replace

from tokenhouse.core.judge import Demand, is_asker
from tokenhouse.core.kind import Asker, Door, Kind
from tokenhouse.core.moment import parse_moment
from tokenhouse.core.summary import Drafted, moment_in_words, summarize
from tokenhouse.kinds import LIMITED, ORGANIZATIONAL, PERSONAL

HELD = frozenset({"SystemsRead", "SystemsWrite", "fleet.Stop", "AccountTokenWrite"})
LIST = Drafted(
    kind=LIMITED,
    holder="Anna Lind",
    description="ci",
    permissions=frozenset({"SystemsRead", "SystemsWrite", "fleet.Stop"}),
    holders=HELD,
    addresses=("10.0.0.0/8",),
    expires_at=parse_moment("2026-12-22T10:00:00Z"),
)
GROUPS = replace(LIST, kind=ORGANIZATIONAL, holder="Nordlicht", groups=("Client", "Metering"))
ALL = replace(LIST, kind=PERSONAL, permissions=HELD)


def test_a_limited_token_is_told_by_holder_permissions_services_addresses_and_end():
    assert summarize(LIST).sentences == (
        "Anna Lind holds it.",
        "It may do 3 permissions in 2 services.",
        "It may be used from 10.0.0.0/8.",
        "It is good until 22 December 2026, 10:00 UTC.",
    )


def test_one_permission_is_told_as_one():
    one = replace(LIST, permissions=frozenset({"fleet.Stop"}))
    assert summarize(one).sentences[1] == "It may do 1 permission in 1 service."


def test_a_followed_set_is_named():
    followed = summarize(replace(LIST, followed="Readers"))
    assert followed.sentences[1] == (
        "It follows the predefined set Readers, and may do now 3 permissions in 2 services."
    )


def test_a_personal_token_may_do_everything_that_one_may():
    assert summarize(ALL).sentences[1] == "It may do everything that you may, now and later."


def test_an_organizational_token_is_told_by_its_groups():
    assert summarize(GROUPS).sentences[:2] == (
        "Nordlicht holds it.",
        "It may do what the groups Client and Metering may, now 3 permissions in 2 services.",
    )
    one = summarize(replace(GROUPS, groups=("Client",))).sentences[1]
    assert one == "It may do what the group Client may, now 3 permissions in 2 services."
    many = summarize(replace(GROUPS, groups=tuple("ABCDE"))).sentences[1]
    assert many.startswith("It may do what the groups A, B, C and 2 more may")
    none = replace(GROUPS, groups=(), permissions=frozenset())
    assert summarize(none).sentences[1] == "It may do nothing: it has no policy group."


def test_an_audience_is_told():
    told = summarize(replace(LIST, audience="https://api.example")).sentences
    assert "It is good at https://api.example alone." in told


def test_a_token_that_never_expires_is_told_so_and_warned_of():
    told = summarize(replace(LIST, expires_at=None))
    assert told.sentences[-1] == "It never expires."
    assert told.warnings == (
        "It never expires: whoever finds it can use it until somebody removes it.",
    )


def test_a_token_that_is_good_from_anywhere_is_told_so_and_warned_of():
    told = summarize(replace(LIST, addresses=()))
    assert told.sentences[2] == "It may be used from anywhere."
    assert told.warnings == ("It is good from anywhere: name the networks that it is used from.",)


@pytest.mark.parametrize("drafted", [ALL, replace(LIST, permissions=HELD)])
def test_a_token_that_may_do_all_that_its_holder_may_is_warned_of(drafted: Drafted):
    assert summarize(drafted).warnings == (
        "It may do all that its holder may: choose less, if less is enough.",
    )


def test_a_description_that_is_there_already_is_warned_of_case_and_space_aside():
    told = summarize(replace(LIST, taken=frozenset({" CI "})))
    assert told.warnings == ("There is a token with this description already.",)
    assert not summarize(replace(LIST, description="", taken=frozenset({""}))).warnings


@pytest.mark.parametrize("drafted", [LIST, replace(GROUPS, groups=())])
def test_a_token_that_may_do_nothing_is_warned_of(drafted: Drafted):
    told = summarize(replace(drafted, permissions=frozenset()))
    assert told.warnings == ("It may do nothing as it is.",)


def test_what_nobody_needs_to_fear_is_not_warned_of():
    assert not summarize(LIST).warnings
    assert not summarize(GROUPS).warnings


def test_what_it_cannot_do_is_told_as_far_as_it_cannot():
    passwords = "It cannot change passwords, nor make tokens for people: only who signed in can."
    tokens, people = "It cannot manage the organization's tokens.", "It cannot manage people."
    assert summarize(LIST).cannot == (passwords, tokens, people)
    assert summarize(ALL).cannot == (passwords, people)
    everything = replace(ALL, permissions=HELD | {"AccountsUsersWrite"})
    assert summarize(everything).cannot == (passwords,)


@pytest.mark.parametrize("kind", [LIMITED, PERSONAL, ORGANIZATIONAL])
def test_no_kind_that_can_be_drafted_stands_for_somebody_who_signed_in(kind: Kind):
    assert not is_asker(kind, Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-01-02T03:04:00Z", "2 January 2026, 03:04 UTC"),
        ("2026-12-31T23:59:59Z", "31 December 2026, 23:59:59 UTC"),
        ("2026-06-01T00:00:00+02:00", "31 May 2026, 22:00 UTC"),
    ],
)
def test_a_moment_is_told_with_its_zone(moment: str, words: str):
    assert moment_in_words(parse_moment(moment)) == words
