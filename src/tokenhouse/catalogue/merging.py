"""Puts the permissions of one description into a catalogue that holds others too."""

from msgspec.structs import replace

from tokenhouse.core.catalogue import Contents
from tokenhouse.core.permission import Permission


def merged(kept: Contents, imported: tuple[Permission, ...]) -> Contents:
    """Everything that was there, entries of the same name (case aside) replaced, the rest behind.

    What managed access goes on doing so: no description says it, and forgetting it would give
    limited tokens what they must not have.
    """
    new = {one.name.casefold(): one for one in imported}
    entries = []
    for one in kept.entries:
        later = new.pop(one.name.casefold(), one)
        managing = later.manages_access or one.manages_access
        entries.append(replace(later, manages_access=managing))
    return Contents((*entries, *new.values()), kept.sets)
