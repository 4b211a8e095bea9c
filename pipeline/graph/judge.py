"""Overruling the machine: which pairs are open, what speaks for each side, and what people say.

A judgement is appended to the log and never edits data; the next build applies the whole log
again, so that a store can be replayed from its documents and its log at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import BadInputError
from pipeline.graph.identity import Judgement
from pipeline.graph.ids import entity_id
from pipeline.graph.judgements import (
    MACHINE,
    JudgementLog,
    LogLine,
    open_log,
    read_csv,
    write_csv,
)
from pipeline.graph.state import StorePaths, connect, locked, one_line

__all__ = ["Pair", "Side", "export_csv", "import_csv", "open_pairs", "pronounce"]


@dataclass(frozen=True)
class Side:
    """One of two mentions: its entity, and what its document says of it."""

    mention: str
    entity: str
    name: str
    source: str
    date: str | None
    sentences: tuple[str, ...]
    posts: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """A line of the log with both sides."""

    line: LogLine
    left: Side
    right: Side


def open_pairs(store: Path, *, everything: bool = False) -> list[Pair]:
    """Pairs that the machine is unsure of and nobody has judged, the likeliest first.

    everything: all lines of the log, whoever wrote them.
    RAISES BadInputError: the store cannot be read.
    """
    paths = StorePaths(store)
    with one_line(paths):
        ledger = connect(paths)
        log = open_log(paths.judgements)
        try:
            lines = log.lines() if everything else log.lines(Judgement.UNSURE, open_only=True)
            return [pair for line in lines if (pair := _pair(ledger, line)) is not None]
        finally:
            log.close()
            ledger.close()


def _pair(ledger: sqlite3.Connection, line: LogLine) -> Pair | None:
    left, right = _side(ledger, line.left), _side(ledger, line.right)
    return Pair(line, left, right) if left and right else None


def _side(ledger: sqlite3.Connection, mention: str) -> Side | None:
    """What the ledger knows of a mention; None where its document is gone."""
    document, _, local = mention.partition("/")
    row = ledger.execute(
        "SELECT unit, entity, name, source, issue_date FROM unit JOIN document USING (doc)"
        " WHERE document.key = ? AND local = ?",
        (document, local),
    ).fetchone()
    if row is None:
        return None
    unit, entity, name, source, date = row
    sentences = ledger.execute(
        "SELECT DISTINCT prefix || exact || suffix FROM statement WHERE head = ? LIMIT 5", (unit,)
    )
    posts = ledger.execute(
        "SELECT DISTINCT entity.name FROM tenure JOIN entity ON entity.id = tenure.post"
        " WHERE tenure.person = ? ORDER BY 1 LIMIT 8",
        (entity,),
    )
    return Side(
        mention,
        entity,
        name,
        source,
        date,
        tuple(item[0] for item in sentences),
        tuple(item[0] for item in posts),
    )


def pronounce(
    store: Path, left: str, right: str, judgement: Judgement, by: str, why: str = ""
) -> None:
    """Append one judgement of a person on two mentions or entities; `build` applies it.

    left, right: mentions DOCUMENT/LOCAL as the log writes them, or ids of entities, also ids that
    have become another's alias. Names may differ, kinds may not. Two ids that are not the same
    also take back what people had joined them by. by: who says it; not ``machine``.
    RAISES BadInputError: one of them is unknown, or they are of different kinds or one mention.
    """
    paths = StorePaths(store)
    with one_line(paths):
        ledger = connect(paths)
        log = open_log(paths.judgements)
        try:
            lines = _human_lines(ledger, log, left, right, judgement, by, why)
        finally:
            log.close()
            ledger.close()
        _append(paths, lines)


def _append(paths: StorePaths, lines: list[LogLine]) -> None:
    with locked(paths):
        log = open_log(paths.judgements, write=True)
        try:
            log.add(lines)
        finally:
            log.close()


def _human_lines(
    ledger: sqlite3.Connection,
    log: JudgementLog,
    left: str,
    right: str,
    judgement: Judgement,
    by: str,
    why: str = "",
) -> list[LogLine]:
    """The judgement, and for two ids that are not the same what has to be taken back."""
    if not by.strip() or by == MACHINE:
        raise BadInputError(by or "--by", "is no name of a person who judges")
    one, other = _look_up(ledger, left), _look_up(ledger, right)
    if one.mention == other.mention:
        raise BadInputError(f"{left}, {right}", "are one mention")
    if one.kind != other.kind:
        raise BadInputError(f"{left}, {right}", f"are a {one.kind} and a {other.kind}")
    pairs = [(one.mention, other.mention)]
    if judgement is Judgement.NOT_SAME and one.key != other.key and "/" not in left + right:
        for line in log.human(one.kind):
            if line.judgement is Judgement.SAME:
                keys = {_key_of(ledger, end) for end in (line.left, line.right)}
                pairs += [(line.left, line.right)] if keys == {one.key, other.key} else []
    pairs = list(dict.fromkeys(_sorted(*pair) for pair in pairs))
    return [LogLine(one.kind, one.key, *pair, judgement, by, None, why) for pair in pairs]


def _sorted(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


class _Found(NamedTuple):
    mention: str
    kind: str
    key: str


FIND = "SELECT document.key || '/' || local, kind, unit.key FROM unit JOIN document USING (doc)"


def _key_of(ledger: sqlite3.Connection, mention: str) -> str | None:
    document, _, local = mention.partition("/")
    query = f"{FIND} WHERE document.key = ? AND local = ?"
    row = ledger.execute(query, (document, local)).fetchone()
    return row[2] if row else None


def _look_up(ledger: sqlite3.Connection, text: str) -> _Found:
    """A mention, or the one that an entity's id stands for: that which it was made from."""
    document, slash, local = text.partition("/")
    if slash:
        query = f"{FIND} WHERE document.key = ? AND local = ?"
        rows = ledger.execute(query, (document, local)).fetchall()
    else:
        given = ledger.execute("SELECT anchor FROM given WHERE id = ?", (text,)).fetchone()
        if given is not None and _key_of(ledger, given[0]) is not None:
            return _look_up(ledger, given[0])
        alias = ledger.execute("SELECT new FROM alias WHERE old = ?", (text,)).fetchone()
        query = f"{FIND} WHERE entity = ? ORDER BY 1"
        rows = ledger.execute(query, (alias[0] if alias else text,)).fetchall()
        own = [row for row in rows if row[1] != "person" and entity_id(row[1], row[2]) == text]
        rows = own or rows
    if not rows:
        raise BadInputError(text, "is no mention or entity of this store")
    return _Found(*rows[0])


def export_csv(store: Path, path: Path, *, everything: bool = False) -> int:
    """Write open pairs, or the whole log, for a spreadsheet; gives how many.

    RAISES BadInputError: the store cannot be read or the file cannot be written.
    """
    return write_csv(_rows(open_pairs(store, everything=everything)), path)


def _rows(pairs: list[Pair]) -> Iterator[dict[str, str]]:
    for pair in pairs:
        line = pair.line
        yield {
            "judgement": line.judgement.value,
            "left": line.left,
            "right": line.right,
            "left_name": _describe(pair.left),
            "right_name": _describe(pair.right),
            "score": "" if line.score is None else f"{line.score:g}",
            "why": line.why,
            "by": line.by,
            "at": line.at,
        }


def _describe(side: Side) -> str:
    return f"{side.name} ({side.date or ''} {side.source}): {'；'.join(side.posts)}"


def import_csv(store: Path, path: Path, by: str) -> int:
    """Append the judgements of an edited file that are not in the log yet; gives how many.

    Rows left at what the machine says are no judgements.
    RAISES BadInputError: a row is malformed or names what is not in the store; then nothing is
    taken over.
    """
    paths = StorePaths(store)
    with one_line(paths):
        ledger = connect(paths)
        log = open_log(paths.judgements)
        try:
            known = {
                (line.left, line.right): line.judgement
                for line in log.lines()
                if line.by == MACHINE
            }
            known |= {(line.left, line.right): line.judgement for line in log.human()}
            lines: list[LogLine] = []
            for where, row in read_csv(path):
                judgement = Judgement(row["judgement"])
                if known.get(_sorted(row["left"], row["right"])) is judgement:
                    continue
                who = row.get("by") or by
                who = by if who == MACHINE else who
                try:
                    said = _human_lines(ledger, log, row["left"], row["right"], judgement, who)
                except BadInputError as error:
                    raise BadInputError(where, str(error)) from error
                new = [one for one in said if known.get((one.left, one.right)) is not judgement]
                known |= {(one.left, one.right): judgement for one in new}
                lines += new
        finally:
            log.close()
            ledger.close()
        _append(paths, lines)
    return len(lines)
