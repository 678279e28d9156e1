"""The password grant: a person's e-mail and password, through a client that may ask for them."""

from contextlib import AbstractContextManager
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tokenhouse.core.client import Client, Grant
from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Event, Name
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import Moment, format_moment
from tokenhouse.core.permission import Permissions
from tokenhouse.core.policy import latest_expiry
from tokenhouse.core.standing import Standing, in_good_standing, permissions
from tokenhouse.core.token import Token
from tokenhouse.operations.admit import standing_guards
from tokenhouse.operations.authenticate import (
    Authenticate,
    ClientCredentials,
    invalid_grant,
    refuse_grant,
)
from tokenhouse.operations.changes import Change, Put, SignInRecord, guard_of
from tokenhouse.operations.decide import Plan, decide
from tokenhouse.operations.finding import sign_in_name
from tokenhouse.operations.granting import Granted, Granting, Grounds, granted_scope
from tokenhouse.operations.guessing import Guess, Guesses
from tokenhouse.operations.mint import Mint, Owner, presented_as
from tokenhouse.operations.ports import Clock, Store
from tokenhouse.operations.prove import Prove


class PasswordGrant(msgspec.Struct, frozen=True):
    """What is presented: by which client, for whom, and for which scope (None: any).

    `address` is where it came from.
    """

    client: ClientCredentials
    username: str
    password: Secret
    address: str
    scope: Permissions | None = None


class GrantPassword:
    """Gives a person's application tokens for his password. A grant of the past: see the docs."""

    def __init__(  # noqa: PLR0917 -- one port each, named where it is built
        self,
        store: Store,
        authenticate: Authenticate,
        guesses: Guesses,
        prove: Prove,
        granting: Granting,
        mint: Mint,
        clock: Clock,
        access: Kind,
        refresh: Kind,
    ) -> None:
        self._store = store
        self._authenticate = authenticate
        self._guesses = guesses
        self._prove = prove
        self._granting = granting
        self._mint = mint
        self._clock = clock
        self._access = access
        self._refresh = refresh

    def __call__(self, asked: PasswordGrant) -> Granted:
        """Give tokens; raise Refused.

        UNAUTHENTICATED for the client, UNAUTHORIZED_CLIENT, TOO_MANY before the password is looked
        at, INVALID_SCOPE, and one same INVALID_GRANT for whatever else is wrong.
        """
        client = self._authenticate(asked.client)
        refuse_grant(client, Grant.PASSWORD)
        email = sign_in_name(self._store, asked.username)
        with self._attempt(client, email, asked.address) as guess:
            record = self._store.find_for_sign_in(email)
            if not self._prove.knows(record, asked.password) or record is None:
                raise invalid_grant(guess.delay)
            self._refuse_owing(record, guess)
            return decide(self._store, lambda: self._plan(asked, guess, record))

    def _refuse_owing(self, record: SignInRecord, guess: Guess) -> None:
        """Refuse as for a wrong password, after the same work: nothing can be asked for here."""
        if record.factors.owed:
            self._prove.note(record.person, "right password, but this grant takes no second factor")
            raise invalid_grant(guess.delay)

    def _attempt(self, client: Client, email: str, address: str) -> AbstractContextManager[Guess]:
        """A counted attempt: by the client that proved itself, else by where it came from."""
        if client.secrets:
            return self._guesses.attempt_at_client(email, client.id)
        return self._guesses.attempt(email, address)

    def _plan(self, asked: PasswordGrant, guess: Guess, checked: SignInRecord) -> Plan[Granted]:
        client = self._authenticate(asked.client)
        record = self._store.find_for_sign_in(guess.email)
        if record is None or record.password is None or record.password != checked.password:
            raise invalid_grant(guess.delay)
        self._refuse_owing(record, guess)
        standing = self._standing(record, client)
        if standing is None:
            self._prove.note(record.person, f"right password, but no tokens at {client.client_id}")
            raise invalid_grant(guess.delay)
        now = self._clock.now()
        grounds = self._grounds(client, standing, asked.scope, now)
        refresh, string = self._first_refresh(client, grounds, now)
        family_id = None if refresh is None else refresh.id
        if refresh is not None:
            grounds = replace(grounds, ends_at=refresh.expires_at)
        prepared = self._granting.prepare(self._access, grounds, family_id, now)
        access = prepared.token
        written = [Put(access)] if refresh is None else [Put(access), Put(refresh)]
        change = Change(
            client.organization_id,
            (*standing_guards(standing), guard_of(record.password)),
            tuple(written),
            (_event(grounds, refresh or access),),
        )
        return Plan(change, lambda _: prepared.granted(string, guess.delay), prepared.sign)

    def _standing(self, record: SignInRecord, client: Client) -> Standing | None:
        """What the person's membership at the client's organization rests on, if it is good."""
        here = (m for m in record.memberships if m.organization_id == client.organization_id)
        membership = next(here, None)
        standing = None if membership is None else self._store.standing(membership.id)
        if membership is None or standing is None or not in_good_standing(standing):
            return None
        if client.group_id is not None and client.group_id not in membership.groups:
            return None
        return replace(standing, client=client)

    def _grounds(
        self, client: Client, standing: Standing, scope: Permissions | None, now: Moment
    ) -> Grounds:
        assert standing.membership is not None
        membership = standing.membership
        owner = Owner(client.organization_id, membership.id, membership.person_id)

        def had() -> Permissions:
            anything = self._mint.token(self._access, owner, now)
            return permissions(self._access, replace(anything, client_id=client.id), standing)

        granted = granted_scope(scope, had, standing.catalogue.names)
        return Grounds(owner, client, standing, granted, now)

    def _first_refresh(
        self, client: Client, grounds: Grounds, now: Moment
    ) -> tuple[Token | None, Secret | None]:
        if Grant.REFRESH_TOKEN not in client.grants:
            return None, None
        string = self._mint.string(self._refresh)
        expires_at = now + client.refresh_lifetime
        latest = latest_expiry(grounds.standing.organization, self._refresh.name, now)
        token = replace(
            presented_as(self._mint.token(self._refresh, grounds.owner, now), string),
            expires_at=expires_at if latest is None else min(expires_at, latest),
            audience=client.audience,
            permissions=grounds.scope,
            client_id=client.id,
            auth_time=now,
        )
        return token, string


def _event(grounds: Grounds, token: Token) -> Event:
    assert grounds.standing.person is not None
    person_id: UUID = grounds.standing.person.id
    return Event(
        Name.TOKEN_ISSUED,
        token.organization_id,
        person_id,
        None,
        token.id,
        {
            "kind": token.kind,
            "client": str(grounds.client.id),
            "grant": Grant.PASSWORD.value,
            "expires_at": format_moment(token.expires_at) if token.expires_at else None,
            "scope": None if grounds.scope is None else sorted(grounds.scope),
            "family": str(token.family_id),
        },
    )
