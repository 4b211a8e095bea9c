"""Identity on the ledger: every unit gets the id of its entity, and ids stay when data grows.

People are told apart block by block (`pipeline.graph.identity`); for all other kinds the key is
the entity. An id is made once, from the smallest mention of its entity, and written down: later
builds keep it. Where entities are joined the older id stays and the other becomes its alias;
where one falls apart the part with the mention that the id was made from keeps it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson

from pipeline.graph.identity import Decision, Judgement, Profile, Verdict, resolve_block
from pipeline.graph.ids import entity_id
from pipeline.graph.judgements import JudgementLog, LogLine

__all__ = ["Changes", "assign_keys", "assign_people"]

KEYED = ("organisation", "place", "programme", "post", "role")
BATCH = 5000


@dataclass
class Changes:
    """What identity has changed: entities whose units are others now, and documents of those."""

    entities: set[str] = field(default_factory=set)
    documents: set[int] = field(default_factory=set)


@dataclass
class _Gathered:
    """Units of one block with the same facts, while they are read."""

    name: str
    facts: dict[str, Any]
    company: set[str]
    held: dict[str, list[int]]
    days: list[int]
    units: list[tuple[int, str, str | None, int]]


def assign_people(
    ledger: sqlite3.Connection,
    log: JudgementLog,
    blocks: Iterable[str] | None,
    build: int,
) -> Changes:
    """Resolve blocks of people, all of them where ``blocks`` is None, and write ids and the log."""
    verdicts: dict[str, list[LogLine]] = defaultdict(list)
    for line in log.human("person"):
        verdicts[line.block].append(line)
    changes = Changes()
    writer = _IdWriter(ledger, build, changes)
    done: list[tuple[str, str]] = []
    lines: list[LogLine] = []
    for name, rows in _person_blocks(ledger, blocks):
        human = verdicts.get(name, [])
        groups, decisions = _resolve(name, rows, human)
        writer.write(name, groups)
        done.append(("person", name))
        lines.extend(_log_line(name, decision) for decision in decisions)
        if len(done) >= BATCH:
            log.replace_machine(done, lines)
            done, lines = [], []
    log.replace_machine(done, lines)
    writer.flush()
    return changes


def _person_blocks(
    ledger: sqlite3.Connection, blocks: Iterable[str] | None
) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    query = (
        "SELECT unit.key, unit.unit, document.key || '/' || unit.local, unit.facts, unit.company,"
        " unit.entity, unit.doc FROM unit JOIN document USING (doc) WHERE unit.kind = 'person'"
    )
    if blocks is None:
        rows = ledger.execute(f"{query} ORDER BY unit.key")
        for name, found in groupby(rows, key=itemgetter(0)):
            yield name, list(found)
        return
    for name in sorted(blocks):
        found_rows = ledger.execute(f"{query} AND unit.key = ?", (name,)).fetchall()
        if found_rows:
            yield name, found_rows


Member = tuple[int, str, str | None, int]  # unit, mention, the id it had, document


def _resolve(
    name: str, rows: Sequence[tuple[Any, ...]], human: Sequence[LogLine]
) -> tuple[list[list[Member]], list[Decision]]:
    judged = {mention for line in human for mention in (line.left, line.right)}
    gathered: dict[str, _Gathered] = {}
    read = [orjson.loads(row[3]) for row in rows]
    shared = _shared_homes(read)
    for (_, unit, mention, _, company, entity, doc), facts in zip(rows, read, strict=True):
        key = _profile_key(name, facts, mention, judged, shared)
        known = gathered.get(key)
        if known is None:
            known = gathered[key] = _Gathered(mention, facts, set(), {}, [], [])
        known.name = min(known.name, mention)
        known.units.append((unit, mention, entity, doc))
        if company:
            known.company.update(company.split("\x1f"))
        day = facts["day"]
        if day is not None:
            known.days = (
                [min(known.days[0], day), max(known.days[1], day)]
                if known.days
                else [
                    day,
                    day,
                ]
            )
        for place, ordinal in facts["held"]:
            span = known.held.setdefault(place, [ordinal, ordinal])
            span[0], span[1] = min(span[0], ordinal), max(span[1], ordinal)
    profiles = [_profile(item) for item in gathered.values()]
    members = [item.units for item in gathered.values()]
    if len(profiles) == 1:
        return members, []
    verdicts = [Verdict(line.left, line.right, line.judgement) for line in human]
    groups, decisions = resolve_block(name, profiles, verdicts)
    return [[unit for index in group for unit in members[index]] for group in groups], decisions


def _shared_homes(facts: Iterable[Mapping[str, Any]]) -> set[str]:
    """Home places where people of this name are known in organisations with none in common."""
    known: dict[str, list[set[str]]] = defaultdict(list)
    for item in facts:
        if item["orgs"] and item["home"]:
            groups = known[item["home"]]
            touched = [group for group in groups if not group.isdisjoint(item["orgs"])]
            joined = set(item["orgs"]).union(*touched)
            groups[:] = [group for group in groups if group not in touched] + [joined]
    return {home for home, groups in known.items() if len(groups) > 1}


def _profile_key(
    name: str, facts: Mapping[str, Any], mention: str, judged: set[str], shared: set[str]
) -> str:
    """Equal for units that are one person by their facts alone; a mention of its own otherwise.

    shared: home places where a name alone does not say who is meant.
    """
    if mention in judged:
        return mention
    by_home = facts["home"] and (facts["paper"] or len(name) >= 3) and facts["home"] not in shared
    if not facts["orgs"] and not by_home:
        return mention
    return orjson.dumps([
        facts["posts"],
        facts["orgs"],
        facts["titles"],
        facts["home"],
        facts["paper"],
    ]).decode()


def _profile(item: _Gathered) -> Profile:
    facts = item.facts
    return Profile(
        name=item.name,
        posts=frozenset((org, title) for org, title in facts["posts"]),
        organisations=frozenset(facts["orgs"]),
        titles=frozenset(facts["titles"]),
        places=frozenset(facts["places"]),
        held=tuple((place, first, last) for place, (first, last) in sorted(item.held.items())),
        home=facts["home"],
        paper=facts["paper"],
        days=tuple(item.days),
        company=frozenset(item.company),
        size=len(item.units),
    )


def _log_line(name: str, decision: Decision) -> LogLine:
    why = ", ".join(f"{feature} {points:+g}" for feature, points in decision.features)
    return LogLine(
        "person",
        name,
        decision.left,
        decision.right,
        decision.judgement,
        "machine",
        decision.score,
        why,
    )


class _IdWriter:
    """Gives groups their ids and writes what has changed."""

    def __init__(self, ledger: sqlite3.Connection, build: int, changes: Changes) -> None:
        self._ledger, self._build, self._changes = ledger, build, changes
        self._updates: list[tuple[str, int]] = []
        self._new: dict[str, tuple[str, str, str, int]] = {}

    def write(self, name: str, groups: Sequence[Sequence[Member]]) -> None:
        """Give every group of a block an id: the oldest that it may claim, or a new one."""
        had = {old for group in groups for _, _, old, _ in group if old is not None}
        given = {old: self._given(old) for old in had}
        claims = _claims(groups, given)
        for number, group in enumerate(groups):
            mine = sorted(claims.get(number, ()), key=lambda old: (given[old][1], old))
            chosen = mine[0] if mine else self._make(name, min(row[1] for row in group))
            for lost in mine[1:]:
                self._ledger.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (lost, chosen))
                self._ledger.execute("UPDATE alias SET new = ? WHERE new = ?", (chosen, lost))
            for unit, _, old, doc in group:
                if old != chosen:
                    self._updates.append((chosen, unit))
                    self._changes.documents.add(doc)
                    if old is not None:
                        self._changes.entities.add(old)
                    self._changes.entities.add(chosen)
        if len(self._updates) >= BATCH:
            self.flush()

    def flush(self) -> None:
        self._ledger.executemany("UPDATE unit SET entity = ? WHERE unit = ?", self._updates)
        self._ledger.executemany("INSERT INTO given VALUES (?, ?, ?, ?)", self._new.values())
        self._updates.clear()
        self._new.clear()

    def _given(self, identifier: str) -> tuple[str, int]:
        if identifier in self._new:
            _, _, anchor, build = self._new[identifier]
            return anchor, build
        row = self._ledger.execute(
            "SELECT anchor, build FROM given WHERE id = ?", (identifier,)
        ).fetchone()
        return row or ("", self._build)

    def _make(self, name: str, mention: str) -> str:
        text = f"{name}\0{mention}"
        identifier = entity_id("person", text)
        while identifier in self._new or self._is_given(identifier):
            text += "+"
            identifier = entity_id("person", text)
        self._new[identifier] = (identifier, "person", mention, self._build)
        self._ledger.execute("DELETE FROM alias WHERE old = ?", (identifier,))
        return identifier

    def _is_given(self, identifier: str) -> bool:
        if self._build == 1:
            return False
        query = "SELECT 1 FROM given WHERE id = ?"
        return self._ledger.execute(query, (identifier,)).fetchone() is not None


def _claims(
    groups: Sequence[Sequence[Member]], given: Mapping[str, tuple[str, int]]
) -> dict[int, list[str]]:
    """Which group keeps which id: that with the mention it was made from, or most units."""
    count: dict[str, Counter[int]] = defaultdict(Counter)
    at_home: dict[str, int] = {}
    for number, group in enumerate(groups):
        for _, mention, old, _ in group:
            if old is not None:
                count[old][number] += 1
                if given[old][0] == mention:
                    at_home[old] = number
    claims: dict[int, list[str]] = defaultdict(list)
    for old, groups_of in count.items():
        most = min(groups_of, key=lambda number: (-groups_of[number], number))
        claims[at_home.get(old, most)].append(old)
    return claims


def assign_keys(
    ledger: sqlite3.Connection, log: JudgementLog, judged: Iterable[tuple[str, str]]
) -> Changes:
    """Give units of all other kinds their ids, by key; what people call the same gets one id.

    judged: (kind, key) that people have judged since the last build.
    """
    same = _joined_keys(log)
    changes = Changes()
    for kind, key in judged:
        if kind in KEYED:
            _release(ledger, kind, key)
            for line in log.human(kind, key):
                _release(ledger, kind, line.right.partition("/")[2].partition("/")[2])

    def name_of(kind: str, key: str, facts: str) -> str:
        if kind == "post":
            known = orjson.loads(facts)
            org = same.get(("organisation", known["org"]), known["org"])
            key = f"{org}@{known['title']}"
        return entity_id(kind, same.get((kind, key), key))

    ledger.create_function("name_of", 3, name_of, deterministic=True)
    ledger.execute(
        "UPDATE unit SET entity = name_of(kind, key, facts)"
        " WHERE kind <> 'person' AND entity IS NULL"
    )
    released = ledger.execute(
        "SELECT unit, doc, substr(entity, 2), name_of(kind, key, facts) FROM unit"
        " WHERE entity >= '-' AND entity < '.'"
    ).fetchall()
    for unit, doc, old, new in released:
        ledger.execute("UPDATE unit SET entity = ? WHERE unit = ?", (new, unit))
        if old != new:
            changes.documents.add(doc)
            changes.entities |= {old, new}
            ledger.execute("DELETE FROM alias WHERE old = ?", (new,))
            ledger.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (old, new))
    return changes


def _release(ledger: sqlite3.Connection, kind: str, key: str) -> None:
    """Mark units, and posts of an organisation, to be named again; the old id follows ``-``."""
    mark = "UPDATE unit SET entity = '-' || entity WHERE entity NOT LIKE '-%' AND"
    ledger.execute(f"{mark} kind = ? AND key = ?", (kind, key))
    if kind == "organisation":
        ledger.execute(
            f"{mark} kind = 'post' AND json_extract(facts, '$.org') = ?",
            (key,),
        )


def _joined_keys(log: JudgementLog) -> dict[tuple[str, str], str]:
    """(kind, key) → the key it goes by, from people's judgements; the smallest of a group."""
    root: dict[tuple[str, str], tuple[str, str]] = {}

    def find(node: tuple[str, str]) -> tuple[str, str]:
        while root.get(node, node) != node:
            node = root[node]
        return node

    for kind in KEYED:
        for line in log.human(kind):
            if line.judgement is Judgement.SAME:
                ends = [
                    (kind, mention.partition("/")[2].partition("/")[2])
                    for mention in (line.left, line.right)
                ]
                small, large = sorted(find(end) for end in ends)
                root[large] = small
    return {node: find(node)[1] for node in root}
