"""The one table of settings: from it come the flags, the variables, `config show` and the checks.

A setting `some_name` stands so in a TOML file, is `TOKENHOUSE_SOME_NAME` in the environment and
`--some-name` on the command line. A secret may also be kept elsewhere: then the file names it by
`some_name_file`, the environment by `TOKENHOUSE_SOME_NAME_FILE`, and systemd hands it over as the
credential `tokenhouse-some-name`.
"""

from pathlib import Path
from typing import Annotated, Final, get_args, get_type_hints

import msgspec

from tokenhouse.config.bounds import DEFAULT_PORT
from tokenhouse.config.forms import (
    ADDRESS,
    DATABASE,
    HIDDEN_TEXT,
    MANAGEMENT,
    NETWORKS,
    PATH,
    PUBLIC_URL,
    RENEWAL_STATUS,
    SECONDS,
    SWITCH,
    Address,
    Form,
    Network,
    Shown,
)
from tokenhouse.config.places import SecretPlace
from tokenhouse.core.credential import Secret

PREFIX: Final = "TOKENHOUSE_"


class About(msgspec.Struct, frozen=True):
    """What a setting says beside its type. `absent` tells people what holds where it is not set.

    `secret`: may be kept in a place of its own. `only_kept`: nowhere else, and it is read anew
    while a server runs, so that the value of the setting is its place.
    """

    help: str
    form: Form
    absent: str = ""
    secret: bool = False
    only_kept: bool = False


class Settings(msgspec.Struct, frozen=True):
    """What a deployment is run with."""

    data: Annotated[
        Path, About("Directory for what the deployment keeps on this machine.", PATH)
    ] = Path("var/tokenhouse")
    store: Annotated[
        Secret | None,
        About(
            "URL of a PostgreSQL database to keep everything in.",
            DATABASE,
            absent="SQLite in the data directory",
            secret=True,
        ),
    ] = None
    public_url: Annotated[
        str | None,
        About(
            "Where clients reach the deployment; tokens name it as their issuer, so it is fixed "
            "once the deployment was set up.",
            PUBLIC_URL,
            absent="as it was set up; before that, this machine alone",
        ),
    ] = None
    listen: Annotated[
        Address, About("IP address and port to listen on; port 0 takes a free one.", ADDRESS)
    ] = Address("127.0.0.1", DEFAULT_PORT)
    tls_certificate: Annotated[
        Path | None,
        About("File with the TLS certificate and its chain, PEM.", PATH, absent="no TLS"),
    ] = None
    tls_key: Annotated[
        Path | None,
        About("File with the private key of the certificate, PEM.", PATH, absent="no TLS"),
    ] = None
    trusted_proxies: Annotated[
        tuple[Network, ...],
        About(
            "Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8,192.0.2.7.",
            NETWORKS,
            absent="nobody's",
        ),
    ] = ()
    stop_delay: Annotated[
        int,
        About(
            "Seconds for which a server that was told to stop still serves, while /readyz says "
            "503, so that a load balancer turns away from it.",
            SECONDS,
        ),
    ] = 0
    fast_lane: Annotated[
        bool,
        About(
            "Whether the server answers from memory at once where it can: on or off. The answers "
            "are the same.",
            SWITCH,
        ),
    ] = True
    renewal_status: Annotated[
        int,
        About(
            "Status of the answer with a device's renewed token, 200 or 201: some clients take "
            "it from a 201 alone.",
            RENEWAL_STATUS,
        ),
    ] = 200
    rabbitmq_management: Annotated[
        Secret | None,
        About(
            "URL of RabbitMQ's management, with the name and the password of an administrator, to "
            "end connections by.",
            MANAGEMENT,
            absent="none are ended there",
            secret=True,
        ),
    ] = None
    emqx_api: Annotated[
        Secret | None,
        About(
            "URL of EMQX's API, with an API key and its secret key, to end connections by.",
            MANAGEMENT,
            absent="none are ended there",
            secret=True,
        ),
    ] = None
    master_key: Annotated[
        SecretPlace | None,
        About(
            "The key that seals the signing keys: 32 random bytes as base64url.",
            HIDDEN_TEXT,
            absent="`master.key` in the data directory, made when there is none",
            secret=True,
            only_kept=True,
        ),
    ] = None


class Setting(msgspec.Struct, frozen=True):
    """One row of the table: a name, its default, and what it says of itself."""

    name: str
    about: About
    default: object

    @property
    def flag(self) -> str | None:
        """How it is given on the command line; None where it is not."""
        return None if self.about.only_kept else f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        """The environment variable that holds it."""
        return f"{PREFIX}{self.name.upper()}"

    @property
    def credential(self) -> str | None:
        """The name under which systemd hands it over; None where it is no secret."""
        return f"tokenhouse-{self.name.replace('_', '-')}" if self.about.secret else None

    def show(self, value: object) -> Shown:
        """A value for people, without what is secret in it."""
        if value is None:
            return None
        if self.about.form.many:
            assert isinstance(value, tuple)
            return [self.about.form.show(one) for one in value]
        return self.about.form.show(value)


def _rows() -> dict[str, Setting]:
    hints = get_type_hints(Settings, include_extras=True)
    unset = Settings()
    return {
        name: Setting(name, get_args(hint)[1], getattr(unset, name)) for name, hint in hints.items()
    }


SETTINGS: Final = _rows()
"""Every setting by name, in the order in which they are told."""
