"""Who is behind an id is told to those who may know it, within their organization."""

from uuid import uuid4

from msgspec.structs import replace

from stage import ADMINISTRATOR, CLIENT, Stage, with_demand
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.operations.admit import Caller

SIGNED_IN = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
EVE = "eve@sued.example"


def by(stage: Stage, who: str) -> Caller:
    return with_demand(stage.session(who), SIGNED_IN)


def test_everybody_knows_himself_and_some_know_everyone(stage: Stage):
    anna, carl = stage.person(ADMINISTRATOR), stage.person(CLIENT)
    ids = {anna.id, carl.id, stage.organization_id, uuid4()}
    everyone = {anna.id: anna.full_name, carl.id: carl.full_name}
    assert stage.authority.names(by(stage, ADMINISTRATOR), ids) == everyone
    assert stage.authority.names(by(stage, CLIENT), ids) == {carl.id: carl.full_name}


def test_nobody_is_told_of_people_elsewhere(stage: Stage):
    stage.found_organization("Südstrom", EVE)
    anna, eve = stage.person(ADMINISTRATOR), stage.person(EVE)
    for who, other in ((anna, eve), (eve, anna)):
        told = stage.authority.names(by(stage, who.email), {who.id, other.id})
        assert told == {who.id: who.full_name}


def test_whoever_has_left_is_no_name_any_more(stage: Stage):
    carl, member = stage.person(CLIENT), stage.membership(CLIENT)
    ended = replace(member, version=member.version + 1, ended_at=stage.clock.now())
    stage.put(ended, member)
    assert carl.id not in stage.authority.names(by(stage, ADMINISTRATOR), {carl.id})
