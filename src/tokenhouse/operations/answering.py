"""Say in plain words why a token is enough for a request, or is not."""

from collections.abc import Sequence
from typing import Final

from tokenhouse.core.explaining import Lack, Lacking, Through, giving, through
from tokenhouse.core.judge import Reason, Verdict
from tokenhouse.core.kind import Rights
from tokenhouse.core.moment import format_moment
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.standing import Found
from tokenhouse.operations.asked import Asked
from tokenhouse.operations.refusing import why_not_good


def why(asked: Asked, verdict: Verdict, lacked: tuple[Lacking, ...]) -> str:
    """The reason of a verdict on a token that is good in itself."""
    match verdict.reason:
        case None:
            return f"{_needs(asked)}{_by_what(asked)}{_bounds(asked)}."
        case Reason.WRONG_DOOR:
            return f"no {asked.kind.title} is shown to an API."
        case Reason.WRONG_AUDIENCE:
            return f"the token is meant for {asked.found.token.audience} alone."
        case Reason.WRONG_ADDRESS:
            networks = asked.found.token.addresses
            return f"the token may be used from {listed(networks, 'or')} alone."
        case _:
            told = (_lack_told(asked, one) for one in lacked)
            return f"{_needs(asked)}{', and '.join(told)}."


def _needs(asked: Asked) -> str:
    """Which permissions a request needs; nothing where the question itself was for one."""
    names = listed([one.name for one in asked.demanded], "and")
    return f"{asked.text} needs {names}, and " if asked.opened else ""


def _short(asked: Asked, name: str) -> str:
    """A permission in words, where it may have been named just before."""
    return "it" if asked.opened and len(asked.demanded) == 1 else name


def _by_what(asked: Asked) -> str:
    """Who gives what is demanded; nothing of it is lacking."""
    kind, found = asked.kind, asked.found
    names = [one.name for one in asked.demanded]
    what = _short(asked, listed(names, "and"))
    groups = dict.fromkeys(one.name for name in names for one in giving(found.standing, name))
    if kind.rights is Rights.CLIENT:
        return f"{_holder(found)} is allowed {what}"
    if not groups:
        return f"{_holder(found)} has {what} as an operator"
    whose = "the token's own" if kind.rights is Rights.GROUPS else f"{_holder(found)}'s"
    one, let_by = len(groups) == 1, through(kind, found.token, found.standing)
    given = f"{whose} {'group' if one else 'groups'} {_few(list(groups))}"
    given += f" {'gives' if one else 'give'} {what}"
    return f"{given}, and {_LETS[let_by]} it" if let_by in _LETS else given


def _lack_told(asked: Asked, lacked: Lacking) -> str:
    return _LACKS[lacked.lack].format(
        what=_short(asked, lacked.permission.name),
        holder=_holder(asked.found),
        gives="none of the token's groups gives"
        if asked.kind.rights is Rights.GROUPS
        else f"{_holder(asked.found)} does not hold",
        title=asked.kind.title,
    )


def _bounds(asked: Asked) -> str:
    """What a yes rests on that the question did not say."""
    token = asked.found.token
    if token.addresses and not asked.address:
        return f", from {listed(token.addresses, 'or')}"
    return ""


def not_good(asked: Asked, reason: Reason) -> str:
    """Say why a token is not good in itself, with the moment where there is one."""
    token, sentence = asked.found.token, why_not_good(reason)
    moments = {
        Reason.EXPIRED: token.expires_at,
        Reason.REVOKED: token.revoked_at,
        Reason.SUPERSEDED: token.superseded_at,
    }
    moment = moments.get(reason)
    return sentence if moment is None else f"{sentence[:-1]}, at {format_moment(moment)}."


def _holder(found: Found) -> str:
    standing = found.standing
    if standing.person is not None:
        return standing.person.full_name
    if standing.device is not None:
        return f"the device {standing.device.identifier}"
    if found.token.holder_kind is HolderKind.CLIENT and standing.client is not None:
        return f"the client {standing.client.label}"
    return standing.organization.name


_LACKS: Final = {
    Lack.OPERATORS: "{what} is an operator's, and only a session carries those",
    Lack.NO_OPERATOR: "{what} is an operator's, and {holder} is none",
    Lack.NOT_IN_CATALOGUE: "the catalogue does not have {what}",
    Lack.NONE_CARRIED: "a {title} carries no permissions",
    Lack.CLIENT_GONE: "the client that the token was issued at was removed",
    Lack.CLIENT_NOT_ALLOWED: "the client that the token was issued at is not allowed {what}",
    Lack.NOT_HELD: "{gives} {what}",
    Lack.MANAGES_ACCESS: "{what} manages access, which no limited token carries",
    Lack.NOT_LISTED: "the token's list does not name {what}",
    Lack.NOT_IN_SET: "the predefined set that the token follows does not name {what}",
    Lack.SET_GONE: "the predefined set that the token followed was removed",
}
_LETS: Final = {
    Through.LIST: "the token's list names",
    Through.SET: "the predefined set that the token follows names",
    Through.CLIENT: "the client that it was issued at is allowed",
}
_FEW: Final = 3


def lowered(sentence: str) -> str:
    """A sentence as it stands behind a colon."""
    return sentence[:1].lower() + sentence[1:]


def _few(names: list[str]) -> str:
    """The first few names."""
    if len(names) <= _FEW + 1:
        return listed(names, "and")
    return f"{', '.join(names[:_FEW])} and {len(names) - _FEW} more"


def listed(names: Sequence[str], last: str) -> str:
    """Names in a row, the last one behind a word of its own."""
    *others, final = names
    return f"{', '.join(others)} {last} {final}" if others else final
