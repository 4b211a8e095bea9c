"""Short names that a document declares: 云山农机集团有限公司（以下简称“云山农机”）.

What stands in such brackets is a name by the text's own word, though its form may say nothing: a
network that meets 云山农机 later sees a place and a trade.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import attrgetter

from pipeline.components.organisations import SAID_IN_SHORT
from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.repeats import DISCOUNT

__all__ = ["with_declared"]

ORG = LABELS.index("ORG")
DECLARATION = re.compile(
    rf"[”》]?[（(]{SAID_IN_SHORT}"
    r"[“「‘\"]?(?P<short>[\u4e00-\u9fffA-Za-z0-9]{2,12})[”」’\"]?[）)]"
)
HAN = re.compile("[\u4e00-\u9fff]")
GENERIC = 2  # characters of a name that is a word too: 公司 in 子公司 is another


def with_declared(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Make every mention of a declared short name of an organisation one span.

    A mention replaces the spans inside it; one that cuts a span, or lies in a longer one, is none.
    spans: disjoint, in order; so is the result.
    """
    result = list(spans)
    for span in spans:
        if span.label != ORG:
            continue
        declaration = DECLARATION.match(text, span.end)
        if declaration is None:
            continue
        start, end = declaration.span("short")
        _settle(result, ScoredSpan(start, end, ORG, span.probability))
        for start, end in _mentions(text, declaration["short"], declaration.end()):
            _settle(result, ScoredSpan(start, end, ORG, DISCOUNT * span.probability))
    return result


def _mentions(text: str, name: str, after: int) -> Iterator[tuple[int, int]]:
    for mention in re.compile(re.escape(name)).finditer(text, after):
        if len(name) > GENERIC or HAN.match(text, mention.start() - 1) is None:
            yield mention.span()


def _settle(spans: list[ScoredSpan], name: ScoredSpan) -> None:
    """Put a name in the place of the spans inside it, unless it cuts one or lies in one."""
    first = bisect_right(spans, name.start, key=attrgetter("end"))
    behind = bisect_left(spans, name.end, key=attrgetter("start"))
    inside = spans[first:behind]
    if any(span.start < name.start or span.end > name.end for span in inside):
        return
    same = (name.start, name.end, ORG)
    seen = (s.probability for s in inside if (s.start, s.end, s.label) == same)
    spans[first:behind] = [replace(name, probability=max([name.probability, *seen]))]
