"""Entities, tenures and contradictions, derived from units and statements by SQL and merging."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import orjson

from pipeline.graph.ids import entity_id, tenure_id
from pipeline.graph.keys import Owners
from pipeline.graph.names import is_single
from pipeline.graph.tenures import Observation, Overlap, Tenure, by_pair, merge, overlaps
from pipeline.graph.times import first_day, last_day

__all__ = ["derive"]

BATCH = 20000


def derive(ledger: sqlite3.Connection, owners: Owners, entities: Iterable[str] | None) -> set[str]:
    """Write entities, tenures and contradictions anew: of some entities, or all where None.

    owners: what organisations and places go by, which posts and others belong to.

    RETURN the entities that have changed: those given and the posts and people of their tenures.
    """
    if entities is None:
        for table in ("entity", "tenure", "conflict"):
            ledger.execute(f"DELETE FROM {table}")
        _write_entities(ledger, owners, None)
        _write_tenures(ledger, None)
        _write_conflicts(ledger, None)
        return set()
    wanted = _with_neighbours(ledger, set(entities))
    ledger.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (id TEXT PRIMARY KEY) WITHOUT ROWID")
    ledger.execute("DELETE FROM wanted")
    ledger.executemany("INSERT INTO wanted VALUES (?)", ((item,) for item in wanted))
    ledger.execute("DELETE FROM entity WHERE id IN (SELECT id FROM wanted)")
    ledger.execute("DELETE FROM tenure WHERE person IN (SELECT id FROM wanted)")
    ledger.execute("DELETE FROM conflict WHERE entity IN (SELECT id FROM wanted)")
    query = "SELECT post FROM tenure WHERE person IN (SELECT id FROM wanted)"
    _write_entities(ledger, owners, "wanted")
    _write_tenures(ledger, "wanted")
    posts = {row[0] for row in ledger.execute(query)} - wanted
    ledger.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((post,) for post in posts))
    ledger.execute("DELETE FROM conflict WHERE entity IN (SELECT id FROM wanted)")
    _write_conflicts(ledger, "wanted")
    return wanted


def _with_neighbours(ledger: sqlite3.Connection, entities: set[str]) -> set[str]:
    """The people of changed posts and the posts of changed people, as they were before."""
    found = set(entities)
    for entity in entities:
        found.update(
            row[0]
            for row in ledger.execute(
                "SELECT post FROM tenure WHERE person = ? UNION"
                " SELECT person FROM tenure WHERE post = ?",
                (entity, entity),
            )
        )
    return found


def _write_entities(ledger: sqlite3.Connection, owners: Owners, only: str | None) -> None:
    where = f" AND entity IN (SELECT id FROM {only})" if only else ""
    rows = ledger.execute(
        "SELECT entity, kind, key, name, surfaces, facts, doc FROM unit"
        f" WHERE entity IS NOT NULL{where} ORDER BY entity, unit"
    )
    places: dict[str, tuple[str, ...]] = {}
    batch: list[tuple[Any, ...]] = []
    insert = "INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    for identifier, group in groupby(rows, key=lambda row: str(row[0])):
        batch.append(_entity_row(identifier, group, places, owners))
        if len(batch) >= BATCH:
            ledger.executemany(insert, batch)
            batch = []
    ledger.executemany(insert, batch)
    ledger.executemany(insert.replace("REPLACE", "IGNORE"), _places_above(places))


def _entity_row(
    identifier: str,
    group: Iterator[tuple[Any, ...]],
    places: dict[str, tuple[str, ...]],
    owners: Owners,
) -> tuple[Any, ...]:
    names: Counter[str] = Counter()
    written: set[str] = set()
    documents = set()
    kind = key = facts_text = ""
    where = 0
    for _, kind, key_, name, surfaces, facts_text_, doc in group:  # noqa: B007
        if not key or key_ < key:
            key, facts_text, where = key_, facts_text_, doc
        names[name] += 1
        written.add(surfaces)
        documents.add(doc)
    facts: dict[str, Any] = orjson.loads(facts_text) if facts_text and kind != "person" else {}
    best = min(names, key=lambda name: (-names[name], -len(name), name))
    others = {name for text in written for name in text.split("\x1f")}.union(names) - {"", best}
    owner = None
    if kind == "post":
        facts = {"title": facts["title"], "org": facts["org"]}
        owner = owners.id("organisation", where, facts["org"])
    elif kind == "organisation" and facts.get("place"):
        owner = owners.id("place", where, facts["place"])
        places[facts["place"]] = tuple(facts["place"].split("|"))
    elif kind == "place" and facts.get("above"):
        owner = owners.id("place", where, "|".join(facts["above"]))
        places["|".join(facts["above"])] = tuple(facts["above"])
    return (
        identifier,
        kind,
        key,
        best,
        "\x1f".join(sorted(others)),
        orjson.dumps(facts).decode(),
        owner,
        len(documents),
    )


def _places_above(places: dict[str, tuple[str, ...]]) -> Iterator[tuple[Any, ...]]:
    """Divisions that no document names but that others lie in."""
    for key in sorted(places):
        chain = places[key]
        for start in range(len(chain)):
            here, above = chain[start:], [part for part in chain[start + 1 :] if part[0] != "?"]
            if here[0].startswith("?"):
                break
            facts = orjson.dumps({"above": above}).decode()
            owner = entity_id("place", "|".join(above)) if above else None
            name = "|".join(here)
            yield (entity_id("place", name), "place", name, here[0], "", facts, owner, 0)


OBSERVATIONS = """
SELECT person.entity, post.entity, document.key || '/' || statement.id, statement.status,
       statement.date, statement.start, statement.end, statement.seen,
       document.issue_date
FROM statement JOIN unit AS person ON person.unit = statement.head
JOIN unit AS post ON post.unit = statement.tail JOIN document ON document.doc = statement.doc
WHERE statement.relation = 'holds_post' AND person.kind = 'person' {where}
ORDER BY person.entity, post.entity, document.key, statement.id
"""


def _write_tenures(ledger: sqlite3.Connection, only: str | None) -> None:
    where = f"AND person.entity IN (SELECT id FROM {only})" if only else ""
    rows = (
        (row[0], row[1], Observation(*row[2:]))
        for row in ledger.execute(OBSERVATIONS.format(where=where))
    )
    batch: list[tuple[Any, ...]] = []
    insert = "INSERT OR REPLACE INTO tenure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    for person, post, observations in by_pair(rows):
        for number, tenure in enumerate(merge(observations), start=1):
            batch.append((
                tenure_id(person, post, number),
                person,
                post,
                tenure.start,
                tenure.first,
                tenure.last,
                tenure.end,
                tenure.ended_by,
                tenure.status,
                orjson.dumps(tenure.sources).decode(),
            ))
        if len(batch) >= BATCH:
            ledger.executemany(insert, batch)
            batch = []
    ledger.executemany(insert, batch)


Row = tuple[str, str, Tenure, str]  # owner, tenure's id, tenure, place or organisation


def _write_conflicts(ledger: sqlite3.Connection, only: str | None) -> None:
    where = f" AND entity.id IN (SELECT id FROM {only})" if only else ""
    insert = "INSERT OR REPLACE INTO conflict VALUES (?, ?, ?, ?, ?)"
    posts = ledger.execute(
        "SELECT tenure.post, tenure.person, tenure.id, start, first, last, end, ended_by, status,"
        " entity.facts FROM tenure JOIN entity ON entity.id = tenure.post"
        f" WHERE entity.kind = 'post'{where} ORDER BY tenure.post, tenure.id"
    )
    for post, group in groupby(posts, key=lambda row: str(row[0])):
        rows = list(group)
        title = orjson.loads(rows[0][9])["title"]
        if len(rows) > 1 and is_single(title):
            ledger.executemany(insert, _held_twice(post, rows))
    people = ledger.execute(
        "SELECT tenure.person, post.owner, tenure.id, start, first, last, end, ended_by, status,"
        " post.facts FROM tenure JOIN entity ON entity.id = tenure.person"
        " JOIN entity AS post ON post.id = tenure.post"
        f" WHERE post.kind = 'post'{where} ORDER BY tenure.person, tenure.id"
    )
    for person, group in groupby(people, key=lambda row: str(row[0])):
        rows = list(group)
        ledger.executemany(insert, _wrong_order(person, rows))
        ledger.executemany(insert, _two_places(person, rows))


def _tenure(row: tuple[Any, ...]) -> Tenure:
    return Tenure(row[3], row[4], row[5], row[6], row[7], row[8])


def _held_twice(post: str, rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, ...]]:
    for overlap in overlaps([(row[1], _tenure(row)) for row in rows]):
        one, other = rows[overlap.one][2], rows[overlap.other][2]
        yield _conflict("two_holders", post, one, other, overlap)


def _two_places(person: str, rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, ...]]:
    chiefs = []
    for row in rows:
        facts = orjson.loads(row[9])
        where = str(facts["org"]).partition("#")[0]
        if where and is_single(facts["title"]):
            chiefs.append((where, row))
    if len(chiefs) < 2:
        return
    for overlap in overlaps([(where, _tenure(row)) for where, row in chiefs]):
        (here, one), (there, other) = chiefs[overlap.one], chiefs[overlap.other]
        if not here.endswith(f"|{there}") and not there.endswith(f"|{here}"):
            yield _conflict("two_places", person, one[2], other[2], overlap)


def _conflict(kind: str, entity: str, one: str, other: str, days: Overlap) -> tuple[str, ...]:
    detail = orjson.dumps({"from": days.first.isoformat(), "to": days.last.isoformat()}).decode()
    tenures = orjson.dumps(sorted((one, other))).decode()
    return (f"C{kind}-{'-'.join(sorted((one, other)))}", kind, entity, tenures, detail)


def _wrong_order(person: str, rows: list[tuple[Any, ...]]) -> Iterator[tuple[str, ...]]:
    """Tenures that end before they begin, or are still held after they have ended."""
    for row in rows:
        tenure = _tenure(row)
        begin = first_day(tenure.start or tenure.first or "")
        finish = last_day(tenure.end or "")
        if begin is not None and finish is not None and finish < begin:
            detail = orjson.dumps({"from": tenure.start or tenure.first, "to": tenure.end}).decode()
            tenures = orjson.dumps([row[2]]).decode()
            yield (f"Cwrong_order-{row[2]}", "wrong_order", person, tenures, detail)
