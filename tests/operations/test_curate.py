"""The catalogue is changed as a whole, and every token follows at once."""

import json
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from operations.curating import (
    GETS,
    IN_MEMORY,
    MACHINE,
    STOP,
    change,
    set_id,
    with_sets,
    without,
)
from operations.meanwhile import before
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller
from tokenhouse.core.catalogue import Contents
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Spelling
from tokenhouse.core.permission import Permission
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.demo import firm


def told(stage: Stage) -> dict[str, Any]:
    """What the last change of the catalogue tells."""
    events = stage.store.recent_events(None, None, 1)
    assert events[0].name == Name.CATALOGUE_CHANGED
    body: dict[str, Any] = json.loads(events[0].body or "")
    return body


# what a change does to tokens


def test_a_predefined_set_that_loses_a_method_takes_it_from_every_token_at_once(stage: Stage):
    followed = set_id(stage, "Maven Plugin")
    tokens = [
        stage.issue_limited(stage.session(email), set_id=followed).secret
        for email in (ADMINISTRATOR, CLIENT)
    ]
    assert all(stage.verdict(token, GETS).allowed for token in tokens)
    sets = tuple(replace(one, permissions=one.permissions - {GETS}) for one in firm.LISTED.sets)
    change(stage, replace(firm.LISTED, sets=sets))
    for token in tokens:
        assert stage.verdict(token, GETS).reason is Reason.NOT_LISTED
        assert stage.verdict(token, "environment.control.GetEnvInfo").allowed


def test_a_predefined_set_that_gains_a_method_gives_it_to_those_who_hold_it(stage: Stage):
    change(stage, with_sets(("Mine", {"SystemsRead"})))
    tokens = {
        email: stage.issue_limited(stage.session(email), set_id=set_id(stage, "Mine")).secret
        for email in (ADMINISTRATOR, CLIENT)
    }
    change(stage, with_sets(("Mine", {"SystemsRead", "SystemsWrite"})))
    assert stage.verdict(tokens[ADMINISTRATOR], "SystemsWrite").allowed
    assert stage.verdict(tokens[CLIENT], "SystemsWrite").reason is Reason.INSUFFICIENT


def test_a_removed_set_leaves_its_tokens_nothing_even_if_one_of_its_name_comes_later(stage: Stage):
    change(stage, with_sets(("Mine", {"SystemsRead"})))
    token = stage.issue_limited(stage.session(), set_id=set_id(stage, "Mine")).secret
    assert stage.verdict(token, "SystemsRead").allowed
    change(stage, with_sets())
    assert stage.verdict(token, "SystemsRead").reason is Reason.NOT_LISTED
    change(stage, with_sets(("Mine", {"SystemsRead"})))
    assert stage.verdict(token, "SystemsRead").reason is Reason.NOT_LISTED
    assert stage.verdict(token).active


def test_what_begins_to_manage_access_is_taken_from_limited_tokens_alone(stage: Stage):
    by = stage.session()
    limited, personal = stage.issue_limited(by, "SystemsRead"), stage.issue_personal(by)
    entries = tuple(
        replace(one, manages_access=True) if one.name == "SystemsRead" else one
        for one in firm.LISTED.entries
    )
    change(stage, replace(firm.LISTED, entries=entries))
    assert not stage.verdict(limited.secret, "SystemsRead").allowed
    assert stage.verdict(personal.secret, "SystemsRead").allowed
    assert told(stage)["details"]["permissions_edited"] == ["SystemsRead"]
    assert "SystemsRead" in told(stage)["details"]["managing_access_after"]


def test_a_permission_that_goes_is_lost_by_all_and_comes_back_with_its_name(stage: Stage):
    by = stage.session()
    tokens = [stage.issue(by, ("Client",)).secret, stage.issue_personal(by).secret]
    change(stage, without("SystemsRead"))
    assert not any(stage.verdict(token, "SystemsRead").allowed for token in tokens)
    change(stage, firm.LISTED)
    assert all(stage.verdict(token, "SystemsRead").allowed for token in tokens)


# how it is changed


def test_a_change_is_one_event_with_what_was_before_and_after(stage: Stage):
    by = caller(stage.sign_in(OPERATOR).secret, Spelling.BEARER, "CatalogueWrite")
    kept = stage.store.catalogue()
    wanted = without(STOP)
    changed = stage.authority.catalogue.change(by, wanted, kept.version)
    assert changed == stage.store.catalogue()
    assert changed.version == kept.version + 1
    body = told(stage)
    details = body["details"]
    assert UUID(body["actor"]) == stage.person(OPERATOR).id
    assert UUID(body["organization"]) == DEPLOYMENT
    before_, after_ = details["permissions_before"], details["permissions_after"]
    assert set(before_) - set(after_) == {STOP}
    assert set(before_) == kept.names
    assert (
        details["sets_before"]
        == details["sets_after"]
        == [
            "1 Extended Access",
            "2 IDE Plugins",
        ]
    )
    lost = set(details["set_permissions_before"]) - set(details["set_permissions_after"])
    assert lost == {f"1 {STOP}", f"2 {STOP}"}
    assert details["permissions_edited"] == []


def test_nothing_to_change_writes_nothing(stage: Stage):
    head, version = stage.store.head(), stage.store.catalogue().version
    assert change(stage, firm.LISTED).version == version
    spelled = tuple(replace(one, name=f" {one.name} ") for one in firm.LISTED.sets)
    assert change(stage, replace(firm.LISTED, sets=spelled)).version == version
    assert stage.store.head() == head


def test_a_change_starts_from_the_version_that_was_read(stage: Stage):
    read = stage.store.catalogue().version
    change(stage, without(STOP))
    for deed in (stage.authority.catalogue.change, stage.authority.catalogue.preview):
        with pytest.raises(Refused) as refused:
            deed(MACHINE, firm.LISTED, read)
        assert refused.value.code is Code.STALE


def test_of_two_changes_at_once_the_second_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    read = stage.store.catalogue().version
    before(monkeypatch, stage.store, "commit", lambda: change(stage, without(STOP)))
    with pytest.raises(Refused) as refused:
        stage.authority.catalogue.change(MACHINE, without(GETS), read)
    assert refused.value.code is Code.STALE
    assert STOP not in stage.store.catalogue().names
    assert GETS in stage.store.catalogue().names


def test_an_operator_who_stops_being_one_meanwhile_changes_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by = caller(stage.sign_in(OPERATOR).secret, Spelling.BEARER, "CatalogueWrite")
    person = stage.person(OPERATOR)
    later = replace(person, version=person.version + 1, operator=False)
    before(monkeypatch, stage.store, "commit", lambda: stage.put(later, person))
    with pytest.raises(Refused) as refused:
        stage.authority.catalogue.change(by, without(STOP))
    assert refused.value.code is Code.FORBIDDEN
    assert STOP in stage.store.catalogue().names


@IN_MEMORY
@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Contents((Permission("GroupsRead"),)), "permissions[0].name"),
        (Contents((Permission("a"), Permission("A"))), "permissions[1].name"),
        (with_sets(("A", set()), (" a", set())), "sets[1].name"),
        (with_sets(("A", {"users.authentication.CreateToken"})), "sets[0].permissions"),
        (with_sets(("A", {"AccountTokenWrite"})), "sets[0].permissions"),
        (with_sets(("A", {"KeysRead"})), "sets[0].permissions"),
    ],
)
def test_what_no_catalogue_can_hold_is_refused_and_previewed_as_such(
    stage: Stage, wanted: Contents, field: str
):
    head = stage.store.head()
    for deed in (stage.authority.catalogue.change, stage.authority.catalogue.preview):
        with pytest.raises(Refused) as refused:
            deed(MACHINE, wanted)
        assert refused.value.code is Code.MALFORMED
        assert [problem.field for problem in refused.value.problems] == [field]
    assert stage.store.head() == head
