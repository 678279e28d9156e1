"""One-time links: the right that each rests on, and whether one that is presented is good now."""

from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.credential import RANDOM_BYTES, Opaque, Secret, fingerprint, mint, recognise
from tokenhouse.core.judge import inactive
from tokenhouse.core.kind import Kind
from tokenhouse.core.link import LETTER, Link, MakerKind, Purpose
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, Permissions
from tokenhouse.core.policy_group import union
from tokenhouse.core.principal import HolderKind
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.core.standing import in_good_standing, permissions
from tokenhouse.operations.admit import Actor, guards, standing_guards
from tokenhouse.operations.changes import Committed, Guard, guard_of
from tokenhouse.operations.guessing import Guesses
from tokenhouse.operations.ports import Clock, Entropy, Store

MAKES_LINKS = "AccountsUsersWrite"
"""What a member or a back end has to hold for its links to be good, when they are made and used."""

Maker: TypeAlias = tuple[MakerKind, UUID | None]
"""Whose right a link rests on."""


class Made(msgspec.Struct, frozen=True):
    """A link with its string, which is told this once."""

    link: Link
    secret: Secret


def as_written(made: Made, committed: Committed) -> Made:
    """The link with what only the commit knew."""
    return replace(made, link=committed.written(Link))


class Right(msgspec.Struct, frozen=True):
    """The right behind a link as it is now: what its maker may do, who that is, what that rests on.

    `person_id` is None where no person made it.
    """

    permissions: Permissions
    person_id: UUID | None
    guards: tuple[Guard, ...]


class Usable(msgspec.Struct, frozen=True):
    """A link that is good as far as its own record and its maker tell."""

    link: Link
    right: Right

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The link's own version, and all that its maker's right rests on."""
        return (guard_of(self.link), *self.right.guards)


def maker_of(actor: Actor) -> Maker:
    """Whose right a link of this actor rests on, where he acts for an organization."""
    if actor.found is None:
        return MakerKind.MACHINE, None
    if actor.token.holder_kind is HolderKind.ORGANIZATION:
        return MakerKind.TOKEN, actor.token.id
    return MakerKind.MEMBERSHIP, actor.token.holder_id


def operator_of(actor: Actor) -> Maker:
    """The same where he acts as an operator."""
    if actor.found is None:
        return MakerKind.MACHINE, None
    assert actor.person is not None
    return MakerKind.OPERATOR, actor.person.id


def not_good() -> Refused:
    """One same refusal for a link that is unknown, used, withdrawn, expired or rests on nothing."""
    return Refused(
        Code.UNAUTHENTICATED,
        "This link is not good.",
        (
            Problem(
                "code",
                "is not good: it was used or withdrawn, it has expired, or it never was one; "
                "if you used it already, sign in",
            ),
        ),
    )


class Links:
    """Finds links by their string."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        guesses: Guesses,
        clock: Clock,
        entropy: Entropy,
        brand: str,
        organizational: Kind,
    ) -> None:
        self._store = store
        self._guesses = guesses
        self._clock = clock
        self._entropy = entropy
        self._brand = brand
        self._organizational = organizational

    def string(self) -> Secret:
        """A new string."""
        return mint(self._brand, LETTER, self._entropy(RANDOM_BYTES))

    def present(self, purpose: Purpose, code: Secret, address: str) -> Usable:
        """Find a link for somebody who presents its string; what is not good counts as a guess.

        Raises Refused(UNAUTHENTICATED), and Refused(TOO_MANY) before anything is looked at.
        """
        with self._guesses.attempt_at_code(address):
            return self.look(purpose, code)

    def look(self, purpose: Purpose, code: Secret) -> Usable:
        """Look at a link again, uncounted, as for each attempt at a decision."""
        text = code.reveal().strip()
        formed = recognise(text, self._brand)
        if not isinstance(formed, Opaque) or formed.letter != LETTER:
            raise not_good()
        link = self._store.find_link(fingerprint(text))
        if link is None or link.purpose is not purpose or link.expires_at <= self._clock.now():
            raise not_good()
        deployment = self._store.deployment()
        if deployment is None or link.sequence <= deployment.revoked_before:
            raise not_good()
        right = self._right(link)
        if right is None:
            raise not_good()
        return Usable(link, replace(right, guards=(*right.guards, guard_of(deployment))))

    def _right(self, link: Link) -> Right | None:
        """What the maker may do now; None where the link rests on nothing any more.

        What ends everything of the maker before now ends his links too: whoever stole his session
        could have made them.
        """
        match link.maker_kind:
            case MakerKind.MACHINE:
                return Right(DEPLOYMENT_PERMISSIONS, None, ())
            case MakerKind.OPERATOR:
                return self._operators(link)
            case MakerKind.MEMBERSHIP:
                return self._members(link)
            case MakerKind.TOKEN:
                return self._tokens(link)

    def _operators(self, link: Link) -> Right | None:
        assert link.maker_id is not None
        record = self._store.find_person(link.maker_id)
        if record is None or not record.person.operator or record.person.suspended:
            return None
        person = record.person
        if link.sequence <= person.revoked_before:
            return None
        return Right(DEPLOYMENT_PERMISSIONS, person.id, (guard_of(person),))

    def _members(self, link: Link) -> Right | None:
        assert link.maker_id is not None
        standing = self._store.standing(link.maker_id)
        if standing is None or standing.person is None or not in_good_standing(standing):
            return None
        held = union(standing.groups, standing.catalogue)
        if standing.organization.id != link.organization_id or MAKES_LINKS not in held:
            return None
        marked = (standing.organization, standing.person, standing.membership)
        if any(one is not None and link.sequence <= one.revoked_before for one in marked):
            return None
        return Right(held, standing.person.id, standing_guards(standing))

    def _tokens(self, link: Link) -> Right | None:
        assert link.maker_id is not None
        kind, now = self._organizational, self._clock.now()
        found = self._store.find_token(link.organization_id, link.maker_id)
        if found is None or found.token.kind != kind.name or inactive(kind, found, now):
            return None
        held = permissions(kind, found.token, found.standing)
        return Right(held, None, guards(found)) if MAKES_LINKS in held else None
