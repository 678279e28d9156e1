"""Events hold what a reader of the audit trail needs, and are not lost by a fault that passes."""

import json
from collections import defaultdict

import pytest

from stage import ADMINISTRATOR, CLIENT, PASSWORD, Stage
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.refusal import Refused, Unavailable
from tokenhouse.operations.changes import Change
from tokenhouse.operations.sign_in import Credentials


def test_the_beginning_tells_who_may_do_what(stage: Stage):
    told: dict[str, list[dict[str, object]]] = defaultdict(list)
    for event in stage.store.events(None, 0, 100):
        assert event.body is not None
        body = json.loads(event.body)
        told[event.name].append(body["details"] | {"subject": body["subject"]})
    groups = {one["name"]: one for one in told[Name.GROUP_CREATED]}
    assert groups["Client"]["permissions"] == ["SystemsRead"]
    assert groups["Administrator"]["fixed"] is True
    assert len([one for one in told[Name.PERSON_CREATED] if one["operator"]]) == 1
    client = stage.membership(CLIENT)
    (joined,) = (one for one in told[Name.MEMBERSHIP_CREATED] if one["subject"] == str(client.id))
    assert joined["groups"] == [str(group_id) for group_id in client.groups]
    assert joined["person"] == str(client.person_id)
    (organization,) = told[Name.ORGANIZATION_CREATED]
    assert organization["name"] == "Nordlicht Energie"
    (deployment,) = told[Name.DEPLOYMENT_CREATED]
    assert deployment["issuer"] == "http://localhost:8080"
    (catalogue,) = told[Name.CATALOGUE_CHANGED]
    assert "SystemsRead" in str(catalogue["permissions_after"])


def test_refusals_that_could_not_be_written_are_written_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    for email in (ADMINISTRATOR, CLIENT):
        with pytest.raises(Refused):
            stage.authority.sign_in(Credentials(email, Secret("x"), None, "192.0.2.1"))
    head = stage.store.head()[0]

    def full(_: Change) -> None:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(stage.store, "commit", full)
        with pytest.raises(Unavailable):
            stage.authority.notes.write(all_of_them=True)
    assert stage.authority.notes.write(all_of_them=True) == 2
    events = stage.store.events(None, head, 10)
    assert [event.name for event in events] == [Name.SIGN_IN_FAILED] * 2
    assert PASSWORD not in str(events)
