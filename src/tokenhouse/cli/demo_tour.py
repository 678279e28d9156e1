"""`tokenhouse demo --tour`: the walk through the running demo, and how it ends."""

from tokenhouse import logs
from tokenhouse.boundary import Boundary
from tokenhouse.cli.demo_ready import Running, ready
from tokenhouse.cli.exits import Stopped
from tokenhouse.cli.say import printable, say
from tokenhouse.demo.broker import NoBroker
from tokenhouse.demo.walk import Astray, Told, walk
from tokenhouse.server import Background, Listener


def walk_through(application: Boundary, listener: Listener, running: Running) -> None:
    """Serve for as long as the walk lasts; raise Stopped where an answer is not what it should."""
    logs.start()
    with Background(application, listener=listener):
        running.broker.start()
        if isinstance(running.broker, NoBroker):
            say(f"{running.broker.why}\n")
        try:
            walk(Told.read(ready(running)), _tell)
        except Astray as astray:
            raise Stopped(str(astray)) from None


def _tell(text: str) -> None:
    for line in text.split("\n"):
        say(printable(line))
