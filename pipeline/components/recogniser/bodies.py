"""Names of bodies that the network cuts or blurs, put right by their form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS

__all__ = ["well_formed"]

ORG, PER = LABELS.index("ORG"), LABELS.index("PER")
# 市委|党的群众路线教育实践活动领导小组办公室 is one body: a group that another one set up.
GROUP = re.compile(r"(?:领导小组|协调小组|工作小组|指挥部)(?:办公室)?$")
BETWEEN = frozenset({"", "党的"})
QUOTES = frozenset("“”‘’「」『』《》\"'")


def well_formed(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Join a body with the group it set up, and drop persons whose name holds a quotation mark."""
    kept: list[ScoredSpan] = []
    for span in spans:
        surface = text[span.start : span.end]
        if span.label == PER and QUOTES.intersection(surface):
            continue
        last = kept[-1] if kept else None
        if (
            last is not None
            and last.label == span.label == ORG
            and text[last.end : span.start] in BETWEEN
            and GROUP.search(surface)
        ):
            joined = min(last.probability, span.probability)
            kept[-1] = replace(last, end=span.end, probability=joined)
            continue
        kept.append(span)
    return kept
