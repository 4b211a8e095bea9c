"""The memory of a corpus run: which document is done, under which hashes, in which shard.

An SQLite file in the output folder. A shard counts from the moment its transaction commits, which
is after its files are on disk; files that the ledger does not know are left-overs of a run that
was killed. Documents are kept in the order of their paths, which is the order in which they are
found, so that looking up and adding millions of them touches neighbouring pages.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RenzhiError
from pipeline.runner.fingerprint import Fingerprint

__all__ = ["Ledger", "Record", "StaleShard", "key_of"]

NAME = "ledger.sqlite"
VERSION = 1
TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, model TEXT, rules TEXT, config TEXT, UNIQUE (model, rules, config));
CREATE TABLE shards (
    shard INTEGER PRIMARY KEY, format TEXT, documents_bytes INTEGER, triples_bytes INTEGER);
CREATE TABLE documents (
    path BLOB, part INTEGER, name TEXT, digest TEXT, stamp TEXT, run INTEGER, id TEXT,
    shard INTEGER, position INTEGER, characters INTEGER, entities INTEGER, triples INTEGER,
    seconds REAL, stage TEXT, reason TEXT,
    PRIMARY KEY (path, part)) WITHOUT ROWID;
CREATE INDEX by_shard ON documents (shard, position) WHERE shard IS NOT NULL;
CREATE INDEX rejected ON documents (stage) WHERE stage IS NOT NULL;
CREATE TABLE stale (shard INTEGER, position INTEGER, triples INTEGER,
    PRIMARY KEY (shard, position)) WITHOUT ROWID;
"""
COLUMNS = (
    "path, part, name, digest, stamp, id, shard, position, characters, entities, triples, "
    "seconds, stage, reason"
)


@dataclass(frozen=True)
class Record:
    """One document in the ledger; shard and position are None for a reject.

    path: of the file as bytes, relative to the output folder; part: row of a container, else 0.
    """

    path: bytes
    part: int
    name: str
    digest: str | None
    stamp: str | None
    id: str | None = None
    shard: int | None = None
    position: int | None = None
    characters: int = 0
    entities: int = 0
    triples: int = 0
    seconds: float = 0.0
    stage: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class StaleShard:
    """A shard with documents that have been done anew.

    places: path (None for those done anew), part and number of triples of each, in order.
    """

    shard: int
    format: str
    places: list[tuple[bytes | None, int, int]]


class Ledger:
    """One run's access to the ledger; it holds the file's lock until it is closed."""

    def __init__(self, root: Path, fingerprint: Fingerprint, *, peek: bool = False) -> None:
        """Open or make the ledger of an output folder; to peek is to change nothing.

        RAISES RenzhiError: it is damaged, of another version, or another run holds it.
        """
        self._root = root
        path = root / NAME
        try:
            self._db = sqlite3.connect(path, timeout=1, isolation_level=None)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=TRUNCATE")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("BEGIN EXCLUSIVE")
            self._prepare()
            self._run = self._run_number(fingerprint)
            self._db.execute("ROLLBACK" if peek else "COMMIT")
        except sqlite3.Error as error:
            raise RenzhiError(_reason(path, error)) from error

    @staticmethod
    def exists(root: Path) -> bool:
        """Whether a folder has a ledger."""
        return (root / NAME).is_file()

    def _prepare(self) -> None:
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            for statement in TABLES.split(";"):
                self._db.execute(statement)
            self.set("version", str(VERSION))
        elif self.get("version") != str(VERSION):
            path = self._root / NAME
            raise RenzhiError(f"{path}: was written by another version of renzhi")

    def _run_number(self, fingerprint: Fingerprint) -> int:
        key = (fingerprint.model, fingerprint.rules, fingerprint.config)
        insert = "INSERT OR IGNORE INTO runs (model, rules, config) VALUES (?, ?, ?)"
        self._db.execute(insert, key)
        select = "SELECT run FROM runs WHERE model = ? AND rules = ? AND config = ?"
        (run,) = self._db.execute(select, key).fetchone()
        return int(run)

    def close(self) -> None:
        self._db.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside happen together or not at all.

        RAISES RenzhiError: the disk is full or fails.
        """
        try:
            self._db.execute("BEGIN")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise RenzhiError(_reason(self._root / NAME, error)) from error
            raise

    def get(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def find(self, path: bytes, part: int) -> Record | None:
        """What is known of a document under this run's hashes; None where it is to be done."""
        query = f"SELECT {COLUMNS} FROM documents WHERE path = ? AND part = ? AND run = ?"
        row = self._db.execute(query, (path, part, self._run)).fetchone()
        return None if row is None else Record(*row)

    def is_rejected(self, path: bytes) -> bool:
        """Whether a container as a whole stands among the rejects."""
        query = "SELECT 1 FROM documents WHERE path = ? AND part = 0 AND stage IS NOT NULL"
        return self._db.execute(query, (path,)).fetchone() is not None

    def forget(self, path: bytes) -> None:
        """Forget that a container or folder as a whole was rejected."""
        query = "DELETE FROM documents WHERE path = ? AND part = 0 AND stage IS NOT NULL"
        self._db.execute(query, (path,))

    def lost(self) -> Iterator[bytes]:
        """Paths of what could not be found or listed, such as a folder without permission."""
        query = "SELECT path FROM documents WHERE stage = 'find'"
        yield from (path for (path,) in self._db.execute(query).fetchall())

    def note_seen(self, keys: Iterable[tuple[bytes, int]]) -> None:
        """Note inputs that exist, for `unseen`; part -1 is a container that was not read whole.

        They are forgotten when the ledger is closed.
        """
        self._db.execute(
            "CREATE TEMP TABLE IF NOT EXISTS seen (path BLOB, part INTEGER, "
            "PRIMARY KEY (path, part)) WITHOUT ROWID"
        )
        with self.transaction():
            self._db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", keys)

    def unseen(self) -> Iterator[tuple[bytes, int, bool]]:
        """Documents that have not been noted, and whether others of the same file have.

        Those of a container that was not read whole are left out.
        """
        query = (
            "SELECT path, part, EXISTS (SELECT 1 FROM seen s WHERE s.path = d.path) "
            "FROM documents d WHERE NOT EXISTS "
            "(SELECT 1 FROM seen s WHERE s.path = d.path AND s.part IN (d.part, -1))"
        )
        for path, part, others in self._db.execute(query).fetchall():
            yield path, part, bool(others)

    def prune(self, path: bytes, part: int) -> None:
        """Forget a document; its place in its shard becomes stale."""
        key = (path, part)
        where = "FROM documents WHERE path = ? AND part = ?"
        self._db.execute(
            f"INSERT INTO stale SELECT shard, position, triples {where} AND shard IS NOT NULL", key
        )
        self._db.execute(f"DELETE {where}", key)

    def restamp(self, path: bytes, part: int, stamp: str | None) -> None:
        """Note that a touched file has the same content, so that it need not be read again."""
        update = "UPDATE documents SET stamp = ? WHERE path = ? AND part = ?"
        self._db.execute(update, (stamp, path, part))

    def put(self, records: Iterable[Record]) -> int:
        """Add documents, or replace what was known of them; gives how many were replaced.

        The places of replaced ones in their old shards become stale.
        """
        replaced = 0
        for record in records:
            old = "SELECT shard, position, triples FROM documents WHERE path = ? AND part = ?"
            row = self._db.execute(old, (record.path, record.part)).fetchone()
            if row is not None:
                replaced += 1
                if row[0] is not None:
                    self._db.execute("INSERT INTO stale VALUES (?, ?, ?)", row)
            values = [getattr(record, column) for column in COLUMNS.split(", ")]
            marks = ", ".join("?" * len(values))
            insert = f"INSERT OR REPLACE INTO documents ({COLUMNS}, run) VALUES ({marks}, ?)"
            self._db.execute(insert, (*values, self._run))
        return replaced

    def add_shard(self, number: int, format_: str, sizes: tuple[int, int]) -> None:
        self._db.execute("INSERT INTO shards VALUES (?, ?, ?, ?)", (number, format_, *sizes))

    def has_shard(self, number: int) -> bool:
        query = "SELECT 1 FROM shards WHERE shard = ?"
        return self._db.execute(query, (number,)).fetchone() is not None

    def shards(self) -> Iterator[tuple[int, str, tuple[int, int]]]:
        """Every shard with its format and the sizes of its files."""
        rows = self._db.cursor().execute("SELECT * FROM shards ORDER BY shard")
        for number, format_, documents, triples in rows:
            yield number, format_, (documents, triples)

    def last_shard(self) -> int:
        (last,) = self._db.execute("SELECT max(shard) FROM shards").fetchone()
        return int(last or 0)

    def forget_shard(self, number: int) -> None:
        """Forget a shard and its documents, so that they are done again."""
        for table in ("documents", "stale", "shards"):
            self._db.execute(f"DELETE FROM {table} WHERE shard = ?", (number,))

    def stale_shards(self) -> Iterator[StaleShard]:
        """Shards that hold documents which are now elsewhere, with all their places in order."""
        shards = self._db.execute(
            "SELECT shard, format FROM shards WHERE shard IN (SELECT shard FROM stale)"
        ).fetchall()
        for shard, format_ in shards:
            live = "SELECT position, path, part, triples FROM documents WHERE shard = ?"
            dead = "SELECT position, NULL, 0, triples FROM stale WHERE shard = ?"
            rows = self._db.execute(f"{live} UNION ALL {dead} ORDER BY 1", (shard, shard))
            places = [(path, part, triples) for _, path, part, triples in rows]
            yield StaleShard(shard, format_, places)

    def move(self, stale: StaleShard, number: int) -> None:
        """Note that the live documents of a shard are now in another one, in the same order."""
        live = [(path, part) for path, part, _ in stale.places if path is not None]
        update = "UPDATE documents SET shard = ?, position = ? WHERE path = ? AND part = ?"
        rows = ((number, position, *key) for position, key in enumerate(live))
        self._db.executemany(update, rows)
        for table in ("stale", "shards"):
            self._db.execute(f"DELETE FROM {table} WHERE shard = ?", (stale.shard,))

    def records(self) -> Iterator[tuple[Record, Fingerprint]]:
        """Every document in the order of paths, with the hashes under which it was done."""
        columns = ", ".join(f"d.{column}" for column in COLUMNS.split(", "))
        query = (
            f"SELECT {columns}, model, rules, config FROM documents d JOIN runs USING (run) "
            "ORDER BY path, part"
        )
        for row in self._db.cursor().execute(query):
            yield Record(*row[:-3]), Fingerprint(*row[-3:])

    def path(self, key: bytes) -> str:
        """The file, or ``-``, that this ledger names so."""
        return "-" if key == b"-" else os.path.normpath(self._root / os.fsdecode(key))

    def key(self, path: str) -> bytes:
        """How this ledger names a file."""
        return key_of(self._root, path)


def key_of(root: Path, path: str) -> bytes:
    """How the ledger in a folder names a file: relative to the folder, so that both may move."""
    return b"-" if path == "-" else os.fsencode(os.path.relpath(path, root))


def _reason(path: Path, error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text:
        return f"{path}: another run is writing to this folder"
    if "full" in text or "I/O" in text:
        return f"{path}: the disk is full or fails ({text}); what is finished is kept"
    return f"{path}: cannot be used as a ledger: {text}"
