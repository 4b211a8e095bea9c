"""Neo4j: CSV files for ``neo4j-admin database import full``, and Cypher statements.

The CSV files follow the importer's header rules: ``:ID``, ``:LABEL``, ``:START_ID``, ``:END_ID``,
``:TYPE`` and typed properties; a list is one field with U+001F between its items. Every text is
quoted and its quotes doubled, so that nothing is lost; import with ``--multiline-fields=true
--array-delimiter='U+001F'``, as ``import.sh`` beside the files does.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path

from pipeline.files import write_whole, write_whole_folder
from pipeline.graph.export.rows import EDGE_FIELDS, NODE_FIELDS, Edge, Node, edges, nodes
from pipeline.graph.ids import LETTERS

__all__ = ["EDGE_HEADER", "LABELS", "NODE_HEADER", "write_csv", "write_cypher"]

LABELS = {
    "person": "Person",
    "organisation": "Organization",
    "place": "Place",
    "programme": "Programme",
    "post": "Post",
    "role": "Role",
    "tenure": "Tenure",
    "document": "Document",
}
BY_LETTER = {LETTERS[kind]: label for kind, label in LABELS.items()}
NODE_TYPES = {"names": "string[]", "documents": "int"}
EDGE_TYPES = {"raw_start": "int", "raw_end": "int", "score": "double"}
NODE_PROPERTIES = NODE_FIELDS[2:]
EDGE_PROPERTIES = EDGE_FIELDS[3:]
NODE_HEADER = (
    "id:ID",
    *(f"{name}:{NODE_TYPES.get(name, 'string')}" for name in NODE_PROPERTIES),
    ":LABEL",
)
EDGE_HEADER = (
    ":START_ID",
    ":END_ID",
    *(f"{name}:{EDGE_TYPES.get(name, 'string')}" for name in EDGE_PROPERTIES),
    ":TYPE",
)
COMMAND = """#!/bin/sh
# Loads the files beside this one into a new database; run it where neo4j-admin is.
cd "$(dirname "$0")" &&
neo4j-admin database import full neo4j --overwrite-destination --multiline-fields=true \\
  --array-delimiter='U+001F' --nodes=nodes.csv --relationships=relationships.csv
"""


def write_csv(ledger: sqlite3.Connection, output: Path) -> None:
    """Write nodes.csv, relationships.csv and import.sh into a new folder."""
    with write_whole_folder(output) as folder:
        _write_rows(folder / "nodes.csv", NODE_HEADER, map(_node_row, nodes(ledger)))
        _write_rows(folder / "relationships.csv", EDGE_HEADER, map(_edge_row, edges(ledger)))
        (folder / "import.sh").write_text(COMMAND, encoding="utf-8")


def _write_rows(path: Path, header: Iterable[str], rows: Iterable[list[object]]) -> None:
    with write_whole(path) as out:
        text = TextIOWrapper(out, encoding="utf-8", newline="")
        csv.writer(text, lineterminator="\n").writerow(header)
        csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
        text.flush()
        text.detach()


def _node_row(node: Node) -> list[object]:
    values = [_value(getattr(node, name)) for name in NODE_PROPERTIES]
    return [node.id, *values, LABELS[node.kind]]


def _edge_row(edge: Edge) -> list[object]:
    values = [_value(getattr(edge, name)) for name in EDGE_PROPERTIES]
    return [edge.start, edge.end, *values, edge.relation.upper()]


def _value(value: object) -> object:
    if value is None:
        return ""
    return "\x1f".join(value) if isinstance(value, tuple) else value


def write_cypher(ledger: sqlite3.Connection, output: Path) -> None:
    """Write one file of Cypher statements: a constraint for each label, nodes, relationships."""
    with write_whole(output) as out:
        for label in LABELS.values():
            name = f"renzhi_{label.lower()}"
            rule = f"FOR (n:{label}) REQUIRE n.id IS UNIQUE"
            out.write(f"CREATE CONSTRAINT {name} IF NOT EXISTS {rule};\n".encode())
        for node in nodes(ledger):
            said = _map((name, getattr(node, name)) for name in NODE_PROPERTIES)
            line = f"MERGE (n:{LABELS[node.kind]} {{id: {cypher(node.id)}}}) SET n += {said};\n"
            out.write(line.encode())
        for edge in edges(ledger):
            said = _map((name, getattr(edge, name)) for name in EDGE_PROPERTIES)
            line = (
                f"MATCH (a:{_label(edge.start)} {{id: {cypher(edge.start)}}}),"
                f" (b:{_label(edge.end)} {{id: {cypher(edge.end)}}})"
                f" CREATE (a)-[:{edge.relation.upper()} {said}]->(b);\n"
            )
            out.write(line.encode())


def _label(identifier: str) -> str:
    return BY_LETTER[identifier[0]]


def _map(pairs: Iterable[tuple[str, object]]) -> str:
    known = [f"{name}: {cypher(value)}" for name, value in pairs if value not in {None, ()}]
    return "{" + ", ".join(known) + "}"


def cypher(value: object) -> str:
    """A Cypher literal; in a text everything but plain characters is escaped."""
    if isinstance(value, tuple):
        return "[" + ", ".join(cypher(item) for item in value) + "]"
    if isinstance(value, str):
        return "'" + "".join(map(_character, value)) + "'"
    return repr(value)


def _character(char: str) -> str:
    if char in "'\\":
        return f"\\{char}"
    if ord(char) < 32 or ord(char) in {0x7F, 0x85, 0x2028, 0x2029}:
        return f"\\u{ord(char):04x}"
    return char
