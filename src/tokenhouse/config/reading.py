"""Settling what counts where a setting is given in several places, and understanding it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tokenhouse.config.places import SecretPlace, read_secret
from tokenhouse.config.settings import SETTINGS, Setting, Settings
from tokenhouse.config.sources import (
    Given,
    from_credentials,
    from_environment,
    from_file,
    from_flags,
    from_systemd,
)
from tokenhouse.config.wrong import Misconfigured
from tokenhouse.core.credential import Secret

DEFAULT: Final = "default"


class Configuration(msgspec.Struct, frozen=True):
    """The settings, and for each by name the place that it came from."""

    settings: Settings
    origins: dict[str, str]


def read(
    flags: Mapping[str, str | None], environment: Mapping[str, str], file: Path | None = None
) -> Configuration:
    """Read all places; a later one wins: file, credentials, environment, flags.

    `file` is the configuration file that was named on the command line. Raises Misconfigured.
    What another place overrides is not looked at any closer than for its name.
    """
    layers = (
        from_systemd(environment),
        from_file(file, environment),
        from_credentials(environment),
        from_environment(environment),
        from_flags(flags),
    )
    won: dict[str, Given] = {}
    for layer in layers:
        won |= layer
    values: dict[str, Any] = {
        name: _understood(SETTINGS[name], given, environment) for name, given in won.items()
    }
    origins = {name: won[name].origin if name in won else DEFAULT for name in SETTINGS}
    return Configuration(Settings(**values), origins)


def read_master_key(environment: Mapping[str, str]) -> SecretPlace | None:
    """The place of the master key alone, for a process that is run with no other setting."""
    given = (from_credentials(environment) | from_environment(environment)).get("master_key")
    place = None if given is None else given.value
    assert place is None or isinstance(place, SecretPlace)
    return place


def _understood(setting: Setting, given: Given, environment: Mapping[str, str]) -> object:
    value, about = given.value, setting.about
    if isinstance(value, SecretPlace):
        if about.only_kept:
            return value
        value = read_secret(value, environment)
    where = f"The setting {setting.name} (from {given.origin})"
    try:
        if about.form.many:
            return tuple(about.form.read(text) for text in _listed(where, value))
        if not isinstance(value, Secret):
            wanted = "a whole number" if about.form.number else "text: write it in quotes"
            raise Misconfigured(f"{where} is not {wanted}.")
        return about.form.read(value.reveal())
    except ValueError as wrong:
        raise Misconfigured(f"{where} {wrong}.") from None


def _listed(where: str, value: object) -> list[str]:
    if isinstance(value, Secret):
        return [text for text in value.reveal().split(",") if text.strip()]
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return value
    raise Misconfigured(f"{where} is not a list of texts in quotes.")
