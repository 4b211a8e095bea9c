"""The graph's ledger: documents, units, statements, ids and tenures in one SQLite file.

A store is a folder: ``graph.sqlite`` (this file), ``judgements.sqlite`` (what people and the
machine have judged) and ``rdf/`` (Oxigraph). The ledger is what the other two are kept in step
with: everything in ``rdf/`` can be written anew from it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import BadInputError

__all__ = [
    "BLOCK_INDEXES",
    "INDEXES",
    "LAYOUT",
    "StorePaths",
    "check_size",
    "connect",
    "create",
    "locked",
    "one_line",
]

OURS = {"lock", "judgements.sqlite", "rdf", "rdf.json", "rdf.new", "rdf.old"}
# What SQLite calls damage, a full disk, a foreign lock; anything else is a fault of ours.
TROUBLES = (
    "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY",
    "SQLITE_READONLY", "SQLITE_CANTOPEN",
)  # fmt: skip
LAYOUT = "1"  # version of the tables; another one asks for a new build
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
  doc INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, id TEXT NOT NULL,
  sha256 TEXT NOT NULL, source TEXT NOT NULL, issue_date TEXT, home_place TEXT, newspaper TEXT);
CREATE TABLE unit (
  unit INTEGER PRIMARY KEY, doc INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
  name TEXT NOT NULL, local TEXT NOT NULL, surfaces TEXT NOT NULL, facts TEXT NOT NULL,
  company TEXT NOT NULL, entity TEXT);
CREATE TABLE statement (
  doc INTEGER NOT NULL, id TEXT NOT NULL, head INTEGER NOT NULL, relation TEXT NOT NULL,
  tail INTEGER NOT NULL, status TEXT, date TEXT, start TEXT, end TEXT, seen TEXT,
  raw_start INTEGER NOT NULL, raw_end INTEGER NOT NULL, exact TEXT NOT NULL,
  prefix TEXT NOT NULL, suffix TEXT NOT NULL, rule TEXT NOT NULL, score REAL NOT NULL,
  PRIMARY KEY (doc, id)) WITHOUT ROWID;
CREATE TABLE given (  -- every id ever given: anchor is the unit that it was made from
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, anchor TEXT NOT NULL, build INTEGER NOT NULL
  ) WITHOUT ROWID;
CREATE TABLE alias (old TEXT PRIMARY KEY, new TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entity (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
  names TEXT NOT NULL, facts TEXT NOT NULL, owner TEXT, documents INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tenure (
  id TEXT PRIMARY KEY, person TEXT NOT NULL, post TEXT NOT NULL, start TEXT, first TEXT,
  last TEXT, end TEXT, ended_by TEXT, status TEXT NOT NULL, sources TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE conflict (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, entity TEXT NOT NULL, tenures TEXT NOT NULL,
  detail TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pending (kind TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
"""
BLOCK_INDEXES = """
CREATE INDEX IF NOT EXISTS unit_block ON unit (kind, key);
CREATE INDEX IF NOT EXISTS unit_doc ON unit (doc)
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS unit_entity ON unit (entity);
CREATE INDEX IF NOT EXISTS statement_head ON statement (head);
CREATE INDEX IF NOT EXISTS statement_tail ON statement (tail);
CREATE INDEX IF NOT EXISTS entity_name ON entity (kind, name);
CREATE INDEX IF NOT EXISTS entity_key ON entity (kind, key);
CREATE INDEX IF NOT EXISTS entity_owner ON entity (owner);
CREATE INDEX IF NOT EXISTS tenure_person ON tenure (person);
CREATE INDEX IF NOT EXISTS tenure_post ON tenure (post);
"""


@dataclass(frozen=True)
class StorePaths:
    """The files of a store's folder."""

    root: Path

    @property
    def ledger(self) -> Path:
        return self.root / "graph.sqlite"

    @property
    def judgements(self) -> Path:
        return self.root / "judgements.sqlite"

    @property
    def rdf(self) -> Path:
        return self.root / "rdf"

    @property
    def lock(self) -> Path:
        return self.root / "lock"


def make_folder(paths: StorePaths) -> None:
    """Make the folder of a store where there is none.

    RAISES BadInputError: it cannot be made, or holds something else.
    """
    try:
        paths.root.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in paths.root.iterdir()}
    except OSError as error:
        raise BadInputError(str(paths.root), f"cannot be made: {error.strerror}") from error
    if paths.ledger.name not in names and names - OURS:
        raise BadInputError(str(paths.root), "is not empty and no store of renzhi graph build")


def create(paths: StorePaths) -> sqlite3.Connection:
    """Open the ledger for writing; a store that has none gets one.

    RAISES BadInputError: it is damaged or of another version.
    """
    if not paths.ledger.exists():
        with _guard(paths.ledger):
            ledger = sqlite3.connect(paths.ledger)
            with ledger:
                ledger.executescript(f"BEGIN; {SCHEMA} {BLOCK_INDEXES}; {INDEXES} COMMIT;")
                ledger.execute("INSERT INTO meta VALUES ('layout', ?)", (LAYOUT,))
            ledger.close()
    return connect(paths, write=True)


def connect(paths: StorePaths, *, write: bool = False) -> sqlite3.Connection:
    """Open the ledger of a store that exists.

    RAISES BadInputError: there is none, it is damaged or of another version, or its last build
    was interrupted.
    """
    if not paths.ledger.is_file():
        raise BadInputError(str(paths.root), "is no store; make one with renzhi graph build")
    with _guard(paths.ledger):
        if not write and paths.ledger.with_name("graph.sqlite-journal").exists():
            _roll_back(paths)
        mode = "rw" if write else "ro"
        uri = f"{paths.ledger.absolute().as_uri()}?mode={mode}"
        ledger = sqlite3.connect(uri, uri=True, isolation_level=None)
        check_size(paths.ledger, ledger)
        found = ledger.execute("SELECT value FROM meta WHERE key = 'layout'").fetchone()
        if found != (LAYOUT,):
            raise BadInputError(str(paths.root), "was made by another version; build it again")
        if not write:
            pending = ledger.execute(
                "SELECT EXISTS (SELECT 1 FROM pending)"
                " OR EXISTS (SELECT 1 FROM meta WHERE key = 'building')"
            ).fetchone()
            if pending[0]:
                reason = "its last build was interrupted; run the same renzhi graph build again"
                raise BadInputError(str(paths.root), reason)
        else:
            ledger.execute("PRAGMA synchronous = NORMAL")
            ledger.execute("PRAGMA cache_size = -65536")
            ledger.execute("PRAGMA temp_store = FILE")
        return ledger


def _roll_back(paths: StorePaths) -> None:
    """Undo what a killed build had begun to write; its journal lies beside the ledger."""
    with locked(paths):
        ledger = sqlite3.connect(paths.ledger)
        ledger.execute("SELECT count(*) FROM sqlite_master").fetchone()
        ledger.close()


def check_size(path: Path, ledger: sqlite3.Connection) -> None:
    """A cut file may still open: compare the pages that its head counts with its length.

    RAISES BadInputError: it is cut short.
    """
    pages = ledger.execute("PRAGMA page_count").fetchone()[0]
    size = ledger.execute("PRAGMA page_size").fetchone()[0]
    with path.open("rb") as file:
        head = file.read(32)
    counted = int.from_bytes(head[28:32], "big")
    if max(pages, counted) * size > path.stat().st_size:
        raise BadInputError(str(path), "is cut short; build the store again in a new folder")


@contextmanager
def _guard(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a damaged or unreadable file into one line."""
    try:
        yield
    except sqlite3.Error as error:
        reason = f"is damaged or cannot be opened ({error}); build the store again in a new folder"
        raise BadInputError(str(path), reason) from error


@contextmanager
def one_line(paths: StorePaths) -> Iterator[None]:
    """Turn errors of the two databases, met while reading or writing, into one line.

    An output that cannot be written, or whose reader has gone, is no fault of theirs.
    """
    try:
        yield
    except (BadInputError, BrokenPipeError):
        raise
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "SQLITE_ERROR").startswith(TROUBLES):
            raise BadInputError(str(paths.ledger), f"cannot be used ({error})") from error
        raise
    except OSError as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(str(paths.root), f"cannot be used: {first}") from error


def _flock(file: IO[str]) -> None:
    """Lock a file for this process alone; where the system cannot, the databases' own locks do."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(paths: StorePaths) -> Iterator[None]:
    """Hold the store for writing; the system lets go of it when the process ends, however.

    RAISES BadInputError: another process is writing.
    """
    file: IO[str]
    try:
        file = paths.lock.open("a+", encoding="ascii")
    except OSError as error:
        raise BadInputError(str(paths.root), f"cannot be written: {error.strerror}") from error
    with file:
        try:
            _flock(file)
        except OSError as error:
            file.seek(0)
            who = file.read(20).strip() or "?"
            reason = f"process {who} is writing to it; wait until it has ended"
            raise BadInputError(str(paths.root), reason) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield
