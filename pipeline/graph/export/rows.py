"""The graph as nodes and edges of a property graph, streamed: what most other programs take.

Nodes are entities, documents and tenures. Edges are statements with their source, the ends of
tenures, and what the model adds: the place of an organisation, the division above a place, the
organisation of a post. Every statement names its document, its characters and its sentence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from pipeline.graph.model import statement_iri
from pipeline.graph.store import STATEMENTS, TENURES

__all__ = ["EDGE_FIELDS", "NODE_FIELDS", "Edge", "Node", "edges", "nodes"]


@dataclass(frozen=True)
class Node:
    """One node. names: other names. documents: how many speak of it.

    start, first, last, end, status: of a tenure. title: of a post. source, date: of a document.
    """

    id: str
    kind: str
    name: str
    names: tuple[str, ...] = ()
    title: str | None = None
    documents: int | None = None
    start: str | None = None
    first: str | None = None
    last: str | None = None
    end: str | None = None
    status: str | None = None
    source: str | None = None
    date: str | None = None


@dataclass(frozen=True)
class Edge:
    """One edge. statement and all behind it: where it is stated; None for edges of the model.

    raw_start, raw_end: characters of the raw document.
    """

    start: str
    relation: str
    end: str
    statement: str | None = None
    status: str | None = None
    date: str | None = None
    since: str | None = None
    until: str | None = None
    document: str | None = None
    raw_start: int | None = None
    raw_end: int | None = None
    evidence: str | None = None
    sentence: str | None = None
    rule: str | None = None
    score: float | None = None


NODE_FIELDS = tuple(Node.__dataclass_fields__)
EDGE_FIELDS = tuple(Edge.__dataclass_fields__)


def nodes(ledger: sqlite3.Connection) -> Iterator[Node]:
    """All nodes: entities by id, then tenures, then documents."""
    for row in ledger.execute("SELECT * FROM entity ORDER BY id"):
        identifier, kind, _, name, names, facts, _, documents = row
        title = orjson.loads(facts).get("title") if kind == "post" else None
        others = tuple(other for other in names.split("\x1f") if other)
        yield Node(identifier, kind, name, others, title, documents)
    query = (
        "SELECT tenure.id, start, first, last, end, status, person.name, post.name FROM tenure"
        " JOIN entity AS person ON person.id = person JOIN entity AS post ON post.id = post"
        " ORDER BY tenure.id"
    )
    for identifier, start, first, last, end, status, person, post in ledger.execute(query):
        yield Node(
            identifier,
            "tenure",
            f"{person} {post}",
            start=start,
            first=first,
            last=last,
            end=end,
            status=status,
        )
    query = "SELECT key, id, source, issue_date FROM document ORDER BY key"
    for key, identifier, source, date in ledger.execute(query):
        yield Node(f"D{key}", "document", identifier, source=source, date=date)


def edges(ledger: sqlite3.Connection) -> Iterator[Edge]:
    """All edges: statements by document, then those of the model."""
    query = f"{STATEMENTS} ORDER BY statement.doc, statement.id"
    for row in ledger.execute(query):
        key, identifier, head, relation, tail, date, since, until, status = row[:9]
        yield Edge(
            head,
            relation,
            tail,
            statement_iri(key, identifier),
            status,
            date,
            since,
            until,
            f"D{key}",
            row[9],
            row[10],
            row[11],
            f"{row[12]}{row[11]}{row[13]}",
            row[14],
            row[15],
        )
    for row in ledger.execute(f"{TENURES} ORDER BY tenure.id"):
        identifier, person, post, sources = row[0], row[1], row[2], row[9]
        yield Edge(person, "has_tenure", identifier)
        yield Edge(identifier, "tenure_of", post)
        documents = {source.partition("/")[0] for source in orjson.loads(sources)}
        for document in sorted(documents):
            yield Edge(identifier, "stated_in", f"D{document}")
    belongs = {"post": "post_in", "organisation": "named_after", "place": "lies_in"}
    for kind, relation in belongs.items():
        query = "SELECT id, owner FROM entity WHERE kind = ? AND owner IS NOT NULL ORDER BY id"
        for identifier, owner in ledger.execute(query, (kind,)):
            yield Edge(identifier, relation, owner)
