"""Ids of organisations, places, posts, roles and programmes: by key, unless people say otherwise.

What people judge *same* joins two keys. What they judge *not same* parts the units of one key:
each judged mention takes those with it that its document's home place, newspaper or people speak
for, and what nothing speaks for goes with the most. Ids come from the keys and the judgements
alone, so that they stay when documents are added.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from pipeline.graph.identity import Judgement
from pipeline.graph.ids import entity_id
from pipeline.graph.judgements import JudgementLog, LogLine

__all__ = ["KEYED", "Changes", "Owners", "assign_keys"]

KEYED = ("place", "organisation", "programme", "post", "role")  # posts after organisations
SHARED_PEOPLE = 2  # people in common that count


@dataclass
class Changes:
    """What identity has changed: entities whose units are others now, and documents of those."""

    entities: set[str] = field(default_factory=set)
    documents: set[int] = field(default_factory=set)


@dataclass
class Owners:
    """What a key of a document goes by where people have judged; all other keys are themselves."""

    keys: dict[tuple[str, str], str] = field(default_factory=dict)  # (kind, key)
    units: dict[tuple[str, int, str], str] = field(default_factory=dict)  # (kind, document, key)

    def text(self, kind: str, doc: int, key: str) -> str:
        """What the id of a key is made from."""
        return self.units.get((kind, doc, key)) or self.keys.get((kind, key), key)

    def id(self, kind: str, doc: int, key: str) -> str:
        """The id that a key of a document has."""
        return entity_id(kind, self.text(kind, doc, key))


class _Unit(NamedTuple):
    unit: int
    doc: int
    key: str
    mention: str
    facts: str
    entity: str | None
    home: str | None
    paper: str | None


QUERY = (
    "SELECT unit.unit, unit.doc, unit.key, document.key || '/' || local, facts, entity,"
    " home_place, newspaper FROM unit JOIN document USING (doc) WHERE kind = ? AND"
)


def assign_keys(ledger: sqlite3.Connection, log: JudgementLog) -> tuple[Changes, Owners]:
    """Give units that people have judged, and those of their keys, their ids."""
    changes, owners = Changes(), Owners()
    for kind in KEYED:
        lines = log.human(kind)
        if lines or (kind == "post" and owners.keys):
            _assign_kind(ledger, kind, lines, owners, changes)
    return changes, owners


def _assign_kind(
    ledger: sqlite3.Connection,
    kind: str,
    lines: Sequence[LogLine],
    owners: Owners,
    changes: Changes,
) -> None:
    units = _units(ledger, kind, lines, owners)
    keys = {unit.unit: _key_now(unit, owners) if kind == "post" else unit.key for unit in units}
    clusters = _Clusters({unit.mention: keys[unit.unit] for unit in units}, lines)
    texts = _texts(ledger, units, keys, clusters)
    now = {entity_id(kind, text) for text in texts.values()}
    gone: dict[str, str] = {}
    for unit in units:
        text = texts[unit.unit]
        new = entity_id(kind, text)
        owners.keys[kind, unit.key] = clusters.owner_text(keys[unit.unit])
        if text != owners.keys[kind, unit.key]:
            owners.units[kind, unit.doc, unit.key] = text
        if unit.entity != new:
            ledger.execute("UPDATE unit SET entity = ? WHERE unit = ?", (new, unit.unit))
            changes.documents.add(unit.doc)
            changes.entities |= {new} | ({unit.entity} if unit.entity else set())
        for old in (unit.entity, entity_id(kind, unit.key)):
            if old is not None and old not in now:
                gone.setdefault(old, new)
    ledger.executemany("DELETE FROM alias WHERE old = ?", ((one,) for one in sorted(now)))
    ledger.executemany("INSERT OR REPLACE INTO alias VALUES (?, ?)", sorted(gone.items()))
    ledger.executemany("UPDATE alias SET new = ? WHERE new = ?", [(n, o) for o, n in gone.items()])


def _units(
    ledger: sqlite3.Connection, kind: str, lines: Iterable[LogLine], owners: Owners
) -> list[_Unit]:
    """All units of the keys that are judged, and posts of organisations that are, by mention."""
    keys = set()
    for mention in {end for line in lines for end in (line.left, line.right)}:
        document, _, local = mention.partition("/")
        query = f"{QUERY} document.key = ? AND local = ?"
        keys |= {row[2] for row in ledger.execute(query, (kind, document, local))}
    found = [
        _Unit(*row)
        for key in sorted(keys)
        for row in ledger.execute(f"{QUERY} unit.key = ?", (kind, key))
    ]
    if kind == "post":
        organisations = sorted(key for other, key in owners.keys if other == "organisation")
        query = f"{QUERY} unit.key >= ? AND unit.key < ?"
        for org in organisations:
            rows = ledger.execute(query, (kind, f"{org}@", f"{org}A"))
            found += [unit for row in rows if (unit := _Unit(*row)).key not in keys]
    return sorted(found, key=lambda unit: unit.mention)


def _key_now(unit: _Unit, owners: Owners) -> str:
    """The key of a post under what its organisation goes by."""
    facts = orjson.loads(unit.facts)
    return f"{owners.text('organisation', unit.doc, facts['org'])}@{facts['title']}"


class _Clusters:
    """Judged mentions that are one, and which keys they stand for."""

    def __init__(self, keys: dict[str, str], lines: Sequence[LogLine]) -> None:
        known = [line for line in lines if line.left in keys and line.right in keys]
        self._keys = keys
        self._root = {end: end for line in known for end in (line.left, line.right)}
        for line in known:
            if line.judgement is Judgement.SAME:
                self._join(line.left, line.right)
        self._apart = [
            (line.left, line.right) for line in known if line.judgement is Judgement.NOT_SAME
        ]
        by_key: dict[str, list[str]] = defaultdict(list)
        for mention in sorted(self._root):
            by_key[keys[mention]].append(mention)
        for mentions in by_key.values():
            for at, mention in enumerate(mentions):
                for other in mentions[:at]:
                    if self._may_join(other, mention):
                        self._join(other, mention)
                        break
        self.of_key = {
            key: sorted({self._find(mention) for mention in mentions})
            for key, mentions in by_key.items()
        }

    def _find(self, mention: str) -> str:
        while self._root[mention] != mention:
            mention = self._root[mention]
        return mention

    def _join(self, one: str, other: str) -> None:
        small, large = sorted((self._find(one), self._find(other)))
        self._root[large] = small  # a cluster is known by its smallest mention

    def _may_join(self, one: str, other: str) -> bool:
        ends = {self._find(one), self._find(other)}
        return all({self._find(left), self._find(right)} != ends for left, right in self._apart)

    def of(self, mention: str) -> str | None:
        """The cluster of a judged mention; None for all others."""
        return self._find(mention) if mention in self._root else None

    def text(self, cluster: str) -> str:
        """The smallest key that is the cluster's; its own text where another has the key."""
        keys = sorted(key for key, found in self.of_key.items() if cluster in found)
        mine = [key for key in keys if self.of_key[key][0] == cluster]
        return mine[0] if mine else f"{keys[0]}~{cluster}"

    def owner_text(self, key: str) -> str:
        """What a key goes by where nothing else is known."""
        found = self.of_key.get(key)
        return self.text(found[0]) if found else key

    def mentions(self, cluster: str) -> list[str]:
        """The judged mentions of a cluster."""
        return [mention for mention in self._root if self._find(mention) == cluster]


def _texts(
    ledger: sqlite3.Connection,
    units: Sequence[_Unit],
    keys: dict[int, str],
    clusters: _Clusters,
) -> dict[int, str]:
    """Unit → what its id is made from."""
    by_mention = {unit.mention: unit for unit in units}
    texts: dict[int, str] = {}
    open_units: list[tuple[_Unit, str | None]] = []
    followers: Counter[str] = Counter()
    for unit in units:
        key = keys[unit.unit]
        judged, options = clusters.of(unit.mention), clusters.of_key.get(key, [])
        if judged is not None or len(options) < 2:
            chosen = judged or (options[0] if options else None)
            texts[unit.unit] = clusters.text(chosen) if chosen else key
            continue
        points = {
            option: max(
                _nearness(ledger, unit, by_mention[mention])
                for mention in clusters.mentions(option)
            )
            for option in options
        }
        best = max(points.values())
        leaders = [option for option in options if points[option] == best]
        clear = leaders[0] if len(leaders) == 1 else None
        open_units.append((unit, clear))
        if clear is not None:
            followers[clear] += 1
    for unit, clear in open_units:
        options = clusters.of_key[keys[unit.unit]]
        main = min(options, key=lambda option: (-followers[option], option))
        texts[unit.unit] = clusters.text(clear or main)
    return texts


def _nearness(ledger: sqlite3.Connection, one: _Unit, other: _Unit) -> int:
    """How much speaks for two units of one name being one thing."""
    points = 2 * bool(one.home and one.home == other.home)
    points += bool(one.paper and one.paper == other.paper)
    query = (
        "SELECT count(*) FROM (SELECT key FROM unit WHERE doc = ? AND kind = 'person'"
        " INTERSECT SELECT key FROM unit WHERE doc = ? AND kind = 'person')"
    )
    people = ledger.execute(query, (one.doc, other.doc)).fetchone()[0]
    return points + min(SHARED_PEOPLE, int(people))
