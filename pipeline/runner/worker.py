"""One spawned worker process, seen from both sides of its pipe.

The parent sends a batch of items; the worker answers each with one Outcome, in order, so that the
parent always knows which document a worker that dies or hangs has in hand.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pipeline.errors import RenzhiError
from pipeline.runner.work import Job, Outcome, make_annotator, outcome_of
from pipeline.sources.items import Item

__all__ = ["Ticket", "Worker", "WorkerDied"]

Ticket = tuple[int, int]  # the shard of a document and its position there
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
ALARM_GRACE = 30.0  # the parent kills at the timeout; the alarm is for a worker without a parent


class WorkerDied(Exception):  # noqa: N818 - it is news, not an error
    """A worker's process has ended; the text says how."""


class Worker:
    """The parent's side. pending: the documents in hand, the first being worked on."""

    def __init__(self, job: Job, timeout: float) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.pending: deque[tuple[Ticket, Item]] = deque()
        self.since = time.monotonic()
        self.ready = False
        self.used = False  # whether it has been given a document
        self._process = context.Process(target=serve, args=(theirs, job, timeout), daemon=True)
        with _child_environment():
            self._process.start()
        theirs.close()

    @property
    def idle(self) -> bool:
        return self.ready and not self.pending

    def submit(self, batch: Sequence[tuple[Ticket, Item]]) -> None:
        """Hand over documents; the worker must be idle.

        RAISES WorkerDied.
        """
        self.pending.extend(batch)
        self.used = True
        self.since = time.monotonic()
        try:
            self.connection.send([item for _, item in batch])
        except OSError:
            raise WorkerDied(self._obituary()) from None

    def receive(self) -> Iterator[tuple[Ticket, Outcome]]:
        """The answers that have arrived, without waiting.

        RAISES WorkerDied. RenzhiError: the worker cannot be set up.
        """
        try:
            while self.connection.poll():
                message = self.connection.recv()
                self.since = time.monotonic()
                if isinstance(message, Outcome):
                    ticket, _ = self.pending.popleft()
                    yield ticket, message
                elif isinstance(message, BaseException):
                    raise message
                else:
                    self.ready = True
        except (EOFError, OSError):
            raise WorkerDied(self._obituary()) from None

    def kill(self, *, wait: float = 5.0) -> None:
        """End the process at once and free what it held; wait: seconds for the kernel to do so."""
        self._process.kill()
        self._process.join(wait)
        self.connection.close()

    def close(self) -> None:
        """Let an idle process end by itself; kill it if it does not."""
        self.connection.close()
        self._process.join(1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(5)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def resident(self) -> int:
        """Bytes of memory that the process holds now; 0 where the system does not tell."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[1]
        except OSError:
            return 0
        return int(pages) * PAGE_BYTES

    def _obituary(self) -> str:
        self._process.join(5)
        code = self._process.exitcode
        if code is None:
            return "stopped answering"
        if code >= 0:
            return f"ended with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        hint = " (out of memory?)" if name == "SIGKILL" else ""
        return f"was killed by {name}{hint}"


def serve(connection: Connection[Any, Any], job: Job, timeout: float) -> None:
    """The worker's side: build the annotator, then answer batches until the pipe closes."""
    if not sys.warnoptions:  # as in the parent: what a library will change is not for users
        warnings.simplefilter("ignore", FutureWarning)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        annotate = make_annotator(job)
    except RenzhiError as error:
        connection.send(error)
        return
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            for item in connection.recv():
                with _alarm(timeout + ALARM_GRACE):
                    outcome = outcome_of(item, annotate, job.read)
                connection.send(outcome)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Let the kernel end this process after so long: also one that is stuck in C code."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def _child_environment() -> Iterator[None]:
    """Start children with one numeric thread each, and with Ctrl-C held off from the first moment.

    One thread keeps N workers from taking N times the cores, and sums in one order for all.
    """
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    masked = hasattr(signal, "pthread_sigmask")
    if masked:
        resource_tracker.ensure_running()  # the first child starts it, and that lifts the mask
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masked else None
    try:
        yield
    finally:
        if old is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
