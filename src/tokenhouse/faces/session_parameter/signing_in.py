"""Signing in and out, and whose a session or token is."""

from typing import Final

from tokenhouse.boundary import Answer, Asked, Request
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.principal import Person
from tokenhouse.core.token import Token
from tokenhouse.faces.session_parameter import abouts
from tokenhouse.faces.session_parameter.method import methods
from tokenhouse.faces.session_parameter.wire import sessions as wire
from tokenhouse.faces.session_parameter.wire.parameters import NOTHING
from tokenhouse.faces.session_parameter.wire.results import DONE
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.holding import Holding
from tokenhouse.operations.refusing import refusal
from tokenhouse.operations.tokens import ACTIVE, MOST_LOOKED_AT, Sought

_SIGNED_IN: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN)
_OWN: Final = Demand(Door.VERIFY, asker=Asker.PERSON)


def _sign_in(authority: Authority, request: Request, _: Caller | None) -> Answer:
    return wire.write_signed_in(authority.sign_in.opaque(wire.read_credentials(request)))


def _sign_out(authority: Authority, request: Request, caller: Caller) -> Answer:
    NOTHING.read(request)
    authority.revoke.own_session(caller)
    return DONE


def _person(authority: Authority, caller: Caller) -> tuple[Person, str]:
    """Who stands behind the credential, and of which kind it is."""
    verdict = authority.ask.own(caller).verdict
    if not verdict.allowed:
        raise refusal(verdict, caller.spelling, caller.demand)
    assert verdict.found is not None
    assert verdict.found.standing.person is not None
    return verdict.found.standing.person, verdict.found.token.kind


def _check(authority: Authority, request: Request, caller: Caller) -> Answer:
    NOTHING.read(request)
    person, kind = _person(authority, caller)
    return wire.write_signed(person, in_session=kind == authority.session.name)


def _whose(authority: Authority, request: Request, caller: Caller) -> Answer:
    NOTHING.read(request)
    return wire.write_whose(_person(authority, caller)[0])


def _sessions(authority: Authority, caller: Caller) -> list[Token]:
    sought = Sought(MOST_LOOKED_AT, state=ACTIVE)
    listed = authority.tokens.page(caller, Holding((authority.session,)), sought)
    return [one.token for one in listed.rows]


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    NOTHING.read(request)
    return wire.write_sessions(_sessions(authority, caller))


def _end(authority: Authority, request: Request, caller: Caller) -> Answer:
    ids = wire.SIGN_OUT.read(request)
    if ids is None:
        ids = tuple(one.id for one in _sessions(authority, caller))
    authority.revoke.families(caller, authority.session, ids)
    return DONE


ROUTES: Final = (
    *methods("users.authentication.Signin", _sign_in, None, abouts.SIGN_IN),
    *methods("users.authentication.Signout", Asked(_sign_out), _SIGNED_IN, abouts.SIGN_OUT),
    *methods("users.authentication.CheckSign", Asked(_check), _OWN, abouts.CHECK),
    *methods("users.authentication.GetSessions", Asked(_list), _SIGNED_IN, abouts.SESSIONS),
    *methods("users.authentication.SignoutSessions", Asked(_end), _SIGNED_IN, abouts.END),
    *methods("users.account.GetUserInfo", Asked(_whose), _OWN, abouts.WHOSE),
)
