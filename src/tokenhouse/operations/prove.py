"""Prove that somebody knows a person's password; whatever door asks, a wrong one is told of."""

from tokenhouse.core.credential import Secret
from tokenhouse.core.events import Name
from tokenhouse.core.principal import Person
from tokenhouse.operations.changes import SignInRecord
from tokenhouse.operations.note import Cause, Notes
from tokenhouse.operations.ports import Hasher


class Prove:
    """Looks at passwords. Counting the attempt is the caller's to do first."""

    def __init__(self, hasher: Hasher, notes: Notes) -> None:
        self._hasher = hasher
        self._notes = notes

    def knows(self, record: SignInRecord | None, password: Secret) -> bool:
        """Tell whether the password is the person's; nobody's costs the same work."""
        if record is None or record.password is None:
            self._hasher.matches_nobody(password)
            return False
        if self._hasher.matches(record.password.phc, password):
            return True
        self.note(record.person, "wrong password")
        return False

    def note(self, person: Person, cause: str) -> None:
        """Tell the person of a refusal."""
        organization_id = person.default_organization_id
        self._notes.note(Cause(Name.SIGN_IN_FAILED, organization_id, person.id, person.id, cause))
