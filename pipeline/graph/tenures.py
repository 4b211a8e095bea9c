"""Tenures (任期) from dated statements, and the contradictions between them.

A statement gives a beginning (任命), an end (免去), a day on which the post was held, or a day by
which it was over (原). In order of time these make the tenures of one person in one post: a new
one begins where the post was left and is held again. Nothing is smoothed over: what cannot be
true together stays and is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from pipeline.graph.times import first_day, last_day

__all__ = ["Observation", "Overlap", "Tenure", "by_pair", "merge", "overlaps", "sure_days"]


@dataclass(frozen=True)
class Observation:
    """What one statement says of a person and a post. source: the statement's key.

    date: of what it says; seen: of the report; published: of the issue that it stands in. start,
    end: as stated. All ISO 8601, reduced.
    """

    source: str
    status: str | None
    date: str | None = None
    start: str | None = None
    end: str | None = None
    seen: str | None = None
    published: str | None = None


@dataclass(frozen=True)
class Tenure:
    """One stay in a post. start, end: as stated; first, last: days on which it was held for sure.

    ended_by: a day by which it was over. status: of the latest statement. sources: statements.
    """

    start: str | None = None
    first: str | None = None
    last: str | None = None
    end: str | None = None
    ended_by: str | None = None
    status: str = "current"
    sources: tuple[str, ...] = ()


class _Event(NamedTuple):
    day: int
    order: int  # on one day: a beginning, then a stay, then an end
    kind: str
    text: str
    observation: Observation


def merge(observations: Iterable[Observation]) -> list[Tenure]:
    """The tenures of one person in one post, in order of time; proposals are none."""
    events: list[_Event] = []
    undated: list[Observation] = []
    backwards: list[Tenure] = []
    for observation in observations:
        if observation.status == "proposed":
            continue
        if _is_backwards(observation):  # kept as it is stated, and listed as a contradiction
            status = observation.status or "current"
            wrong = Tenure(start=observation.start, end=observation.end, status=status)
            backwards.append(_with_sources(wrong, [observation]))
            continue
        found = list(_events(observation))
        events += found
        if not found:
            undated.append(observation)
    events.sort(key=lambda event: (event.day, event.order, event.observation.source))
    tenures: list[Tenure] = []
    for event in events:
        _take(tenures, event)
    if undated:
        first = tenures[0] if tenures else Tenure(status=undated[0].status or "current")
        rest = tenures[1:]
        tenures = [_with_sources(first, undated), *rest]
    return [*tenures, *backwards]


def _is_backwards(observation: Observation) -> bool:
    """Whether a statement's own end stands before its beginning."""
    begin, finish = first_day(observation.start or ""), last_day(observation.end or "")
    return begin is not None and finish is not None and finish < begin


def _events(observation: Observation) -> Iterator[_Event]:
    status, when = observation.status, observation.date or observation.seen
    if observation.start and (day := first_day(observation.start)) is not None:
        yield _Event(day, 0, "begin", observation.start, observation)
    if observation.end and (day := last_day(observation.end)) is not None:
        yield _Event(day, 2, "finish", observation.end, observation)
    if observation.end or when is None:
        return
    first, last = first_day(when), last_day(when)
    if first is None or last is None:
        return
    if status == "appointed" and not observation.start:
        yield _Event(first, 0, "begin", when, observation)
    elif status == "removed":
        yield _Event(last, 2, "finish", when, observation)
    elif status == "former":
        yield _Event(last, 3, "over", when, observation)
    elif status in {"current", "acting", None}:
        yield _Event(first, 1, "held", when, observation)
        issue = None if observation.date else observation.published
        if issue and issue != when and (day := first_day(issue)) is not None:
            yield _Event(day, 1, "held", issue, observation)


def _take(tenures: list[Tenure], event: _Event) -> None:
    """Put an event into the last tenure, or begin another."""
    current = tenures[-1] if tenures else None
    left = current is not None and (current.end is not None or current.ended_by is not None)
    if current is None or (left and event.kind in {"begin", "held"}):
        current = Tenure()
        tenures.append(current)
    text, status = event.text, event.observation.status or current.status
    if event.kind == "begin":
        current = replace(current, start=current.start or text)
    elif event.kind == "held":
        current = replace(current, first=current.first or text, last=text)
    elif event.kind == "finish":
        current = replace(current, end=current.end or text)
    elif current.end is None:
        current = replace(current, ended_by=current.ended_by or text)
    tenures[-1] = _with_sources(replace(current, status=status), [event.observation])


def _with_sources(tenure: Tenure, observations: Iterable[Observation]) -> Tenure:
    sources = dict.fromkeys((*tenure.sources, *(o.source for o in observations)))
    return replace(tenure, sources=tuple(sources))


def sure_days(tenure: Tenure) -> tuple[int, int] | None:
    """First and last day on which the post was held whatever the dates' precision hides."""
    begin = _known(last_day, tenure.start) or _known(last_day, tenure.first)
    finish = _known(first_day, tenure.end) or _known(first_day, tenure.last)
    finish = finish if finish is not None else begin
    begin = begin if begin is not None else finish
    if begin is None or finish is None or begin > finish:
        return None
    return begin, finish


def _known(reading: object, text: str | None) -> int | None:
    return reading(text) if text and callable(reading) else None


@dataclass(frozen=True)
class Overlap:
    """Two of the given tenures that share sure days; by their numbers. first, last: those days."""

    one: int
    other: int
    first: date
    last: date


def overlaps(tenures: Sequence[tuple[str, Tenure]]) -> list[Overlap]:
    """Pairs of tenures of different owners that share a day, beyond a handover on one day.

    tenures: (owner, tenure). Cost grows with the overlaps that there are.
    """
    spans = sorted(
        (days[0], days[1], number)
        for number, (_, tenure) in enumerate(tenures)
        if (days := sure_days(tenure)) is not None
    )
    found: list[Overlap] = []
    active: list[tuple[int, int, int]] = []
    for begin, finish, number in spans:
        active = [span for span in active if span[1] >= begin]
        for _, until, other in active:
            if tenures[other][0] == tenures[number][0]:
                continue
            last = min(until, finish)
            if last == begin and _is_handover(tenures[other][1], tenures[number][1], begin):
                continue
            one, two = sorted((other, number))
            found.append(Overlap(one, two, date.fromordinal(begin), date.fromordinal(last)))
        active.append((begin, finish, number))
    return sorted(found, key=lambda overlap: (overlap.one, overlap.other))


def _is_handover(earlier: Tenure, later: Tenure, day: int) -> bool:
    """Whether one ends or the other begins on the only day that they share."""
    ends = {_known(first_day, tenure.end) for tenure in (earlier, later)}
    starts = {_known(last_day, tenure.start) for tenure in (earlier, later)}
    return day in ends or day in starts


def by_pair(
    rows: Iterable[tuple[str, str, Observation]],
) -> Iterator[tuple[str, str, list[Observation]]]:
    """Group rows of (person, post, observation), which come in that order."""
    for (person, post), group in groupby(rows, key=lambda row: row[:2]):
        yield person, post, [row[2] for row in group]
