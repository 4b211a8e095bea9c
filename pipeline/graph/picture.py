"""One offline HTML page around somebody: people, posts, organisations, and a line of time.

A click on an edge or a tenure shows the sentences that state it, with their documents.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.graph.questions import people_named, sources_of
from pipeline.graph.state import StorePaths, connect, one_line
from pipeline.graph.times import first_day, last_day
from pipeline.output.html import script_json
from pipeline.vendor import cytoscape

__all__ = ["show", "surroundings"]

MOST = 150  # entities on a page; what is nearer comes first


def show(store: Path, around: str, output: Path, *, steps: int = 2) -> int:
    """Write the page around a person, organisation, post or place; gives its number of entities.

    around: a name or an id. steps: how many edges away from it.
    RAISES BadInputError: the store cannot be read, nothing has that name, or the file cannot be
    written.
    """
    paths = StorePaths(store)
    with one_line(paths):
        ledger = connect(paths)
        try:
            picture = surroundings(ledger, around, steps)
        finally:
            ledger.close()
    environment = Environment(
        loader=PackageLoader("pipeline.graph"), autoescape=True, trim_blocks=True
    )
    page = environment.get_template("picture.html.j2").render(
        title=around,
        data=Markup(script_json(picture)),
        cytoscape=Markup(cytoscape().replace("</script", "<\\/script")),
    )
    with write_whole(output) as out:
        out.write(page.encode("utf-8", "replace"))
    return len(picture["nodes"])


def surroundings(ledger: sqlite3.Connection, around: str, steps: int) -> dict[str, Any]:
    """Nodes, edges and tenures around an entity as plain data. RAISES BadInputError: as `show`."""
    centre = _centre(ledger, around)
    chosen: dict[str, int] = dict.fromkeys(centre, 0)
    edges: dict[tuple[str, str, str], list[str]] = {}
    border = list(centre)
    for step in range(1, steps + 1):
        following = []
        for identifier in border:
            for head, relation, tail, source in _edges(ledger, identifier):
                other = tail if head == identifier else head
                if other not in chosen:
                    if len(chosen) >= MOST:
                        continue
                    chosen[other] = step
                    following.append(other)
                edges.setdefault((head, relation, tail), []).append(source)
        border = following
    nodes = []
    for identifier, distance in chosen.items():
        row = ledger.execute(
            "SELECT kind, name, names FROM entity WHERE id = ?", (identifier,)
        ).fetchone()
        if row is not None:
            nodes.append({
                "id": identifier,
                "kind": row[0],
                "name": row[1],
                "names": [name for name in row[2].split("\x1f") if name][:8],
                "distance": distance,
            })
    there = {node["id"] for node in nodes}
    return {
        "nodes": nodes,
        "edges": [
            {
                "source": head,
                "relation": relation,
                "target": tail,
                "said": _said(ledger, sorted(set(sources))),
            }
            for (head, relation, tail), sources in sorted(edges.items())
            if head in there and tail in there
        ],
        "tenures": _tenures(ledger, [node["id"] for node in nodes if node["kind"] == "person"]),
    }


def _centre(ledger: sqlite3.Connection, around: str) -> list[str]:
    people = [identifier for identifier, _ in people_named(ledger, around)]
    if people:
        return people[:8]
    rows = ledger.execute(
        "SELECT id FROM entity WHERE id = ?1 OR name = ?1 ORDER BY documents DESC, id LIMIT 8",
        (around,),
    ).fetchall()
    if not rows:
        raise BadInputError(around, "is no name or id in this graph")
    return [row[0] for row in rows]


def _edges(ledger: sqlite3.Connection, identifier: str) -> list[tuple[str, str, str, str]]:
    stated = ledger.execute(
        "SELECT head.entity, relation, tail.entity, document.key || '/' || statement.id"
        " FROM unit AS mine JOIN statement ON statement.head = mine.unit"
        " OR statement.tail = mine.unit JOIN unit AS head ON head.unit = statement.head"
        " JOIN unit AS tail ON tail.unit = statement.tail"
        " JOIN document ON document.doc = statement.doc WHERE mine.entity = ?"
        " ORDER BY 1, 2, 3, 4 LIMIT 2000",
        (identifier,),
    ).fetchall()
    owned = ledger.execute(
        "SELECT id, 'post_of', owner, '' FROM entity WHERE kind = 'post' AND id = ?", (identifier,)
    ).fetchall()
    return [*stated, *owned]


def _said(ledger: sqlite3.Connection, keys: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "source": source.source,
            "date": source.date,
            "start": source.start,
            "end": source.end,
            "sentence": source.sentence,
            "exact": source.exact,
            "score": source.score,
        }
        for source in sources_of(ledger, [key for key in keys if key], 20)
    ]


def _tenures(ledger: sqlite3.Connection, people: list[str]) -> list[dict[str, Any]]:
    found = []
    for person in people:
        for row in ledger.execute(
            "SELECT start, first, last, end, ended_by, status, sources, entity.name FROM tenure"
            " JOIN entity ON entity.id = post WHERE person = ? ORDER BY tenure.id",
            (person,),
        ).fetchall():
            start, first, last, end, ended_by, status, sources, post = row
            days = [
                day
                for text in (start, first, last, end, ended_by)
                if text
                for day in (first_day(text), last_day(text))
                if day is not None
            ]
            found.append({
                "person": person,
                "post": post,
                "since": start or (f"~{first}" if first else ""),
                "until": end or (f"<{ended_by}" if ended_by else f"~{last}" if last else ""),
                "status": status,
                "from": min(days, default=None),
                "to": max(days, default=None),
                "said": _said(ledger, orjson.loads(sources)),
            })
    return found
