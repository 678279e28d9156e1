"""Invite somebody into an organization, list who is invited, withdraw an invitation."""

from uuid import UUID

import msgspec

from tokenhouse.core.credential import Secret, fingerprint
from tokenhouse.core.events import Details, Name
from tokenhouse.core.identifier import PENDING
from tokenhouse.core.link import INVITATION_GOOD_FOR, Link, Purpose
from tokenhouse.core.moment import format_moment
from tokenhouse.core.policy_group import PolicyGroup
from tokenhouse.core.principal import Organization, canonical_email
from tokenhouse.core.refusal import Code, Problem, Refused
from tokenhouse.operations.admit import Actor, Admit, Asking
from tokenhouse.operations.blueprint import ADMINISTRATOR
from tokenhouse.operations.changes import Change, Drop, Put, Stretch, guard_of
from tokenhouse.operations.decide import Plan, Settled, decide
from tokenhouse.operations.finding import find_organization
from tokenhouse.operations.found import MAX_FULL_NAME, fault_of_email, fault_of_name, tidy
from tokenhouse.operations.issue import assignable, group_guards, named_groups
from tokenhouse.operations.keep import Keep
from tokenhouse.operations.links import Links, Made, Maker, as_written, maker_of, operator_of
from tokenhouse.operations.mint import Mint
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.sliced import Sliced, sliced


class InvitationDraft(msgspec.Struct, frozen=True):
    """Whom to invite. `groups` None: none, or Administrator where an operator invites."""

    email: str
    full_name: str = ""
    groups: tuple[UUID, ...] | None = None


class Invite:
    """Makes invitations. Whether the e-mail is that of somebody here is never looked at."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self, admit: Admit, store: Store, keep: Keep, links: Links, mint: Mint, clock: Clock
    ) -> None:
        self._admit = admit
        self._store = store
        self._keep = keep
        self._links = links
        self._mint = mint
        self._clock = clock

    def __call__(self, caller: Asking, draft: InvitationDraft) -> Made:
        """Invite into the caller's organization. A retry under the same key gives the same link."""

        def plan() -> Plan[Made] | Settled[Made]:
            actor = self._admit(caller)
            organization_id = actor.organization_id
            if made := self._again(caller, actor, organization_id):
                return Settled(made)
            groups = assignable(self._store, actor, draft.groups or ())
            link, secret = self._link(organization_id, maker_of(actor), draft, groups)
            return self._plan(caller, actor, Made(link, secret), groups)

        return decide(self._store, plan)

    def into(self, caller: Asking, organization_id: UUID, draft: InvitationDraft) -> Made:
        """Invite into any organization, as operators do for its first administrator."""

        def plan() -> Plan[Made] | Settled[Made]:
            actor = self._admit(caller)
            organization = find_organization(self._store, organization_id)
            if made := self._again(caller, actor, organization_id):
                return Settled(made)
            groups = self._groups(organization, draft.groups)
            link, secret = self._link(organization_id, operator_of(actor), draft, groups)
            return self._plan(caller, actor, Made(link, secret), groups)

        return decide(self._store, plan)

    def page(self, caller: Asking, stretch: Stretch) -> Sliced[Link]:
        """List invitations that nobody has used; expired ones too, for the day they are kept."""
        organization_id = self._admit(caller).organization_id
        return sliced(
            lambda wider: self._store.page_links(organization_id, Purpose.INVITATION, wider),
            stretch,
            lambda link: link.id,
        )

    def withdraw(self, caller: Asking, invitation_id: UUID) -> None:
        """Withdraw an invitation: its link is good no longer."""

        def plan() -> Plan[None]:
            actor = self._admit(caller)
            link = self._store.one_link(actor.organization_id, invitation_id)
            if link is None or link.purpose is not Purpose.INVITATION:
                raise Refused(Code.NOT_FOUND, "There is no such invitation.")
            event = actor.event(
                Name.INVITATION_WITHDRAWN, link.organization_id, link.id, told_of(link)
            )
            relied_on = (*actor.guards, guard_of(link))
            change = Change(link.organization_id, relied_on, (Drop(Link, link.id),), (event,))
            return Plan(change, lambda _: None)

        decide(self._store, plan)

    def _again(self, caller: Asking, actor: Actor, organization_id: UUID) -> Made | None:
        """What the same idempotency key made before."""

        def find(link_id: UUID) -> Link | None:
            return self._store.one_link(organization_id, link_id)

        repeat = self._keep.find(caller, actor, lambda link_id: find(link_id) is not None)
        link = find(repeat.subject_id) if repeat is not None else None
        return Made(link, repeat.secret) if repeat is not None and link is not None else None

    def _groups(
        self, organization: Organization, ids: tuple[UUID, ...] | None
    ) -> tuple[PolicyGroup, ...]:
        if ids is not None:
            return named_groups(self._store, organization.id, ids)
        fixed = self._store.find_group_named(organization.id, ADMINISTRATOR)
        assert fixed is not None
        return (fixed,)

    def _link(
        self,
        organization_id: UUID,
        maker: Maker,
        draft: InvitationDraft,
        groups: tuple[PolicyGroup, ...],
    ) -> tuple[Link, Secret]:
        _refuse_faults(draft)
        now, secret = self._clock.now(), self._links.string()
        link = Link(
            id=self._mint.id(now),
            version=1,
            purpose=Purpose.INVITATION,
            organization_id=organization_id,
            fingerprint=fingerprint(secret.reveal()),
            email=canonical_email(draft.email),
            full_name=tidy(draft.full_name),
            groups=tuple(group.id for group in groups),
            person_id=None,
            password_version=0,
            maker_kind=maker[0],
            maker_id=maker[1],
            sequence=PENDING,
            created_at=now,
            expires_at=now + INVITATION_GOOD_FOR,
        )
        return link, secret

    def _plan(
        self, caller: Asking, actor: Actor, made: Made, groups: tuple[PolicyGroup, ...]
    ) -> Plan[Made]:
        link = made.link
        details = told_of(link) | {"expires_at": format_moment(link.expires_at)}
        event = actor.event(Name.INVITATION_CREATED, link.organization_id, link.id, details)
        kept = self._keep.plan(caller, actor, link.id, made.secret)
        relied_on = (*actor.guards, *group_guards(groups))
        change = Change(link.organization_id, relied_on, (Put(link), *kept), (event,))
        return Plan(change, lambda done: as_written(made, done))


def told_of(link: Link) -> Details:
    """What events say of an invitation."""
    return {"email": link.email, "groups": [str(group_id) for group_id in link.groups]}


def _refuse_faults(draft: InvitationDraft) -> None:
    faults = {
        "email": fault_of_email(draft.email),
        "full_name": fault_of_name(draft.full_name, MAX_FULL_NAME) if draft.full_name else None,
    }
    if problems := tuple(Problem(field, fault) for field, fault in faults.items() if fault):
        raise Refused(Code.MALFORMED, "Some of this cannot be taken as it is.", problems)
