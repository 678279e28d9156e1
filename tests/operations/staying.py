"""Deeds after which somebody might be the last one, done at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from msgspec.structs import replace

from stage import ADMINISTRATOR, OPERATOR, Stage
from tokenhouse.core.principal import DEPLOYMENT
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.operations.admit import Asking
from tokenhouse.operations.at_machine import AtMachine
from tokenhouse.operations.changes import Page
from tokenhouse.operations.memberships import MembershipEdit
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
