"""What is offered for a new token is what issuing takes, and a draft is told as it will be."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.curating import IN_MEMORY, STOP, set_id
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller, with_demand
from tokenhouse.core.areas import OURS
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door, Kind
from tokenhouse.core.moment import DAY, HOUR, Lifetime
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.summary import Summary
from tokenhouse.operations import choices as module
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.choices import Choices, Greyed, PermissionChoice
from tokenhouse.operations.issue import Draft

SIGNED_IN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
WRITES = Demand(Door.MANAGEMENT, frozenset({"AccountTokenWrite"}))


def offered(stage: Stage, email: str, kind: Kind | None = None) -> Choices:
    by = with_demand(stage.session(email), SIGNED_IN)
    return stage.authority.choices(by, kind or stage.authority.limited)


def by_name(choices: Choices) -> dict[str, PermissionChoice]:
    every = (one for area in choices.areas for one in area.choices)
    return {one.permission.name: one for one in every}


def summary(stage: Stage, by: Caller, kind: Kind, draft: Draft) -> Summary:
    return stage.authority.choices.summary(with_demand(by, SIGNED_IN), kind, draft)


def refuses(stage: Stage, by: Caller, name: str) -> bool:
    try:
        stage.issue_limited(by, name)
    except Refused:
        return True
    return False


@pytest.mark.parametrize("email", [ADMINISTRATOR, CLIENT, OPERATOR])
@IN_MEMORY
def test_what_is_greyed_is_exactly_what_no_list_of_his_can_name(stage: Stage, email: str):
    by, listed = stage.session(email), by_name(offered(stage, email))
    assert set(listed) == stage.store.catalogue().names
    for name, choice in listed.items():
        assert (choice.greyed is not None) is refuses(stage, by, name), name


def test_a_permission_is_greyed_with_its_reason(stage: Stage):
    listed = by_name(offered(stage, CLIENT))
    assert listed["SystemsRead"].greyed is None
    assert listed["SystemsWrite"].greyed is Greyed.NOT_HELD
    listed = by_name(offered(stage, ADMINISTRATOR))
    tokens = listed["AccountTokenWrite"]
    assert (tokens.held, tokens.limitable, tokens.greyed) == (True, False, Greyed.MANAGES_ACCESS)
    assert listed["SystemsRead"].permission.title == "Read systems"


def test_permissions_stand_by_area_and_the_products_own_last(stage: Stage):
    areas = offered(stage, CLIENT).areas
    names = [one.name for one in areas]
    assert names[-1] == OURS
    assert names[:-1] == sorted(names[:-1], key=str.casefold)
    control = next(one for one in areas if one.name == "environment.control")
    assert STOP in {one.permission.name for one in control.choices}


def test_of_a_predefined_set_is_told_what_one_holds_of_it(stage: Stage):
    plugins = set_id(stage, "IDE Plugins")
    told = {one.predefined.id: one for one in offered(stage, CLIENT).sets}[plugins]
    issued = stage.issue_limited(stage.session(CLIENT), set_id=plugins)
    assert told.held == stage.verdict(issued.secret).permissions
    assert told.held <= told.predefined.permissions


@IN_MEMORY
def test_what_a_set_names_and_no_limited_token_carries_is_not_held(stage: Stage):
    stage.predefine(PredefinedSet(1, "All", "", frozenset({"SystemsRead", "AccountTokenWrite"})))
    (told,) = offered(stage, ADMINISTRATOR).sets
    assert told.held == {"SystemsRead"}


def test_whoever_may_assign_any_group_is_offered_all_of_them(stage: Stage):
    choices = offered(stage, ADMINISTRATOR, stage.organizational)
    told = {one.group.name: (one.own, one.greyed) for one in choices.groups}
    assert told["Administrator"] == (True, None)
    assert told["Client"] == (False, None)
    assert not choices.has_more_groups
    assert offered(stage, ADMINISTRATOR).groups == (), "a person's token has his own"


@IN_MEMORY
def test_whoever_may_not_sees_which_groups_a_token_gets_all_together(stage: Stage):
    automation = stage.issue(stage.session(), ("Automation", "Client"))
    by = caller(automation.secret, demand=WRITES)
    choices = stage.authority.choices(by, stage.organizational)
    assert {one.greyed for one in choices.groups} == {Greyed.NOT_YOURS_TO_GIVE}
    assert all(one.own for one in choices.groups), "no other is his to see"
    own = {one.group.id for one in choices.groups}
    issued = stage.issue(by)
    assert set(issued.described.token.groups or ()) == own
    with pytest.raises(Refused) as refused:
        stage.issue(by, ("Client",))
    assert refused.value.code is Code.FORBIDDEN


@IN_MEMORY
def test_of_many_groups_the_first_are_offered(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_GROUPS", 2)
    choices = offered(stage, ADMINISTRATOR, stage.organizational)
    assert (len(choices.groups), choices.has_more_groups) == (2, True)


def test_the_policies_on_expiry_are_told_as_issuing_has_them(stage: Stage):
    kind = stage.authority.personal
    told = offered(stage, CLIENT, kind).expiries
    assert (told.latest, told.none_allowed) == (None, True)
    standing = stage.store.standing(stage.membership(CLIENT).id)
    assert standing is not None
    before = standing.organization
    after = replace(before, version=before.version + 1, longest_lifetimes={kind.name: DAY})
    stage.put(after, before)
    told = offered(stage, CLIENT, kind).expiries
    assert (told.latest, told.none_allowed) == (stage.clock.now() + DAY, False)
    by = stage.session(CLIENT)
    stage.issue_personal(by, told.latest)
    for beyond in (None, (told.latest or 0) + 1):
        with pytest.raises(Refused):
            stage.issue_personal(by, beyond)
    stage.put(replace(after, version=after.version + 1, longest_lifetimes={}), after)
    assert offered(stage, CLIENT, kind).expiries.none_allowed


@IN_MEMORY
def test_the_networks_that_a_new_token_is_bound_to_are_told(stage: Stage):
    by, networks = stage.session(), ("192.0.2.0/24",)
    groups = (stage.group("Automation").id,)
    draft = Draft("bound", None, groups, addresses=networks)
    bound = stage.authority.issue(by, stage.organizational, draft)
    by = caller(bound.secret, demand=WRITES)
    assert stage.authority.choices(by, stage.organizational).addresses == networks
    told = stage.authority.choices.summary(by, stage.organizational, Draft("new", None, None))
    assert "It may be used from 192.0.2.0/24." in told.sentences
    assert offered(stage, ADMINISTRATOR).addresses == ()


@pytest.mark.parametrize("email", [ADMINISTRATOR, CLIENT])
def test_a_draft_is_told_by_what_the_token_may_do_once_it_is_issued(stage: Stage, email: str):
    by, limited = stage.session(email), stage.authority.limited
    issued = stage.issue_limited(by, "SystemsRead", STOP)
    count = len(stage.verdict(issued.secret).permissions)
    listed = frozenset({"SystemsRead", STOP})
    told = summary(stage, by, limited, Draft("new", None, None, permissions=listed))
    assert f"It may do {count} permissions in 2 services." in told.sentences
    plugins = set_id(stage, "IDE Plugins")
    issued = stage.issue_limited(by, set_id=plugins)
    count = len(stage.verdict(issued.secret).permissions)
    told = summary(stage, by, limited, Draft("new", None, None, set_id=plugins))
    assert f"It follows the predefined set IDE Plugins, and may do now {count}" in told.sentences[1]


def test_a_draft_tells_holder_groups_and_end(stage: Stage):
    by = stage.session()
    draft = Draft("new", Lifetime(days=1), (stage.group("Client").id,), addresses=("10.0.0.0/8",))
    told = summary(stage, by, stage.organizational, draft)
    assert told.sentences == (
        "Nordlicht Energie holds it.",
        "It may do what the group Client may, now 1 permission in 1 service.",
        "It may be used from 10.0.0.0/8.",
        "It is good until 11 March 2026, 09:00 UTC.",
    )
    assert not told.warnings
    told = summary(stage, by, stage.authority.personal, Draft("new", None, None))
    assert told.sentences[0] == "Anna Lind holds it."


def test_a_draft_that_may_do_all_that_its_holder_may_is_warned_of(stage: Stage):
    by = stage.session(CLIENT)
    held = [one.permission.name for one in by_name(offered(stage, CLIENT)).values() if one.held]
    limited, until = stage.authority.limited, stage.clock.now() + HOUR
    every = Draft("new", until, None, ("10.0.0.0/8",), permissions=frozenset(held))
    warning = "It may do all that its holder may: choose less, if less is enough."
    assert summary(stage, by, limited, every).warnings == (warning,)
    less = replace(every, permissions=frozenset(held[1:]))
    assert not summary(stage, by, limited, less).warnings
    without_list = replace(every, permissions=None)
    assert summary(stage, by, stage.authority.personal, without_list).warnings == (warning,)


def test_a_description_of_a_token_that_is_still_good_is_warned_of(stage: Stage):
    by, personal = stage.session(CLIENT), stage.authority.personal
    stage.issue_personal(by, stage.clock.now() + HOUR)
    taken = "There is a token with this description already."
    draft = Draft("Mine", None, None)
    assert taken in summary(stage, by, personal, draft).warnings
    assert taken not in summary(stage, stage.session(), personal, draft).warnings, "not his own"
    stage.clock.moment += HOUR
    assert taken not in summary(stage, by, personal, draft).warnings


@pytest.mark.parametrize(
    "draft",
    [
        Draft("new", None, None, set_id=77),
        Draft("new", Lifetime(months=99_999), None),
        Draft("new", None, (UUID(int=7),)),
    ],
    ids=["set", "lifetime", "group"],
)
@IN_MEMORY
def test_a_draft_that_means_nothing_is_refused(stage: Stage, draft: Draft):
    kind = stage.organizational if draft.groups else stage.authority.limited
    with pytest.raises(Refused) as refused:
        summary(stage, stage.session(), kind, draft)
    assert refused.value.code is Code.MALFORMED


def test_choosing_writes_nothing(stage: Stage):
    by = stage.session()
    head = stage.store.head()
    for kind in (stage.authority.limited, stage.organizational):
        stage.authority.choices(with_demand(by, SIGNED_IN), kind)
        summary(stage, by, kind, Draft("new", None, None))
    assert stage.store.head() == head


@IN_MEMORY
def test_nobody_is_offered_anything_by_a_route_that_does_not_admit_him(stage: Stage):
    with pytest.raises(Refused) as refused:
        stage.authority.choices(with_demand(stage.session(CLIENT), WRITES), stage.organizational)
    assert refused.value.code is Code.FORBIDDEN
