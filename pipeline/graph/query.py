"""SPARQL over a store, read only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.graph import model
from pipeline.graph.state import StorePaths, connect, one_line
from pipeline.graph.store import open_rdf

if TYPE_CHECKING:
    import pyoxigraph as ox

__all__ = ["query_rows", "query_to"]


def query_rows(store: Path, sparql: str) -> tuple[list[str], Iterator[list[str]]]:
    """Column names and rows of a SELECT or ASK query, or subject, predicate, object of another.

    The prefixes of `model.PREFIXES` need not be declared.
    RAISES BadInputError: the store cannot be read. ConfigError: the query is not SPARQL.
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
            return names, ([_plain(value) for value in solution] for solution in found)
        triples = ([_plain(t.subject), _plain(t.predicate), _plain(t.object)] for t in found)
        return ["subject", "predicate", "object"], triples


def query_to(store: Path, sparql: str, form: str, out: IO[bytes]) -> None:
    """Write the answer of a query as ``csv`` or ``json`` of the SPARQL results formats.

    The answer of CONSTRUCT or DESCRIBE is written as N-Triples whatever the form.
    RAISES as `query_rows`.
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
    try:
        return rdf.query(sparql, prefixes=dict(model.PREFIXES))
    except SyntaxError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"not a SPARQL query: {reason}") from error


def _plain(value: object) -> str:
    if value is None:
        return ""
    return str(getattr(value, "value", value))
