"""`renzhi graph build`: documents into the ledger, identity, tenures, then the RDF.

Everything up to the RDF is one transaction: a malformed line leaves the store as it was. The RDF
follows from the ledger, and what is still to be written there is noted in it, so that a build
that was killed is finished by the next.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.graph.derive import derive
from pipeline.graph.judgements import JudgementLog, open_log
from pipeline.graph.keys import Changes, assign_keys
from pipeline.graph.people import assign_people
from pipeline.graph.reading import DocumentRows, read_annotation
from pipeline.graph.records import document_files, parse_document, read_lines
from pipeline.graph.state import (
    BLOCK_INDEXES,
    INDEXES,
    StorePaths,
    create,
    locked,
    make_folder,
    one_line,
)
from pipeline.graph.store import rewrite, update
from pipeline.graph.workers import Workers

__all__ = ["BuildReport", "build"]

CHUNK = 1 << 18  # bytes that a process reads at a time
LARGE = 16 << 20  # bytes beyond which processes are worth starting
FEW = 0.3  # share of documents beyond which the RDF is written anew as a whole
NAMED = 3  # repeated ids that a report names


@dataclass
class BuildReport:
    """What a build did; sizes are those of the store after it.

    repeated: documents that took the place of another one of this very run, because both have the
    same id; repeated_ids: the first few of those ids, each with the source of the later document.
    """

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    repeated: int = 0
    documents: int = 0
    statements: int = 0
    people: int = 0
    entities: int = 0
    tenures: int = 0
    conflicts: int = 0
    unsure: int = 0
    repeated_ids: list[str] = field(default_factory=list)

    def warning(self) -> str | None:
        """One line on documents that were lost to their ids; None where none was."""
        if not self.repeated:
            return None
        one = self.repeated == 1
        what = "1 document has" if one else f"{self.repeated:,} documents have"
        names = ", ".join(self.repeated_ids)
        more = ", …" if self.repeated > len(self.repeated_ids) else ""
        return f"{what} the id of another one of this run and replaced it: {names}{more}"


def build(
    folders: Sequence[Path], store: Path, *, prune: bool = False, workers: int = 1
) -> BuildReport:
    """Bring a store up to date with annotation folders, and with people's judgements.

    folders: what `renzhi annotate -o` wrote; may be empty, to apply judgements only. Of two
    documents with one id the later one counts. prune: take out the documents that the folders no
    longer hold. workers: processes that read documents and compare people; the store is the same
    for any number, and small builds start none.
    RAISES BadInputError: a folder or line is no good (the store stays as it was), or the store is
    damaged or being written by another process.
    """
    files = [path for folder in folders for path in document_files(folder)]
    paths = StorePaths(store)
    with one_line(paths):
        make_folder(paths)
        with locked(paths):
            ledger = create(paths)
            log = open_log(paths.judgements, write=True)
            try:
                with Workers(workers if _is_large(files) else 1) as processes:
                    return _Build(paths, ledger, log, processes).run(files, prune=prune)
            finally:
                log.close()
                ledger.close()


def _is_large(files: Iterable[Path]) -> bool:
    """Whether there is enough to read to make up for starting processes."""
    return sum(path.stat().st_size for path in files) > LARGE


Line = tuple[str, bytes, str]  # FILE:LINE, the line, its digest
NOTHING = DocumentRows("", "", "", "", None, None, None, [], [])


def _chunks(files: Iterable[Path]) -> Iterator[list[Line]]:
    """Lines of all files with their digests, some at a time."""
    chunk: list[Line] = []
    size = 0
    for path in files:
        for where, line in read_lines(path):
            chunk.append((where, line, hashlib.sha256(line).hexdigest()[:32]))
            size += len(line)
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
    yield chunk


def _read_chunk(chunk: list[Line]) -> list[DocumentRows]:
    """Rows of some lines. RAISES BadInputError: a line is no document."""
    return [read_annotation(parse_document(where, line)) for where, line, _ in chunk]


class _Build:
    """One build of one store."""

    def __init__(
        self, paths: StorePaths, ledger: sqlite3.Connection, log: JudgementLog, workers: Workers
    ) -> None:
        self._paths, self._ledger, self._log, self._workers = paths, ledger, log, workers
        self._report = BuildReport()
        self._blocks: set[str] = set()
        self._changed: set[int] = set()
        self._entities: set[str] = set()
        self._gone: set[str] = set()

    def run(self, files: Sequence[Path], *, prune: bool) -> BuildReport:
        number = int(self._meta("build", "0")) + 1
        first = self._count("document") == 0
        self._ledger.execute("BEGIN IMMEDIATE")
        try:
            if first:
                self._drop_indexes()
            self._read(files, first=first, prune=prune)
            if first:
                self._index(BLOCK_INDEXES)
            whole = self._change(number, first=first)
            self._ledger.execute("COMMIT")
        except BaseException:
            self._ledger.execute("ROLLBACK")
            raise
        self._write_rdf(whole=whole)
        return self._finish()

    def _read(self, files: Sequence[Path], *, first: bool, prune: bool) -> None:
        known = dict(self._ledger.execute("SELECT key, digest FROM document"))
        seen: set[str] = set()
        for key, digest, rows in self._documents(files, known):
            if known.get(key) == digest:
                self._report.unchanged += key not in seen
            elif key in known:
                if key in seen:
                    self._repeat(rows)
                else:
                    self._report.replaced += 1
                self._replace(rows, digest)
            else:
                self._report.added += 1
                self._insert(rows, digest, {})
            known[key] = digest
            seen.add(key)
        if prune and not first:
            for key in sorted(set(known) - seen):
                self._remove(key)
                self._gone.add(key)
                self._report.removed += 1

    def _repeat(self, rows: DocumentRows) -> None:
        """Note a document whose id another one of this run has."""
        self._report.repeated += 1
        named = f"{rows.id!r} of {' '.join(rows.source.split())}"
        if len(self._report.repeated_ids) < NAMED and named not in self._report.repeated_ids:
            self._report.repeated_ids.append(named)

    def _documents(
        self, files: Sequence[Path], known: Mapping[str, str]
    ) -> Iterator[tuple[str, str, DocumentRows]]:
        """Key, digest and rows in order; no rows of documents that the store holds as they are.

        known: key → digest of what the store holds now; it changes meanwhile.
        """
        stored = {digest: key for key, digest in known.items()}
        held: deque[list[Line]] = deque()

        def tasks() -> Iterator[list[Line]]:
            for chunk in _chunks(files):
                held.append(chunk)
                yield [line for line in chunk if line[2] not in stored]

        for read in self._workers.map(_read_chunk, tasks()):
            fresh = iter(read)
            for line in held.popleft():
                digest = line[2]
                if digest not in stored:
                    rows = next(fresh)
                    yield rows.key, digest, rows
                elif known[key := stored[digest]] == digest:
                    yield key, digest, NOTHING
                else:  # another form of it came before in this very build
                    yield key, digest, _read_chunk([line])[0]

    def _insert(self, rows: DocumentRows, digest: str, ids: dict[str, str]) -> None:
        ledger = self._ledger
        doc = ledger.execute(
            "INSERT INTO document VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
            (rows.key, digest, *rows[1:7]),
        ).lastrowid
        assert doc is not None
        first = self._next_unit()
        ledger.executemany(
            "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (at, doc, *unit) if unit.entity else (at, doc, *unit[:-1], ids.get(unit.local))
                for at, unit in enumerate(rows.units, start=first)
            ],
        )
        self._last_unit = first + len(rows.units) - 1
        ledger.executemany(
            "INSERT INTO statement VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (doc, name, first + head, relation, first + tail, *rest)
                for name, head, relation, tail, *rest in rows.statements
            ],
        )
        self._changed.add(doc)
        self._blocks.update(unit.key for unit in rows.units if unit.kind == "person")

    _last_unit: int | None = None

    def _next_unit(self) -> int:
        if self._last_unit is None:
            row = self._ledger.execute("SELECT max(unit) FROM unit").fetchone()
            self._last_unit = int(row[0] or 0)
        return self._last_unit + 1

    def _replace(self, rows: DocumentRows, digest: str) -> None:
        """Put a document's new rows in place of its old; people it still names keep their ids."""
        ids = self._remove(rows.key)
        self._insert(rows, digest, ids)

    def _remove(self, key: str) -> dict[str, str]:
        ledger = self._ledger
        doc = ledger.execute("SELECT doc FROM document WHERE key = ?", (key,)).fetchone()[0]
        ids = {}
        for kind, block, local, entity in ledger.execute(
            "SELECT kind, key, local, entity FROM unit WHERE doc = ?", (doc,)
        ):
            if entity is not None:
                self._entities.add(entity)
                ids[local] = entity
            if kind == "person":
                self._blocks.add(block)
        for table in ("unit", "statement", "document"):
            ledger.execute(f"DELETE FROM {table} WHERE doc = ?", (doc,))
        self._changed.discard(doc)
        return ids

    def _change(self, number: int, *, first: bool) -> bool:
        """Identity and what follows from it; gives whether the RDF is to be written as a whole."""
        for kind, mention in self._log.human_mentions(int(self._meta("judged", "0"))):
            if kind == "person":
                self._blocks.update(self._block_of(mention))
        whole = first or self._meta("building", "") == "all"
        keyed, owners = assign_keys(self._ledger, self._log)
        blocks = None if first else self._blocks
        people = assign_people(self._ledger, self._log, blocks, number, self._workers)
        changes = [keyed, people]
        if first:
            self._index(INDEXES)
        if not first:
            self._gather(changes)
        whole = whole or len(self._changed) > FEW * max(1, self._count("document"))
        whole = whole or not (self._paths.root / "rdf.json").exists()
        changed = derive(self._ledger, owners, None if whole else self._entities)
        self._set("build", str(number))
        self._set("judged", str(self._log.last_line()))
        if whole:
            self._set("building", "all")
        else:
            self._note("entity", changed | self._entities)
            keys = [
                row[0]
                for doc in sorted(self._changed)
                for row in self._ledger.execute("SELECT key FROM document WHERE doc = ?", (doc,))
            ]
            self._note("document", [*keys, *self._gone])
        return whole

    def _gather(self, changes: Iterable[Changes]) -> None:
        for doc in list(self._changed):
            rows = self._ledger.execute("SELECT DISTINCT entity FROM unit WHERE doc = ?", (doc,))
            self._entities.update(row[0] for row in rows if row[0])
        for change in changes:
            self._entities |= change.entities
            self._changed |= change.documents
        for entity in list(self._entities):
            rows = self._ledger.execute("SELECT id FROM entity WHERE owner = ?", (entity,))
            self._entities.update(row[0] for row in rows)

    def _block_of(self, mention: str) -> list[str]:
        document, _, local = mention.partition("/")
        rows = self._ledger.execute(
            "SELECT unit.key FROM unit JOIN document USING (doc)"
            " WHERE document.key = ? AND local = ?",
            (document, local),
        )
        return [row[0] for row in rows]

    def _note(self, kind: str, keys: Iterable[str]) -> None:
        self._ledger.executemany(
            "INSERT OR IGNORE INTO pending VALUES (?, ?)", ((kind, key) for key in keys)
        )

    def _write_rdf(self, *, whole: bool) -> None:
        ledger = self._ledger
        if whole:
            rewrite(self._paths, ledger)
        else:
            todo: dict[str, list[str]] = {"document": [], "entity": []}
            for kind, key in ledger.execute("SELECT kind, key FROM pending ORDER BY kind, key"):
                todo[kind].append(key)
            if todo["document"] or todo["entity"]:
                update(self._paths, ledger, todo["document"], todo["entity"])
        ledger.execute("BEGIN")
        ledger.execute("DELETE FROM pending")
        ledger.execute("DELETE FROM meta WHERE key = 'building'")
        ledger.execute("COMMIT")

    def _finish(self) -> BuildReport:
        report = self._report
        report.documents = self._count("document")
        report.statements = self._count("statement")
        report.entities = self._count("entity")
        report.tenures = self._count("tenure")
        report.conflicts = self._count("conflict")
        row = self._ledger.execute("SELECT count(*) FROM entity WHERE kind = 'person'").fetchone()
        report.people = int(row[0])
        report.unsure = self._log.count_open()
        return report

    def _index(self, statements: str) -> None:
        for statement in statements.strip().split(";"):
            self._ledger.execute(statement)

    def _drop_indexes(self) -> None:
        for (name,) in self._ledger.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall():
            self._ledger.execute(f"DROP INDEX {name}")

    def _count(self, table: str) -> int:
        return int(self._ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def _meta(self, key: str, default: str) -> str:
        row = self._ledger.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def _set(self, key: str, value: Any) -> None:
        self._ledger.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
