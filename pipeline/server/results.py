"""Searching the results of a corpus run: an index on disk, made once and kept in step.

The index stands in the store, never in the results. Memory does not grow with the corpus: shards
are read line by line, and a search gives one page of rows.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from pipeline.errors import BadInputError
from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation
from pipeline.server.answers import misfit
from pipeline.server.database import StoreError, make_folder, open_database
from pipeline.server.pages import PageDocument, page_of
from pipeline.server.store import NoDocumentError

__all__ = ["FIELDS", "ResultRow", "Results"]

FIELDS = {
    "person": "PER",
    "post": "ROLE",
    "organisation": "ORG",
    "place": "LOC",
    "programme": "PROGRAMME",
}
ORDERS = {
    "doubt": "score IS NULL, score, number",
    "date": "issue_date IS NULL, issue_date DESC, number",
    "name": "source, number",
}
REFRESH_SECONDS = 30.0
TITLE = 60  # characters
ENDS = ("head", "relation", "tail")
DAMAGE = (OSError, ValueError, LookupError, TypeError, NotImplementedError)  # pyarrow raises any
TABLES = """
CREATE TABLE IF NOT EXISTS shards (name TEXT PRIMARY KEY, stamp TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY, shard TEXT NOT NULL, position INTEGER NOT NULL, source TEXT,
    title TEXT, issue_date TEXT, newspaper TEXT, triples INTEGER, score REAL, least TEXT);
CREATE INDEX IF NOT EXISTS by_shard ON documents (shard);
CREATE INDEX IF NOT EXISTS by_doubt ON documents (score IS NULL, score, number);
CREATE INDEX IF NOT EXISTS by_date ON documents (issue_date IS NULL, issue_date DESC, number);
CREATE INDEX IF NOT EXISTS by_name ON documents (source, number);
CREATE VIRTUAL TABLE IF NOT EXISTS names USING fts5 (
    person, post, organisation, place, programme, tokenize = "unicode61 remove_diacritics 0");
"""


class ResultRow(BaseModel):
    """A document of the corpus. title: of its articles, else how it begins.

    score: of its least certain triple; least: that triple as head, relation and tail.
    """

    number: int
    source: str
    title: str
    issue_date: str | None
    newspaper: str | None
    triples: int
    score: float | None
    least: list[str] | None


COLUMNS = ", ".join(ResultRow.model_fields)


class Results:
    """folder: the output folder of a corpus run. store: where the index is kept.

    Any method may raise StoreError: the index cannot be used.
    RAISES BadInputError: the folder holds no documents. StoreError.
    """

    def __init__(self, folder: Path, store: Path) -> None:
        if not (folder / "documents").is_dir():
            raise BadInputError(str(folder), "is no output folder of `renzhi annotate -o FOLDER`")
        self._folder = folder
        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        self._path = store / f"results-{name}.sqlite"
        self._busy = threading.Lock()
        self._looked = -REFRESH_SECONDS
        self.failure: str | None = None
        make_folder(store)
        with open_database(self._path) as base:  # here, where no other thread can be making it too
            base.execute("PRAGMA journal_mode = WAL")
            base.executescript(TABLES)

    @property
    def indexing(self) -> bool:
        return self._busy.locked()

    def refresh_soon(self) -> None:
        """Bring the index in step in another thread, unless that was done a moment ago."""
        if time.monotonic() - self._looked > REFRESH_SECONDS and not self._busy.locked():
            self._looked = time.monotonic()
            threading.Thread(target=self._refresh_quietly, daemon=True).start()

    def refresh(self) -> None:
        """Index the shards that are new or changed and forget those that are gone.

        RAISES BadInputError: a shard is damaged, the first such; the others are indexed.
        """
        failures: list[BadInputError] = []
        with self._busy:
            found = {path.name: path for path in sorted(self._folder.glob("documents/part-*"))}
            with open_database(self._path) as base:
                known = dict(base.execute("SELECT name, stamp FROM shards").fetchall())
            for name in known.keys() - found.keys():
                self._replace(name, None, None)
            for name, path in found.items():
                try:
                    status = path.stat()
                except OSError:
                    continue  # a run in progress has just replaced it
                stamp = f"{status.st_size}:{status.st_mtime_ns}"
                if known.get(name) == stamp:
                    continue
                try:
                    self._replace(name, path, stamp)
                except StoreError:
                    raise  # no other shard would fare better
                except BadInputError as error:
                    failures.append(error)
        if failures:
            raise failures[0]

    def search(
        self, query: str, field: str, order: str, offset: int, limit: int
    ) -> tuple[int, list[ResultRow]]:
        """How many documents have all words of the query among their names, and some of them.

        field: a key of FIELDS, or ``any``; order: a key of ORDERS.
        """
        match = _match(query, field)
        if query.strip() and not match:
            return 0, []
        where = "WHERE number IN (SELECT rowid FROM names WHERE names MATCH ?)" if match else ""
        values: list[Any] = [match] if match else []
        with open_database(self._path) as base:
            total = base.execute(f"SELECT COUNT(*) FROM documents {where}", values).fetchone()[0]
            rows = base.execute(
                f"SELECT {COLUMNS} FROM documents {where} ORDER BY {ORDERS[order]} "
                "LIMIT ? OFFSET ?",
                [*values, limit, offset],
            )
            return total, [_row(row) for row in rows]

    def read(self, number: int) -> PageDocument:
        """Read a document from its shard.

        RAISES NoDocumentError: there is none of this number. BadInputError: the shard has changed.
        """
        with open_database(self._path) as base:
            row = base.execute(
                "SELECT shard, position FROM documents WHERE number = ?", (number,)
            ).fetchone()
        if row is None:
            raise NoDocumentError
        path = self._folder / "documents" / row[0]
        try:
            return page_of(Annotation.model_validate(_read_at(path, row[1])))
        except DAMAGE as error:
            raise BadInputError(row[0], "has changed since it was indexed; search again") from error

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
            self.failure = None
        except BadInputError as error:
            self.failure = str(error)

    def _replace(self, name: str, path: Path | None, stamp: str | None) -> None:
        """Index one shard in place of what is known of it, in one transaction.

        RAISES BadInputError: it is damaged; what was known of it stays.
        """
        with open_database(self._path) as base:
            base.execute("BEGIN IMMEDIATE")
            old = "(SELECT number FROM documents WHERE shard = ?)"
            base.execute(f"DELETE FROM names WHERE rowid IN {old}", (name,))
            base.execute("DELETE FROM documents WHERE shard = ?", (name,))
            base.execute("DELETE FROM shards WHERE name = ?", (name,))
            if path is not None:
                try:
                    for position, row in _rows(path):
                        _insert(base, name, position, Annotation.model_validate(row))
                except DAMAGE as error:
                    base.execute("ROLLBACK")
                    reason = f"cannot be indexed: {_reason(error)}"
                    raise BadInputError(str(path), reason) from error
                base.execute("INSERT INTO shards VALUES (?, ?)", (name, stamp))
            base.execute("COMMIT")


def _insert(base: sqlite3.Connection, shard: str, position: int, annotation: Annotation) -> None:
    least = min(flat_triples(annotation), key=lambda row: float(row["score"]), default=None)
    titles = [article.title for article in annotation.articles if article.title]
    cursor = base.execute(
        "INSERT INTO documents (shard, position, source, title, issue_date, newspaper, triples, "
        "score, least) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            shard,
            position,
            annotation.source,
            (" / ".join(titles) or " ".join(annotation.text[:100].split()))[:TITLE],
            annotation.meta.issue_date,
            annotation.meta.newspaper,
            len(annotation.triples),
            None if least is None else least["score"],
            None if least is None else orjson.dumps([least[k] for k in ENDS]).decode(),
        ),
    )
    names: dict[str, set[str]] = {label: set() for label in FIELDS.values()}
    for entity in annotation.entities:
        names[entity.label].update((entity.name, entity.text))
    for triple in annotation.triples:
        names["ORG"].update(filter(None, (triple.qualifiers.org,)))
    columns = [" | ".join(sorted(map(_spaced, names[label]))) for label in FIELDS.values()]
    base.execute(
        "INSERT INTO names (rowid, person, post, organisation, place, programme) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (cursor.lastrowid, *columns),
    )


def _row(columns: tuple[Any, ...]) -> ResultRow:
    row = dict(zip(ResultRow.model_fields, columns, strict=True))
    if row["least"] is not None:
        row["least"] = orjson.loads(row["least"])
    return ResultRow.model_validate(row)


def _spaced(text: str) -> str:
    """Each letter or digit as a word of its own: names of two characters must be found too."""
    return " ".join(char for char in text if char.isalnum())


def _match(query: str, field: str) -> str:
    """The query in FTS5's language; everything a user types is inside quotation marks."""
    words = filter(None, map(_spaced, query.split()))
    column = f"{field} : " if field in FIELDS else ""
    return " AND ".join(f'{column}"{word}"' for word in words)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Documents of a shard, each with where it stands: a byte of the file, or a row."""
    if path.suffix == ".parquet":
        from pyarrow.parquet import ParquetFile

        number = 0
        with ParquetFile(path) as table:
            for batch in table.iter_batches(batch_size=64):
                for row in batch.to_pylist():
                    yield number, _plain(row)
                    number += 1
        return
    position = 0
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                yield position, orjson.loads(line)
            position += len(line)


def _read_at(path: Path, position: int) -> dict[str, Any]:
    if path.suffix == ".parquet":
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as table:
            for group in range(table.num_row_groups):
                size = table.metadata.row_group(group).num_rows
                if position < size:
                    return _plain(table.read_row_group(group).slice(position, 1).to_pylist()[0])
                position -= size
        raise IndexError(position)
    with path.open("rb") as lines:
        lines.seek(position)
        row: dict[str, Any] = orjson.loads(lines.readline())
        return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(row.get("meta"), str):
        raise ValueError("a row has no 'meta': it is no table that `renzhi annotate` wrote")
    return {**row, "meta": orjson.loads(row["meta"])}


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return misfit(error.errors(include_url=False, include_input=False)[0])
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return next(iter(str(error).strip().splitlines()), "") or type(error).__name__
