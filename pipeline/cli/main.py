"""The `renzhi` command: runs one of the commands, turns errors into one line.

The commands are imported while Ctrl-C already ends quietly, so this module imports nothing heavy.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from pipeline.errors import RenzhiError

__all__ = ["main"]

STOPPED = 130  # what a shell reports of a command that Ctrl-C ended


def main() -> None:
    """Run the command line and exit.

    A RenzhiError, or options that cannot be, end it with one line on stderr and exit code 2;
    Ctrl-C ends it with exit code 130.
    """
    try:
        sys.exit(_run())
    except RenzhiError as error:
        print(f"renzhi: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def _run() -> int:
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)
    from pipeline.cli.app import run

    signal.signal(signal.SIGINT, before)
    return run()


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once: an exception may get lost, or become another one, in the midst of an import."""
    os._exit(STOPPED)


if __name__ == "__main__":
    main()
