"""What all tests share."""

from __future__ import annotations

import signal

from hypothesis import settings

# a property does not fail because the machine is busy
settings.register_profile("renzhi", deadline=None)
settings.load_profile("renzhi")


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start.

    A shell starts a job in the background with SIGINT ignored, and processes inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
