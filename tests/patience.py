"""How long a test waits for what must come: so long that no busy machine is taken for a broken program.

What takes its time by design is asserted by what it says and leaves behind, and may take twenty times what it is to take.
How long it takes is asserted on a quiet machine alone: `make timed` sets KCDAUDIT_TIMED.
"""

import os
import time
from contextlib import contextmanager

PATIENCE_S = 600
TIMES = 20  # of what it is to take
TIMED = bool(os.environ.get("KCDAUDIT_TIMED"))


def declare_marks(config):
    config.addinivalue_line("markers", "many: many short runs whose words are compared, on what other tests go through: not again under a sanitizer")


def patience(takes_s):
    """How long what is to take so many seconds is waited for."""
    return min(TIMES * takes_s, PATIENCE_S)


@contextmanager
def within(seconds):
    """Where times are asserted, fails if the block takes longer."""
    start = time.monotonic()
    yield
    assert not TIMED or time.monotonic() - start < seconds


def wait_until(condition, pause=0.01):
    """Waits for it to come true; returns what it gave."""
    end = time.monotonic() + PATIENCE_S
    while not (value := condition()):
        assert time.monotonic() < end, "it never came"
        time.sleep(pause)
    return value
