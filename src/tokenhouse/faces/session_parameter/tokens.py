"""Tokens for API methods: made, changed and removed in a session, confirmed with the password."""

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from tokenhouse.boundary import Answer, Asked, Request
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.judge import Demand
from tokenhouse.core.kind import Asker, Door
from tokenhouse.core.permission import PRODUCT
from tokenhouse.core.refusal import Code, Refused
from tokenhouse.core.succession import Until
from tokenhouse.faces.session_parameter import abouts
from tokenhouse.faces.session_parameter.method import methods
from tokenhouse.faces.session_parameter.wire import parameters
from tokenhouse.faces.session_parameter.wire import tokens as wire
from tokenhouse.faces.session_parameter.wire.choosing import chosen_names, chosen_set
from tokenhouse.faces.session_parameter.wire.results import DONE
from tokenhouse.operations import Authority
from tokenhouse.operations.admit import Caller
from tokenhouse.operations.confirm import Confirmation
from tokenhouse.operations.edit import Edit
from tokenhouse.operations.holding import not_found
from tokenhouse.operations.issue import Draft

_READ: Final = Demand(Door.MANAGEMENT, asker=Asker.PERSON)
_MANAGE: Final = Demand(Door.MANAGEMENT, asker=Asker.SIGNED_IN, confirmed=True)


def _confirmed(caller: Caller, confirmation: Confirmation) -> Caller:
    return replace(caller, confirmation=confirmation)


def _catalogue(authority: Authority, caller: Caller) -> Catalogue:
    """The catalogue for whoever may ask for more, without his password."""
    return authority.permissions.catalogue(
        replace(caller, demand=replace(caller.demand, confirmed=False))
    )


def _choice(
    catalogue: Catalogue, chosen: parameters.Chosen
) -> tuple[frozenset[str] | None, int | None]:
    """The list or the predefined set that was named; neither where none was."""
    if chosen.template is not None:
        return None, chosen_set(catalogue.sets, chosen.template)
    if chosen.names is not None:
        return chosen_names((*PRODUCT, *catalogue.own()), chosen.names), None
    return None, None


def _create(authority: Authority, request: Request, caller: Caller) -> Answer:
    wanted = parameters.CREATE.read(request)
    if wanted.chosen == parameters.Chosen(None, None):
        raise Refused(Code.MALFORMED, "Say what the token is for: send tokenTemplate or apiList.")
    catalogue = _catalogue(authority, caller)
    permissions, set_id = _choice(catalogue, wanted.chosen)
    draft = Draft(
        description=wanted.description or "",
        expires_at=wanted.expires_at,
        groups=None,
        permissions=permissions,
        set_id=set_id,
    )
    issued = authority.issue(_confirmed(caller, wanted.confirmation), authority.limited, draft)
    return wire.write_issued(issued, catalogue.sets)


def _edit(authority: Authority, request: Request, caller: Caller) -> Answer:
    wanted = parameters.EDIT.read(request)
    assert wanted.number is not None
    catalogue = _catalogue(authority, caller)
    permissions, set_id = _choice(catalogue, wanted.chosen)
    edit = Edit(
        description=UNSET if wanted.description is None else wanted.description,
        expires_at=UNSET if wanted.expires_at is None else wanted.expires_at,
        permissions=UNSET if permissions is None else permissions,
        set_id=UNSET if set_id is None else set_id,
    )
    confirmed = _confirmed(caller, wanted.confirmation)
    described = authority.edit.numbered(confirmed, authority.limited, wanted.number, edit)
    return wire.write_token(described, catalogue.sets)


def _regenerate(authority: Authority, request: Request, caller: Caller) -> Answer:
    asked = parameters.REGENERATE.read(request)
    catalogue = _catalogue(authority, caller)
    expiry = None if asked.expires_at is None else Until(asked.expires_at)
    confirmed = _confirmed(caller, asked.confirmation)
    issued = authority.rotate(confirmed, authority.limited, asked.number, expiry)
    return wire.write_issued(issued, catalogue.sets)


def _delete(authority: Authority, request: Request, caller: Caller) -> Answer:
    removal = parameters.DELETE.read(request)
    confirmed = _confirmed(caller, removal.confirmation)
    authority.revoke.families(confirmed, authority.limited, removal.numbers)
    return DONE


def _list(authority: Authority, request: Request, caller: Caller) -> Answer:
    wanted = parameters.LIST.read(request)
    rows = {one.token.number: one for one in authority.tokens.rows(caller, authority.limited)}
    if wanted is not None and not rows.keys() >= set(wanted):
        raise not_found()
    numbers = rows if wanted is None else wanted
    tokens = [rows[number] for number in numbers]
    return wire.write_tokens(tokens, _catalogue(authority, caller).sets)


def _templates(authority: Authority, request: Request, caller: Caller) -> Answer:
    parameters.NOTHING.read(request)
    return wire.write_templates(_catalogue(authority, caller).sets)


def _api_list(authority: Authority, request: Request, caller: Caller) -> Answer:
    search = parameters.API_LIST.read(request)
    catalogue = _catalogue(authority, caller)
    listed = (*catalogue.own(), *(PRODUCT if search.private else ()))
    return wire.write_api_list(
        one for one in listed if one.name in catalogue.limitable and search.finds(one)
    )


_SERVICE: Final = "users.authentication"

ROUTES: Final = (
    *methods(f"{_SERVICE}.CreateToken", Asked(_create), _MANAGE, abouts.CREATE),
    *methods(f"{_SERVICE}.EditToken", Asked(_edit), _MANAGE, abouts.EDIT),
    *methods(f"{_SERVICE}.RegenerateToken", Asked(_regenerate), _MANAGE, abouts.REGENERATE),
    *methods(f"{_SERVICE}.DeleteTokens", Asked(_delete), _MANAGE, abouts.DELETE),
    *methods(f"{_SERVICE}.GetTokens", Asked(_list), _READ, abouts.LIST),
    *methods(f"{_SERVICE}.GetTokenTemplates", Asked(_templates), _READ, abouts.TEMPLATES),
    *methods(f"{_SERVICE}.GetTokenApiList", Asked(_api_list), _READ, abouts.API_LIST),
)
