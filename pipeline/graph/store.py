"""The Oxigraph side of a store: written from the ledger, opened for questions."""

from __future__ import annotations

import shutil
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pipeline.errors import BadInputError
from pipeline.graph import model
from pipeline.graph.state import StorePaths

if TYPE_CHECKING:
    import pyoxigraph as ox

__all__ = ["graph_parts", "open_rdf", "reading_rdf", "rewrite", "update"]

LOADERS = 2  # threads that load; more only wait for the one that makes the pieces
PIECE = 16 << 20  # characters loaded at a time
STATEMENTS = """
SELECT document.key, statement.id, head.entity, statement.relation, tail.entity, statement.date,
       statement.start, statement.end, statement.status, statement.raw_start, statement.raw_end,
       statement.exact, statement.prefix, statement.suffix, statement.rule, statement.score
FROM statement JOIN document ON document.doc = statement.doc
JOIN unit AS head ON head.unit = statement.head JOIN unit AS tail ON tail.unit = statement.tail
"""
DOCUMENTS = "SELECT key, id, sha256, source, issue_date, home_place, newspaper FROM document"
EDGES = """
SELECT DISTINCT head.entity, statement.relation, tail.entity FROM statement
JOIN unit AS head ON head.unit = statement.head JOIN unit AS tail ON tail.unit = statement.tail
"""
TENURES = """
SELECT tenure.*, entity.kind, entity.owner FROM tenure JOIN entity ON entity.id = tenure.post
"""


def graph_parts(ledger: sqlite3.Connection) -> Iterator[str]:
    """The whole graph as N-Triples, piece by piece, in an order that is always the same."""
    for row in ledger.execute(f"{DOCUMENTS} ORDER BY key"):
        yield model.document_lines(row)
    for row in ledger.execute(f"{STATEMENTS} ORDER BY statement.doc, statement.id"):
        yield model.statement_lines(row[0], row[1:])
    edges = _Edges(ledger.execute(f"{EDGES} ORDER BY head.entity, statement.relation, tail.entity"))
    for row in ledger.execute("SELECT * FROM entity ORDER BY id"):
        yield model.entity_lines(row, edges.of(row[0]))
    for row in ledger.execute(f"{TENURES} ORDER BY tenure.id"):
        yield model.tenure_lines(row[:-2], *row[-2:])
    for row in ledger.execute("SELECT * FROM conflict ORDER BY id"):
        yield model.conflict_lines(row)


class _Edges:
    """Walks sorted edges beside sorted entities."""

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._groups = groupby(rows, key=lambda row: row[0])
        self._next = next(self._groups, None)

    def of(self, entity: str) -> list[tuple[str, str]]:
        while self._next is not None and self._next[0] < entity:
            self._next = next(self._groups, None)
        if self._next is None or self._next[0] != entity:
            return []
        found = [(relation, tail) for _, relation, tail in self._next[1]]
        self._next = next(self._groups, None)
        return found


def rewrite(paths: StorePaths, ledger: sqlite3.Connection) -> None:
    """Write the RDF of the whole ledger beside the old one, then put it in its place."""
    fresh = paths.root / "rdf.new"
    shutil.rmtree(fresh, ignore_errors=True)
    _load_all(fresh, ledger)
    old = paths.root / "rdf.old"
    shutil.rmtree(old, ignore_errors=True)
    if paths.rdf.exists():
        paths.rdf.rename(old)
    fresh.rename(paths.rdf)
    shutil.rmtree(old, ignore_errors=True)
    _seal(paths)


def _load_all(folder: Path, ledger: sqlite3.Connection) -> None:
    """Make a store of the whole graph; it is closed when this returns."""
    import pyoxigraph as ox

    store = ox.Store(folder)
    with ThreadPoolExecutor(max_workers=LOADERS) as loader:  # the next piece is made meanwhile
        loading: deque[Future[None]] = deque()
        for piece in model.iter_lines(graph_parts(ledger), PIECE):
            if len(loading) >= LOADERS:
                loading.popleft().result()
            loading.append(loader.submit(_load, store, piece))
        for last in loading:
            last.result()
    store.flush()


def _load(store: ox.Store, piece: bytes) -> None:
    import pyoxigraph as ox

    store.bulk_load(piece, format=ox.RdfFormat.N_TRIPLES, lenient=True)


def update(
    paths: StorePaths,
    ledger: sqlite3.Connection,
    documents: Sequence[str],
    entities: Sequence[str],
) -> None:
    """Write documents and entities anew in the RDF, and take those out that are gone.

    Doing it again does no harm, so that an interrupted update is mended by the next one.
    """
    _apply(paths, ledger, documents, entities)
    _seal(paths)  # only now that the store is closed do its files stay as they are


def _apply(
    paths: StorePaths,
    ledger: sqlite3.Connection,
    documents: Sequence[str],
    entities: Sequence[str],
) -> None:
    import pyoxigraph as ox

    with open_rdf(paths, write=True) as store:
        for key in documents:
            _remove_document(store, key)
        for identifier in entities:
            _remove_entity(store, identifier)
        for piece in model.iter_lines(_parts_of(ledger, documents, entities)):
            store.load(piece, format=ox.RdfFormat.N_TRIPLES)
        store.flush()


def _parts_of(
    ledger: sqlite3.Connection, documents: Sequence[str], entities: Sequence[str]
) -> Iterator[str]:
    for key in documents:
        for row in ledger.execute(f"{DOCUMENTS} WHERE key = ?", (key,)):
            yield model.document_lines(row)
        for row in ledger.execute(f"{STATEMENTS} WHERE document.key = ?", (key,)):
            yield model.statement_lines(row[0], row[1:])
    for identifier in entities:
        here = (identifier,)
        found = ledger.execute("SELECT * FROM entity WHERE id = ?", here).fetchone()
        if found is not None:
            edges = ledger.execute(f"{EDGES} WHERE head.entity = ? ORDER BY 2, 3", here)
            yield model.entity_lines(found, [row[1:] for row in edges])
        for row in ledger.execute(f"{TENURES} WHERE tenure.person = ?", here):
            yield model.tenure_lines(row[:-2], *row[-2:])
        for row in ledger.execute("SELECT * FROM conflict WHERE entity = ?", here):
            yield model.conflict_lines(row)


def _remove_document(store: ox.Store, key: str) -> None:
    import pyoxigraph as ox

    document = ox.NamedNode(model.document_iri(key))
    derived = ox.NamedNode(f"{model.PREFIXES['prov']}wasDerivedFrom")
    for quad in list(store.quads_for_pattern(None, derived, document)):
        name = str(quad.subject)[1:-1]
        for part in ("", ":target", ":position", ":quote"):
            _remove_subject(store, ox.NamedNode(name + part))
    _remove_subject(store, document)


def _remove_entity(store: ox.Store, identifier: str) -> None:
    import pyoxigraph as ox

    entity = ox.NamedNode(model.entity_iri(identifier))
    member = ox.NamedNode(f"{model.PREFIXES['org']}member")
    about = ox.NamedNode(f"{model.PREFIXES['rz']}about")
    for quad in list(store.quads_for_pattern(None, member, entity)):
        name = str(quad.subject)[1:-1]
        for part in ("", ":interval", ":beginning", ":end"):
            _remove_subject(store, ox.NamedNode(name + part))
    for quad in list(store.quads_for_pattern(None, about, entity)):
        _remove_subject(store, quad.subject)
    _remove_subject(store, entity)


def _remove_subject(store: ox.Store, subject: Any) -> None:
    for quad in list(store.quads_for_pattern(subject, None, None)):
        store.remove(quad)


def _tables(paths: StorePaths) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(paths.rdf.glob("*.sst"))}


def _seal(paths: StorePaths) -> None:
    """Write down the sizes of the tables, so that a file cut short is named when it is opened."""
    from pipeline.files import write_whole

    with write_whole(paths.root / "rdf.json") as out:
        out.write(orjson.dumps(_tables(paths)))


@contextmanager
def open_rdf(paths: StorePaths, *, write: bool = False) -> Iterator[ox.Store]:
    """Open the Oxigraph store for a block.

    RAISES BadInputError: it is missing or damaged, or another program has it open for writing.
    """
    import pyoxigraph as ox

    _check_tables(paths)
    with reading_rdf(paths):
        yield ox.Store(paths.rdf) if write else ox.Store.read_only(str(paths.rdf))


@contextmanager
def reading_rdf(paths: StorePaths) -> Iterator[None]:
    """Turn what Oxigraph says of damaged files into one line.

    An output that cannot be written, or whose reader has gone, is no fault of theirs.
    RAISES BadInputError: the store is damaged, or another program has it open for writing.
    """
    try:
        yield
    except (BadInputError, BrokenPipeError):
        raise
    except OSError as error:
        first = str(error).splitlines()[0] if str(error) else "unreadable"
        if "lock" in first.lower():
            raise BadInputError(str(paths.rdf), "is open in another program") from error
        reason = f"is damaged ({first}); build the store again in a new folder"
        raise BadInputError(str(paths.rdf), reason) from error


def _check_tables(paths: StorePaths) -> None:
    try:
        sealed = orjson.loads((paths.root / "rdf.json").read_bytes())
        found = _tables(paths)
    except (OSError, orjson.JSONDecodeError) as error:
        reason = "is missing or damaged; build the store again in a new folder"
        raise BadInputError(str(paths.rdf), reason) from error
    if not paths.rdf.is_dir() or not (paths.rdf / "CURRENT").is_file():
        raise BadInputError(str(paths.rdf), "is missing; build the store again in a new folder")
    for name, size in sealed.items():
        if found.get(name, 0) < size:
            what = "is missing" if name not in found else "is cut short"
            raise BadInputError(
                str(Path(paths.rdf) / name), f"{what}; build the store again in a new folder"
            )
