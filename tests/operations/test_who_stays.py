"""An administrator and an operator always stay, whoever acts at once with whom."""

import os
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace

from operations.meanwhile import after, before
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage
from tokenhouse.core.events import Name
from tokenhouse.core.principal import DEPLOYMENT, Membership, Organization
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.admit import Asking
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Page
from tokenhouse.operations.memberships import MembershipEdit
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.organizations import OrganizationEdit
from tokenhouse.operations.people import PersonEdit

Deed = Callable[[], object]
By = Callable[[Asking], object]
MACHINE = AtMachine(DEPLOYMENT, "tokenhouse person operator")
ROUNDS = 3


def suspend(stage: Stage, by: Asking, email: str) -> object:
    edit = MembershipEdit(suspended=True)
    return stage.authority.memberships.edit(by, stage.membership(email).id, None, edit)


def ungroup(stage: Stage, by: Asking, email: str) -> object:
    edit = MembershipEdit(groups=())
    return stage.authority.memberships.edit(by, stage.membership(email).id, None, edit)


def end(stage: Stage, by: Asking, email: str) -> object:
    return stage.authority.memberships.end(by, stage.membership(email).id)


IN_MEMORY = pytest.mark.parametrize("stage", ["memory"], indirect=True)
"""Where the store's engine does nothing of its own."""
WAYS = pytest.mark.parametrize("way", [suspend, ungroup, end])


def administrators(stage: Stage) -> int:
    organization_id = stage.person(ADMINISTRATOR).default_organization_id
    page = Page("name", descending=False, offset=0, size=1)
    (counted,) = stage.store.page_groups(organization_id, page)
    return stage.store.active_members(organization_id, counted.group.id)


def edit_person(stage: Stage, email: str, **edit: bool) -> object:
    person_id = stage.person(email).id
    return stage.authority.people.edit(MACHINE, person_id, None, PersonEdit(**edit))


def restore(stage: Stage, *emails: str) -> None:
    """These are active administrators and operators again."""
    group = stage.group("Administrator").id
    for email in emails:
        kept = stage.membership(email)
        stage.put(replace(kept, version=kept.version + 1, groups=(group,), suspended=False), kept)
        person = stage.person(email)
        later = replace(person, version=person.version + 1, suspended=False, operator=True)
        stage.put(later, person)


def at_once(*deeds: Deed) -> int:
    """Do all at the same moment; give how many were not refused."""
    barrier, done = Barrier(len(deeds)), []

    def run(deed: Deed) -> None:
        barrier.wait()
        try:
            deed()
        except (Refused, Unavailable):
            return
        done.append(deed)

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def both(stage: Stage, anna_does: By, olga_does: By) -> int:
    """Let both act at the same moment, each signed in; give how many were not refused."""
    restore(stage, OPERATOR, ADMINISTRATOR)
    anna, olga = stage.session(ADMINISTRATOR), stage.session(OPERATOR)
    return at_once(lambda: anna_does(anna), lambda: olga_does(olga))


def refused(deed: Deed, sentence: str) -> None:
    with pytest.raises(Refused) as caught:
        deed()
    assert caught.value.code is Code.FORBIDDEN
    assert sentence in caught.value.public


@IN_MEMORY
@WAYS
def test_the_last_administrator_stays(stage: Stage, way: Callable[..., object]):
    restore(stage, OPERATOR)
    edit_person(stage, OPERATOR, operator=True)
    by = stage.session()
    ungroup(stage, by, OPERATOR)
    refused(lambda: way(stage, by, ADMINISTRATOR), "last administrator")
    assert administrators(stage) == 1


@IN_MEMORY
@WAYS
def test_others_who_are_suspended_do_not_count_as_administrators(
    stage: Stage, way: Callable[..., object]
):
    restore(stage, OPERATOR, CLIENT, ADMINISTRATOR)
    by = stage.session()
    suspend(stage, by, OPERATOR)
    edit_person(stage, CLIENT, suspended=True)
    refused(lambda: way(stage, by, ADMINISTRATOR), "last administrator")
    end(stage, by, OPERATOR)
    assert administrators(stage) == 1


@WAYS
def test_of_two_administrators_who_remove_each_other_at_once_one_stays(
    stage: Stage, way: Callable[..., object]
):
    for _ in range(ROUNDS if way is not end else 1):
        both(
            stage,
            lambda by: way(stage, by, OPERATOR),
            lambda by: way(stage, by, ADMINISTRATOR),
        )
        assert administrators(stage) == 1


def test_of_two_administrators_who_leave_at_once_one_stays(stage: Stage):
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: ungroup(stage, by, ADMINISTRATOR),
            lambda by: suspend(stage, by, OPERATOR),
        )
        assert (done, administrators(stage)) == (1, 1)


@IN_MEMORY
def test_the_last_administrator_stays_who_becomes_the_last_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    restore(stage, OPERATOR, ADMINISTRATOR)
    by = stage.session(ADMINISTRATOR)
    other = AtMachine(stage.organization_id, "tokenhouse person groups")
    before(monkeypatch, stage.store, "commit", lambda: ungroup(stage, other, OPERATOR))
    refused(lambda: ungroup(stage, by, ADMINISTRATOR), "last administrator")
    assert administrators(stage) == 1


@IN_MEMORY
def test_a_member_of_another_organization_is_unknown_in_a_new_one(stage: Stage):
    made = stage.authority.organizations.create(MACHINE, "Weststrom")
    at = AtMachine(made.id, "tokenhouse person list")
    with pytest.raises(Refused) as caught:
        end(stage, at, CLIENT)
    assert caught.value.code is Code.NOT_FOUND


# operators


def test_of_two_operators_who_withdraw_at_once_one_stays(stage: Stage):
    people, edit = stage.authority.people, PersonEdit(operator=False)
    anna, olga = stage.person(ADMINISTRATOR).id, stage.person(OPERATOR).id
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: people.edit(by, anna, None, edit),
            lambda by: people.edit(by, olga, None, edit),
        )
        assert (done, stage.store.active_operators()) == (1, 1)


def test_of_two_operators_who_suspend_each_other_at_once_one_stays(stage: Stage):
    people, edit = stage.authority.people, PersonEdit(suspended=True)
    anna, olga = stage.person(ADMINISTRATOR).id, stage.person(OPERATOR).id
    for _ in range(ROUNDS):
        done = both(
            stage,
            lambda by: people.edit(by, olga, None, edit),
            lambda by: people.edit(by, anna, None, edit),
        )
        assert (done, stage.store.active_operators()) == (1, 1)


def test_at_the_machine_too_the_last_operator_stays(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR)
    for _ in range(ROUNDS):
        done = at_once(
            lambda: edit_person(stage, OPERATOR, suspended=True),
            lambda: edit_person(stage, ADMINISTRATOR, operator=False),
        )
        assert (done, stage.store.active_operators()) == (1, 1)
        restore(stage, OPERATOR, ADMINISTRATOR)


@IN_MEMORY
def test_operators_who_could_not_sign_in_do_not_count(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR)
    by = AtMachine(stage.organization_id, "tokenhouse person groups")
    suspend(stage, by, OPERATOR)
    for deed in (
        lambda: edit_person(stage, ADMINISTRATOR, suspended=True),
        lambda: edit_person(stage, ADMINISTRATOR, operator=False),
    ):
        refused(deed, "last operator")
    edit_person(stage, OPERATOR, operator=False)
    assert stage.store.active_operators() == 1


def test_of_two_operators_whose_memberships_end_at_once_one_stays(stage: Stage):
    restore(stage, OPERATOR, ADMINISTRATOR, CLIENT)
    edit_person(stage, CLIENT, operator=False)
    by = stage.session(CLIENT)
    done = at_once(lambda: end(stage, by, OPERATOR), lambda: end(stage, by, ADMINISTRATOR))
    assert (done, stage.store.active_operators()) == (1, 1)


def elsewhere(stage: Stage, email: str) -> Organization:
    """A further organization to which somebody belongs too."""
    now, mint = stage.clock.now(), Mint(os.urandom, "th")
    organization = Organization(mint.id(now), 1, "Elsewhere", False, 0, now, now)
    stage.put(organization)
    person_id = stage.person(email).id
    stage.put(Membership(mint.id(now), 1, person_id, organization.id, (), False, None, 0, now, now))
    return organization


def test_an_operator_who_belongs_elsewhere_too_may_leave_but_not_both_at_once(stage: Stage):
    other = elsewhere(stage, OPERATOR)
    deeds = [lambda one=one: leave(stage, one) for one in _known(stage, OPERATOR)]
    assert other.id in {one.organization_id for one in _known(stage, OPERATOR)}
    assert (at_once(*deeds), stage.store.active_operators()) == (1, 1)


@IN_MEMORY
@pytest.mark.parametrize("step", ["find_member", "find_person", "deployment"])
def test_an_operator_leaves_no_last_organization_when_he_left_the_other_meanwhile(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str
):
    elsewhere(stage, OPERATOR)
    here, there = _known(stage, OPERATOR)
    after(monkeypatch, stage.store, step, lambda: leave(stage, there))
    refused(lambda: leave(stage, here), "last operator")
    assert stage.store.active_operators() == 1


def leave(stage: Stage, membership: Membership) -> None:
    at = AtMachine(membership.organization_id, "tokenhouse person")
    stage.authority.memberships.end(at, membership.id)


def _known(stage: Stage, email: str) -> tuple[Membership, ...]:
    record = stage.store.find_for_sign_in(email)
    assert record is not None
    return record.memberships


@IN_MEMORY
def test_an_organization_that_is_suspended_meanwhile_leaves_nobody_to_operate_from_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    other = elsewhere(stage, OPERATOR)
    here = next(one for one in _known(stage, OPERATOR) if one.organization_id != other.id)
    edit = OrganizationEdit(suspended=True)
    before(
        monkeypatch,
        stage.store,
        "commit",
        lambda: stage.authority.organizations.edit(MACHINE, other.id, None, edit),
    )
    refused(lambda: leave(stage, here), "last operator")
    assert stage.store.active_operators() == 1


# who suspends whom


@IN_MEMORY
def test_an_operator_suspends_the_last_administrator_of_an_organization(stage: Stage):
    """A stolen account has to stop at once; another administrator can be invited afterwards."""
    restore(stage, OPERATOR)
    ungroup(stage, stage.session(), OPERATOR)
    people, edit = stage.authority.people, PersonEdit(suspended=True)
    people.edit(stage.session(OPERATOR), stage.person(ADMINISTRATOR).id, None, edit)
    assert administrators(stage) == 0


@IN_MEMORY
def test_an_event_tells_of_somebody_at_the_machine_without_an_actor(stage: Stage):
    head = stage.store.head()[0]
    edit_person(stage, CLIENT, suspended=True)
    (event,) = stage.store.events(stage.organization_id, head, 10)
    assert event.name == Name.PERSON_CHANGED
    assert '"actor":null' in (event.body or "")
