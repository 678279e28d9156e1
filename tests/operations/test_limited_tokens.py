"""A limited token is given a list of what its issuer may do, or a predefined set, and no more."""

import json
from uuid import UUID

import pytest

from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller, with_demand
from tokenhouse.core.catalogue import PredefinedSet
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Demand, Reason
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.groups import GroupEdit
from tokenhouse.operations.issue import Draft, Issued
from tokenhouse.operations.memberships import MembershipEdit

PERSON = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
READERS = PredefinedSet(1, "Readers", "", frozenset({"SystemsRead", "MeasurementsRead"}))
METERS = PredefinedSet(2, "Meters", "", frozenset({"MeasurementsRead"}))


def edited(stage: Stage, by: Caller, issued: Issued, edit: Edit) -> None:
    token_id = issued.described.token.id
    stage.authority.edit(with_demand(by, PERSON), stage.authority.limited, token_id, edit)


def faults(refused: Refused) -> list[tuple[str, str]]:
    return [(one.field, one.sentence) for one in refused.problems]


def last_event(stage: Stage, name: Name, subject: UUID) -> dict[str, object]:
    bodies = [one.body for one in stage.store.events(None, 0, 1000) if one.name == name]
    told = [json.loads(body) for body in bodies if body is not None]
    details: dict[str, object] = [one for one in told if one["subject"] == str(subject)][-1][
        "details"
    ]
    return details


def test_a_list_gives_of_what_its_holder_may_do_what_it_names(stage: Stage):
    secret = stage.issue_limited(stage.session(), "SystemsRead", "EventsRead").secret
    assert stage.verdict(secret, "SystemsRead").allowed
    assert stage.verdict(secret, "EventsRead").allowed
    refused = stage.verdict(secret, "SystemsWrite")
    assert (refused.reason, refused.missing) == (Reason.NOT_LISTED, {"SystemsWrite"})


def test_a_holder_who_loses_what_the_list_names_takes_it_from_the_token(stage: Stage):
    secret = stage.issue_limited(stage.session(CLIENT), "SystemsRead").secret
    assert stage.verdict(secret, "SystemsRead").allowed
    by = stage.session(ADMINISTRATOR, "AccountsUsersWrite")
    client = stage.membership(CLIENT).id
    stage.authority.memberships.edit(by, client, None, MembershipEdit(groups=()))
    assert stage.verdict(secret, "SystemsRead").reason is Reason.INSUFFICIENT
    assert stage.verdict(secret).active


def test_a_set_that_changes_changes_what_its_tokens_may_do_at_once(stage: Stage):
    stage.predefine(READERS)
    secret = stage.issue_limited(stage.session(), set_id=READERS.id).secret
    assert stage.verdict(secret, "MeasurementsRead").allowed
    stage.predefine(PredefinedSet(1, "Readers", "", frozenset({"SystemsRead"})))
    assert stage.verdict(secret, "MeasurementsRead").reason is Reason.NOT_LISTED
    assert stage.verdict(secret, "SystemsRead").allowed
    stage.predefine()
    assert stage.verdict(secret, "SystemsRead").reason is Reason.NOT_LISTED
    assert stage.verdict(secret).active


def test_a_set_may_be_chosen_by_somebody_who_holds_none_of_it_and_gives_him_nothing(stage: Stage):
    stage.predefine(METERS)
    secret = stage.issue_limited(stage.session(CLIENT), set_id=METERS.id).secret
    assert stage.verdict(secret, "MeasurementsRead").reason is Reason.INSUFFICIENT


def test_a_limited_token_has_either_a_list_or_a_set(stage: Stage):
    stage.predefine(READERS)
    by = stage.session()
    with pytest.raises(Refused) as neither:
        stage.issue_limited(by)
    assert neither.value.code is Code.MALFORMED
    assert faults(neither.value) == [("permissions", "has to be there, or predefined_set")]
    with pytest.raises(Refused) as both:
        stage.issue_limited(by, "SystemsRead", set_id=READERS.id)
    assert both.value.code is Code.MALFORMED
    assert faults(both.value) == [("predefined_set", "cannot stand beside permissions")]
    empty = Draft("limited", None, None, permissions=frozenset())
    signed_in = with_demand(by, Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))
    with pytest.raises(Refused) as nothing:
        stage.authority.issue(signed_in, stage.authority.limited, empty)
    assert faults(nothing.value) == [("permissions", "names nothing")]


@pytest.mark.parametrize("email", [ADMINISTRATOR, OPERATOR])
def test_no_list_names_what_is_unknown_or_manages_access(stage: Stage, email: str):
    by = stage.session(email)
    names = ("SystemsRead", "NoSuchThing", "AccountTokenWrite", "KeysWrite")
    with pytest.raises(Refused) as refused:
        stage.issue_limited(by, *names)
    assert refused.value.code is Code.MALFORMED
    assert faults(refused.value) == [
        ("permissions", "KeysWrite is not in the catalogue"),
        ("permissions", "NoSuchThing is not in the catalogue"),
        ("permissions", "AccountTokenWrite manages access, and no limited token carries it"),
    ]


def test_an_unknown_set_is_refused(stage: Stage):
    with pytest.raises(Refused) as refused:
        stage.issue_limited(stage.session(), set_id=7)
    assert refused.value.code is Code.MALFORMED
    assert faults(refused.value) == [("predefined_set", "is no predefined set of the catalogue")]


def test_nobody_lists_what_he_does_not_hold_and_the_attempt_is_told(stage: Stage):
    by = stage.session(CLIENT)
    with pytest.raises(Refused) as refused:
        stage.issue_limited(by, "SystemsRead", "SystemsWrite")
    assert refused.value.code is Code.FORBIDDEN
    assert faults(refused.value) == [("permissions", "you do not hold SystemsWrite")]
    assert stage.authority.notes.write(all_of_them=True) == 1


@pytest.mark.parametrize(
    ("draft", "edit"),
    [
        (
            Draft("a token", None, None, permissions=READERS.permissions),
            Edit(permissions=READERS.permissions),
        ),
        (Draft("a token", None, None, set_id=READERS.id), Edit(set_id=READERS.id)),
    ],
    ids=["list", "set"],
)
def test_no_other_kind_takes_a_list_or_a_set(stage: Stage, draft: Draft, edit: Edit):
    stage.predefine(READERS)
    by = stage.session()
    signed_in = with_demand(by, Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))
    for kind, issued in (
        (stage.organizational, stage.issue(by)),
        (stage.authority.personal, stage.issue_personal(by)),
    ):
        with pytest.raises(Refused) as refused:
            stage.authority.issue(signed_in, kind, draft)
        assert refused.value.code is Code.MALFORMED
        with pytest.raises(Refused) as refused:
            stage.authority.edit(by, kind, issued.described.token.id, edit)
        assert refused.value.code is Code.MALFORMED


def test_an_edited_list_counts_at_once_and_clears_the_set(stage: Stage):
    stage.predefine(READERS)
    by = stage.session()
    issued = stage.issue_limited(by, set_id=READERS.id)
    edited(stage, by, issued, Edit(permissions=frozenset({"EventsRead"})))
    assert stage.verdict(issued.secret, "EventsRead").allowed
    assert stage.verdict(issued.secret, "SystemsRead").reason is Reason.NOT_LISTED
    found = stage.store.find_token(stage.organization_id, issued.described.token.id)
    assert found is not None
    assert (found.token.permissions, found.token.set_id) == ({"EventsRead"}, None)
    edited(stage, by, issued, Edit(set_id=READERS.id))
    assert stage.verdict(issued.secret, "EventsRead").reason is Reason.NOT_LISTED
    assert stage.verdict(issued.secret, "SystemsRead").allowed


def test_an_edit_checks_only_the_names_that_come_anew(stage: Stage):
    by = stage.session(CLIENT)
    issued = stage.issue_limited(by, "SystemsRead")
    group = GroupEdit(permissions=frozenset({"MeasurementsRead"}))
    group_id = stage.group("Client").id
    stage.authority.groups.edit(stage.session(), stage.organization_id, group_id, group)
    both = frozenset({"SystemsRead", "MeasurementsRead"})
    edited(stage, by, issued, Edit(permissions=both))
    assert stage.verdict(issued.secret, "MeasurementsRead").allowed
    assert stage.verdict(issued.secret, "SystemsRead").reason is Reason.INSUFFICIENT
    with pytest.raises(Refused) as refused:
        edited(stage, by, issued, Edit(permissions=both | {"SystemsWrite"}))
    assert refused.value.code is Code.FORBIDDEN
    assert faults(refused.value) == [("permissions", "you do not hold SystemsWrite")]


def test_an_edit_from_a_set_to_a_list_is_checked_like_an_issue(stage: Stage):
    stage.predefine(METERS)
    by = stage.session(CLIENT)
    issued = stage.issue_limited(by, set_id=METERS.id)
    for names, code in (
        ({"MeasurementsRead"}, Code.FORBIDDEN),
        ({"NoSuchThing"}, Code.MALFORMED),
        ({"AccountTokenRead", "AccountTokenWrite"}, Code.MALFORMED),
        (set[str](), Code.MALFORMED),
    ):
        with pytest.raises(Refused) as refused:
            edited(stage, by, issued, Edit(permissions=frozenset(names)))
        assert refused.value.code is code
    for set_id in (1, 7):
        with pytest.raises(Refused) as refused:
            edited(stage, by, issued, Edit(set_id=set_id))
        assert refused.value.code is Code.MALFORMED


def test_events_tell_what_a_token_is_limited_to_before_and_after(stage: Stage):
    stage.predefine(READERS)
    by = stage.session()
    issued = stage.issue_limited(by, "SystemsRead", "EventsRead")
    token_id = issued.described.token.id
    told = last_event(stage, Name.TOKEN_ISSUED, token_id)
    assert told["permissions"] == ["EventsRead", "SystemsRead"]
    assert "predefined_set" not in told
    edited(stage, by, issued, Edit(set_id=READERS.id))
    assert last_event(stage, Name.TOKEN_CHANGED, token_id) == {
        "kind": "limited_personal",
        "permissions_before": ["EventsRead", "SystemsRead"],
        "permissions_after": None,
        "predefined_set_before": None,
        "predefined_set_after": READERS.id,
    }
    follower = stage.issue_limited(by, set_id=READERS.id).described.token.id
    assert last_event(stage, Name.TOKEN_ISSUED, follower)["predefined_set"] == READERS.id


def test_a_token_bound_to_networks_puts_nothing_into_a_token_that_is_bound_to_none(stage: Stage):
    session = stage.session()
    limited = stage.issue_limited(session, "SystemsRead")
    signed_in = with_demand(session, Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN))
    draft = Draft("bound", None, None, addresses=("192.0.2.0/24",))
    bound = caller(stage.authority.issue(signed_in, stage.authority.personal, draft).secret)
    for edit in (Edit(permissions=frozenset({"EventsRead"})), Edit(addresses=())):
        with pytest.raises(Refused) as refused:
            edited(stage, bound, limited, edit)
        assert refused.value.code is Code.FORBIDDEN
    narrowed = Edit(permissions=frozenset({"EventsRead"}), addresses=("192.0.2.7/32",))
    edited(stage, bound, limited, narrowed)
    assert stage.verdict(limited.secret, "EventsRead").reason is Reason.WRONG_ADDRESS


def test_what_a_list_does_not_name_is_refused_so_and_told(stage: Stage):
    limited = caller(stage.issue_limited(stage.session(), "SystemsRead").secret)
    by = with_demand(limited, Demand(Door.MANAGEMENT, frozenset({"GroupsRead"})))
    with pytest.raises(Refused) as refused:
        stage.authority.groups.one(by, stage.organization_id, stage.group("Client").id)
    assert refused.value.code is Code.NOT_LISTED
    assert refused.value.public == "The list of this token does not name GroupsRead."
    assert faults(refused.value) == [("permission", "GroupsRead is not in its list")]
    assert stage.authority.notes.write(all_of_them=True) == 1


@pytest.mark.parametrize(
    ("asker", "sentence"),
    [
        (Asker.PERSON, "A limited token does only what its list names, and no list names this."),
        (Asker.SIGNED_IN, "This needs a person who signed in: use a session token."),
    ],
)
def test_what_no_list_can_name_is_refused_so_and_told(stage: Stage, asker: Asker, sentence: str):
    limited = caller(stage.issue_limited(stage.session(), "SystemsRead").secret)
    by = with_demand(limited, Demand(Door.MANAGEMENT, asker=asker))
    with pytest.raises(Refused) as refused:
        stage.authority.me.show(by)
    assert (refused.value.code, refused.value.public) == (Code.FORBIDDEN, sentence)
    assert stage.authority.notes.write(all_of_them=True) == 1


def test_a_limited_token_that_writes_groups_gives_away_no_more_than_its_list(stage: Stage):
    secret = stage.issue_limited(stage.session(), "GroupsWrite", "SystemsRead").secret
    by = caller(secret, demand=Demand(Door.MANAGEMENT, frozenset({"GroupsWrite"})))
    draft = GroupEdit(name="Mine", permissions=frozenset({"SystemsRead", "EventsRead"}))
    with pytest.raises(Refused) as refused:
        stage.authority.groups.create(by, stage.organization_id, draft)
    assert refused.value.code is Code.FORBIDDEN
    assert faults(refused.value) == [("permissions", "you do not hold EventsRead")]
    draft = GroupEdit(name="Mine", permissions=frozenset({"SystemsRead"}))
    stage.authority.groups.create(by, stage.organization_id, draft)
