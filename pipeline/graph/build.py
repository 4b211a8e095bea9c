"""`renzhi graph build`: documents into the ledger, identity, tenures, then the RDF.

Everything up to the RDF is one transaction: a malformed line leaves the store as it was. The RDF
follows from the ledger, and what is still to be written there is noted in it, so that a build
that was killed is finished by the next.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.graph.derive import derive
from pipeline.graph.judgements import JudgementLog, open_log
from pipeline.graph.people import Changes, assign_keys, assign_people
from pipeline.graph.reading import DocumentRows, document_key, read_annotation
from pipeline.graph.records import document_files, read_documents
from pipeline.graph.state import INDEXES, StorePaths, create, locked, make_folder, one_line
from pipeline.graph.store import rewrite, update

__all__ = ["BuildReport", "build"]

FEW = 0.3  # share of documents beyond which the RDF is written anew as a whole


@dataclass
class BuildReport:
    """What a build did; sizes are those of the store after it."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    documents: int = 0
    statements: int = 0
    people: int = 0
    entities: int = 0
    tenures: int = 0
    conflicts: int = 0
    unsure: int = 0


def build(folders: Sequence[Path], store: Path, *, prune: bool = False) -> BuildReport:
    """Bring a store up to date with annotation folders, and with people's judgements.

    folders: what `renzhi annotate -o` wrote; may be empty, to apply judgements only. prune: take
    out the documents that the folders no longer hold.
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
                return _Build(paths, ledger, log).run(files, prune=prune)
            finally:
                log.close()
                ledger.close()


class _Build:
    """One build of one store."""

    def __init__(self, paths: StorePaths, ledger: sqlite3.Connection, log: JudgementLog) -> None:
        self._paths, self._ledger, self._log = paths, ledger, log
        self._report = BuildReport()
        self._blocks: set[str] = set()
        self._documents: set[int] = set()
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
                for statement in INDEXES.strip().split(";"):
                    self._ledger.execute(statement)
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
        for path in files:
            for _, line, annotation in read_documents(path):
                key = document_key(annotation.id)
                digest = hashlib.sha256(line).hexdigest()[:32]
                if known.get(key) == digest:
                    if key not in seen:
                        self._report.unchanged += 1
                    seen.add(key)
                    continue
                rows = read_annotation(annotation)
                if key in known:
                    self._report.replaced += key not in seen
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

    def _insert(self, rows: DocumentRows, digest: str, ids: dict[str, str]) -> None:
        ledger = self._ledger
        doc = ledger.execute(
            "INSERT INTO document VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                rows.key,
                digest,
                _clean(rows.id),
                rows.sha256,
                _clean(rows.source),
                rows.issue_date,
                rows.home_place,
                rows.newspaper,
            ),
        ).lastrowid
        assert doc is not None
        first = self._next_unit()
        ledger.executemany(
            "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    first + at,
                    doc,
                    unit.kind,
                    _clean(unit.key),
                    _clean(unit.name),
                    _clean(unit.local),
                    _clean("\x1f".join(unit.surfaces)),
                    unit.facts,
                    _clean("\x1f".join(unit.company)),
                    ids.get(unit.local) if unit.kind == "person" else None,
                )
                for at, unit in enumerate(rows.units)
            ),
        )
        self._last_unit = first + len(rows.units) - 1
        ledger.executemany(
            "INSERT OR REPLACE INTO statement VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                (
                    doc,
                    _clean(s.id),
                    first + s.head,
                    s.relation,
                    first + s.tail,
                    s.status,
                    s.date,
                    s.start,
                    s.end,
                    s.seen,
                    s.raw_start,
                    s.raw_end,
                    _clean(s.exact),
                    _clean(s.prefix),
                    _clean(s.suffix),
                    _clean(s.rule),
                    s.score,
                )
                for s in rows.statements
            ),
        )
        self._documents.add(doc)
        self._blocks.update(_clean(unit.key) for unit in rows.units if unit.kind == "person")

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
        self._documents.discard(doc)
        return ids

    def _change(self, number: int, *, first: bool) -> bool:
        """Identity and what follows from it; gives whether the RDF is to be written as a whole."""
        judged_to = int(self._meta("judged", "0"))
        judged = self._log.human_blocks(judged_to)
        self._blocks.update(block for kind, block in judged if kind == "person")
        whole = first or self._meta("building", "") == "all"
        changes = [
            assign_keys(self._ledger, self._log, judged),
            assign_people(self._ledger, self._log, None if first else self._blocks, number),
        ]
        if not first:
            self._gather(changes)
        whole = whole or len(self._documents) > FEW * max(1, self._count("document"))
        whole = whole or not (self._paths.root / "rdf.json").exists()
        changed = derive(self._ledger, None if whole else self._entities)
        self._set("build", str(number))
        self._set("judged", str(self._log.last_line()))
        if whole:
            self._set("building", "all")
        else:
            self._note("entity", changed | self._entities)
            keys = [
                row[0]
                for doc in sorted(self._documents)
                for row in self._ledger.execute("SELECT key FROM document WHERE doc = ?", (doc,))
            ]
            self._note("document", [*keys, *self._gone])
        return whole

    def _gather(self, changes: Iterable[Changes]) -> None:
        for doc in list(self._documents):
            rows = self._ledger.execute("SELECT DISTINCT entity FROM unit WHERE doc = ?", (doc,))
            self._entities.update(row[0] for row in rows if row[0])
        for change in changes:
            self._entities |= change.entities
            self._documents |= change.documents

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


def _clean(text: str) -> str:
    """Text that UTF-8 can hold: half a character (a lone surrogate) becomes the mark of it."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
