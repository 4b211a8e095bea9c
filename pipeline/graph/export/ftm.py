"""FollowTheMoney entities, one JSON object a line: Person, Organization, Position, Occupancy.

As the followthemoney library and OpenSanctions' tools read them. What FollowTheMoney has no
schema for (programmes, contradictions) is left out; every Occupancy names its documents.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from pipeline.files import write_whole
from pipeline.graph.store import TENURES

__all__ = ["write_ftm"]

ENDED = frozenset({"former", "removed"})


def write_ftm(ledger: sqlite3.Connection, output: Path) -> None:
    """Write one file of entities, as ``ftm`` commands read them."""
    with write_whole(output) as out:
        for entity in _entities(ledger):
            out.write(orjson.dumps(entity) + b"\n")


def _entities(ledger: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    for row in ledger.execute("SELECT * FROM entity ORDER BY id"):
        identifier, kind, _, name, names, facts, owner, _ = row
        aliases = [other for other in names.split("\x1f") if other]
        if kind == "person":
            yield _entity(identifier, "Person", name=[name], alias=aliases)
        elif kind == "organisation":
            yield _entity(identifier, "Organization", name=[name], alias=aliases)
        elif kind in {"post", "role"}:
            title = orjson.loads(facts).get("title")
            shown = {"name": [name], "alias": aliases, "organization": [owner] if owner else []}
            if title and title != name:
                shown["summary"] = [title]
            yield _entity(identifier, "Position", **shown)
    for key, identifier, source, date in ledger.execute(
        "SELECT key, id, source, issue_date FROM document ORDER BY key"
    ):
        known = {"title": [source], "fileName": [source], "publishedAt": [date] if date else []}
        yield _entity(f"D{key}", "Document", name=[identifier], **known)
    for row in ledger.execute(f"{TENURES} ORDER BY tenure.id"):
        yield _occupancy(ledger, row)
    query = (
        "SELECT DISTINCT head.entity, tail.entity, document.key FROM statement"
        " JOIN document USING (doc) JOIN unit AS head ON head.unit = statement.head"
        " JOIN unit AS tail ON tail.unit = statement.tail"
        " WHERE relation = 'affiliated_with' AND head.kind = 'person'"
        " AND tail.kind = 'organisation' ORDER BY 1, 2, 3"
    )
    for person, organisation, document in ledger.execute(query):
        yield _entity(
            f"A{person[1:]}-{organisation[1:]}-{document}",
            "Membership",
            member=[person],
            organization=[organisation],
            proof=[f"D{document}"],
        )


def _occupancy(ledger: sqlite3.Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    identifier, person, post, start, first, last, end, ended_by, status, sources = row[:10]
    keys = orjson.loads(sources)
    sentences = []
    for key in keys[:5]:
        document, _, statement = key.partition("/")
        found = ledger.execute(
            "SELECT prefix || exact || suffix FROM statement JOIN document USING (doc)"
            " WHERE document.key = ? AND statement.id = ?",
            (document, statement),
        ).fetchone()
        sentences += [found[0]] if found else []
    begin = start or first
    over = end or ended_by
    seen = [day for day in (first, last) if day]
    return _entity(
        identifier,
        "Occupancy",
        holder=[person],
        post=[post],
        startDate=[start] if start else [],
        endDate=[over] if over else [],
        date=list(dict.fromkeys(seen)) or ([begin] if begin else []),
        status=["ended" if over or status in ENDED else "unknown"],
        proof=sorted({f"D{key.partition('/')[0]}" for key in keys}),
        description=list(dict.fromkeys(sentences)),
    )


def _entity(identifier: str, schema: str, **properties: list[str]) -> dict[str, Any]:
    """One entity; empty properties are left out, as the library writes them."""
    known = {name: values for name, values in properties.items() if values}
    return {"id": f"renzhi-{identifier}", "schema": schema, "properties": _linked(known)}


LINKS = frozenset({"organization", "holder", "post", "proof", "member"})


def _linked(properties: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name: [f"renzhi-{value}" for value in values] if name in LINKS else values
        for name, values in properties.items()
    }
