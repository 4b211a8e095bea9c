"""The workbench's documents and the log of corrections to them, in one SQLite file.

Beside it stands one native gold file for each corrected document, ``gold/KEY.jsonl``, written
anew with every correction, so that `renzhi evaluate` and `renzhi train` take it at any moment.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from pipeline.annotations.native import GoldDocument, write_gold
from pipeline.server.database import make_folder, open_database
from pipeline.server.gold import gold_document
from pipeline.server.pages import PageDocument
from pipeline.server.review import Edit, Review, fold

__all__ = [
    "DocumentRow",
    "NoDocumentError",
    "NothingToUndoError",
    "Opened",
    "Store",
    "document_key",
]

NAME = "workbench.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, opened TEXT NOT NULL, changed TEXT,
    page BLOB NOT NULL, triples INTEGER NOT NULL, edits INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS by_time ON documents (COALESCE(changed, opened));
CREATE TABLE IF NOT EXISTS edits (
    key TEXT NOT NULL, number INTEGER NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL,
    edit TEXT NOT NULL, undone_by TEXT, undone_at TEXT, PRIMARY KEY (key, number)) WITHOUT ROWID;
"""
EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)


class NoDocumentError(Exception):
    """There is no such document."""


class NothingToUndoError(Exception):
    """No correction of a document stands."""


class DocumentRow(BaseModel):
    """A document in the list. opened, changed: ISO 8601, UTC. edits: corrections that stand."""

    key: str
    name: str
    opened: str
    changed: str | None
    triples: int
    edits: int
    done: bool


COLUMNS = ", ".join(DocumentRow.model_fields)


@dataclass(frozen=True)
class Opened:
    """A document with its state and its log: (number, who, when, edit), without what is undone."""

    key: str
    page: PageDocument
    review: Review
    log: tuple[tuple[int, str, str, Edit], ...]


def document_key(page: PageDocument) -> str:
    """The key of a document: the same raw text is the same document."""
    return hashlib.sha256(page.raw.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Store:
    """folder: made when it is first used. Methods may be called from any thread.

    Any method may raise StoreError: the folder or its database cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Make the folder and its database, so that what is wrong with them shows at once.

        RAISES StoreError.
        """
        with self._base():
            pass

    def open(self, page: PageDocument) -> Opened:
        """Keep a document; one that has been corrected stays as it was when it was corrected."""
        key = document_key(page)
        data = zlib.compress(page.model_dump_json().encode(), 6)
        with self._write() as base:
            base.execute(
                "INSERT INTO documents (key, name, opened, page, triples) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET name = excluded.name, page = excluded.page, "
                "opened = excluded.opened, triples = excluded.triples WHERE NOT EXISTS "
                "(SELECT 1 FROM edits WHERE edits.key = excluded.key)",
                (key, page.display_name, _now(), data, len(page.triples)),
            )
            return _read(base, key)

    def get(self, key: str) -> Opened:
        """RAISES NoDocumentError."""
        with self._base() as base:
            return _read(base, key)

    def add(self, key: str, who: str, edit: Edit) -> Opened:
        """Log a correction. RAISES NoDocumentError. EditError: it does not fit."""
        with self._write() as base:
            before = _read(base, key)
            last = base.execute("SELECT MAX(number) FROM edits WHERE key = ?", (key,)).fetchone()[0]
            number, at = (last or 0) + 1, _now()
            log = (*before.log, (number, who, at, edit))
            review = fold(before.page, ((n, e) for n, _, _, e in log))
            base.execute(
                "INSERT INTO edits (key, number, who, at, edit) VALUES (?, ?, ?, ?, ?)",
                (key, number, who, at, edit.model_dump_json()),
            )
            return self._note(base, Opened(key, before.page, review, log))

    def undo(self, key: str, who: str) -> Opened:
        """Take the last correction back; the log keeps it.

        RAISES NoDocumentError. NothingToUndoError.
        """
        with self._write() as base:
            before = _read(base, key)
            if not before.log:
                raise NothingToUndoError
            base.execute(
                "UPDATE edits SET undone_by = ?, undone_at = ? WHERE key = ? AND number = ?",
                (who, _now(), key, before.log[-1][0]),
            )
            return self._note(base, _read(base, key))

    def delete(self, key: str) -> None:
        """Forget a document, its corrections and its gold. RAISES NoDocumentError."""
        with self._write() as base:
            if not base.execute("DELETE FROM documents WHERE key = ?", (key,)).rowcount:
                raise NoDocumentError
            base.execute("DELETE FROM edits WHERE key = ?", (key,))
            self._gold_path(key).unlink(missing_ok=True)

    def row(self, key: str) -> DocumentRow:
        """A document as the list shows it. RAISES NoDocumentError."""
        with self._base() as base:
            found = base.execute(
                f"SELECT {COLUMNS} FROM documents WHERE key = ?", (key,)
            ).fetchone()
        if found is None:
            raise NoDocumentError
        return _row(found)

    def rows(self, offset: int, limit: int) -> tuple[int, list[DocumentRow]]:
        """How many documents there are, and some of them, the last touched first."""
        with self._base() as base:
            count = base.execute("SELECT COUNT(*) FROM documents").fetchone()[0]
            rows = base.execute(
                f"SELECT {COLUMNS} FROM documents "
                "ORDER BY COALESCE(changed, opened) DESC, key LIMIT ? OFFSET ?",
                (limit, offset),
            )
            return count, [_row(row) for row in rows]

    def gold(self, *, done: bool = False) -> Iterator[GoldDocument]:
        """Gold of every corrected document, or of those that were marked as checked, lazily.

        An id that came before is followed by the document's key, as ids must differ in a file.
        """
        wanted = "done = 1" if done else "edits > 0"
        last = ""
        seen: set[str] = set()
        while True:
            with self._base() as base:
                row = base.execute(
                    f"SELECT key FROM documents WHERE {wanted} AND key > ? ORDER BY key LIMIT 1",
                    (last,),
                ).fetchone()
                if row is None:
                    return
                last = row[0]
                opened = _read(base, last)
            document = gold_of(opened)
            if document.id in seen:
                document = replace(document, id=f"{document.id}#{last}")
            seen.add(document.id)
            yield document

    def scratch(self) -> Path:
        """A folder inside the store for files that are being made."""
        folder = self._folder / "scratch"
        make_folder(folder)
        return folder

    def _note(self, base: sqlite3.Connection, opened: Opened) -> Opened:
        base.execute(
            "UPDATE documents SET changed = ?, edits = ?, done = ? WHERE key = ?",
            (_now(), len(opened.log), opened.review.done, opened.key),
        )
        path = self._gold_path(opened.key)
        if opened.log:
            path.parent.mkdir(exist_ok=True)
            write_gold([gold_of(opened)], path)
        else:
            path.unlink(missing_ok=True)
        return opened

    def _gold_path(self, key: str) -> Path:
        return self._folder / "gold" / f"{key}.jsonl"

    @contextmanager
    def _base(self) -> Iterator[sqlite3.Connection]:
        make_folder(self._folder)
        with open_database(self._folder / NAME) as base:
            base.execute("PRAGMA journal_mode = WAL")
            base.executescript(TABLES)
            yield base

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._base() as base:
            base.execute("BEGIN IMMEDIATE")
            try:
                yield base
            except BaseException:
                base.execute("ROLLBACK")
                raise
            base.execute("COMMIT")


def gold_of(opened: Opened) -> GoldDocument:
    """The gold of a document with who corrected it and when the last time."""
    return gold_document(
        opened.page,
        opened.review,
        corrected_by=sorted({who for _, who, _, _ in opened.log}),
        corrected_at=opened.log[-1][2] if opened.log else None,
    )


def _row(columns: tuple[Any, ...]) -> DocumentRow:
    return DocumentRow.model_validate(dict(zip(DocumentRow.model_fields, columns, strict=True)))


def _read(base: sqlite3.Connection, key: str) -> Opened:
    row: Any = base.execute("SELECT page FROM documents WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise NoDocumentError
    page = PageDocument.model_validate_json(zlib.decompress(row[0]))
    edits = base.execute(
        "SELECT number, who, at, edit FROM edits WHERE key = ? AND undone_at IS NULL "
        "ORDER BY number",
        (key,),
    )
    log = tuple((number, who, at, EDIT.validate_json(edit)) for number, who, at, edit in edits)
    return Opened(key, page, fold(page, ((n, e) for n, _, _, e in log)), log)


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
