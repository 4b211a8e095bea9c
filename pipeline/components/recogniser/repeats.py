"""Names that a document repeats: found once with confidence, they are found everywhere in it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS

__all__ = ["DISCOUNT", "with_repeats"]

# Shortest name by label that is looked for again. Places are left out: they recur inside names that
# are not theirs; titles recur as plain words.
SHORTEST = {LABELS.index("PER"): 2, LABELS.index("ORG"): 3, LABELS.index("PROGRAMME"): 4}
SURE = 0.8
DISCOUNT = 0.75  # a repeat that the network itself did not see is believed less


def with_repeats(text: str, spans: Sequence[ScoredSpan]) -> list[ScoredSpan]:
    """Add further occurrences of the sure names of a text where no span stands yet.

    A surface that was found under two labels is left alone; longer names come first.
    """
    sure: dict[str, tuple[int, float]] = {}
    labels: dict[str, set[int]] = {}
    for span in spans:
        surface = text[span.start : span.end]
        labels.setdefault(surface, set()).add(span.label)
        shortest = SHORTEST.get(span.label)
        if shortest is None or len(surface) < shortest or span.probability < SURE:
            continue
        if span.probability > sure.get(surface, (0, 0.0))[1]:
            sure[surface] = (span.label, span.probability)
    names = [name for name in sure if len(labels[name]) == 1]
    if not names:
        return list(spans)
    taken = bytearray(len(text))
    for span in spans:
        taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    added = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        label, probability = sure[name]
        start = text.find(name)
        while start >= 0:
            end = start + len(name)
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * len(name)
                added.append(ScoredSpan(start, end, label, DISCOUNT * probability))
            start = text.find(name, end)
    return sorted([*spans, *added], key=lambda span: span.start) if added else list(spans)
