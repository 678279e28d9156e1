"""The orders in which lists can be paged. Rows that are equal in the order go by their ids."""

from typing import Final

from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.token import Token
from tokenhouse.store.unique import folded

TOKEN_ORDERS: Final = frozenset({"created_at", "updated_at", "expires_at", "description", "number"})
"""A list by number leaves out tokens that have none."""
GROUP_ORDERS: Final = frozenset({"name", "created_at", "updated_at"})


def refuse_unknown(order: str, orders: frozenset[str]) -> None:
    """Raise ValueError for an order that a list does not have."""
    if order not in orders:
        raise ValueError(f"there is no such order: {order!r}")


Rank = tuple[bool, int | str, int]


def token_rank(token: Token, order: str) -> Rank:
    """The place of a token: by code points, and what never expires comes after all that does."""
    value: int | str | None = getattr(token, order)
    return value is None, 0 if value is None else value, token.id.int


def group_rank(group: PolicyGroup, order: str) -> Rank:
    """The place of a policy group; names without regard to case."""
    value: int | str = folded(group.name) if order == "name" else getattr(group, order)
    return False, value, group.id.int
