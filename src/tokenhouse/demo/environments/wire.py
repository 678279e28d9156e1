"""The platform's words for environments: parameters in, answers and result codes out."""

from collections.abc import Iterable
from typing import Final, Literal
from uuid import NAMESPACE_DNS, uuid5

import msgspec

from tokenhouse.boundary import Form
from tokenhouse.boundary.sorts import Text
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.demo.environments.kept import Environment

_MAX_NAME: Final = 120
DOMAIN: Final = "nordlicht.example"
_RUNNING: Final = 1
_STOPPED: Final = 2

_BAD_PARAMETER: Final = 3
_UNKNOWN_METHOD: Final = 5
_DENIED: Final = 8
_NO_ENVIRONMENT: Final = 11
_UNDECIDED: Final = 99
_NO_SESSION: Final = 702
_NOT_LISTED: Final = 8202

_RESULTS: Final = {
    Code.UNAUTHENTICATED: _NO_SESSION,
    Code.WRONG_DOOR: _NO_SESSION,
    Code.FORBIDDEN: _DENIED,
    Code.NOT_LISTED: _NOT_LISTED,
    Code.TOO_MANY: _DENIED,
    Code.NOT_FOUND: _UNKNOWN_METHOD,
    Code.METHOD: _UNKNOWN_METHOD,
}
"""The results of refusals; every other one is about a parameter."""

_IGNORED: Final = frozenset(
    {
        *("session", "appid", "charset", "fid", "actionkey", "hx_lang", "ruk"),
        *("lazy", "ownerUid"),
    }
)
"""What clients of the platform send beside, and what has been read already."""


class NoEnvironment(Refused):
    """The organization has no environment of this name."""

    def __init__(self) -> None:
        super().__init__(Code.NOT_FOUND, "There is no environment of this name.")


class Failed(msgspec.Struct, frozen=True):
    """A refusal: a result that is not 0, and one sentence."""

    result: int
    error: str


class Done(msgspec.Struct, frozen=True):
    """It is so now, whether it was before or not."""

    result: Literal[0] = 0


class Env(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An environment as the platform describes one. `status` is 1 where it runs, 2 where not."""

    env_name: str
    display_name: str
    shortdomain: str
    domain: str
    appid: str
    status: Literal[1, 2]
    hardware_node_group: str = "default"
    sslstate: bool = False
    ishaenabled: bool = False
    extdomains: list[str] = []


class Described(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An environment with the servers that it is made of; the sample has none to show."""

    env: Env
    env_groups: list[str] = []
    node_groups: list[str] = []
    nodes: list[str] = []


class Shown(Described, frozen=True, kw_only=True, rename="camel"):
    """The answer of `GetEnvInfo`."""

    result: Literal[0] = 0


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `GetEnvs`."""

    result: Literal[0] = 0
    infos: tuple[Described, ...]


def domain(environment: Environment) -> str:
    """Where an environment would answer if it were a real one."""
    return f"{environment.name}.{DOMAIN}"


def listed(environments: Iterable[Environment]) -> Listed:
    """All environments of an organization."""
    return Listed(infos=tuple(Described(env=_env(one)) for one in environments))


def shown(environment: Environment) -> Shown:
    """One environment."""
    return Shown(env=_env(environment))


def _env(environment: Environment) -> Env:
    address = domain(environment)
    return Env(
        env_name=environment.name,
        display_name=environment.title,
        shortdomain=environment.name,
        domain=address,
        appid=uuid5(NAMESPACE_DNS, address).hex,
        status=_RUNNING if environment.running else _STOPPED,
    )


def failed(refused: Refused | Unavailable) -> Failed:
    """A refusal with every single fault in its one sentence, or our inability."""
    if isinstance(refused, Unavailable):
        return Failed(_UNDECIDED, "This cannot be decided now. Try again.")
    if isinstance(refused, NoEnvironment):
        return Failed(_NO_ENVIRONMENT, refused.public)
    result = _RESULTS.get(refused.code, _BAD_PARAMETER)
    if result != _BAD_PARAMETER or not refused.problems:
        return Failed(result, refused.public)
    faults = "; ".join(f"{one.field} {one.sentence}" for one in refused.problems)
    return Failed(result, f"{refused.public} {faults}.")


def _nothing() -> None:
    return None


def _named(env_name: str) -> str:
    return env_name


NOTHING: Final = Form(_nothing, {}, ignored=_IGNORED)
"""The parameters of a method that needs none."""
NAMED: Final = Form(
    _named,
    {"envName": Text(_MAX_NAME, empty=False)},
    ("envName",),
    into={"envName": "env_name"},
    ignored=_IGNORED,
)
"""The name of the environment that a method is about."""
