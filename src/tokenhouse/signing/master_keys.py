"""The master keys that are to be had now, by id; and the refusal to start without the right one."""

from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations.ports import Store
from tokenhouse.signing.keys import Smith
from tokenhouse.signing.master_key import MasterKey, MasterKeyError
from tokenhouse.signing.places import Place


class MasterKeys:
    """Finds a master key by its id, looking anew whenever it is another than the last."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._last: MasterKey | None = None

    def find(self, master_key_id: str) -> MasterKey | None:
        """The key of this id, None when it is not to be had; raise Unavailable on a bad place."""
        last = self._last
        if last is not None and last.id == master_key_id:
            return last
        try:
            found = self._place.read()
        except MasterKeyError as error:
            raise Unavailable(str(error)) from None
        for key in found:
            if key.id == master_key_id:
                self._last = key
                return key
        return None


def refuse_unopenable(store: Store, place: Place, smith: Smith, command: str) -> None:
    """Raise MasterKeyError unless every private part opens: to be asked before serving.

    `command` is what gives up the signing keys of this deployment, for the sentence.
    """
    sealed = tuple(key for key in store.signing_keys() if key.sealed is not None)
    if not sealed:
        return
    present = {key.id for key in place.read()}
    if missing := sorted({key.master_key_id for key in sealed} - present):
        raise MasterKeyError(_lost(missing, sorted(present), place, command))
    for key in sealed:
        try:
            smith.open(key)
        except Unavailable as error:
            raise MasterKeyError(_damaged(str(error), command)) from None


def _lost(missing: list[str], present: list[str], place: Place, command: str) -> str:
    instead = f", where {_listed(present)} is" if present else ""
    return (
        f"The signing keys are sealed under the master key {_listed(missing)}, which is not to "
        f"be had: looked in {' and '.join(place.names)}{instead}. Put it back and start again. "
        f"{_way_out(command)}"
    )


def _damaged(cause: str, command: str) -> str:
    return (
        f"A signing key cannot be opened although its master key is there: {cause}. The database "
        f"was damaged or changed by hand; restore it from a backup. {_way_out(command)}"
    )


def _way_out(command: str) -> str:
    return (
        "If it is lost for good, start with new keys: that ends all signed tokens (every session) "
        "at once, while opaque tokens live on. "
        f"The command is: {command}"
    )


def _listed(ids: list[str]) -> str:
    return " and ".join(ids)
