"""The places that settings come from, each read into what was given there by name."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from tokenhouse.config.forms import HIDDEN
from tokenhouse.config.places import KeptIn, SecretPlace, is_there, read_file, refuse_loose
from tokenhouse.config.settings import PREFIX, SETTINGS, Setting
from tokenhouse.config.wrong import Misconfigured, unknown
from tokenhouse.core.credential import Secret

CONFIG_VARIABLE: Final = f"{PREFIX}CONFIG"
DEFAULT_FILE: Final = Path("/etc/tokenhouse/tokenhouse.toml")

_FILE: Final = "_file"
_BESIDE: Final = frozenset({CONFIG_VARIABLE, f"{SETTINGS['master_key'].variable}_NEW"})
"""Variables of ours that hold no setting."""


class Given(msgspec.Struct, frozen=True):
    """What stands in one place for one setting, not understood yet."""

    origin: str
    value: Secret | SecretPlace | list[object] | None
    """Text in whatever form, a list from a file, the place of a secret; None: something else."""


Layer: TypeAlias = dict[str, Given]


def from_systemd(environment: Mapping[str, str]) -> Layer:
    """The state directory that systemd made."""
    directories = environment.get("STATE_DIRECTORY", "")
    first = directories.partition(":")[0]
    return {"data": Given("STATE_DIRECTORY", Secret(first))} if first else {}


def from_file(named: Path | None, environment: Mapping[str, str]) -> Layer:
    """The TOML file: the one named, the one that the environment names, or that in /etc."""
    variable = environment.get(CONFIG_VARIABLE)
    if variable == "":
        raise Misconfigured(f"{CONFIG_VARIABLE} is set, but names no file.")
    path = named or (Path(variable) if variable else None)
    if path is None:
        if not is_there(DEFAULT_FILE):
            return {}
        path = DEFAULT_FILE
    text, mode = read_file(path)
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at (line \d+, column \d+|end of document)", str(error))
        at = where[1] if where else "somewhere"
        raise Misconfigured(f"{path} is not TOML: look at {at}.") from None
    return _entries(path, text, mode, entries)


def _entries(path: Path, text: str, mode: int, entries: dict[str, object]) -> Layer:
    places = {f"{row.name}{_FILE}": row.name for row in SETTINGS.values() if row.about.secret}
    values = {row.name for row in SETTINGS.values() if not row.about.only_kept}
    layer: Layer = {}
    for key, value in entries.items():
        if key in places:
            name, given = places[key], _place_named(path, key, value)
        elif key in values:
            name, given = key, _value(path, SETTINGS[key], value, mode)
        else:
            raise unknown(f"{path}, line {_line(text, key)}", key, {*values, *places})
        if name in layer:
            raise Misconfigured(f"{path} gives {name} twice, once as a file: keep one of them.")
        layer[name] = given
    return layer


def _value(path: Path, setting: Setting, value: object, mode: int) -> Given:
    if isinstance(value, str):
        if setting.about.secret and _hides(setting, value):
            refuse_loose(path, mode)
        return Given(str(path), Secret(value))
    if setting.about.form.number and isinstance(value, int) and not isinstance(value, bool):
        return Given(str(path), Secret(str(value)))
    return Given(str(path), value if isinstance(value, list) else None)


def _hides(setting: Setting, text: str) -> bool:
    try:
        shown = setting.show(setting.about.form.read(text))
    except ValueError:
        return True
    return shown is None or HIDDEN in shown


def _place_named(path: Path, key: str, value: object) -> Given:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise Misconfigured(f"The setting {key} (from {path}) names no file.")
    return Given(f"{key} in {path}", SecretPlace(KeptIn.FILE, value))


def _line(text: str, key: str) -> int:
    """The line in which a key of the file's top begins, as well as that can be told."""
    begins = re.compile(rf"\s*\[*\s*['\"]?{re.escape(key)}\b")
    lines = text.splitlines()
    return next((place for place, line in enumerate(lines, 1) if begins.match(line)), 1)


def from_credentials(environment: Mapping[str, str]) -> Layer:
    """The credentials that systemd hands over."""
    directory = environment.get("CREDENTIALS_DIRECTORY")
    layer: Layer = {}
    for row in SETTINGS.values():
        if not (directory and row.credential):
            continue
        if is_there(path := Path(directory) / row.credential):
            place = SecretPlace(KeptIn.CREDENTIAL, str(path))
            layer[row.name] = Given(f"the credential {row.credential}", place)
    return layer


def from_environment(environment: Mapping[str, str]) -> Layer:
    """The variables; those that begin as ours do and are none are refused."""
    layer: Layer = {}
    known = set(_BESIDE)
    for row in SETTINGS.values():
        variable, named = row.variable, f"{row.variable}_FILE"
        known |= {variable, named} if row.about.secret else {variable}
        if row.about.secret and named in environment:
            if variable in environment:
                raise Misconfigured(f"{variable} and {named} are both set: keep one of them.")
            if not environment[named].strip():
                raise Misconfigured(f"{named} is set, but names no file.")
            layer[row.name] = Given(named, SecretPlace(KeptIn.FILE, environment[named]))
        elif variable in environment:
            place = SecretPlace(KeptIn.VARIABLE, variable)
            text = Secret(environment[variable])
            layer[row.name] = Given(variable, place if row.about.secret else text)
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            raise unknown("The environment", name, known)
    return layer


def from_flags(flags: Mapping[str, str | None]) -> Layer:
    """What was typed; by the setting's name."""
    return {
        name: Given(str(SETTINGS[name].flag), Secret(text))
        for name, text in flags.items()
        if text is not None
    }
