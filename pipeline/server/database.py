"""The SQLite files of a store: whatever is wrong with one is said in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipeline.errors import BadInputError

__all__ = ["StoreError", "make_folder", "open_database"]


class StoreError(BadInputError):
    """The store or a file in it cannot be used: nothing that a client sends can change that."""


def make_folder(folder: Path) -> None:
    """Make a folder unless it is there. RAISES StoreError: there cannot be one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StoreError(str(folder), "cannot be used as a store: it is no folder") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(str(folder), f"cannot be used as a store: {reason}") from error


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection without implicit transactions.

    RAISES StoreError: the file is damaged or cannot be opened, at first or while it is used.
    """
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as base:
            yield base
    except sqlite3.Error as error:
        raise StoreError(str(path), f"cannot be used: {error}") from error
