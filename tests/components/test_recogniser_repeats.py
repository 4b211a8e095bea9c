from __future__ import annotations

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.repeats import with_repeats

PER, ORG, LOC = (LABELS.index(label) for label in ("PER", "ORG", "LOC"))
TEXT = "林小满到会。会后小满农场的林小满离开海州，海州下雨。"


def test_a_sure_name_is_found_again() -> None:
    spans = with_repeats(TEXT, [ScoredSpan(0, 3, PER, 0.96)])
    assert [(span.start, span.end, span.label) for span in spans] == [(0, 3, PER), (13, 16, PER)]
    assert spans[1].probability < 0.8


def test_unsure_names_places_and_disputed_surfaces_are_not() -> None:
    for spans in (
        [ScoredSpan(0, 3, PER, 0.5)],
        [ScoredSpan(18, 20, LOC, 0.99)],
        [ScoredSpan(0, 3, PER, 0.99), ScoredSpan(13, 16, ORG, 0.6)],
    ):
        assert with_repeats(TEXT, spans) == spans


def test_a_repeat_never_overlaps_a_span() -> None:
    spans = [ScoredSpan(0, 3, PER, 0.99), ScoredSpan(8, 15, ORG, 0.9)]
    assert with_repeats(TEXT, spans) == spans
