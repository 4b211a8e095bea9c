"""People on the ledger: every unit gets the id of its person, and ids stay when data grows.

People are told apart block by block (`pipeline.graph.identity`), a block being one name; blocks
that people's judgements join are resolved together. An id is made once, from the smallest mention
of its person, and written down: later builds keep it. Where people are joined the older id stays
and the other becomes its alias; where one falls apart the part with the mention that the id was
made from keeps it. The id that a build of everything at once would give leads to the person too.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from pipeline.graph.identity import Decision, Judgement, Profile, Verdict, resolve_block
from pipeline.graph.ids import entity_id
from pipeline.graph.judgements import MACHINE, JudgementLog, LogLine
from pipeline.graph.keys import Changes
from pipeline.graph.workers import Workers

__all__ = ["assign_people"]

BATCH = 5000
CHUNK = 3000  # units that a process resolves at a time


class _Block(NamedTuple):
    """The units of one name, and what people say of them.

    rows: name, unit, mention, facts, company, id, document. judged: mentions that people name.
    """

    name: str
    rows: list[tuple[Any, ...]]
    judged: frozenset[str]
    verdicts: list[Verdict]


class _Resolved(NamedTuple):
    """Groups of numbers of rows, one a person, and the machine's decisions."""

    groups: list[list[int]]
    decisions: list[Decision]


@dataclass
class _Gathered:
    """Units of one block with the same facts, while they are read."""

    name: str
    facts: dict[str, Any]
    company: set[str]
    held: dict[str, list[int]]
    days: list[int]
    rows: list[int]


def assign_people(
    ledger: sqlite3.Connection,
    log: JudgementLog,
    blocks: Iterable[str] | None,
    build: int,
    workers: Workers,
) -> Changes:
    """Resolve blocks of people, all of them where ``blocks`` is None, and write ids and the log."""
    changes = Changes()
    said = _Said(ledger, log.human("person"))
    writer = _IdWriter(ledger, build, changes)
    done: list[tuple[str, str]] = []
    lines: list[LogLine] = []
    for found, resolved in _resolve_all(ledger, said, blocks, workers):
        writer.write(_people(found, resolved, said))
        for block, result in zip(found, resolved, strict=True):
            done.append(("person", block.name))
            lines.extend(_log_line(block.name, decision) for decision in result.decisions)
        if len(done) >= BATCH:
            log.replace_machine(done, lines)
            done, lines = [], []
    log.replace_machine(done, lines)
    writer.flush()
    return changes


def _resolve_all(
    ledger: sqlite3.Connection, said: _Said, blocks: Iterable[str] | None, workers: Workers
) -> Iterator[tuple[list[_Block], list[_Resolved]]]:
    """Every block with its result: alone, or with those that people's judgements join it to."""
    linked = said.linked()
    wanted = None if blocks is None else {name for name in blocks if name not in linked}
    held: deque[list[_Block]] = deque()

    def tasks() -> Iterator[list[_Block]]:
        chunk: list[_Block] = []
        size = 0
        for name, rows in _person_blocks(ledger, wanted):
            if name in linked:
                continue
            chunk.append(_Block(name, rows, said.judged(name), said.verdicts(name)))
            size += len(rows)
            if size >= CHUNK:
                held.append(chunk)
                yield chunk
                chunk, size = [], 0
        held.append(chunk)
        yield chunk

    for results in workers.map(_resolve_chunk, tasks()):
        for block, resolved in zip(held.popleft(), results, strict=True):
            yield [block], [resolved]
    touched = None if blocks is None else set(blocks)
    for names in sorted(set(linked.values())):
        if touched is None or not touched.isdisjoint(names):
            yield _resolve_together(ledger, said, names)


def _resolve_together(
    ledger: sqlite3.Connection, said: _Said, names: Sequence[str]
) -> tuple[list[_Block], list[_Resolved]]:
    """Blocks one after another: what one has joined counts in the next."""
    found, resolved = [], []
    for name, rows in _person_blocks(ledger, names):
        block = _Block(name, rows, said.judged(name), said.verdicts(name))
        result = _resolve(block)
        for group in result.groups:
            said.join([mention for row in group if (mention := rows[row][2]) in block.judged])
        found.append(block)
        resolved.append(result)
    return found, resolved


def _resolve_chunk(chunk: list[_Block]) -> list[_Resolved]:
    return [_resolve(block) for block in chunk]


class _Said:
    """What people say of mentions of people: which are one, which are not, across names."""

    def __init__(self, ledger: sqlite3.Connection, lines: Sequence[LogLine]) -> None:
        self._block: dict[str, str] = {}
        for mention in sorted({end for line in lines for end in (line.left, line.right)}):
            document, _, local = mention.partition("/")
            row = ledger.execute(
                "SELECT unit.key FROM unit JOIN document USING (doc)"
                " WHERE document.key = ? AND local = ? AND kind = 'person'",
                (document, local),
            ).fetchone()
            if row is not None:
                self._block[mention] = row[0]
        known = [line for line in lines if {line.left, line.right} <= self._block.keys()]
        self._root = {mention: mention for mention in self._block}
        self._apart = [
            (line.left, line.right) for line in known if line.judgement is not Judgement.SAME
        ]
        for line in known:
            if line.judgement is Judgement.SAME:
                self.join([line.left, line.right])

    def find(self, mention: str) -> str:
        """The smallest of the mentions that are one person with this one."""
        while self._root[mention] != mention:
            mention = self._root[mention]
        return mention

    def join(self, mentions: Sequence[str]) -> None:
        """Take mentions for one person."""
        for one, other in pairwise(mentions):
            small, large = sorted((self.find(one), self.find(other)))
            self._root[large] = small

    def linked(self) -> dict[str, tuple[str, ...]]:
        """Block → all blocks that judgements join it to, for those that are joined to others."""
        together: dict[str, set[str]] = {}
        for mention, block in self._block.items():
            blocks = {block, self._block[self.find(mention)]}
            joined = set().union(blocks, *(together.get(name, ()) for name in blocks))
            together.update(dict.fromkeys(joined, joined))
        return {n: tuple(sorted(group)) for n, group in together.items() if len(group) > 1}

    def judged(self, block: str) -> frozenset[str]:
        """The mentions of a block that people name."""
        return frozenset(mention for mention, name in self._block.items() if name == block)

    def verdicts(self, block: str) -> list[Verdict]:
        """What follows for a block from all judgements, also those on other names."""
        classes: dict[str, list[str]] = defaultdict(list)
        for mention in sorted(self.judged(block)):
            classes[self.find(mention)].append(mention)
        found = [
            Verdict(one, other, Judgement.SAME)
            for mentions in classes.values()
            for one, other in pairwise(mentions)
        ]
        for left, right in self._apart:
            one, other = self.find(left), self.find(right)
            if one != other and one in classes and other in classes:
                found.append(Verdict(classes[one][0], classes[other][0], Judgement.NOT_SAME))
        return found


def _people(
    blocks: Sequence[_Block], resolved: Sequence[_Resolved], said: _Said
) -> list[tuple[str, list[Member]]]:
    """(name of the smallest mention, members) of everybody, groups of several names as one."""
    groups: dict[object, list[tuple[str, Member]]] = {}
    for block, result in zip(blocks, resolved, strict=True):
        for number, group in enumerate(result.groups):
            rows = [block.rows[row] for row in group]
            named = [row[2] for row in rows if row[2] in block.judged]
            one: object = said.find(named[0]) if named else (block.name, number)
            groups.setdefault(one, []).extend(
                (block.name, (row[1], row[2], row[5], row[6])) for row in rows
            )
    people = []
    for members in groups.values():
        name, _ = min(members, key=lambda pair: pair[1][1])
        people.append((name, [member for _, member in members]))
    return people


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


def _resolve(block: _Block) -> _Resolved:
    name, rows = block.name, block.rows
    gathered: dict[str, _Gathered] = {}
    read = [orjson.loads(row[3]) for row in rows]
    shared = _shared_homes(read)
    for number, (row, facts) in enumerate(zip(rows, read, strict=True)):
        mention, company, day = row[2], row[4], facts["day"]
        key = _profile_key(name, facts, mention, block.judged, shared)
        known = gathered.get(key)
        if known is None:
            known = gathered[key] = _Gathered(mention, facts, set(), {}, [], [])
        known.name = min(known.name, mention)
        known.rows.append(number)
        if company:
            known.company.update(company.split("\x1f"))
        if day is not None:
            days = known.days or [day, day]
            known.days = [min(days[0], day), max(days[1], day)]
        for place, ordinal in facts["held"]:
            span = known.held.setdefault(place, [ordinal, ordinal])
            span[0], span[1] = min(span[0], ordinal), max(span[1], ordinal)
    members = [item.rows for item in gathered.values()]
    if len(members) == 1:
        return _Resolved(members, [])
    profiles = [_profile(item) for item in gathered.values()]
    groups, decisions = resolve_block(name, profiles, block.verdicts)
    people = [[row for index in group for row in members[index]] for group in groups]
    return _Resolved(people, decisions)


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
    name: str, facts: Mapping[str, Any], mention: str, judged: frozenset[str], shared: set[str]
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
        size=len(item.rows),
    )


def _log_line(name: str, decision: Decision) -> LogLine:
    why = ", ".join(f"{feature} {points:+g}" for feature, points in decision.features)
    return LogLine(
        "person",
        name,
        decision.left,
        decision.right,
        decision.judgement,
        MACHINE,
        decision.score,
        why,
    )


class _IdWriter:
    """Gives groups their ids and writes what has changed."""

    def __init__(self, ledger: sqlite3.Connection, build: int, changes: Changes) -> None:
        self._ledger, self._build, self._changes = ledger, build, changes
        self._updates: list[tuple[str, int]] = []
        self._new: dict[str, tuple[str, str, str, int]] = {}
        self._kept: set[str] = set()  # ids that are taken in this build

    def write(self, people: Sequence[tuple[str, Sequence[Member]]]) -> None:
        """Give every group of a block an id: the oldest that it may claim, or a new one.

        people: the name of the smallest mention, and the members.
        """
        groups = [members for _, members in people]
        had = {old for group in groups for _, _, old, _ in group if old is not None}
        given = {old: self._given(old) for old in had}
        mentions = {row[1] for group in groups for row in group}
        for old in had:
            if given[old][0] not in mentions and (
                old in self._kept or self._is_there(given[old][0])
            ):
                del given[old]  # it belongs to people of another name that were of these before
        claims = _claims(groups, given)
        for number, (name, group) in enumerate(people):
            mine = sorted(claims.get(number, ()), key=lambda old: (given[old][1], old))
            smallest = min(row[1] for row in group)
            if mine:
                chosen = mine[0]
                self._lead(entity_id("person", f"{name}\0{smallest}"), chosen)
            else:
                chosen = self._make(name, smallest)
            self._kept.add(chosen)
            for lost in mine[1:]:
                self._ledger.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (lost, chosen))
                self._ledger.execute("UPDATE alias SET new = ? WHERE new = ?", (chosen, lost))
            for unit, _, before, doc in group:
                if before != chosen:
                    self._updates.append((chosen, unit))
                    self._changes.documents.add(doc)
                    if before is not None:
                        self._changes.entities.add(before)
                    self._changes.entities.add(chosen)
        if len(self._updates) >= BATCH:
            self.flush()

    def _lead(self, fresh: str, chosen: str) -> None:
        """Let the id that a build of everything at once would give lead to the person."""
        if fresh != chosen and fresh not in self._new and not self._is_given(fresh):
            self._ledger.execute("INSERT OR REPLACE INTO alias VALUES (?, ?)", (fresh, chosen))

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

    def _is_there(self, mention: str) -> bool:
        document, _, local = mention.partition("/")
        query = "SELECT 1 FROM unit JOIN document USING (doc) WHERE document.key = ? AND local = ?"
        return self._ledger.execute(query, (document, local)).fetchone() is not None

    def _make(self, name: str, mention: str) -> str:
        text = f"{name}\0{mention}"
        identifier = entity_id("person", text)
        alias = "SELECT 1 FROM alias JOIN given ON given.id = old WHERE old = ? AND anchor = ?"
        if self._build > 1 and self._ledger.execute(alias, (identifier, mention)).fetchone():
            self._ledger.execute("DELETE FROM alias WHERE old = ?", (identifier,))
            return identifier  # people who were joined are apart again
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
            if old is not None and old in given:
                count[old][number] += 1
                if given[old][0] == mention:
                    at_home[old] = number
    claims: dict[int, list[str]] = defaultdict(list)
    for old, groups_of in count.items():
        most = min(groups_of, key=lambda number: (-groups_of[number], number))
        claims[at_home.get(old, most)].append(old)
    return claims
