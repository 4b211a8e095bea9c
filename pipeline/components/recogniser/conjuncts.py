"""Members of one list have one label: 普外科、骨科和眼科 are three departments or none.

A network sees each name for itself and finds some of a list. Where one member that ends like a
department is an organisation, the others of that ending are too; where the list is closed by a word
that makes them fields of study (内科、外科等8个专业), none is. rules/spans.toml has the words.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import attrgetter

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.repeats import DISCOUNT

__all__ = ["with_conjuncts"]

ORG = LABELS.index("ORG")
REACH = 16  # characters beside a member in which the next one stands


@dataclass(frozen=True)
class _Conjuncts:
    """What rules/spans.toml says.

    kinds: last characters of members. name: a bare member, ending in the group ``kind``. before,
    after: the next member on either side, with what joins the two. fields: what makes a list before
    it one of fields.
    """

    kinds: str
    name: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    fields: re.Pattern[str]


@cache
def _conjuncts() -> _Conjuncts:
    path = resources.files("pipeline.rules").joinpath("spans.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))["conjuncts"]
    joins = table["joins"]
    member = f"{table['words']}(?P<kind>[{table['kinds']}])"
    return _Conjuncts(
        kinds=table["kinds"],
        name=re.compile(member),
        before=re.compile(f"(?:{table['opens']})(?P<member>{member})(?:{joins})$"),
        after=re.compile(f"(?:{joins})(?P<member>{member})(?={joins}|{table['closes']})"),
        fields=re.compile(table["fields"]),
    )


class _Names:
    """The spans of a text, to be asked what stands at a place."""

    def __init__(self, spans: Sequence[ScoredSpan]) -> None:
        self.spans = spans
        self.starts = [span.start for span in spans]

    def at(self, start: int, end: int, probability: float) -> ScoredSpan | None:
        """Give the organisation at (start, end), a new one, or None where another name stands."""
        place = bisect_left(self.starts, end) - 1
        last = self.spans[place] if place >= 0 else None
        if last is None or last.end <= start:
            return ScoredSpan(start, end, ORG, min(probability, DISCOUNT))
        return last if (last.start, last.end, last.label) == (start, end, ORG) else None


def with_conjuncts(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Give the bare members of a list of departments one label: all organisations, or none."""
    rules, names = _conjuncts(), _Names(spans)
    result = {span.start: span for span in spans}
    done = 0  # the end of the list that was read last
    for span in spans:
        kind = text[span.end - 1]
        if span.label != ORG or span.start < done or kind not in rules.kinds:
            continue
        first = [*_before(text, rules, names, span, kind)]
        members = [*first, span, *_behind(text, rules, names, span, kind)]
        if len(members) == 1:
            continue
        done = members[-1].end
        fields = rules.fields.match(text, done) is not None
        for member in members:
            if not fields:
                result[member.start] = member
            elif rules.name.fullmatch(text, member.start, member.end):
                result.pop(member.start, None)
    return sorted(result.values(), key=attrgetter("start"))


def _before(
    text: str, rules: _Conjuncts, names: _Names, span: ScoredSpan, kind: str
) -> Iterator[ScoredSpan]:
    """Give the members of this kind before a member, the nearest first."""
    last: ScoredSpan | None = span
    while last is not None:
        begin = max(0, last.start - REACH)
        match = rules.before.search(text[begin : last.start])
        if match is None or match["kind"] != kind:
            return
        start, end = match.span("member")
        last = names.at(begin + start, begin + end, span.probability)
        if last is not None:
            yield last


def _behind(
    text: str, rules: _Conjuncts, names: _Names, span: ScoredSpan, kind: str
) -> Iterator[ScoredSpan]:
    """Give the members of this kind behind a member, in order."""
    last: ScoredSpan | None = span
    while last is not None:
        match = rules.after.match(text, last.end, min(len(text), last.end + REACH))
        if match is None or match["kind"] != kind:
            return
        last = names.at(*match.span("member"), span.probability)
        if last is not None:
            yield last
