"""The `renzhi` command: runs one of the commands, turns errors into one line.

The commands are imported while Ctrl-C already ends quietly, so this module imports nothing heavy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import warnings
from types import FrameType

from pipeline.errors import RenzhiError

__all__ = ["main"]

STOPPED = 130  # what a shell reports of a command that Ctrl-C ended


def main() -> None:
    """Run the command line and exit.

    A RenzhiError, or options that cannot be, end it with one line on stderr and exit code 2;
    Ctrl-C ends it with exit code 130, a reader of its output that has gone with 1 and no word.
    """
    if not sys.warnoptions:  # what a library will change one day is not for users
        warnings.simplefilter("ignore", FutureWarning)
    try:
        code = _run()
    except RenzhiError as error:
        print(f"renzhi: {error}", file=sys.stderr)
        code = 2
    except BrokenPipeError:
        code = 1
    except KeyboardInterrupt:
        code = STOPPED
    if code == STOPPED:
        _end_now()
    sys.exit(code)


def _run() -> int:
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from pipeline.cli.app import run
    from pipeline.cli.stdout import checked_stdout

    signal.signal(signal.SIGINT, before)
    with checked_stdout():
        return run()


def _end_now() -> None:
    """End a stopped command without what libraries do at exit: Ray alone takes seconds there."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # a reader that has gone, a closed stream
            stream.flush()
    os._exit(STOPPED)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once: an exception may get lost, or become another one, in the midst of an import."""
    os._exit(STOPPED)


if __name__ == "__main__":
    main()
