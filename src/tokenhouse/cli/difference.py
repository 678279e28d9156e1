"""Says what changes in a catalogue, and what that does to tokens and policy groups."""

from collections.abc import Iterable
from typing import Final

from tokenhouse.cli.say import printable, say, say_table
from tokenhouse.core.catalogue import Catalogue, PredefinedSet
from tokenhouse.operations.effect import Effect

_MOST_NAMED: Final = 3
"""Permissions that a line names; `--json` names all."""


def say_difference(before: Catalogue, after: Catalogue) -> None:
    """Say each permission and each set that comes, goes or changes, a line each."""
    was, is_ = ({one.name: one for one in catalogue.own()} for catalogue in (before, after))
    for name in is_:
        if name not in was:
            _say_line(f"new       {name}")
    for name in was:
        if name not in is_:
            _say_line(f"gone      {name}")
        elif was[name] != is_[name]:
            _say_line(f"changed   {name}")
    _say_sets(before, after)


def say_effect(effect: Effect, *, each: bool) -> None:
    """Say how many tokens gain and lose; with `each` also which, and what."""
    if each and effect.tokens:
        say_table(
            ("KIND", "TOKEN", "WHOSE", "DESCRIPTION", "GAINS", "LOSES"),
            [
                (
                    one.kind,
                    str(one.id if one.number is None else one.number),
                    one.whose,
                    one.description,
                    _named(one.gained),
                    _named(one.lost),
                )
                for one in effect.tokens
            ],
        )
        _say_rest(effect.tokens_changed - len(effect.tokens), "tokens")
    for group in effect.groups if each else ():
        told = f"The policy group {group.name} of {group.organization.name} names"
        _say_line(f"{told} {_named(group.lost)}, which would be gone.")
    if each:
        _say_rest(effect.groups_changed - len(effect.groups), "policy groups")
    elif effect.groups_changed:
        say(f"{effect.groups_changed} policy groups name permissions that are gone.")
    say(
        f"Of {effect.tokens_looked_at} tokens, {effect.tokens_gaining} gain permissions and"
        f" {effect.tokens_losing} lose some."
    )


def _say_sets(before: Catalogue, after: Catalogue) -> None:
    was, is_ = ({one.id: one for one in catalogue.sets} for catalogue in (before, after))
    for one in after.sets:
        if one.id not in was:
            _say_line(f"new       set {one.name}")
        elif was[one.id] != one:
            _say_line(f"changed   set {one.name}{_gained_and_lost(was[one.id], one)}")
    for one in before.sets:
        if one.id not in is_:
            _say_line(f"gone      set {one.name}")


def _gained_and_lost(before: PredefinedSet, after: PredefinedSet) -> str:
    told = ""
    if gained := after.permissions - before.permissions:
        told += f", gains {_named(gained)}"
    if lost := before.permissions - after.permissions:
        told += f", loses {_named(lost)}"
    return told


def _named(names: Iterable[str]) -> str:
    listed = sorted(names)
    shown = ", ".join(listed[:_MOST_NAMED])
    rest = len(listed) - _MOST_NAMED
    return f"{shown} and {rest} more" if rest > 0 else shown or "-"


def _say_rest(count: int, what: str) -> None:
    if count > 0:
        say(f"And {count} {what} more.")


def _say_line(line: str) -> None:
    say(printable(line))
