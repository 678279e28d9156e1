"""Where settings come from: which place wins, and what is refused in which words."""

import os
from pathlib import Path

import pytest

from tokenhouse.config import (
    SETTINGS,
    Address,
    Configuration,
    KeptIn,
    Misconfigured,
    SecretPlace,
    Settings,
    read,
    sources,
)

DATABASE = "postgresql://app:s3cret-word@db.example/tokens"
WORD = "s3cret-word"


@pytest.fixture(autouse=True)
def _no_file_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sources, "DEFAULT_FILE", tmp_path / "etc" / "tokenhouse.toml")


def toml(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(flags=None, environment=None, file=None) -> str:
    """The one sentence with which reading ends; it never holds the secret word."""
    with pytest.raises(Misconfigured) as raised:
        read(flags or {}, environment or {}, file)
    sentence = str(raised.value)
    assert WORD not in sentence
    assert "\n" not in sentence
    return sentence


# precedence


def test_without_anything_the_defaults_hold():
    assert read({}, {}) == Configuration(Settings(), dict.fromkeys(SETTINGS, "default"))
    assert Settings().listen == Address("127.0.0.1", 8080)
    assert Settings().trusted_proxies == ()


def test_a_later_place_wins_and_each_value_knows_where_it_came_from(tmp_path):
    file = toml(tmp_path / "a.toml", 'listen = "127.0.0.1:1"\ndata = "from-file"\n')
    credentials = tmp_path / "credentials"
    environment: dict[str, str] = {"STATE_DIRECTORY": "/state:/other"}

    def now(**flags: str) -> tuple[str, str, str]:
        found = read(flags, environment)
        return str(found.settings.data), str(found.settings.listen), found.origins["data"]

    assert now() == ("/state", "127.0.0.1:8080", "STATE_DIRECTORY")
    environment["TOKENHOUSE_CONFIG"] = str(file)
    assert now() == ("from-file", "127.0.0.1:1", str(file))
    environment["TOKENHOUSE_DATA"] = "from-environment"
    assert now() == ("from-environment", "127.0.0.1:1", "TOKENHOUSE_DATA")
    assert now(data="typed") == ("typed", "127.0.0.1:1", "--data")
    assert not credentials.exists()


def test_a_secret_comes_from_file_credential_environment_and_flag_in_this_order(tmp_path):
    def url(name: str) -> str:
        return f"postgresql://{name}/tokens"

    credentials = tmp_path / "credentials"
    credentials.mkdir()
    toml(tmp_path / "named", url("named") + "\n")
    toml(credentials / "tokenhouse-store", url("credential"), 0o440)
    file = toml(tmp_path / "a.toml", f"store_file = '{tmp_path / 'named'}'\n")
    environment: dict[str, str] = {}

    def now(**flags: str) -> tuple[str, str]:
        found = read(flags, environment, file)
        assert found.settings.store is not None
        return found.settings.store.reveal(), found.origins["store"]

    assert now() == (url("named"), f"store_file in {file}")
    environment["CREDENTIALS_DIRECTORY"] = str(credentials)
    assert now() == (url("credential"), "the credential tokenhouse-store")
    environment["TOKENHOUSE_STORE"] = url("environment")
    assert now() == (url("environment"), "TOKENHOUSE_STORE")
    del environment["TOKENHOUSE_STORE"]
    environment["TOKENHOUSE_STORE_FILE"] = str(tmp_path / "named")
    assert now() == (url("named"), "TOKENHOUSE_STORE_FILE")
    assert now(store=url("typed")) == (url("typed"), "--store")


def test_the_machines_file_counts_where_no_other_is_named(tmp_path):
    toml(tmp_path / "etc" / "tokenhouse.toml", 'data = "machine"\n')
    other = toml(tmp_path / "other.toml", "")
    assert str(read({}, {}).settings.data) == "machine"
    assert read({}, {}, other).settings == Settings()
    assert read({}, {"TOKENHOUSE_CONFIG": str(other)}).settings == Settings()


def test_the_master_key_is_a_place_that_is_read_anew_and_never_a_text(tmp_path):
    file = toml(tmp_path / "a.toml", 'master_key_file = "/k"\n')
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read({}, environment, file).settings.master_key == SecretPlace(KeptIn.FILE, "/k")
    credential = tmp_path / "tokenhouse-master-key"
    credential.touch()
    found = read({}, environment, file).settings.master_key
    assert found == SecretPlace(KeptIn.CREDENTIAL, str(credential))
    environment["TOKENHOUSE_MASTER_KEY_FILE"] = "/other"
    assert read({}, environment, file).settings.master_key == SecretPlace(KeptIn.FILE, "/other")
    del environment["TOKENHOUSE_MASTER_KEY_FILE"]
    environment["TOKENHOUSE_MASTER_KEY"] = WORD
    found = read({}, environment, file).settings.master_key
    assert found == SecretPlace(KeptIn.VARIABLE, "TOKENHOUSE_MASTER_KEY")


def test_a_number_stands_in_a_file_without_quotes(tmp_path):
    assert read({}, {}, toml(tmp_path / "a.toml", "stop_delay = 30")).settings.stop_delay == 30
    assert read({}, {"TOKENHOUSE_STOP_DELAY": "7"}).settings.stop_delay == 7


def test_networks_are_a_list_in_a_file_and_separated_by_commas_elsewhere(tmp_path):
    file = toml(tmp_path / "a.toml", 'trusted_proxies = ["10.0.0.0/8", "2001:db8::/32"]\n')
    expected = read({}, {}, file).settings.trusted_proxies
    assert [str(one) for one in expected] == ["10.0.0.0/8", "2001:db8::/32"]
    typed = "10.0.0.0/8, 2001:db8::/32"
    assert read({"trusted_proxies": typed}, {}).settings.trusted_proxies == expected
    environment = {"TOKENHOUSE_TRUSTED_PROXIES": ""}
    assert read({}, environment, file).settings.trusted_proxies == ()


# what is unknown


def test_an_unknown_key_is_refused_with_its_line_and_what_was_meant(tmp_path):
    file = toml(tmp_path / "a.toml", '# a comment\ndata = "x"\nlissen = "127.0.0.1:1"\n')
    assert refusal(file=file) == f"{file}, line 3: there is no setting lissen. Did you mean listen?"
    file = toml(tmp_path / "a.toml", "[server]\nport = 8080\n")
    assert refusal(file=file).startswith(f"{file}, line 1: there is no setting server. Known are ")


def test_an_unknown_variable_of_ours_is_refused_with_what_was_meant():
    told = refusal(environment={"TOKENHOUSE_LISSEN": WORD, "OTHER_LISSEN": "x"})
    assert told == (
        "The environment: there is no setting TOKENHOUSE_LISSEN. Did you mean TOKENHOUSE_LISTEN?"
    )
    assert "TOKENHOUSE_DATA" in refusal(environment={"TOKENHOUSE_DATA_FILE": "x"})


def test_a_name_that_may_be_a_secret_is_not_repeated(tmp_path):
    file = toml(tmp_path / "a.toml", f'"{WORD * 10}" = 1\n')
    assert "there is no setting a name." in refusal(file=file)


# what is wrong


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("data", "", "names no file or directory"),
        ("data", "a\0b", "names no file or directory"),
        ("listen", "", "is not an IP address with a port"),
        ("listen", "8080", "is not an IP address with a port"),
        ("listen", "localhost:8080", "is not an IP address with a port"),
        ("listen", "127.0.0.1", "is not an IP address with a port"),
        ("listen", "127.0.0.1:65536", "is not an IP address with a port"),
        ("listen", "127.0.0.1:-1", "is not an IP address with a port"),
        ("listen", "127.0.0.1:٣", "is not an IP address with a port"),
        ("listen", "127.0.0.256:1", "is not an IP address with a port"),
        ("listen", "::1:8080", "is not an IP address with a port"),
        ("listen", "[127.0.0.1]:8080", "is not an IP address with a port"),
        ("listen", "[::ffff:127.0.0.1]:8080", "write it as IPv4"),
        ("stop_delay", "", "is not a whole number of seconds"),
        ("stop_delay", "61", "is not a whole number of seconds from 0 to 60"),
        ("stop_delay", "1.5", "is not a whole number of seconds"),
        ("stop_delay", "-1", "is not a whole number of seconds"),
        ("stop_delay", "9" * 5000, "is not a whole number of seconds"),
        ("fast_lane", "true", "is neither on nor off"),
        ("fast_lane", "", "is neither on nor off"),
        ("renewal_status", "202", "is neither 200 nor 201"),
        ("renewal_status", "0200", "is neither 200 nor 201"),
        ("trusted_proxies", "everyone", "is not a list of networks"),
        ("trusted_proxies", "10.0.0.1/8", "is not a list of networks"),
        ("trusted_proxies", "0.0.0.0/0", "trusts everybody"),
        ("trusted_proxies", "10.0.0.0/8,::/0", "trusts everybody"),
        ("public_url", "http://tokens.example", "needs https"),
        ("public_url", f"https://app:{WORD}@tokens.example", "is not an address such as"),
        ("store", f"mysql://app:{WORD}@db", "is not a URL such as postgresql://"),
        ("store", f"postgresql://app:{WORD}/x@db/tokens", "is not a URL such as"),
        ("store", f"postgresql://app:{WORD}?x@db/tokens", "is not a URL such as"),
        ("store", f"postgresql://app:{WORD}#x@db/tokens", "is not a URL such as"),
        ("store", f"postgresql://app:{WORD}@x@db/tokens", "is not a URL such as"),
        ("store", f"postgresql://app:{WORD}%@db/tokens", "is not a URL such as"),
        ("store", f"host=db password={WORD}", "is not a URL such as"),
        ("rabbitmq_management", "http://broker:15672", "is not a URL such as https://name:"),
        ("rabbitmq_management", f"http://name:{WORD}@broker:99999", "is not a URL such as"),
        ("rabbitmq_management", f"amqp://name:{WORD}@broker", "is not a URL such as"),
        ("emqx_api", f"http://key:{WORD}@x@broker", "is not a URL such as"),
        ("emqx_api", f"http://key:{WORD}@broker/api?x=1", "is not a URL such as"),
        ("emqx_api", f"http://key:{WORD}%@broker", "is not a URL such as"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_origin(name, text, sentence, tmp_path):
    assert f"The setting {name} (from {SETTINGS[name].flag}) " in refusal(flags={name: text})
    assert sentence in refusal(flags={name: text})
    if "\0" in text:
        return
    variable = SETTINGS[name].variable
    told = refusal(environment={variable: text})
    assert told.startswith(f"The setting {name} (from {variable}) ")
    if SETTINGS[name].about.secret:
        file = toml(tmp_path / "kept", text)
        assert sentence in refusal(environment={f"{variable}_FILE": str(file)})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("listen = 8080", "is not text: write it in quotes"),
        ("data = ['x']", "is not text: write it in quotes"),
        ("stop_delay = true", "is not a whole number"),
        ("stop_delay = 1.5", "is not a whole number"),
        ("stop_delay = 61", "is not a whole number of seconds from 0 to 60"),
        ("[data]\nx = 1", "is not text: write it in quotes"),
        ("trusted_proxies = [1]", "is not a list of texts in quotes"),
        ("trusted_proxies = {}", "is not a list of texts in quotes"),
        ("master_key_file = 1", "The setting master_key_file (from "),
        ("master_key_file = ''", "names no file"),
        (f"master_key = '{WORD}'", "no setting master_key. Did you mean master_key_file?"),
        (f"store = '{WORD}'\nstore_file = 'x'", "gives store twice"),
        (f"store = '{WORD}", "is not TOML: look at "),
        ("data = 'x'\ndata = 'y'\n", "is not TOML: look at line 2, column 11"),
    ],
)
def test_a_wrong_entry_of_a_file_is_refused_in_one_sentence(tmp_path, text, sentence):
    assert sentence in refusal(file=toml(tmp_path / "a.toml", text))


def test_a_secret_that_is_given_twice_is_refused():
    environment = {"TOKENHOUSE_STORE": DATABASE, "TOKENHOUSE_STORE_FILE": "x"}
    assert "are both set: keep one" in refusal(environment=environment)


# files


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_with_a_secret_that_others_may_open_is_refused(tmp_path, mode):
    kept = toml(tmp_path / "kept", DATABASE, mode)
    assert "chmod 600" in refusal(environment={"TOKENHOUSE_STORE_FILE": str(kept)})
    file = toml(tmp_path / "a.toml", f"store_file = '{kept}'")
    assert "chmod 600" in refusal(file=file)
    file = toml(tmp_path / "b.toml", f"store = '{DATABASE}'", mode)
    assert "chmod 600" in refusal(file=file)


def test_a_file_without_a_secret_may_be_open_to_others(tmp_path):
    file = toml(tmp_path / "a.toml", "store = 'postgresql:///tokens'\ndata = 'x'", 0o644)
    assert str(read({}, {}, file).settings.data) == "x"


def test_a_file_that_is_named_but_cannot_be_read_is_refused(tmp_path):
    absent = tmp_path / "absent"
    assert "No such file" in refusal(file=absent)
    assert "No such file" in refusal(environment={"TOKENHOUSE_CONFIG": str(absent)})
    assert "names no file" in refusal(environment={"TOKENHOUSE_CONFIG": ""})
    assert "No such file" in refusal(environment={"TOKENHOUSE_STORE_FILE": str(absent)})
    assert "names no file" in refusal(environment={"TOKENHOUSE_STORE_FILE": ""})
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in refusal(file=tmp_path / "pipe")
    assert "is not a file" in refusal(file=tmp_path)
    large = toml(tmp_path / "large", "#" * 70_000)
    assert "is larger than" in refusal(file=large)
    large.write_bytes(b"\xff\xfe")
    assert "is not text in UTF-8" in refusal(file=large)


def test_what_another_place_overrides_is_not_opened(tmp_path):
    environment = {"TOKENHOUSE_STORE_FILE": str(tmp_path / "absent")}
    found = read({"store": DATABASE}, environment)
    assert found.origins["store"] == "--store"


# secrets


def test_settings_do_not_print_their_secrets():
    found = read({"store": DATABASE}, {"TOKENHOUSE_MASTER_KEY": WORD})
    assert WORD not in repr(found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (DATABASE, "postgresql://app:[hidden]@db.example/tokens"),
        ("postgresql:///tokens", "postgresql:///tokens"),
        ("postgres://app@[::1]:5432/t", "postgres://app@[::1]:5432/t"),
        (
            f"postgresql://h1:1,h2:2/t?user=app&password={WORD}&sslmode=verify-full",
            "postgresql://h1:1,h2:2/t?user=app&password=[hidden]&sslmode=verify-full",
        ),
        (
            f"postgresql://h/t?sslpassword={WORD}&Password={WORD}",
            "postgresql://h/t?sslpassword=[hidden]&Password=[hidden]",
        ),
    ],
)
def test_of_a_database_only_its_passwords_are_hidden(text, shown):
    settings = read({"store": text}, {}).settings
    assert SETTINGS["store"].show(settings.store) == shown


@pytest.mark.parametrize("name", ["rabbitmq_management", "emqx_api"])
def test_of_a_brokers_management_the_password_is_hidden(name: str):
    settings = read({name: f"https://key:{WORD}@[::1]:15671/"}, {}).settings
    value = getattr(settings, name)
    assert SETTINGS[name].show(value) == "https://key:[hidden]@[::1]:15671/"
    assert WORD not in repr(settings)
