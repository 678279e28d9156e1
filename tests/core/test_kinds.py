"""The kinds that exist, and which token opens which door."""

import pytest
from msgspec.structs import replace

from core.records import NOW, found_of
from tokenhouse.core.judge import Demand, Reason, judge
from tokenhouse.core.kind import Asker, Door, Kind, Numbering, Rights, Spelling
from tokenhouse.core.moment import DAY, HOUR, Lifetime
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.succession import Fate, Terms
from tokenhouse.kinds import ALL, LIMITED, PERSONAL, SESSION
from tokenhouse.kinds.access import ACCESS, CLIENT_ACCESS
from tokenhouse.kinds.refresh import REFRESH
from tokenhouse.kinds.session import SESSION_ID

KINDS = (*ALL, CLIENT_ACCESS)


def _name(kind: Kind) -> str:
    """Two kinds of one name are told apart by who holds their tokens, or by their form."""
    apart = {CLIENT_ACCESS: "client access", SESSION_ID: "session id"}
    return apart.get(kind, kind.name)


SPELLINGS = {
    #                   Bearer  Token  x-access-token  session=  cookie
    "session":          "yes    no     yes             yes       no",
    "session id":       "no     no     no              yes       yes",
    "personal":         "no     yes    yes             yes       no",
    "limited_personal": "no     yes    yes             yes       no",
    "organizational":   "no     yes    no              no        no",
    "access":           "yes    no     no              no        no",
    "client access":    "yes    no     no              no        no",
    "refresh":          "no     no     no              no        no",
    "device":           "no     no     yes             no        no",
}  # fmt: skip
DOORS = {
    #                   resource  verify  management  devices  asking  mqtt  redeem
    "session":          "yes      yes     yes         yes      no      yes   no",
    "session id":       "yes      yes     yes         yes      no      no    no",
    "personal":         "yes      yes     yes         yes      no      no    no",
    "limited_personal": "yes      yes     listed      listed   no      no    no",
    "organizational":   "yes      yes     yes         no       yes     no    no",
    "access":           "yes      yes     no          no       no      no    no",
    "client access":    "yes      yes     no          no       yes     no    no",
    "refresh":          "no       no      no          no       no      no    yes",
    "device":           "yes      yes     no          yes      no      yes   no",
}  # fmt: skip
ASKERS = {
    #                   anyone  person  signed in  device
    "session":          "yes    yes     yes        no",
    "session id":       "yes    yes     yes        no",
    "personal":         "yes    yes     no         no",
    "limited_personal": "yes    yes     no         no",
    "organizational":   "yes    no      no         no",
    "access":           "yes    yes     no         no",
    "client access":    "yes    no      no         no",
    "refresh":          "yes    yes     no         no",
    "device":           "yes    no      no         yes",
}  # fmt: skip
NAMED_IN_A_BODY = "yes          yes     no          no       no      yes   yes"
"""What is asked about a string, or given for it: it never manages, nor asks in its turn."""


def _cell(row: str, column: int) -> str:
    return row.split()[column]


def _cells() -> list[tuple[Kind, Spelling, Door, Asker, Reason | None]]:
    cells: list[tuple[Kind, Spelling, Door, Asker, Reason | None]] = []
    for kind in (*KINDS, SESSION_ID):
        for s, spelling in enumerate(Spelling):
            for d, door in enumerate(Door):
                for a, asker in enumerate(Asker):
                    named = spelling is Spelling.NAMED
                    spelled = (
                        _cell(NAMED_IN_A_BODY, d) if named else _cell(SPELLINGS[_name(kind)], s)
                    )
                    opened = _cell(DOORS[_name(kind)], d)
                    reason = None
                    if spelled == "no" or opened == "no":
                        reason = Reason.WRONG_DOOR
                    elif _cell(ASKERS[_name(kind)], a) == "no" or opened == "listed":
                        reason = Reason.WRONG_ASKER  # what demands no permission is in no list
                    cells.append((kind, spelling, door, asker, reason))
    return cells


@pytest.mark.parametrize(
    ("kind", "spelling", "door", "asker", "reason"),
    [
        pytest.param(*cell, id="-".join([_name(cell[0]), *(str(part.name) for part in cell[1:4])]))
        for cell in _cells()
    ],
)
def test_a_rightful_token_opens_exactly_the_doors_of_its_row(
    kind: Kind, spelling: Spelling, door: Door, asker: Asker, reason: Reason | None
) -> None:
    verdict = judge(kind, found_of(kind), spelling, Demand(door, asker=asker), "", NOW)
    assert verdict.reason is reason
    assert verdict.allowed is (reason is None)
    assert verdict.active


@pytest.mark.parametrize("kind", [one for one in KINDS if one is not REFRESH], ids=_name)
def test_an_open_door_still_demands_its_permission(kind: Kind) -> None:
    spelling = next(iter(sorted(kind.spellings)))
    demand = Demand(Door.RESOURCE, frozenset({"AccountTokenWrite"}))
    assert judge(kind, found_of(kind), spelling, demand, "", NOW).reason is Reason.INSUFFICIENT


def test_no_kind_but_the_session_acts_with_an_operators_rank() -> None:
    assert [kind for kind in KINDS if kind.operates] == [SESSION]


def test_a_personal_token_mints_no_tokens_for_people() -> None:
    demand = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
    verdict = judge(PERSONAL, found_of(PERSONAL), Spelling.TOKEN, demand, "", NOW)
    assert verdict.reason is Reason.WRONG_ASKER


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_a_kind_is_either_opaque_or_signed(kind: Kind) -> None:
    assert (kind.letter is None) is not (kind.typ is None)


@pytest.mark.parametrize("asker", [Asker.ANYONE, Asker.PERSON])
def test_a_limited_token_manages_what_its_list_names_and_nothing_that_is_in_no_list(
    asker: Asker,
) -> None:
    listed = Demand(Door.MANAGEMENT, frozenset({"EventsRead"}), asker)
    assert judge(LIMITED, found_of(LIMITED), Spelling.TOKEN, listed, "", NOW).allowed
    unnamed = Demand(Door.MANAGEMENT, asker=asker)
    verdict = judge(LIMITED, found_of(LIMITED), Spelling.TOKEN, unnamed, "", NOW)
    assert verdict.reason is Reason.WRONG_ASKER


def test_names_letters_and_types_belong_to_one_kind_each() -> None:
    apart = [kind for kind in KINDS if kind is not CLIENT_ACCESS]
    for names in (
        [kind.name for kind in apart],
        [kind.letter for kind in apart if kind.letter],
        [kind.typ for kind in apart if kind.typ],
    ):
        assert len(set(names)) == len(names)


TERMS = {
    "organizational": (
        "o", HolderKind.ORGANIZATION, Rights.GROUPS, Numbering.EACH, None, 400 * DAY,
    ),
    "personal": ("p", HolderKind.MEMBERSHIP, Rights.HOLDER, Numbering.NONE, None, 400 * DAY),
    "limited_personal": (
        "l", HolderKind.MEMBERSHIP, Rights.LIMITED, Numbering.FAMILY, None, 400 * DAY,
    ),
    "session": (
        "session+jwt", HolderKind.MEMBERSHIP, Rights.HOLDER, Numbering.NONE,
        Lifetime(microseconds=12 * HOUR), HOUR,
    ),
    "access": (
        "at+jwt", HolderKind.MEMBERSHIP, Rights.DELEGATED, Numbering.NONE,
        Lifetime(microseconds=HOUR), HOUR,
    ),
    "client access": (
        "at+jwt", HolderKind.CLIENT, Rights.CLIENT, Numbering.NONE,
        Lifetime(microseconds=HOUR), HOUR,
    ),
    "refresh": (
        "r", HolderKind.MEMBERSHIP, Rights.DELEGATED, Numbering.NONE,
        Lifetime(microseconds=30 * DAY), DAY,
    ),
    "device": (
        "device+jwt", HolderKind.DEVICE, Rights.NONE, Numbering.NONE,
        Lifetime(microseconds=7 * DAY), 400 * DAY,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_the_terms_of_a_kind_are_those_that_were_decided(kind: Kind) -> None:
    wire, terms = kind.letter or kind.typ, (kind.holder, kind.rights, kind.numbering)
    assert (wire, *terms, kind.lifetime, kind.kept_after_end) == TERMS[_name(kind)]


def test_a_predecessor_lives_on_by_rotation_and_ends_by_regeneration_and_redemption() -> None:
    terms = {_name(kind): kind.succession for kind in KINDS}
    assert terms == {
        "organizational": Terms(Fate.LIVES),
        "personal": None,
        "limited_personal": Terms(Fate.ENDS),
        "session": None,
        "access": None,
        "client access": None,
        "refresh": Terms(Fate.ENDS),
        "device": Terms(Fate.LIVES, grace=12 * HOUR),
    }


def test_revoking_a_token_ends_its_family_where_a_predecessor_could_bring_it_back() -> None:
    assert [_name(kind) for kind in KINDS if kind.ends_with_family] == [
        "limited_personal",
        "refresh",
        "device",
    ]


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_an_unspelled_kind_opens_nothing(kind: Kind) -> None:
    closed = replace(kind, spellings=frozenset(), doors=frozenset())
    for spelling in Spelling:
        for door in Door:
            verdict = judge(closed, found_of(kind), spelling, Demand(door), "", NOW)
            assert verdict.reason is Reason.WRONG_DOOR


def test_a_changed_password_ends_what_it_opened_and_nothing_else() -> None:
    assert [_name(kind) for kind in KINDS if kind.ends_with_password] == [
        "session",
        "access",
        "refresh",
    ]


@pytest.mark.parametrize("kind", [ACCESS, CLIENT_ACCESS], ids=_name)
@pytest.mark.parametrize("asker", Asker)
def test_an_access_token_manages_nothing_however_it_is_sent(kind: Kind, asker: Asker) -> None:
    for spelling in Spelling:
        demand = Demand(Door.MANAGEMENT, asker=asker)
        verdict = judge(kind, found_of(kind), spelling, demand, "", NOW)
        assert verdict.reason is Reason.WRONG_DOOR


def test_a_refresh_token_is_good_for_being_redeemed_alone() -> None:
    for spelling in Spelling:
        for door in Door:
            verdict = judge(REFRESH, found_of(REFRESH), spelling, Demand(door), "", NOW)
            assert verdict.allowed is ((spelling, door) == (Spelling.NAMED, Door.REDEEM))
