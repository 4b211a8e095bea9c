"""The graph in other programs' forms; each is written as a stream, whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from pipeline.graph.state import StorePaths, connect, one_line

__all__ = ["Target", "export"]


class Target(StrEnum):
    """What `renzhi graph export --to` can write."""

    TURTLE = "turtle"
    NQUADS = "nquads"
    JSONLD = "jsonld"
    NEO4J = "neo4j"
    CYPHER = "cypher"
    GRAPHML = "graphml"
    PARQUET = "parquet"
    FTM = "ftm"


def export(store: Path, target: Target, output: Path, *, triple_terms: bool = False) -> None:
    """Write a store in another form: one file, or a folder for Neo4j and Parquet.

    triple_terms: in Turtle and N-Quads, also say with RDF 1.2 triple terms which edge every
    statement is about.
    RAISES BadInputError: the store cannot be read or the output cannot be written. ConfigError:
    triple terms are asked of a form that has none.
    """
    from pipeline.errors import ConfigError

    if triple_terms and target not in {Target.TURTLE, Target.NQUADS}:
        raise ConfigError(f"--triple-terms: {target} has none; they are of turtle and nquads")
    paths = StorePaths(store)
    with one_line(paths):
        ledger = connect(paths)
        try:
            _writer(target, triple_terms)(ledger, output)
        finally:
            ledger.close()


Writer = Callable[[sqlite3.Connection, Path], None]


def _writer(target: Target, triple_terms: bool) -> Writer:
    """The function of a form; its module is loaded only when it is asked for."""
    from functools import partial

    if target in {Target.TURTLE, Target.NQUADS, Target.JSONLD}:
        from pipeline.graph.export import rdf

        writers: dict[Target, Writer] = {
            Target.TURTLE: partial(rdf.write_turtle, triple_terms=triple_terms),
            Target.NQUADS: partial(rdf.write_nquads, triple_terms=triple_terms),
            Target.JSONLD: rdf.write_jsonld,
        }
        return writers[target]
    if target in {Target.NEO4J, Target.CYPHER}:
        from pipeline.graph.export.neo4j import write_csv, write_cypher

        return write_csv if target is Target.NEO4J else write_cypher
    if target is Target.GRAPHML:
        from pipeline.graph.export.graphml import write_graphml

        return write_graphml
    if target is Target.PARQUET:
        from pipeline.graph.export.tables import write_parquet

        return write_parquet
    from pipeline.graph.export.ftm import write_ftm

    return write_ftm
