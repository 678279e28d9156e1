"""What anybody reads in a user's token: all of it while that fits, and never more than fits."""

import json

import pytest
from msgspec.structs import replace

from core.records import GROUP, NOW, PERSON, found_of, policy_group
from tokenhouse.core.credential import MAX_CHARACTERS
from tokenhouse.core.permission import Permissions
from tokenhouse.core.principal import MAX_EMAIL_CHARACTERS
from tokenhouse.core.role import Role, role_of
from tokenhouse.core.standing import Standing
from tokenhouse.core.user_claims import MAX_LISTED, Claims, with_user
from tokenhouse.kinds import SESSION

STANDING = found_of(SESSION).standing
BASE: Claims = {"iss": "https://tokens.example", "sub": str(PERSON.id), "exp": NOW // 1_000_000}
SIGNED_AROUND = 127 + 2 + 86
"""Characters of a header with a key's id, two dots and a signature."""


def _told(held: Permissions, standing: Standing = STANDING) -> Claims:
    return with_user(BASE, standing, held)


def _named(size: int) -> Permissions:
    """Permissions whose list has exactly so many bytes."""
    names = [f"Right{number:03}xxxxxxxx" for number in range((size - 2) // 20 - 1)]
    left = size - 2 - sum(len(name) + 3 for name in names)
    return frozenset([*names, "Z" * (left - 2)])


def test_a_user_reads_who_he_is_and_what_he_may_do() -> None:
    told = _told(frozenset({"SystemsRead", "DevicesRead"}))
    assert told == BASE | {
        "username": PERSON.email,
        "organizationId": str(STANDING.organization.id),
        "mqtt": ["receive"],
        "permissions": ["DevicesRead", "SystemsRead"],
    }


def test_a_list_is_whole_up_to_its_bound_and_beyond_it_the_groups_are_named() -> None:
    held = _named(MAX_LISTED)
    assert len(json.dumps(sorted(held), separators=(",", ":"))) == MAX_LISTED
    assert _told(held)["permissions"] == sorted(held)
    assert "permissionsTruncated" not in _told(held)
    told = _told(_named(MAX_LISTED + 1))
    assert told["permissions"] == [GROUP.name]
    assert told["permissionsTruncated"] is True


def test_the_longest_of_everything_fits_into_a_token() -> None:
    email = "\U0001f512" * MAX_EMAIL_CHARACTERS
    groups = tuple(
        replace(GROUP, name=f"{number}" + "\U0001f511" * 97, fixed=False) for number in range(100)
    )
    standing = replace(STANDING, person=replace(PERSON, email=email), groups=groups)
    base = BASE | {"iss": "https://" + "a" * 250, "aud": "https://" + "a" * 250, "jti": "x" * 36}
    for held in (_named(MAX_LISTED), _named(10 * MAX_LISTED), frozenset({"SystemsRead"})):
        told = with_user(base, standing, held)
        size = len(json.dumps(told, separators=(",", ":")))
        assert -(-size * 4 // 3) + SIGNED_AROUND <= MAX_CHARACTERS
        assert told["permissions"]


@pytest.mark.parametrize(
    ("held", "may"),
    [
        ({"DevicesWrite"}, ["publish", "receive"]),
        ({"AllDevicesWrite"}, ["publish", "receive"]),
        ({"DevicesRead"}, ["receive"]),
        ({"AllDevicesRead"}, ["receive"]),
        ({"SystemsRead"}, []),
    ],
)
def test_who_may_change_devices_publishes_and_who_may_read_them_receives(
    held: set[str], may: list[str]
) -> None:
    assert _told(frozenset(held))["mqtt"] == may


def test_the_highest_rank_is_told_and_who_has_none_is_told_none() -> None:
    groups = [replace(policy_group(), name=name) for name in ("Client", "Metering", "Dealer")]
    assert role_of(PERSON, groups) is Role.DEALER
    assert role_of(PERSON, [*groups, policy_group(fixed=True)]) is Role.ADMINISTRATOR
    assert role_of(replace(PERSON, operator=True), groups) is Role.SUPER
    assert role_of(PERSON, [replace(policy_group(), name="Super")]) is None
    assert "role" not in _told(frozenset())
    fixed = replace(STANDING, groups=(policy_group(fixed=True),))
    assert _told(frozenset(), fixed)["role"] == "Administrator"
