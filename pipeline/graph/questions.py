"""Ready questions: who held a post, what a person held, who held a post one after another.

Answers are plain rows. Everything that a user types reaches the ledger as a parameter and never
as a part of a query.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from pipeline.errors import BadInputError
from pipeline.graph.names import bare_title, person_name, place
from pipeline.graph.state import StorePaths, connect, one_line
from pipeline.graph.tenures import Tenure, sure_days
from pipeline.graph.times import check_date, first_day, last_day

__all__ = ["Answer", "Source", "conflicts", "history", "person", "sources_of", "who"]

LIKELY_DAYS, POSSIBLE_DAYS = 366, 5 * 366
ORDER = {"stated": 0, "likely": 1, "possible": 2, "": 3}
KINDS_OF_CONFLICT = {
    "two_holders": "two people in one post at one time",
    "two_places": "one person at the head of two places at one time; perhaps namesakes",
    "wrong_order": "ends before it begins",
}


@dataclass(frozen=True)
class Source:
    """Where a statement stands: characters [start, end) of the raw document, and the sentence."""

    document: str
    source: str
    date: str | None
    start: int
    end: int
    sentence: str
    exact: str
    score: float
    rule: str


@dataclass(frozen=True)
class Answer:
    """One tenure. since, until: as stated, or the first and last day it is reported (marked ~).

    certainty: for a question about a day: ``stated``, ``likely`` (reported within a year of it) or
    ``possible`` (within five); empty otherwise.
    """

    person: str
    person_id: str
    post: str
    post_id: str
    organisation: str | None
    since: str | None
    until: str | None
    status: str
    certainty: str
    sources: tuple[Source, ...]


def who(
    store: Path, post: str, place_name: str | None = None, at: str | None = None
) -> list[Answer]:
    """Who holds or held a post (市委书记), of a place and the places in it, at a time.

    at: ISO date of any precision. The surest answers come first.
    RAISES BadInputError: the store cannot be read, or ``at`` is no date.
    """
    if at is not None:
        check_date(at)
    with _opened(store) as ledger:
        posts = list(_posts(ledger, post, place_name))
        found = [answer for identifier in posts for answer in _answers(ledger, "post", identifier)]
    if at is None:
        return [answer for answer, _ in found]
    sure = [
        (answer, certainty)
        for answer, tenure in found
        if (certainty := _certainty(tenure, at)) is not None
    ]
    sure.sort(key=lambda pair: (ORDER[pair[1]], pair[0].post, pair[0].person_id))
    return [replace(answer, certainty=certainty) for answer, certainty in sure]


def history(store: Path, post: str, place_name: str | None = None) -> list[Answer]:
    """Everybody in a post, post by post, in order of time. RAISES as `who`."""
    with _opened(store) as ledger:
        found = [
            pair
            for identifier in _posts(ledger, post, place_name)
            for pair in _answers(ledger, "post", identifier)
        ]
    found.sort(key=lambda pair: (pair[0].post, pair[0].post_id, _time_key(pair[1])))
    return [answer for answer, _ in found]


def person(store: Path, name: str) -> list[tuple[str, str, list[Answer]]]:
    """(id, name, tenures) of everybody of a name, or of one id; tenures in order of time.

    RAISES as `who`.
    """
    with _opened(store) as ledger:
        identifiers = people_named(ledger, name)
        found = []
        for identifier, shown in identifiers:
            pairs = sorted(
                _answers(ledger, "person", identifier), key=lambda pair: _time_key(pair[1])
            )
            found.append((identifier, shown, [answer for answer, _ in pairs]))
        return found


def people_named(ledger: sqlite3.Connection, name: str) -> list[tuple[str, str]]:
    """(id, name) of people of a name or with an id, also one that has become another's alias."""
    row = ledger.execute("SELECT new FROM alias WHERE old = ?", (name,)).fetchone()
    wanted = row[0] if row else name
    return ledger.execute(
        "SELECT id, name FROM entity WHERE kind = 'person' AND (id = ?1 OR name = ?3 OR id IN"
        " (SELECT entity FROM unit WHERE kind = 'person' AND key = ?2))"
        " ORDER BY documents DESC, id",
        (wanted, person_name(name), name),
    ).fetchall()


def conflicts(store: Path) -> list[dict[str, Any]]:
    """Contradictions as plain rows: what kind, about whom, when, and the tenures on both sides.

    RAISES as `who`.
    """
    with _opened(store) as ledger:
        rows = []
        query = "SELECT conflict.*, entity.name FROM conflict JOIN entity ON entity.id = entity"
        for _, kind, entity, tenures, detail, name in ledger.execute(f"{query} ORDER BY 1"):
            sides = [
                answer
                for tenure in orjson.loads(tenures)
                for answer, _ in _answers(ledger, "id", tenure)
            ]
            days = orjson.loads(detail)
            rows.append({
                "kind": kind,
                "meaning": KINDS_OF_CONFLICT[kind],
                "about": name,
                "about_id": entity,
                "from": days["from"],
                "to": days["to"],
                "sides": sides,
            })
        return rows


class _opened:  # noqa: N801  (used as a function)
    """The ledger of a store for a block; what goes wrong inside is one line."""

    def __init__(self, store: Path) -> None:
        self._paths = StorePaths(store)
        self._guard = one_line(self._paths)

    def __enter__(self) -> sqlite3.Connection:
        self._guard.__enter__()
        self._ledger = connect(self._paths)
        return self._ledger

    def __exit__(self, *error: Any) -> None:
        if hasattr(self, "_ledger"):
            self._ledger.close()
        self._guard.__exit__(*error)


def _posts(ledger: sqlite3.Connection, post: str, place_name: str | None) -> Iterator[str]:
    """Ids of the posts that a question means: by title, by written form, by full name."""
    if not post:
        raise BadInputError("--post", "is empty")
    where = place(place_name).name if place_name else None
    wanted = bare_title(post, None)
    rows = ledger.execute(
        "SELECT id, kind, name, names, facts FROM entity WHERE kind IN ('post', 'role')"
        " AND (substr(?1, -length(coalesce(json_extract(facts, '$.title'), name)))"
        " = coalesce(json_extract(facts, '$.title'), name)) ORDER BY id",
        (wanted,),
    )
    for identifier, kind, name, names, facts_text in rows:
        facts = orjson.loads(facts_text)
        if kind == "role":
            if name == wanted and where is None:
                yield identifier
            continue
        front, _, rest = facts["org"].partition("#")
        chain = front.split("|") if front else []
        title = facts["title"]
        plain = f"{chain[0] if chain else ''}{rest.partition('#?')[0]}{title}"
        forms = {title, name, plain, *names.split("\x1f")}
        if forms.isdisjoint({post, wanted}) and not (
            name.endswith(wanted) or plain.endswith(wanted)
        ):
            continue
        if where is None or where in chain:
            yield identifier


ANSWERS = """
SELECT person.name, person.id, post.name, post.id, org.name, tenure.start, tenure.first,
       tenure.last, tenure.end, tenure.ended_by, tenure.status, tenure.sources
FROM tenure JOIN entity AS person ON person.id = tenure.person
JOIN entity AS post ON post.id = tenure.post LEFT JOIN entity AS org ON org.id = post.owner
"""


def _answers(ledger: sqlite3.Connection, column: str, value: str) -> list[tuple[Answer, Tenure]]:
    found = []
    rows = ledger.execute(f"{ANSWERS} WHERE tenure.{column} = ? ORDER BY tenure.id", (value,))
    for row in rows.fetchall():
        start, first, last, end, ended_by, status = row[5:11]
        tenure = Tenure(start, first, last, end, ended_by, status)
        answer = Answer(
            person=row[0],
            person_id=row[1],
            post=row[2],
            post_id=row[3],
            organisation=row[4],
            since=start or (f"~{first}" if first else None),
            until=end or (f"<{ended_by}" if ended_by else f"~{last}" if last else None),
            status=status,
            certainty="",
            sources=tuple(sources_of(ledger, orjson.loads(row[11]))),
        )
        found.append((answer, tenure))
    return found


def sources_of(
    ledger: sqlite3.Connection, keys: Sequence[str], limit: int = 50
) -> Iterator[Source]:
    """Where statements stand, by their keys DOCUMENT/ID, at most ``limit`` of them."""
    for key in keys[:limit]:
        document, _, identifier = key.partition("/")
        row = ledger.execute(
            "SELECT document.id, source, coalesce(seen, issue_date), raw_start, raw_end, prefix,"
            " exact, suffix, score, rule FROM statement JOIN document USING (doc)"
            " WHERE document.key = ? AND statement.id = ?",
            (document, identifier),
        ).fetchone()
        if row is not None:
            identifier, source, date, start, end, prefix, exact, suffix, score, rule = row
            sentence = f"{prefix}{exact}{suffix}"
            yield Source(
                identifier, source, date, start, end, sentence, exact, score=score, rule=rule
            )


def _certainty(tenure: Tenure, at: str) -> str | None:  # noqa: PLR0911  (one answer a line)
    """How sure it is that a tenure holds at a time; None where it does not or nothing tells."""
    begin, finish = first_day(at), last_day(at)
    if begin is None or finish is None:
        return None
    sure = sure_days(tenure)
    if sure is not None and sure[0] <= finish and begin <= sure[1]:
        return "stated"
    if tenure.start and (day := first_day(tenure.start)) is not None and finish < day:
        return None
    over = tenure.end or tenure.ended_by
    if over and (day := last_day(over)) is not None and begin > day:
        return None
    marks = [
        day
        for text in (tenure.start, tenure.first, tenure.last, tenure.end)
        if text
        for day in (first_day(text), last_day(text))
        if day is not None
    ]
    if not marks:
        return None
    if min(marks) <= finish and begin <= max(marks):
        return "likely"
    gap = min(min(abs(begin - mark), abs(finish - mark)) for mark in marks)
    if gap <= LIKELY_DAYS:
        return "likely"
    return "possible" if gap <= POSSIBLE_DAYS else None


def _time_key(tenure: Tenure) -> tuple[int, str]:
    for text in (tenure.start, tenure.first, tenure.last, tenure.end, tenure.ended_by):
        if text and (day := first_day(text)) is not None:
            return (day, text)
    return (0, "")
