"""Events, codes, kinds, routes, permissions, settings and commands: told, and no others."""

import json
import re
import shlex
import subprocess
from functools import cache
from itertools import takewhile
from pathlib import Path

import pytest

from docs.documents import CURRENT, PAGES, Document, codes
from docs.facts import FILES, all_faces, routes, shape, used_events
from running import PROGRAM
from serving.program import NO_SETTINGS
from tokenhouse.boundary import Request, problem
from tokenhouse.config import SETTINGS, read
from tokenhouse.config.sources import CONFIG_VARIABLE
from tokenhouse.core.client import SECRET_LETTER
from tokenhouse.core.events import Name
from tokenhouse.core.judge import Reason
from tokenhouse.core.kind import Kind
from tokenhouse.core.moment import DAY, HOUR
from tokenhouse.core.permission import DEPLOYMENT_PERMISSIONS, PRODUCT_PERMISSIONS
from tokenhouse.core.refusal import Code, Refused, Unavailable
from tokenhouse.demo import firm
from tokenhouse.faces.account_tokens import answers
from tokenhouse.faces.oauth.wire import refusals as oauth
from tokenhouse.kinds import ALL, FORMS
from tokenhouse.operations.issue import ASSIGNS_ANY_GROUP
from tokenhouse.operations.ready import Unready
from tokenhouse.serving.exposure import refuse_exposure, tls_files

EVENTS, NATIVE, OPERATING = PAGES["events"], PAGES["native-api"], PAGES["operating"]
ACCOUNT_TOKENS = PAGES["account-tokens"]
REQUEST = Request("GET", "/", {}, (), {}, b"", "", "an id")


def inline() -> list[tuple[str, str]]:
    """Every piece of inline code with its document."""
    return [(document.name, text) for document in CURRENT for text in document.inline]


def first_cells(rows: list[list[str]]) -> list[str]:
    """The inline code of the first column."""
    return [text for row in rows for text in codes(row[0])]


# events


def test_every_event_is_told_once_and_no_other_one():
    assert sorted(first_cells(EVENTS.rows("Every event"))) == sorted(Name)


def test_what_looks_like_an_event_is_one():
    formed = re.compile(r"[a-z_]+:[a-z_]+:[a-z_]+")
    named = {text for _, text in inline() if formed.fullmatch(text)}
    assert named <= set(Name)


def test_exactly_the_events_that_nothing_writes_are_said_to_be_so():
    said = [row for row in EVENTS.rows("Every event") if row[1].startswith("by nothing yet")]
    used = used_events()
    assert set(first_cells(said)) == {event for event in Name if event.name not in used}


# refusals and reasons


def test_every_code_is_told_with_its_status_and_no_other_one():
    told = {codes(row[0])[0]: int(row[1]) for row in NATIVE.rows("Refusals") if len(row) == 3}
    true = {
        code.value: problem.refuse(REQUEST, Refused(code, "A sentence.")).status for code in Code
    }
    true["unavailable"] = problem.refuse(REQUEST, Unavailable()).status
    assert told == true


def test_every_status_of_the_dialect_is_told_and_is_the_native_one():
    told = {
        int(status)
        for row in ACCOUNT_TOKENS.rows("Errors")
        for status in re.findall(r"\d{3}", row[0])
    }
    statuses = {answers.refuse(REQUEST, Refused(code, "A sentence.")).status for code in Code}
    other = {410, 412, 428, 429}  # of the feed, of preconditions and of sign-in: not here
    assert told == (statuses - other) | {503}
    for code in Code:
        refused = Refused(code, "A sentence.")
        assert answers.refuse(REQUEST, refused).status == problem.refuse(REQUEST, refused).status


def test_every_error_of_the_token_endpoint_is_told_with_its_statuses():
    told = {
        (codes(row[0])[0], int(status))
        for row in PAGES["oauth"].rows("Errors")
        for status in row[1].split(", ")
    }
    refused = [oauth.refuse(REQUEST, Refused(code, "A sentence.")) for code in Code]
    refused.append(oauth.refuse(REQUEST, Unavailable()))
    assert told == {(json.loads(one.body)["error"], one.status) for one in refused}


def test_every_reason_is_told_and_no_other_one():
    assert sorted(first_cells(NATIVE.rows("Reasons"))) == sorted(Reason)


# kinds


def test_every_kind_is_told_as_it_is():
    told = {codes(row[0])[0]: row[1:] for row in NATIVE.rows("Kinds")}
    assert set(told) == {kind.name for kind in ALL}
    for kind in ALL:
        holder, form, sent_as, lives, kept = told[kind.name]
        assert holder == kind.holder
        assert form == _form(kind)
        assert set(codes(sent_as)) == set(kind.spellings)
        assert lives == ("as asked" if kind.lifetime is None else f"{_life(kind) // HOUR} h")
        days, hours = kind.kept_after_end // DAY, kind.kept_after_end // HOUR
        assert kept == (f"{days} d" if days else f"{hours} h")


def _form(kind: Kind) -> str:
    return f"`th{kind.letter}_…`" if kind.letter else f"JWT, `{kind.typ}`"


def _life(kind: Kind) -> int:
    assert kind.lifetime is not None
    return kind.lifetime.after(0)


def test_no_kind_is_named_that_does_not_exist():
    """The secret of a client is named too, which is no token and of no kind."""
    letters = {kind.letter for kind in FORMS if kind.letter} | {SECRET_LETTER}
    named = {match for _, text in inline() for match in re.findall(r"\bth([a-z])_", text)}
    assert named <= letters


# routes


def test_every_route_of_every_face_is_told():
    told = {
        (method, shape(path))
        for document in CURRENT
        for row in document.all_rows()
        for text in codes(row[0])
        for method, _, path in [text.partition(" ")]
    }
    said = {
        (method, shape(path))
        for _, text in inline()
        for method, _, path in [text.partition(" ")]
        if path.startswith("/")
    }
    in_tables = {route for route in routes() if route[1] not in {"/", "/systems"}}
    assert in_tables <= told
    assert routes() <= said


def test_no_route_is_named_that_does_not_exist():
    known = routes()
    for where, text in inline():
        if match := re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)", text):
            assert (match[1], shape(match[2])) in known, (where, text)


def test_no_path_is_named_that_does_not_exist():
    shapes = {path for _, path in routes()}
    prefixes = {prefix for face in all_faces() for prefix in face.prefixes}
    for where, text in inline():
        if text.startswith("/") and not text.startswith("/etc/") and "$" not in text:
            assert shape(text) in shapes | prefixes | {"/24", "/56"}, (where, text)


# permissions


def test_every_permission_is_told_and_said_to_be_asked_for_when_it_is():
    told = {name: row[2] for row in ACCOUNT_TOKENS.rows("Permissions") for name in codes(row[0])}
    assert set(told) == PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS
    demanded = {
        name
        for face in all_faces()
        for route in face.routes
        if route.demand is not None
        for name in (*route.demand.permissions, route.demand.everywhere)
    } | {ASSIGNS_ANY_GROUP}
    for name, when in told.items():
        assert when == ("now" if name in demanded else "not yet"), name


def test_no_permission_is_named_that_does_not_exist():
    own = {permission.name for permission in firm.CATALOGUE}
    known = PRODUCT_PERMISSIONS | DEPLOYMENT_PERMISSIONS | own
    formed = re.compile(r"[A-Z]\w+(Read|Write|Verify)")
    for where, text in inline():
        if formed.fullmatch(text):
            assert text in known, (where, text)


def test_a_route_is_told_with_the_permission_that_it_asks_for():
    demands = {
        (route.method, shape(route.path)): route.demand.permissions
        for face in all_faces()
        for route in face.routes
        if route.demand is not None
    }
    for row in ACCOUNT_TOKENS.rows("URLs"):
        method, _, path = codes(row[0])[0].partition(" ")
        assert demands[method, shape(path)] <= set(codes(row[1])), row
        assert demands[method, shape(path)] or "token" in row[1], row


# settings and commands


def test_every_setting_is_told_as_the_program_tells_it_and_no_other_one():
    rows = OPERATING.rows("Settings")[: len(SETTINGS)]
    assert [codes(row[0])[0] for row in rows] == list(SETTINGS)
    for name, variable, default, told in rows:
        setting = SETTINGS[codes(name)[0]]
        assert codes(variable) == [setting.variable]
        assert default == (setting.about.absent or f"`{setting.show(setting.default)}`")
        assert f"{told}." == setting.about.help


def test_every_secret_is_told_with_all_its_places():
    secrets = [setting for setting in SETTINGS.values() if setting.about.secret]
    assert OPERATING.rows("Settings")[len(SETTINGS) :] == [
        [
            f"`{secret.name}`",
            f"`{secret.name}_file`, `{secret.variable}_FILE`",
            f"`{secret.credential}`",
        ]
        for secret in secrets
    ]


def test_every_variable_is_told_and_no_other_one():
    known = {CONFIG_VARIABLE, f"{SETTINGS['master_key'].variable}_NEW"}
    for setting in SETTINGS.values():
        known.add(setting.variable)
        if setting.about.secret:
            known.add(f"{setting.variable}_FILE")
    formed = re.compile(r"TOKENHOUSE_[A-Z_]+")
    read = {name for path in FILES for name in formed.findall(path.read_text("utf-8"))}
    assert read <= known | {"TOKENHOUSE_SOME_NAME", "TOKENHOUSE_SOME_NAME_FILE"}
    assert {name for document in CURRENT for name in formed.findall(document.text)} == known
    credential = SETTINGS["master_key"].credential
    assert {f"{credential}-new", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"} <= {
        text for _, text in inline()
    }


def test_a_file_of_settings_in_the_documents_is_understood(tmp_path: Path):
    blocks = [block.text for document in CURRENT for block in document.blocks]
    files = [text for text in blocks if text.startswith("data = ")]
    assert files
    for text in files:
        kept = tmp_path / "store"
        kept.write_text("postgresql:///tokens")
        kept.chmod(0o600)
        file = tmp_path / "tokenhouse.toml"
        file.write_text(text.replace("/etc/tokenhouse/store", str(kept)))
        settings = read({}, {}, file).settings
        refuse_exposure(settings, None)
        assert tls_files(settings) is not None


def test_the_unit_of_systemd_gives_settings_that_exist():
    (unit,) = (block.text for block in OPERATING.blocks if block.language == "ini")
    lines = re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE)
    read({}, {"TOKENHOUSE_CONFIG": str(NO_SETTINGS), "STATE_DIRECTORY": "/s", **dict(lines)})
    named = re.findall(r"^LoadCredential=([\w-]+):", unit, re.MULTILINE)
    assert set(named) <= {setting.credential for setting in SETTINGS.values()}


def test_every_cause_of_not_being_ready_is_told_and_no_other_one():
    told = [row for row in OPERATING.rows("Health") if not row[0].startswith("`GET")]
    assert sorted(first_cells(told)) == sorted(Unready)


@cache
def told_by_help(command: str) -> tuple[frozenset[str], frozenset[str]]:
    """The commands and the options that `--help` lists."""
    done = subprocess.run(
        [PROGRAM, *command.split()[1:], "--help"], capture_output=True, text=True, check=True
    )
    listed = re.sub(r"^Examples?:\n(  .*\n)+", "", done.stdout, flags=re.MULTILINE)
    commands = re.findall(r"^  ([a-z]+)  ", listed, re.MULTILINE)
    options = re.findall(r"^  (--[a-z-]+)", listed, re.MULTILINE)
    return frozenset(commands), frozenset(options) - {"--help"}


def every_command(above: str = "tokenhouse") -> dict[str, frozenset[str]]:
    """Each command that does something, with its options."""
    below, options = told_by_help(above)
    if not below:
        return {above: options}
    found = {}
    for name in below:
        found |= every_command(f"{above} {name}")
    return found


def scripts(document: Document) -> list[str]:
    """The commands of a document."""
    return [block.text for block in document.blocks if block.language == "sh"]


@pytest.mark.parametrize("document", CURRENT, ids=repr)
def test_every_command_that_is_named_exists_with_its_options(document: Document):
    known = every_command()
    spoken = re.compile(r"(?:^|[`/ ])(tokenhouse [a-z-][^`|\n]*)", re.MULTILINE)
    told = "\n".join([*document.inline, *scripts(document)]).replace("\\\n", " ")
    for line in spoken.findall(told):
        words = shlex.split(line)[1:]
        names = takewhile(lambda word: not word.startswith("--"), words)
        command = " ".join(["tokenhouse", *names])
        fitting = [
            known[one]
            for one in known
            if f"{one} ".startswith(f"{command} ") or f"{command} ".startswith(f"{one} ")
        ]
        assert fitting, line
        options = {word for word in words if word.startswith("--")}
        assert options <= frozenset({"--help", "--version"}).union(*fitting), line
