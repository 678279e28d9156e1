"""What is told of a token's permissions is what the judge goes by, with reasons that hold."""

from typing import TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.records import BOUNDED, CLIENT, GROUP_ID, READERS, found_of, policy_group, token_of
from core.test_standing import LIMITED_TOKENS, NAMES, standings
from tokenhouse.core.explaining import Explanation, Lack, Through, explain, lacking
from tokenhouse.core.judge import Demand, Reason, judge
from tokenhouse.core.kind import OF_CLIENTS, Door, Kind, Rights, Spelling
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, OPERATORS, PRODUCT
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.standing import Found, Standing, permissions
from tokenhouse.core.token import Token
from tokenhouse.kinds import ALL, FORMS, LIMITED, ORGANIZATIONAL, PERSONAL, SESSION
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.device import DEVICE

KindOf: TypeAlias = tuple[Kind, Token, Standing]

AT_CLIENTS = tuple(kind for kind in FORMS if kind.rights in OF_CLIENTS)
LISTS = st.none() | st.frozensets(NAMES)


@st.composite
def tokens(draw: st.DrawFn) -> KindOf:
    """A token of any kind, however little it rests on still is there."""
    standing = draw(standings())
    kind = draw(st.sampled_from(FORMS))
    if kind is LIMITED:
        return kind, draw(LIMITED_TOKENS), standing
    token = token_of(kind)
    if kind in AT_CLIENTS:
        token = replace(token, permissions=draw(LISTS))
        client = draw(st.none() | st.builds(lambda of: replace(CLIENT, permissions=of), LISTS))
        groups = () if kind.holder is HolderKind.CLIENT else standing.groups
        standing = replace(standing, client=client, groups=groups)
    return kind, token, standing


@BOUNDED
@given(tokens())
def test_what_is_explained_as_held_is_what_the_judge_goes_by(one: KindOf):
    assert explain(*one).held == permissions(*one)


@BOUNDED
@given(tokens())
def test_nothing_is_both_held_and_lacking(one: KindOf):
    told = explain(*one)
    assert not told.held & {each.permission.name for each in told.lacking}


@BOUNDED
@given(tokens())
def test_without_the_groups_that_are_named_a_permission_is_gone(one: KindOf):
    kind, token, standing = one
    for given_ in explain(*one).given:
        name = given_.permission.name
        others = tuple(group for group in standing.groups if group not in given_.groups)
        bare = replace(standing, groups=others)
        if given_.groups:
            assert name not in permissions(kind, token, bare)
        else:
            assert name in DEPLOYMENT_PERMISSIONS or kind.rights is Rights.CLIENT


@BOUNDED
@given(tokens(), NAMES | st.sampled_from([one.name for one in (*PRODUCT, *OPERATORS)]))
def test_the_reason_for_a_lack_is_the_case_and_nothing_that_comes_before_it(one: KindOf, name: str):
    kind, token, standing = one
    if name in permissions(*one):
        return
    lack = lacking(*one, name).lack
    known, held = standing.catalogue.names, _groups_give(standing, name)
    named = token.permissions is not None and name in token.permissions
    followed = standing.catalogue.set_of(token.set_id or 0)
    true = {
        Lack.OPERATORS: name in DEPLOYMENT_PERMISSIONS and kind is not SESSION,
        Lack.NO_OPERATOR: name in DEPLOYMENT_PERMISSIONS,
        Lack.NOT_IN_CATALOGUE: name not in known,
        Lack.NONE_CARRIED: kind.rights is Rights.NONE,
        Lack.CLIENT_GONE: standing.client is None,
        Lack.CLIENT_NOT_ALLOWED: standing.client is not None
        and name not in (standing.client.permissions or ()),
        Lack.NOT_HELD: not held,
        Lack.MANAGES_ACCESS: held and name not in standing.catalogue.limitable,
        Lack.NOT_LISTED: not named,
        Lack.NOT_IN_SET: followed is not None and name not in followed.permissions,
        Lack.SET_GONE: followed is None,
    }
    assert true[lack], lack


def _groups_give(standing: Standing, name: str) -> bool:
    return any(name in group.holds(standing.catalogue) for group in standing.groups)


@BOUNDED
@given(LIMITED_TOKENS, standings(), NAMES)
def test_a_lack_is_the_holders_exactly_where_the_judge_says_so(
    token: Token, standing: Standing, name: str
):
    rightful = found_of(LIMITED)
    standing = replace(
        standing, person=rightful.standing.person, membership=rightful.standing.membership
    )
    found = Found(token, standing, 0)
    demand = Demand(Door.RESOURCE, frozenset({name}))
    verdict = judge(LIMITED, found, Spelling.TOKEN, demand, "", token.created_at)
    if verdict.reason in {Reason.INSUFFICIENT, Reason.NOT_LISTED}:
        of_holder = {Lack.OPERATORS, Lack.NOT_IN_CATALOGUE, Lack.NOT_HELD}
        lack = lacking(LIMITED, token, standing, name).lack
        assert (lack in of_holder) is (verdict.reason is Reason.INSUFFICIENT)


def _lacks(told: Explanation) -> dict[str, Lack]:
    return {one.permission.name: one.lack for one in told.lacking}


def test_every_group_that_gives_a_permission_is_named():
    other = policy_group("SystemsRead", group_id=UUID(int=7))
    standing = found_of(PERSONAL).standing
    standing = replace(standing, groups=(*standing.groups, other))
    told = {
        one.permission.name: one for one in explain(PERSONAL, token_of(PERSONAL), standing).given
    }
    assert [group.id for group in told["SystemsRead"].groups] == [GROUP_ID, UUID(int=7)]
    assert [group.id for group in told["EventsRead"].groups] == [GROUP_ID]
    assert told["EventsRead"].permission.title == "Read the audit trail"
    assert told["EventsRead"].through is Through.ALL


def test_a_list_tells_what_it_lets_through_what_it_names_in_vain_and_what_it_holds_back():
    standing = found_of(LIMITED).standing
    names = frozenset({"SystemsRead", "environment.control.StopEnv", "Lost", "KeysRead"})
    told = explain(LIMITED, replace(token_of(LIMITED), permissions=names), standing)
    assert [(one.permission.name, one.through) for one in told.given] == [
        ("SystemsRead", Through.LIST)
    ]
    assert _lacks(told) == {
        "environment.control.StopEnv": Lack.NOT_HELD,
        "Lost": Lack.NOT_IN_CATALOGUE,
        "KeysRead": Lack.OPERATORS,
    }
    assert told.held_back == {"EventsRead"}


def test_a_set_is_told_and_that_it_is_gone():
    standing = found_of(LIMITED).standing
    token = replace(token_of(LIMITED), permissions=None, set_id=READERS.id)
    told = explain(LIMITED, token, standing)
    assert (told.followed, told.set_gone) == (READERS, False)
    assert [one.through for one in told.given] == [Through.SET]
    poorer = replace(standing, catalogue=replace(standing.catalogue, sets=()))
    told = explain(LIMITED, token, poorer)
    assert (told.held, told.followed, told.set_gone) == (frozenset(), None, True)
    assert lacking(LIMITED, token, poorer, "SystemsRead").lack is Lack.SET_GONE


def test_a_group_that_was_removed_is_told():
    standing = found_of(ORGANIZATIONAL).standing
    token = replace(token_of(ORGANIZATIONAL), groups=(GROUP_ID, UUID(int=7)))
    assert explain(ORGANIZATIONAL, token, standing).lost_groups == (UUID(int=7),)


def test_an_operators_rank_is_told_of_his_session_and_as_lacking_in_his_other_tokens():
    standing = found_of(SESSION).standing
    person = standing.person
    assert person is not None
    standing = replace(standing, person=replace(person, operator=True))
    told = {one.permission.name: one for one in explain(SESSION, token_of(SESSION), standing).given}
    assert told["KeysWrite"].groups == ()
    lacks = _lacks(explain(PERSONAL, token_of(PERSONAL), standing))
    assert lacks == dict.fromkeys(DEPLOYMENT_PERMISSIONS, Lack.OPERATORS)


def test_what_an_applications_token_lacks_is_told_by_who_holds_it_back():
    standing = found_of(ACCESS).standing
    token = replace(token_of(ACCESS), permissions=frozenset({"SystemsRead", "EventsRead"}))
    only = replace(CLIENT, permissions=frozenset({"SystemsRead"}))
    told = explain(ACCESS, token, replace(standing, client=only))
    assert (told.held, _lacks(told)) == ({"SystemsRead"}, {"EventsRead": Lack.CLIENT_NOT_ALLOWED})
    told = explain(ACCESS, token, replace(standing, client=None))
    assert set(_lacks(told).values()) == {Lack.CLIENT_GONE}
    standing = found_of(CLIENT_ACCESS).standing
    (given_, *_) = explain(CLIENT_ACCESS, token_of(CLIENT_ACCESS), standing).given
    assert (given_.groups, given_.through) == ((), Through.CLIENT)


@pytest.mark.parametrize("kind", ALL)
def test_what_nobody_names_is_not_lacking(kind: Kind):
    told = explain(kind, token_of(kind), found_of(kind).standing)
    assert not told.lacking
    assert bool(told.given) is (kind is not DEVICE)
