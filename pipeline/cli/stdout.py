"""Standard output whose errors are one line, as those of files are."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.files import CheckedFile

__all__ = ["checked_stdout"]


@contextmanager
def checked_stdout() -> Iterator[None]:
    """Let all that the block prints be written in the end, or say why it cannot be.

    RAISES CannotWriteError: the disk behind standard output is full or fails. BrokenPipeError: its
    reader has gone.
    """
    before = sys.stdout
    checked = _checked()
    if checked is None:
        yield
        return
    sys.stdout = checked
    try:
        yield
        checked.flush()
    finally:
        sys.stdout = before
        # An error that is under way counts; what it has left unwritten is not tried at exit again.
        with contextlib.suppress(OSError, ValueError):
            checked.close()


def _checked() -> io.TextIOWrapper | None:
    """Another stream on the same file; None for a terminal, which is never full, and for none."""
    out = sys.stdout
    try:
        if not isinstance(out, io.TextIOWrapper) or out.isatty():
            return None
        out.flush()
        raw = CheckedFile(out.fileno(), "standard output", closefd=False)
    except (OSError, ValueError):  # closed, or no file at all
        return None
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=out.encoding,
        errors=out.errors,
        line_buffering=out.line_buffering,
        write_through=out.write_through,
    )
