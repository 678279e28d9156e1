"""Which permissions there are: what a policy group can hold, and what operators may do beside."""

import msgspec

from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, OPERATORS, PRODUCT, Permission
from tokenhouse.operations.admit import Admit, Asking
from tokenhouse.operations.ports import Store


class Offered(msgspec.Struct, frozen=True):
    """A permission, and whether it is an operator's, which no policy group can hold."""

    permission: Permission
    operators: bool


class ListPermissions:
    """Lists permissions to whoever may manage anything."""

    def __init__(self, admit: Admit, store: Store) -> None:
        self._admit = admit
        self._store = store

    def __call__(self, caller: Asking) -> tuple[Offered, ...]:
        """The product's own, then those of the catalogue in its order, then to operators theirs."""
        actor = self._admit(caller)
        listed = [*PRODUCT, *self._store.catalogue().own()]
        operators = OPERATORS if actor.permissions >= DEPLOYMENT_PERMISSIONS else ()
        return (
            *(Offered(one, operators=False) for one in listed),
            *(Offered(one, operators=True) for one in operators),
        )

    def catalogue(self, caller: Asking) -> Catalogue:
        """The catalogue, in which somebody looks up what he named."""
        self._admit(caller)
        return self._store.catalogue()
