"""What is wrong with gold files: malformed lines, breaks of the guidelines, doubles and leaks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pipeline.annotations.likeness import likenesses
from pipeline.annotations.markup import ENDS
from pipeline.annotations.native import GoldDocument, GoldTriple, gold_lines, parse_gold
from pipeline.annotations.surfaces import lay_in, plain, surfaces_of
from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType

__all__ = ["Problem", "check", "document_problems"]

_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", '"': '"'}
_BORDER = "，。、；：？！,;:?! \u3000\n\t\r"


@dataclass(frozen=True)
class Problem:
    """where: FILE:LINE; reason: one line without it."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def check(paths: Sequence[Path]) -> Iterator[Problem]:
    """Yield every problem of these native gold files, those of one file by line.

    Documents that are alike are doubles in one file and leaks between two.
    RAISES BadInputError: a file cannot be read at all.
    """
    documents: list[tuple[str, GoldDocument]] = []
    for path in paths:
        first: dict[str, str] = {}
        for where, line in gold_lines(path):
            try:
                document = parse_gold(line, where)
            except BadInputError as error:
                yield Problem(error.name, error.reason)
                continue
            if document.id in first:
                yield Problem(where, f"id '{document.id}' is already that of {first[document.id]}")
            first.setdefault(document.id, where)
            yield from (Problem(where, reason) for reason in document_problems(document))
            documents.append((where, document))
    for pair in likenesses([document.clean_text or document.text for _, document in documents]):
        one, other = documents[pair.first][0], documents[pair.second][0]
        leak = one.rpartition(":")[0] != other.rpartition(":")[0]
        same = "the same text as" if pair.share == 1 else f"{pair.share:.0%} of the text of"
        yield Problem(other, f"{'leak' if leak else 'double'}: {same} {one}")


def document_problems(document: GoldDocument) -> Iterator[str]:
    """Yield the reasons why a well-formed document breaks the guidelines."""
    surfaces = surfaces_of(document)
    if not document.text.strip():
        yield "the text is empty"
    yield from _overlaps(document, surfaces)
    for (start, end, label), surface in zip(document.entities, surfaces, strict=True):
        yield from (f"{label} '{surface}' {why}" for why in _mention_problems(label, surface))
        if document.text[start] in _BORDER or document.text[end - 1] in _BORDER:
            yield f"{label} '{surface}' begins or ends with white space or punctuation"
    labels: dict[str, set[Label]] = {}
    for (_, _, label), surface in zip(document.entities, surfaces, strict=True):
        labels.setdefault(surface, set()).add(label)
    seen: list[GoldTriple] = []
    for triple in document.triples:
        words = f"triple {triple.head} {triple.relation} {triple.tail}"
        yield from (f"{words}: {why}" for why in _triple_problems(triple, labels))
        if triple in seen:
            yield f"{words}: annotated twice"
        seen.append(triple)
    clean = document.clean_text
    if clean is not None and lay_in(clean, document.text) is None:
        yield "meta.clean_text has characters that the raw text has not: repair can only delete"


def _overlaps(document: GoldDocument, surfaces: Sequence[str]) -> Iterator[str]:
    """A ROLE may overlap an ORG; nothing else may overlap."""
    rows = sorted(
        (s, -e, label, name)
        for (s, e, label), name in zip(document.entities, surfaces, strict=True)
    )
    open_rows: list[tuple[int, int, Label, str]] = []
    for start, negative, label, surface in rows:
        end = -negative
        open_rows = [row for row in open_rows if row[1] > start]
        for other_start, other_end, other, name in open_rows:
            if (other_start, other_end, other) == (start, end, label):
                yield f"{label} '{surface}' at [{start}, {end}) is annotated twice"
            elif {label, other} != {Label.ROLE, Label.ORG}:
                how = "lies inside" if end <= other_end else "crosses"
                yield f"{label} '{surface}' at [{start}, {end}) {how} {other} '{name}'"
        open_rows.append((start, end, label, surface))


def _mention_problems(label: Label, surface: str) -> Iterator[str]:
    stops = _stops()
    if surface in stops[label]:
        yield "is no entity by the guidelines"
    closing = _QUOTES.get(surface[:1])
    if closing and surface.endswith(closing) and closing not in surface[1:-1]:
        yield "has its quotation marks inside"
    outside = stops["outside"]
    for word in outside.get(f"{label}_before", ()):
        if surface.startswith(word) and surface != word:
            yield f"has '{word}' inside, which stays outside"
            break
    for word in outside.get(f"{label}_after", ()):
        if surface.endswith(word) and surface != word:
            yield f"has '{word}' inside, which stays outside"
            break


def _triple_problems(triple: GoldTriple, labels: Mapping[str, set[Label]]) -> Iterator[str]:
    ends = [labels.get(plain(end), set()) for end in (triple.head, triple.tail)]
    for end, found in zip((triple.head, triple.tail), ends, strict=True):
        if not found:
            yield f"'{end}' is no annotated surface"
    allowed, words = ENDS[triple.relation]
    if all(ends) and not any((h, t) in allowed for h in ends[0] for t in ends[1]):
        yield f"joins {_listed(ends[0])} → {_listed(ends[1])}, must join {words}"
    if plain(triple.head) == plain(triple.tail):
        yield "joins a thing to itself"
    if triple.qualifiers and triple.relation is not RelationType.HOLDS_POST:
        yield f"has qualifiers ({', '.join(triple.qualifiers)}), which only holds_post may have"


def _listed(labels: Iterable[Label]) -> str:
    return " or ".join(sorted(labels))


@cache
def _stops() -> Mapping[str, Any]:
    path = resources.files("pipeline.annotations").joinpath("guideline_stops.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
