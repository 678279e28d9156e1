"""Whoever waits for a connection is refused after two seconds, and for nothing else."""

import os
import signal
import subprocess
import sys
import time
from queue import SimpleQueue
from typing import Final

import pytest

from tokenhouse.core.refusal import Unavailable
from tokenhouse.store.turns import PATIENCE, taken

WAITER: Final = """
import threading
from queue import SimpleQueue
from tokenhouse.store.turns import taken

lent = SimpleQueue()

def hold():
    print("waiting", flush=True)
    threading.Event().wait(0.5)
    # What is given back after a pause comes a little later than the waits of others end.
    threading.Event().wait(0.05)
    lent.put("connection")

threading.Thread(target=hold).start()
print(taken(lent))
"""


def test_what_is_given_back_goes_to_who_waits():
    lent: SimpleQueue[str] = SimpleQueue()
    lent.put("connection")
    assert taken(lent) == "connection"


def test_nobody_is_refused_before_its_time():
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        taken(SimpleQueue[str]())
    assert time.monotonic() - begun >= PATIENCE


def test_a_pause_of_the_whole_process_refuses_nobody():
    child = subprocess.Popen([sys.executable, "-c", WAITER], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "waiting\n"
    os.kill(child.pid, signal.SIGSTOP)
    time.sleep(PATIENCE * 1.25)
    os.kill(child.pid, signal.SIGCONT)
    answered, _ = child.communicate(timeout=10)
    assert answered == "connection\n"
