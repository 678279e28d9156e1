"""The statements that read or write more than one row of one table; the joins stand here once.

The dialect is what SQLite and PostgreSQL share: named parameters, RETURNING, ON CONFLICT.
"""
# ruff: noqa: S608 -- statements are put together from names in this package, values are bound

from typing import Final

from tokenhouse.store.order import GROUP_ORDERS, TOKEN_ORDERS
from tokenhouse.store.tables import (
    CLIENTS,
    DEVICES,
    GROUPS,
    LINKS,
    MEMBERSHIPS,
    ORGANIZATIONS,
    PASSKEYS,
    PEOPLE,
    SIGNING_KEYS,
    TOKENS,
    TOTPS,
)

EXISTING: Final = """
SELECT id FROM tokens WHERE id = :id UNION ALL SELECT id FROM devices WHERE id = :id
"""
CATALOGUE_VERSION: Final = "SELECT version FROM catalogues WHERE id = :id"

_TOKENS_PAGE: Final = f"""
SELECT {TOKENS.listed("t")}
  FROM tokens t
  LEFT JOIN deployments d ON d.id = :deployment
  LEFT JOIN organizations o ON o.id = t.organization_id
  LEFT JOIN memberships m ON m.id = t.holder_id
  LEFT JOIN people p ON p.id = m.person_id
 WHERE t.organization_id = :organization AND t.kind = :kind AND t.revoked_at IS NULL
   AND t.sequence > coalesce(d.revoked_before, 0) AND t.sequence > coalesce(o.revoked_before, 0)
   AND t.sequence > coalesce(m.revoked_before, 0)
   AND (t.sequence > coalesce(p.revoked_before, 0) OR t.id = p.spared_token_id)
   AND NOT EXISTS (SELECT 1 FROM family_ends f WHERE f.id = t.family_id)
"""

_GROUPS_PAGE: Final = f"""
SELECT {GROUPS.listed("g")} FROM policy_groups g WHERE g.organization_id = :organization
"""


def _ordered(alias: str, column: str, *, descending: bool) -> str:
    """What has no value is the greatest, in both directions; equal rows go by their ids."""
    way, nothing = ("DESC", "FIRST") if descending else ("ASC", "LAST")
    return (
        f" ORDER BY {alias}.{column} {way} NULLS {nothing}, {alias}.id {way}"
        " LIMIT :size OFFSET :offset"
    )


TOKENS_PAGES: Final = {
    (order, descending, held): _TOKENS_PAGE
    + (" AND t.holder_id = :holder" if held else "")
    + (" AND t.number IS NOT NULL" if order == "number" else "")
    + _ordered("t", order, descending=descending)
    for order in TOKEN_ORDERS
    for descending in (False, True)
    for held in (False, True)
}
"""By order, descending, and whether one holder's tokens are asked for."""

GROUPS_PAGES: Final = {
    (order, descending): _GROUPS_PAGE
    + _ordered("g", "name_key" if order == "name" else order, descending=descending)
    for order in GROUP_ORDERS
    for descending in (False, True)
}

GROUP_OF: Final = f"{GROUPS.select} AND organization_id = :organization"
GROUP_NAMED: Final = _GROUPS_PAGE + " AND g.name_key = :name"
GROUPS_CARRIED: Final = (
    "SELECT groups FROM memberships WHERE organization_id = :organization AND ended_at IS NULL"
)

PERSON_BY_EMAIL: Final = f"SELECT {PEOPLE.listed('p')} FROM people p WHERE p.email = :email"
EMAIL_BY_SHORT_NAME: Final = "SELECT email FROM people WHERE short_name = :short_name"
MEMBERSHIPS_OF: Final = f"""
SELECT {MEMBERSHIPS.listed("m")} FROM memberships m
 WHERE m.person_id = :person AND m.ended_at IS NULL ORDER BY m.id
"""
PASSKEYS_OF: Final = f"""
SELECT {PASSKEYS.listed("k")} FROM passkeys k WHERE k.person_id = :person ORDER BY k.id
"""
PASSKEY_NAMED: Final = "SELECT 1 FROM passkeys WHERE credential_id = :credential"
TOTPS_UNDER_ANOTHER: Final = f"""
SELECT {TOTPS.listed("t")} FROM totps t
 WHERE t.master_key_id <> :master_key AND t.id > :after ORDER BY t.id LIMIT :size
"""


def _stretch(statement: str, key: str) -> dict[tuple[bool, bool], str]:
    """By descending, and whether there is an id to go on behind."""
    return {
        (descending, behind): statement
        + (f" AND {key} {'<' if descending else '>'} :after" if behind else "")
        + f" ORDER BY {key} {'DESC' if descending else 'ASC'} LIMIT :size"
        for descending in (False, True)
        for behind in (False, True)
    }


ORGANIZATIONS_BY_ID: Final = _stretch(
    f"SELECT {ORGANIZATIONS.listed('o')} FROM organizations o WHERE TRUE", "o.id"
)
PEOPLE_BY_ID: Final = _stretch(f"SELECT {PEOPLE.listed('p')} FROM people p WHERE TRUE", "p.id")
MEMBERS: Final = f"""
SELECT {MEMBERSHIPS.listed("m")}, {PEOPLE.listed("p")}
  FROM memberships m JOIN people p ON p.id = m.person_id
 WHERE m.organization_id = :organization AND m.ended_at IS NULL
"""
MEMBERS_BY_ID: Final = _stretch(MEMBERS, "m.id")
MEMBER: Final = f"{MEMBERS} AND m.id = :id"
MEMBER_BY_EMAIL: Final = f"{MEMBERS} AND p.email = :email"
GROUPS_BY_ID: Final = _stretch(_GROUPS_PAGE, "g.id")
LINKS_BY_ID: Final = _stretch(
    f"""
SELECT {LINKS.listed("l")} FROM links l
 WHERE l.organization_id = :organization AND l.purpose = :purpose
""",
    "l.id",
)
CLIENT_NAMED: Final = f"SELECT {CLIENTS.listed('c')} FROM clients c WHERE c.client_id = :name"
CLIENT_OF: Final = f"{CLIENTS.select} AND organization_id = :organization"
CLIENTS_BY_ID: Final = _stretch(
    f"SELECT {CLIENTS.listed('c')} FROM clients c WHERE c.organization_id = :organization", "c.id"
)
DEVICE_OF: Final = f"{DEVICES.select} AND organization_id = :organization"
DEVICE_NUMBERED: Final = f"SELECT {DEVICES.listed('e')} FROM devices e WHERE e.number = :number"
DEVICE_NUMBERED_OF: Final = f"{DEVICE_NUMBERED} AND e.organization_id = :organization"
DEVICE_IDENTIFIED: Final = f"""
SELECT {DEVICES.listed("e")} FROM devices e
 WHERE e.organization_id = :organization AND e.identifier = :identifier
"""
DEVICES_BY_ID: Final = _stretch(
    f"SELECT {DEVICES.listed('e')} FROM devices e WHERE e.organization_id = :organization", "e.id"
)
ALL_DEVICES_BY_ID: Final = _stretch(
    f"SELECT {DEVICES.listed('e')} FROM devices e WHERE TRUE", "e.id"
)
LINK_OF: Final = f"{LINKS.select} AND organization_id = :organization"
LINK_BY_FINGERPRINT: Final = f"SELECT {LINKS.listed('l')} FROM links l WHERE l.fingerprint = :key"
# Written so that no planner thinks of the index that goes by these columns: there it would walk
# through all tokens of the organization for the few that are meant.
_WITHIN: Final = "coalesce(t.organization_id, t.organization_id) = :organization"
_KIND: Final = "coalesce(t.kind, t.kind) = :kind"
TOKENS_WANTED: Final = {
    "kind": " WHERE t.organization_id = :organization AND t.kind = :kind",
    "holder": f" WHERE t.holder_id = :holder AND t.kind = :kind AND {_WITHIN}",
    "family": f" WHERE t.family_id = :family AND {_KIND} AND {_WITHIN}",
}
"""Behind FOUND: the tokens of one kind, by what they are looked for."""

TOKENS_BY_ID: Final = {way: _stretch(where, "t.id") for way, where in TOKENS_WANTED.items()}

OUTLINES: Final = f"""
SELECT t.id, t.kind, t.number, t.hint, t.description, t.created_at, t.updated_at, t.expires_at,
       t.superseded_at, t.revoked_at IS NOT NULL OR f.id IS NOT NULL, t.sequence, t.client_id
  FROM tokens t LEFT JOIN family_ends f ON f.id = t.family_id
 WHERE t.holder_id = :holder AND t.kind = :kind AND {_WITHIN} AND t.holder_kind = :holder_kind
 ORDER BY t.id DESC LIMIT :size
"""
NAMED_AT_ONCE: Final = 50
TOKENS_NAMED: Final = (
    f" WHERE t.id IN ({', '.join(f':id{place}' for place in range(NAMED_AT_ONCE))}) AND {_WITHIN}"
)
"""Behind FOUND: so many tokens by their ids."""

OPERATORS: Final = """
SELECT count(*) FROM people p WHERE p.operator = 1 AND p.suspended = 0 AND EXISTS (
  SELECT 1 FROM memberships m JOIN organizations o ON o.id = m.organization_id
   WHERE m.person_id = p.id AND m.ended_at IS NULL AND m.suspended = 0 AND o.suspended = 0)
"""
ACTIVE_CARRIED: Final = """
SELECT m.groups FROM memberships m JOIN people p ON p.id = m.person_id
 WHERE m.organization_id = :organization AND m.ended_at IS NULL
   AND m.suspended = 0 AND p.suspended = 0
"""

ALL_SIGNING_KEYS: Final = (
    f"SELECT {SIGNING_KEYS.listed('k')} FROM signing_keys k ORDER BY k.created_at, k.id"
)
_HEAD_COLUMNS: Final = (
    "sequence, moment, link, numbers, statuses, feed_floor, spent, clock_accepted, clock_jumped"
)
HEAD: Final = f"SELECT {_HEAD_COLUMNS} FROM head WHERE one = 1"
CLOCK: Final = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
"""PostgreSQL only: the server's clock, read when this is reached, in microseconds."""
_BY: Final = "xmin::text::bigint, pg_current_xact_id()::xid::text::bigint"
HEAD_AND_CLOCK: Final = f"SELECT {_HEAD_COLUMNS}, ({CLOCK}), {_BY} FROM head WHERE one = 1"
"""PostgreSQL only: and by which transaction that row was written, and which this one is."""
ADVANCE: Final = """
UPDATE head SET sequence = :sequence, moment = :moment, link = :link, numbers = :numbers,
       statuses = :statuses, feed_floor = :feed_floor, spent = :spent,
       clock_accepted = :clock_accepted, clock_jumped = :clock_jumped WHERE one = 1
"""
FEED: Final = """
SELECT sequence, moment, operation_id, organization_id, touched FROM feed
 WHERE sequence > :after ORDER BY sequence LIMIT :limit
"""
FEED_ADD: Final = """
INSERT INTO feed (sequence, moment, operation_id, organization_id, touched)
VALUES (:sequence, :moment, :operation_id, :organization_id, :touched)
"""
FEED_HOLDS: Final = """
SELECT 1 FROM feed WHERE sequence > :after AND operation_id = :operation_id LIMIT 1
"""
_EVENT_COLUMNS: Final = "sequence, organization_id, name, moment, digest, link, body, person_id"
_EVENTS: Final = f"SELECT {_EVENT_COLUMNS} FROM events WHERE sequence > :after"
EVENTS: Final = _EVENTS + " ORDER BY sequence LIMIT :limit"
EVENTS_OF: Final = _EVENTS + " AND organization_id = :organization ORDER BY sequence LIMIT :limit"
_RECENT: Final = f"SELECT {_EVENT_COLUMNS} FROM events WHERE sequence < :before"
RECENT_EVENTS: Final = {
    "all": _RECENT + " ORDER BY sequence DESC LIMIT :limit",
    "organization": _RECENT + " AND organization_id = :whose ORDER BY sequence DESC LIMIT :limit",
    "person": _RECENT + " AND person_id = :whose ORDER BY sequence DESC LIMIT :limit",
}
EVENTS_ADD: Final = f"""
INSERT INTO events ({_EVENT_COLUMNS}, erases_at)
VALUES (:sequence, :organization_id, :name, :moment, :digest, :link, :body, :person_id, :erases_at)
"""
