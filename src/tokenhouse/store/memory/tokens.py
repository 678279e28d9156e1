"""The reads about tokens, and what a token rests on."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from tokenhouse.clock import Uptime
from tokenhouse.core.catalogue import Catalogue
from tokenhouse.core.client import Client
from tokenhouse.core.device import Device
from tokenhouse.core.judge import revoked
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment
from tokenhouse.core.principal import (
    DEPLOYMENT,
    Deployment,
    HolderKind,
    Membership,
    Organization,
    Person,
)
from tokenhouse.core.standing import Found, Standing
from tokenhouse.core.token import FamilyEnd, Outline, Token
from tokenhouse.operations.changes import Page, Stretch, Wanted
from tokenhouse.operations.ground import Ground, NotRemembered, Relied
from tokenhouse.operations.set_up import CATALOGUE
from tokenhouse.store.memory.groups import GroupReads
from tokenhouse.store.memory.reading import along
from tokenhouse.store.order import TOKEN_ORDERS, refuse_unknown, token_rank

T = TypeVar("T")


class TokenReads(GroupReads):
    """Finds tokens with what they rest on, and lists them."""

    def find(self, key: bytes | UUID) -> Found | None:
        """Find a token by its fingerprint, or by id, whatever its state."""
        with self._lock:
            if isinstance(key, UUID):
                return self._found(self._kept.one(Token, key))
            return self._found(self._kept.claimed(Token, ("fingerprint", key)))

    def find_token(self, organization_id: UUID, token_id: UUID) -> Found | None:
        """Find a token of this organization, whatever its state."""
        with self._lock:
            token = self._kept.one(Token, token_id)
            if token is None or token.organization_id != organization_id:
                return None
            return self._found(token)

    def find_token_numbered(self, organization_id: UUID, kind: str, number: int) -> Found | None:
        """Find the token of this kind and organization that has a number, whatever its state."""
        with self._lock:
            token = self._kept.claimed(Token, ("number", kind, number))
            if token is None or token.organization_id != organization_id:
                return None
            return self._found(token)

    def _found(self, token: Token | None) -> Found | None:
        if token is None:
            return None
        membership = None
        ids = token.groups or ()
        if token.holder_kind is HolderKind.MEMBERSHIP:
            membership = self._kept.one(Membership, token.holder_id)
            ids = membership.groups if membership is not None else ()
        standing = self._standing(token.organization_id, membership, ids)
        if standing is None:
            return None
        family_end = self._kept.one(FamilyEnd, token.family_id)
        client = None
        if token.client_id is not None:
            client = self._kept.one(Client, token.client_id)
        device = None
        if token.holder_kind is HolderKind.DEVICE:
            device = self._kept.one(Device, token.holder_id)
        standing = replace(standing, family_end=family_end, client=client, device=device)
        return Found(token, standing, self._kept.head.sequence)

    def _standing(
        self, organization_id: UUID, membership: Membership | None, ids: tuple[UUID, ...]
    ) -> Standing | None:
        deployment = self.deployment()
        organization = self._kept.one(Organization, organization_id)
        if deployment is None or organization is None:
            return None
        person = self._kept.one(Person, membership.person_id) if membership is not None else None
        groups = self.find_groups(organization_id, ids)
        return Standing(
            deployment, self.catalogue(), organization, person, membership, groups, None
        )

    def left_ms(self) -> int:
        """Nothing here is older than the question."""
        return 0

    def anew(self, ask: Callable[[], T]) -> T:
        """Ask as ever."""
        return ask()

    def from_memory(self, ask: Callable[[], T]) -> tuple[T, Relied]:  # noqa: ARG002 -- the port's
        """Nothing is remembered here beside what is kept."""
        raise NotRemembered

    def relying(self, ask: Callable[[], T]) -> tuple[T, Relied | None]:
        """Ask as ever; nothing of that is remembered."""
        return ask(), None

    def still(
        self,
        at: Callable[[Uptime], Moment],  # noqa: ARG002 -- the port's
        ground: Ground,  # noqa: ARG002 -- the port's
    ) -> Moment | None:
        """Nothing rests on memory here."""
        return None

    def beyond_memory(self) -> None:
        """No thread asks memory alone."""

    def standing_of_client(self, client_id: str) -> Standing | None:
        """What the client of this name rests on, and itself."""
        with self._lock:
            client = self._kept.claimed(Client, ("client", client_id))
            if client is None:
                return None
            standing = self._standing(client.organization_id, None, ())
            return None if standing is None else replace(standing, client=client)

    def standing(self, membership_id: UUID) -> Standing | None:
        """What a membership rests on, be it ended or not."""
        with self._lock:
            membership = self._kept.one(Membership, membership_id)
            if membership is None:
                return None
            return self._standing(membership.organization_id, membership, membership.groups)

    def existing(self, ids: tuple[UUID, ...]) -> frozenset[UUID]:
        """Those of these ids of which there is a record of a token or a device."""
        with self._lock:
            return frozenset(
                one
                for one in ids
                if self._kept.one(Token, one) is not None or self._kept.one(Device, one) is not None
            )

    def page_tokens(
        self, organization_id: UUID, kind: str, holder_id: UUID | None, page: Page
    ) -> tuple[Token, ...]:
        """A page of tokens revoked neither by themselves nor by their family or a marker."""
        refuse_unknown(page.order, TOKEN_ORDERS)
        with self._lock:
            listed = [
                token
                for token in self._kept.all(Token)
                if token.organization_id == organization_id
                and token.kind == kind
                and holder_id in {None, token.holder_id}
                and (page.order != "number" or token.number is not None)
                and not self._revoked(token)
            ]
            listed.sort(key=lambda token: token_rank(token, page.order), reverse=page.descending)
            return tuple(listed[page.offset : page.offset + page.size])

    def _revoked(self, token: Token) -> bool:
        if token.revoked_at is not None or self._kept.one(FamilyEnd, token.family_id) is not None:
            return True
        membership = self._kept.one(Membership, token.holder_id)
        person = self._kept.one(Person, membership.person_id) if membership is not None else None
        organization = self._kept.one(Organization, token.organization_id)
        if person is not None and person.spared_token_id == token.id:
            person = None
        marked = (self.deployment(), organization, membership, person)
        return any(one is not None and token.sequence <= one.revoked_before for one in marked)

    def list_tokens(
        self, organization_id: UUID, wanted: Wanted, stretch: Stretch
    ) -> tuple[Found, ...]:
        """A stretch of tokens with what they rest on, whatever their state, in one snapshot."""

        def fits(token: Token) -> bool:
            if wanted.family_id is not None and token.family_id != wanted.family_id:
                return False
            if wanted.family_id is None and wanted.holder_id not in {None, token.holder_id}:
                return False
            return token.organization_id == organization_id and token.kind in wanted.kinds

        with self._lock:
            listed = along(self._kept.all(Token), stretch, fits)
            found = (self._found(token) for token in listed)
            return tuple(one for one in found if one is not None)

    def outline_tokens(
        self, organization_id: UUID, holder_id: UUID, kinds: tuple[Kind, ...], size: int
    ) -> tuple[Outline, ...]:
        """The newest tokens of one holder, whatever their state, the newest first."""
        wanted = {(kind.name, kind.holder): kind for kind in kinds}
        with self._lock:
            listed = [
                (wanted[token.kind, token.holder_kind], found)
                for token in self._kept.all(Token)
                if token.holder_id == holder_id
                and token.organization_id == organization_id
                and (token.kind, token.holder_kind) in wanted
                and (found := self._found(token)) is not None
            ]
        listed.sort(key=lambda each: each[1].token.id.int, reverse=True)
        return tuple(_outline(kind, found) for kind, found in listed[:size])

    def find_tokens(self, organization_id: UUID, ids: tuple[UUID, ...]) -> tuple[Found, ...]:
        """Those of the named tokens that the organization has, in one snapshot."""
        with self._lock:
            found = (self.find_token(organization_id, one) for one in dict.fromkeys(ids))
            return tuple(one for one in found if one is not None)

    def deployment(self) -> Deployment | None:
        """The deployment's own record."""
        with self._lock:
            return self._kept.one(Deployment, DEPLOYMENT)

    def catalogue(self) -> Catalogue:
        """The permissions of the deployment."""
        with self._lock:
            return self._kept.one(Catalogue, CATALOGUE) or Catalogue(CATALOGUE, 0, ())


def _outline(kind: Kind, found: Found) -> Outline:
    token = found.token
    return Outline(
        id=token.id,
        kind=token.kind,
        number=token.number,
        hint=token.hint,
        description=token.description,
        created_at=token.created_at,
        updated_at=token.updated_at,
        expires_at=token.expires_at,
        superseded_at=token.superseded_at,
        ended=revoked(kind, found) is not None,
    )
