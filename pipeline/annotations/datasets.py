"""Importers of public data sets into one flat scheme, each saying what it does not annotate.

A `Sample` is a text with known spans and the set of labels that its annotators marked throughout.
A label outside that set is *unknown* wherever no span is known: training must not read silence
about it as absence. Files are JSON Lines (also ``.gz``) with ``text`` and ``entities``.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.annotations.standoff import attach
from pipeline.errors import BadInputError, ConfigError

__all__ = ["FLAT_LABELS", "FORMATS", "Region", "Sample", "flat_titles", "read_samples"]

FLAT_LABELS = frozenset({"PER", "ORG", "LOC", "TITLE", "PROGRAMME"})
Row = Mapping[str, Any]
Entity = tuple[int, int, str]


@dataclass(frozen=True)
class Region:
    """Characters [start, end) that may belong to any of ``labels``, or to none if ``free``."""

    start: int
    end: int
    labels: frozenset[str]
    free: bool = True


@dataclass(frozen=True)
class Sample:
    """One training text.

    spans: known (start, end, label), disjoint; a label may be a choice such as ``LOC|ORG``.
    complete: the labels of which every mention is in ``spans``; the others are unknown elsewhere.
    regions: stretches where less or more is known. borders: positions where a mention may begin or
    end (word borders), None where nothing is known of words. dialect: the corpus, whose habits
    (longest name or single word, with or without a department) the model keeps apart.
    """

    text: str
    spans: tuple[Entity, ...]
    complete: frozenset[str]
    dialect: str
    regions: tuple[Region, ...] = ()
    borders: frozenset[int] | None = None


def read_samples(
    path: Path, style: str, dialect: str, texts: Path | None = None
) -> Iterator[Sample]:
    """Read a file in one of `FORMATS`, lazily.

    ``standoff`` is native gold without its texts, which are joined from the folder ``texts``.

    RAISES ConfigError: no such format. BadInputError: the file is missing, or a line is malformed
    or has an offset outside its text; the message names file and line.
    """
    if style not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise ConfigError(f"unknown data format '{style}' (known: {known})")
    convert = FORMATS[style]
    for where, row in _rows(path) if texts is None else _attached(path, texts):
        try:
            sample = convert(row, dialect)
        except KeyError as error:
            raise BadInputError(where, f"key {error} is missing") from error
        except (TypeError, ValueError) as error:
            raise BadInputError(where, str(error)) from error
        if sample.text:
            yield sample


def flat_titles(entities: list[Entity]) -> list[Entity]:
    """Replace ROLE spans by the TITLE layer: what an ORG that overlaps at the left leaves of them.

    A ROLE without such an ORG becomes a TITLE as it is; one inside an ORG vanishes.

    >>> flat_titles([(0, 3, "ORG"), (0, 4, "ROLE")])
    [(0, 3, 'ORG'), (3, 4, 'TITLE')]
    """
    flat = [entity for entity in entities if entity[2] != "ROLE"]
    taken = [(start, end) for start, end, _ in flat]
    for start, end, label in entities:
        if label != "ROLE":
            continue
        begin = max([start, *(e for s, e in taken if s < end and start < e and s <= start)])
        if begin < end and not any(s < end and begin < e for s, e in taken):
            flat.append((begin, end, "TITLE"))
    return sorted(flat)


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}:{number}", _parse(line, f"{path}:{number}")
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), "not UTF-8 text") from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadInputError(str(path), reason) from error


def _attached(path: Path, texts: Path) -> Iterator[tuple[str, Row]]:
    for row in attach(path, texts):
        yield f"{path}: {row['id']}", row


def _parse(line: str, where: str) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInputError(where, f"not JSON: {error.msg}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadInputError(where, "not an object with a 'text'")
    return row


def _entities(row: Row) -> list[Entity]:
    entities = [(int(start), int(end), str(label)) for start, end, label in row["entities"]]
    size = len(row["text"])
    for start, end, label in entities:
        if not 0 <= start < end <= size:
            raise ValueError(
                f"{label} at [{start}, {end}) is outside the text of {size} characters"
            )
    return sorted(entities)


def _disjoint(spans: list[Entity]) -> tuple[Entity, ...]:
    kept: list[Entity] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)


def _native(row: Row, dialect: str) -> Sample:
    spans = flat_titles(_entities(row))
    unknown = {label for *_, label in spans} - FLAT_LABELS
    if unknown:
        raise ValueError(f"unknown label '{min(unknown)}'")
    return Sample(row["text"], _disjoint(spans), FLAT_LABELS, dialect)


@dataclass(frozen=True)
class _Scheme:
    """A corpus by its label map: ``known`` spans, ``loose`` regions, ``complete`` labels."""

    known: Mapping[str, str]
    complete: frozenset[str]
    loose: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self, row: Row, dialect: str) -> Sample:
        entities = _entities(row)
        return Sample(
            row["text"],
            _disjoint([
                (s, e, self.known[label]) for s, e, label in entities if label in self.known
            ]),
            self.complete,
            dialect,
            tuple(
                Region(s, e, self.loose[label]) for s, e, label in entities if label in self.loose
            ),
        )


# Words of these classes stand in no name of a person, place or body; marks are split by character.
CLOSED_CLASSES = frozenset({"u", "p", "d", "c", "y", "r", "e", "o"})
CLOSING_MARKS = frozenset("，。！？；：、,")


def _peoples_daily(row: Row, dialect: str) -> Sample:
    """Words with part of speech: persons are complete, single words of places and bodies known.

    A place word may be the beginning of a body's name (海州市/ns 教育局/n), which this edition does
    not mark, so it is known only to belong to one of the two.
    """
    text = row["text"]
    tokens = [(int(start), int(end), str(tag)) for start, end, tag in row["tokens"]]
    persons = [entity for entity in _entities(row) if entity[2] == "PER"]
    regions = []
    for start, end, tag in tokens:
        if tag == "ns":
            allowed, free = frozenset({"LOC", "ORG", "PROGRAMME"}), False
        elif tag == "nt":
            allowed, free = frozenset({"ORG", "PROGRAMME"}), False
        elif tag == "nr1":
            allowed, free = frozenset({"PER"}), True
        elif tag in CLOSED_CLASSES or (tag == "w" and text[start:end] in CLOSING_MARKS):
            allowed, free = frozenset({"PROGRAMME"}), True
        else:
            continue
        regions.append(Region(start, end, allowed, free))
    borders = frozenset(border for start, end, _ in tokens for border in (start, end))
    return Sample(text, _disjoint(persons), frozenset({"PER"}), dialect, tuple(regions), borders)


TITLE_ENDS = (
    *"长席理裁记员任监官使帅将师授士者人总统相臣王委事问",
    *("代表", "干事", "秘书", "首席", "主播", "编辑", "会计", "书记"),
)
NOT_TITLES = frozenset({
    *("主持人", "创始人", "女主人", "男主人", "夫人", "爱人", "恋人", "情人", "代言人"),
    *("家人", "亲人", "主人"),
})


def _persons_and_posts(row: Row, dialect: str) -> Sample:
    """(body, post, person) triples: only what takes part in one is marked, so nothing is complete.

    The body of a person may be another person; the post word may be a kinship or an occupation.
    """
    text = row["text"]
    spans, regions = [], []
    for start, end, label in _entities(row):
        surface = text[start:end]
        if label == "O":
            spans.append((start, end, "PER"))
        elif label == "S":
            spans.append((start, end, "LOC|ORG|PER"))
        elif surface.endswith(TITLE_ENDS) and surface not in NOT_TITLES:
            spans.append((start, end, "TITLE"))
        else:
            regions.append(Region(start, end, frozenset({"TITLE"})))
    kept = _disjoint(spans)
    loose = [r for r in regions if not any(s < r.end and r.start < e for s, e, _ in kept)]
    return Sample(text, kept, frozenset(), dialect, tuple(loose))


PROGRAMME_ONLY = frozenset({"PROGRAMME"})
FORMATS: Mapping[str, Callable[[Row, str], Sample]] = {
    "native": _native,
    "standoff": _native,
    "msra": _Scheme({"PER": "PER", "ORG": "ORG", "LOC": "LOC"}, frozenset({"PER", "ORG", "LOC"})),
    "cluener": _Scheme(
        {
            "name": "PER",
            "position": "TITLE",
            "organization": "ORG",
            "government": "ORG",
            "company": "ORG",
            "address": "LOC",
        },
        frozenset({"PER", "ORG", "LOC", "TITLE"}),
        {
            "scene": frozenset({"LOC"}),
            "book": PROGRAMME_ONLY,
            "movie": PROGRAMME_ONLY,
            "game": PROGRAMME_ONLY,
        },
    ),
    "resume": _Scheme(
        {"NAME": "PER", "TITLE": "TITLE", "ORG": "ORG", "LOC": "LOC"},
        frozenset({"PER", "TITLE", "ORG"}),
        {"CONT": frozenset({"LOC"})},
    ),
    "pd1998": _peoples_daily,
    "percent4": _persons_and_posts,
}
