"""Opens the deployment that a command is about."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tokenhouse.cli.exits import Stopped
from tokenhouse.config import Settings
from tokenhouse.core.refusal import Unavailable
from tokenhouse.operations import Authority
from tokenhouse.signing.master_key import MasterKeyError
from tokenhouse.store.sqlite import FILE
from tokenhouse.wiring import Opened, open_deployment


@contextmanager
def operating(settings: Settings) -> Iterator[Authority]:
    """Open a deployment to do with it what a request could, as somebody at the machine."""
    with opened(settings) as there:
        yield there.authority()


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """Open a deployment that is there, and close it; a directory without one stays as it is.

    Raises Stopped where none was set up, and Unavailable where the store cannot be opened or the
    master key is not as the command needs it.
    """
    if settings.store is None and not (settings.data / FILE).is_file():
        raise Stopped(f"No deployment was set up in {settings.data}.")
    try:
        with open_deployment(settings, os.environ) as there:
            if there.parts.store.deployment() is None:
                raise Stopped(f"No deployment was set up in {there.where}.")
            yield there
    except MasterKeyError as error:
        raise Unavailable(str(error)) from None
