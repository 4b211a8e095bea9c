"""Ctrl-C and SIGTERM: heard at once, obeyed at a place where nothing is half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

__all__ = ["Stop"]


class Stop:
    """Remembers that the run is to end.

    Code that may be left anywhere, such as waiting for input, runs inside `at_once`; the rest
    asks `check` between its steps. A second signal ends the run wherever it is.
    """

    def __init__(self) -> None:
        self._asked = False
        self._open = False
        self.at_any_place = False  # whether a second signal has left code half done

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Listen to SIGINT and SIGTERM; does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for number in before:
                signal.signal(number, self._hear)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """What runs inside may be interrupted anywhere.

        RAISES KeyboardInterrupt: the run is to end.
        """
        self.check()
        self._open = True
        try:
            yield
        finally:
            self._open = False

    def check(self) -> None:
        """Leave if the run is to end.

        RAISES KeyboardInterrupt.
        """
        if self._asked:
            raise KeyboardInterrupt

    def _hear(self, _number: int, _frame: object) -> None:
        if self._asked or self._open:
            self.at_any_place = self._asked and not self._open
            self._asked = True
            raise KeyboardInterrupt
        self._asked = True
