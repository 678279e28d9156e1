"""Runs a RabbitMQ of the tests' own: Debian's program, over the recipe, on loopback ports."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx2 as httpx

from ports import free_port

_SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_RECIPES: Final = Path(__file__).parents[2] / "docs/brokers"
_MANAGER: Final = "tokenhouse"
_READY_S: Final = 150


class Ports(NamedTuple):
    """Where a broker listens, always on 127.0.0.1. The last two are the machinery's own."""

    mqtt: int
    management: int
    amqp: int
    distribution: int
    epmd: int

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody has now; so they are known before the broker is there."""
        return cls(*(free_port() for _ in cls._fields))


class Asks(NamedTuple):
    """Whom the broker asks, and as which client."""

    authority: str
    client_id: str
    secret: str


class Rabbit:
    """A broker that runs. `manager` may close connections over `management`, and has no topics."""

    def __init__(self, directory: Path, ports: Ports, manager: tuple[str, str]) -> None:
        self.directory = directory
        self.ports = ports
        self.manager = manager
        self.management = f"http://127.0.0.1:{ports.management}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Serve, until `stop`."""
        environment = _environment(self.directory, self.ports)
        epmd = ["epmd", "-address", "127.0.0.1", "-port", str(self.ports.epmd)]
        for command in (epmd, [str(_SERVER)]):
            with (self.directory / "out").open("ab") as out:
                self._processes.append(
                    subprocess.Popen(
                        command,
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=out,
                        stderr=out,
                        cwd=self.directory,
                        start_new_session=True,
                    )
                )
        self._wait()

    def stop(self) -> None:
        """End as suddenly as by the death of all its processes; what it keeps is there again."""
        while self._processes:
            process = self._processes.pop()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def managed(self, method: str, path: str, by: tuple[str, str] | None = None) -> httpx.Response:
        """What the management answers, to its user or to somebody else."""
        return httpx.request(method, f"{self.management}/api/{path}", auth=by or self.manager)

    def opens_amqp(self, user_name: str, password: str) -> bool:
        """Whether somebody gets in by AMQP 0-9-1; it takes RabbitMQ 3 s to say no."""
        with socket.create_connection(("127.0.0.1", self.ports.amqp), timeout=20) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            line.recv(65_536)
            proof = f"\0{user_name}\0{password}".encode()
            said = struct.pack(">HHI", 10, 11, 0) + b"\x05PLAIN" + struct.pack(">I", len(proof))
            said += proof + b"\x05en_US"
            line.sendall(struct.pack(">BHI", 1, 0, len(said)) + said + b"\xce")
            try:
                return line.recv(65_536)[7:11] == struct.pack(">HH", 10, 30)
            except ConnectionError:
                return False

    @property
    def log(self) -> str:
        """All that it wrote to its logs, and to where its output goes."""
        files = [*(self.directory / "log").glob("**/*"), self.directory / "out"]
        return "\n".join(one.read_text(errors="replace") for one in files if one.is_file())

    def _wait(self) -> None:
        before, until = self.log.count(_COMPLETE), time.monotonic() + _READY_S
        while self.log.count(_COMPLETE) == before:
            assert time.monotonic() < until, self.log
            assert all(one.poll() is None for one in self._processes), self.log
            time.sleep(0.1)


_COMPLETE: Final = "Starting broker... completed"


def _environment(directory: Path, ports: Ports) -> dict[str, str]:
    """All that it keeps is in a directory, and nothing of the machine's own RabbitMQ is read."""
    kept = {
        "RABBITMQ_CONF_ENV_FILE": "none",
        "RABBITMQ_CONFIG_FILE": "rabbitmq.conf",
        "RABBITMQ_ADVANCED_CONFIG_FILE": "none.config",
        "RABBITMQ_ENABLED_PLUGINS_FILE": "enabled_plugins",
        "RABBITMQ_MNESIA_BASE": "data",
        "RABBITMQ_LOG_BASE": "log",
        "RABBITMQ_GENERATED_CONFIG_DIR": "generated",
        "RABBITMQ_SCHEMA_DIR": "schema",
        "RABBITMQ_PID_FILE": "pid",
        "HOME": "",
    }
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        **{name: str(directory / file) for name, file in kept.items()},
        "RABBITMQ_NODENAME": "tests@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "ERL_EPMD_PORT": str(ports.epmd),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2"
        ),
    }


def _recipe(ports: Ports, asks: Asks, password: str) -> str:
    text = (_RECIPES / "rabbitmq.conf").read_text()
    for said, meant in {
        "CLIENT_ID:CLIENT_SECRET@127.0.0.1:8080": (
            f"{asks.client_id}:{asks.secret}@{asks.authority.removeprefix('http://')}"
        ),
        "127.0.0.1:5672": f"127.0.0.1:{ports.amqp}",
        "127.0.0.1:1883": f"127.0.0.1:{ports.mqtt}",
        "= 15672": f"= {ports.management}",
        "MANAGER_PASSWORD": password,
    }.items():
        assert said in text
        text = text.replace(said, meant)
    return text


@contextmanager
def rabbit(asks: Asks, ports: Ports | None = None) -> Iterator[Rabbit]:
    """A broker with nothing in it, which runs while the block lasts."""
    ports = ports or Ports.free()
    directory = Path(tempfile.mkdtemp(prefix="tokenhouse-rabbitmq-"))
    manager = (_MANAGER, "a-password-of-the-tests")
    (directory / "rabbitmq.conf").write_text(_recipe(ports, asks, manager[1]))
    shutil.copy(_RECIPES / "rabbitmq-enabled-plugins", directory / "enabled_plugins")
    running = Rabbit(directory, ports, manager)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(directory)
