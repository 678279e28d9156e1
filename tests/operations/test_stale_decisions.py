"""What a decision relied on has to hold when it is committed; else it is decided again."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from operations.meanwhile import before
from stage import ADMINISTRATOR, CLIENT, OPERATOR, Stage, caller
from tokenhouse.core.credential import Secret
from tokenhouse.core.kind import Spelling
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.issue import Draft
from tokenhouse.operations.memberships import MembershipEdit


def remove_group(stage: Stage, name: str) -> None:
    by = stage.session(OPERATOR, "GroupsWrite")
    stage.authority.groups.remove(by, stage.organization_id, stage.group(name).id)


def assign(stage: Stage, by: Caller, email: str, *names: str) -> None:
    groups = tuple(stage.group(name).id for name in names)
    edit = MembershipEdit(groups=groups)
    stage.authority.memberships.edit(by, stage.membership(email).id, None, edit)


def carry(stage: Stage, email: str, *names: str) -> None:
    """Somebody carries exactly these groups from now on."""
    kept = stage.membership(email)
    groups = tuple(stage.group(name).id for name in names)
    changed = replace(kept, version=kept.version + 1, groups=groups)
    stage.put(changed, kept)


def test_a_group_that_goes_meanwhile_is_given_to_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    by, group_id = stage.session(), stage.group("Metering").id
    before(monkeypatch, stage.store, "commit", lambda: remove_group(stage, "Metering"))
    with pytest.raises(Refused) as refused:
        assign(stage, by, CLIENT, "Metering")
    assert refused.value.code is Code.MALFORMED
    assert group_id not in stage.membership(CLIENT).groups


@pytest.mark.parametrize("what", ["issue", "edit"])
def test_a_group_that_goes_meanwhile_is_given_to_no_token(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str
):
    by, issued, group = stage.session(), stage.issue(stage.session()), stage.group("Metering")
    before(monkeypatch, stage.store, "commit", lambda: remove_group(stage, "Metering"))
    kind, token_id = stage.organizational, issued.described.token.id
    deeds: dict[str, Callable[[], object]] = {
        "issue": lambda: stage.authority.issue(by, kind, Draft("", None, (group.id,))),
        "edit": lambda: stage.authority.edit(by, kind, token_id, Edit(groups=(group.id,))),
    }
    with pytest.raises(Refused) as refused:
        deeds[what]()
    assert refused.value.code is Code.MALFORMED


@pytest.mark.parametrize("step", ["find_groups", "standing", "commit"])
def test_who_loses_the_right_to_assign_meanwhile_assigns_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, step: str
):
    by = stage.session(ADMINISTRATOR)
    kept = stage.membership(CLIENT).groups
    before(monkeypatch, stage.store, step, lambda: carry(stage, ADMINISTRATOR, "Automation"))
    with pytest.raises(Refused) as refused:
        assign(stage, by, CLIENT, "Administrator")
    assert refused.value.code is Code.FORBIDDEN
    assert stage.membership(CLIENT).groups == kept


# a kept answer is given to whoever could still ask for it


def keyed(secret: Secret) -> Caller:
    return caller(secret, Spelling.BEARER, "AccountTokenWrite", key="k")


def test_a_retry_gives_no_string_that_would_now_be_refused(stage: Stage):
    by = keyed(stage.sign_in().secret)
    first = stage.issue(by, ("Metering",))
    assert stage.issue(by, ("Metering",)).secret.reveal() == first.secret.reveal()
    carry(stage, ADMINISTRATOR, "Automation")
    with pytest.raises(Refused) as refused:
        stage.issue(by, ("Metering",))
    assert refused.value.code is Code.FORBIDDEN


def test_a_retry_gives_no_string_that_has_become_stronger_than_its_asker(stage: Stage):
    carry(stage, CLIENT, "Automation")
    by = keyed(stage.sign_in(CLIENT).secret)
    first = stage.issue(by)
    grown = Edit(groups=(stage.group("Administrator").id,))
    token_id = first.described.token.id
    stage.authority.edit(stage.session(), stage.organizational, token_id, grown)
    with pytest.raises(Refused) as refused:
        stage.issue(by)
    assert refused.value.code is Code.FORBIDDEN


def test_a_retried_rotation_gives_no_string_that_has_become_stronger_than_its_asker(stage: Stage):
    carry(stage, CLIENT, "Automation")
    by = keyed(stage.sign_in(CLIENT).secret)
    first = stage.issue(stage.session(CLIENT))
    rotate = stage.authority.rotate
    second = rotate(by, stage.organizational, first.described.token.id, None)
    grown = Edit(groups=(stage.group("Administrator").id,))
    token_id = second.described.token.id
    stage.authority.edit(stage.session(), stage.organizational, token_id, grown)
    with pytest.raises(Refused) as refused:
        rotate(by, stage.organizational, first.described.token.id, None)
    assert refused.value.code is Code.FORBIDDEN
