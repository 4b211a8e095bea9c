"""SPARQL over a store, read only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pipeline.errors import ConfigError
from pipeline.graph import model
from pipeline.graph.state import StorePaths, connect, one_line
from pipeline.graph.store import open_rdf, reading_rdf

if TYPE_CHECKING:
    import pyoxigraph as ox

__all__ = ["query_rows", "query_to"]

# Tokens that may hold the word SERVICE without being that keyword, then the keyword itself.
TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*>"""
    r"|\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}"
    r"|\"(?:\\.|[^\"\\\n\r])*\"|'(?:\\.|[^'\\\n\r])*'"
    r"|\#[^\n\r]*"
    r"|[?$@][\w-]*|[\w.-]*:(?:[\w.:%-]|\\.)*"
    r"|(?P<service>\d*service\b)|\w+",
    re.IGNORECASE | re.DOTALL,
)


def query_rows(store: Path, sparql: str) -> tuple[list[str], Iterator[list[str]]]:
    """Column names and rows of a SELECT or ASK query, or subject, predicate, object of another.

    The prefixes of `model.PREFIXES` need not be declared.
    RAISES BadInputError: the store cannot be read, also while the rows are. ConfigError: the query
    is not SPARQL, or asks another service.
    """
    import pyoxigraph as ox

    paths = StorePaths(store)
    connect(paths).close()
    with one_line(paths), open_rdf(paths) as rdf:
        found = _ask(rdf, sparql)
        if isinstance(found, ox.QueryBoolean):
            return ["answer"], iter([[str(bool(found)).lower()]])
        if isinstance(found, ox.QuerySolutions):
            names = [variable.value for variable in found.variables]
            return names, _rows(paths, found)
        triples = ((t.subject, t.predicate, t.object) for t in found)
        return ["subject", "predicate", "object"], _rows(paths, triples)


def _rows(paths: StorePaths, found: Iterable[Iterable[Any]]) -> Iterator[list[str]]:
    """Terms as text. The store is read only now, row by row."""
    with reading_rdf(paths):
        for terms in found:
            yield [_plain(term) for term in terms]


def query_to(store: Path, sparql: str, form: str, out: IO[bytes]) -> None:
    """Write the answer of a query as ``csv`` or ``json`` of the SPARQL results formats.

    The answer of CONSTRUCT or DESCRIBE is written as N-Triples whatever the form.
    RAISES as `query_rows`. out: should raise a BadInputError of its own where it cannot be written.
    """
    import pyoxigraph as ox

    paths = StorePaths(store)
    connect(paths).close()
    with one_line(paths), open_rdf(paths) as rdf:
        found = _ask(rdf, sparql)
        if isinstance(found, ox.QueryTriples):
            found.serialize(out, format=ox.RdfFormat.N_TRIPLES)
        else:
            csv_like = form == "csv" and isinstance(found, ox.QuerySolutions)
            kind = ox.QueryResultsFormat.CSV if csv_like else ox.QueryResultsFormat.JSON
            found.serialize(out, format=kind)


def _ask(rdf: ox.Store, sparql: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    if any(token["service"] for token in TOKEN.finditer(sparql)):
        raise ConfigError("SERVICE is not supported: a query asks this store, never the network")
    try:
        return rdf.query(sparql, prefixes=dict(model.PREFIXES))
    except SyntaxError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"not a SPARQL query: {reason}") from error


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(getattr(value, "value", value))
