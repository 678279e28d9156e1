"""A decision names the version of everything that the verdict on a token rested on."""

import msgspec
import pytest

from core.records import found_of
from tokenhouse.core.kind import Kind
from tokenhouse.core.token import FamilyEnd
from tokenhouse.kinds import ALL
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.operations.admit import guards
from tokenhouse.operations.changes import Guard


@pytest.mark.parametrize("kind", [*ALL, ACCESS, CLIENT_ACCESS, REFRESH])
def test_every_record_that_a_token_rests_on_is_guarded(kind: Kind):
    found = found_of(kind)
    standing = msgspec.structs.asdict(found.standing).values()
    groups = found.standing.groups
    rests_on = [found.token, *groups, *(one for one in standing if isinstance(one, msgspec.Struct))]
    guarded = guards(found)
    for record in rests_on:
        assert Guard(type(record), record.id, record.version) in guarded
    assert Guard(FamilyEnd, found.token.family_id, 0) in guarded
    assert len(guarded) == len(rests_on) + 1
