"""Bodies that stand at a distance from a title: 海州集团宣布，由长女|董事长|李海明 主持.

A bare title with its holder right behind it belongs to the organisation named right before it in
the sentence, where nobody, no place and no other post stands between them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol

from pipeline.schema import Span

__all__ = [
    "antecedent",
    "belongs_at_distance",
    "body_rules",
    "is_taken_up",
    "titles_with_holder",
]

FARTHEST = 40
"""Characters between an organisation and its title; farther off, another subject is likely."""

STOP = re.compile(r"[。！？；：\n“”》]")
NAMING = frozenset({"", " ", "：", "——", "—", "为", "是", "系", "由", "叫", "名叫"})
BETWEEN_TITLES = re.compile(r"\s*(?:[、兼/]|[、，,]?兼任?|和|与|及|以及|暨)?\s*")


@dataclass(frozen=True)
class BodyRules:
    """Words of ``[bodies]`` in pipeline/rules/units.toml, as endings of names."""

    ranks: tuple[str, ...]
    of_state: tuple[str, ...]
    titles_apart: tuple[str, ...]
    reporters: tuple[str, ...]
    agencies: tuple[str, ...]
    organs: Mapping[str, str]
    reached: tuple[str, ...]
    sent: tuple[str, ...]
    professions: tuple[str, ...]
    this: tuple[str, ...]
    kinds: tuple[str, ...]
    place_kinds: tuple[str, ...]
    between: tuple[str, ...]
    serve: tuple[str, ...]
    elsewhere: tuple[str, ...]


@cache
def body_rules() -> BodyRules:
    """Read the rules; the file is read once."""
    path = resources.files("pipeline.rules").joinpath("units.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))["bodies"]
    lists = {name: tuple(words) for name, words in table.items() if name != "organs"}
    return BodyRules(organs=table["organs"], **lists)


class Marked(Protocol):
    """A mention: characters [start, end) and a label."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def label(self) -> str: ...


def titles_with_holder(text: str, ordered: Sequence[Marked]) -> frozenset[Span]:
    """The titles that a person's name follows, right away or behind a list of titles.

    ordered: the mentions in order. One pass from the end.
    """
    held: set[Span] = set()
    for mention, after in zip(reversed(ordered[:-1]), reversed(ordered[1:]), strict=True):
        if mention.label != "TITLE":
            continue
        gap = text[mention.end : after.start]
        named = after.label == "PER" and gap in NAMING
        listed = (after.start, after.end) in held and BETWEEN_TITLES.fullmatch(gap)
        if named or listed:
            held.add((mention.start, mention.end))
    return frozenset(held)


def is_taken_up(text: str, title: Marked) -> bool:
    """Whether a verb of taking office stands right before a title: 赴海州大学任|研究员."""
    rules = body_rules()
    start = max(0, title.start - 4)
    return text.endswith(rules.serve, start, title.start) and not text.endswith(
        rules.elsewhere, start, title.start
    )


def belongs_at_distance(text: str, body: Marked, title: Marked) -> bool:
    """Whether a title with a holder or taken up belongs to the organisation named before it."""
    if body.label != "ORG":
        return False
    rules = body_rules()
    gap, name = text[body.end : title.start], text[title.start : title.end]
    if len(gap) > FARTHEST or STOP.search(gap) or name.endswith(rules.titles_apart):
        return False
    if any(
        text.endswith(organ, body.start, body.end) and member not in name
        for organ, member in rules.organs.items()
    ):
        return False
    if text.endswith(rules.reached, 0, body.start) and not is_taken_up(text, title):
        return False
    agency = text.endswith(rules.agencies, body.start, body.end)
    return name.endswith(rules.reporters) is agency


def antecedent(text: str, ordered: Sequence[Marked], index: int) -> Marked | None:
    """The organisation or place that 该公司, 该省 or 其 right before a title means.

    其 may mean a person too, so it means the organisation before it; 该公司 the last organisation,
    该省 the last province. Only the mentions of one sentence are looked at.
    """
    title = ordered[index]
    before = text[max(0, title.start - 8) : title.start].removesuffix("的")
    own = before.endswith("其")
    kind = before[-1:] if before.endswith(_places_again()) else ""
    if not own and not kind and not _again().search(before):
        return None
    begin = max(0, title.start - FARTHEST_NAMED)
    ends = [match.end() for match in SENTENCE_END.finditer(text, begin, title.start)]
    begin = ends[-1] if ends else begin
    for at in range(index - 1, -1, -1):
        mention = ordered[at]
        if mention.start < begin:
            return None
        if kind:
            if mention.label == "LOC" and text.endswith(kind, mention.start, mention.end):
                return mention
        elif mention.label == "ORG":
            return mention
        elif own:
            return None
    return None


FARTHEST_NAMED = 200
SENTENCE_END = re.compile(r"[。！？\n]")


@cache
def _places_again() -> tuple[str, ...]:
    return tuple(f"该{kind}" for kind in body_rules().place_kinds)


@cache
def _again() -> re.Pattern[str]:
    rules = body_rules()
    return re.compile(f"(?:{'|'.join(rules.this)})(?:{'|'.join(rules.kinds)})$")
