"""Names of bodies put right by their form."""

from __future__ import annotations

import pytest

from pipeline.components.recogniser.bodies import well_formed
from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS


def spans(text: str, *marks: tuple[str, str]) -> list[ScoredSpan]:
    return [
        ScoredSpan(text.index(name), text.index(name) + len(name), LABELS.index(label), 0.9)
        for name, label in marks
    ]


@pytest.mark.parametrize(
    ("text", "bodies", "expected"),
    [
        ("青石县委党的作风建设活动领导小组办公室", ["青石县委", "作风建设活动领导小组办公室"], 1),
        ("青石县委防汛抗旱指挥部", ["青石县委", "防汛抗旱指挥部"], 1),
        ("青石县委、防汛抗旱指挥部", ["青石县委", "防汛抗旱指挥部"], 2),
        ("青石县委青石日报社", ["青石县委", "青石日报社"], 2),
    ],
)
def test_a_group_joins_the_body_that_set_it_up(text: str, bodies: list[str], expected: int) -> None:
    found = well_formed(text, spans(text, *((body, "ORG") for body in bodies)))
    assert len(found) == expected
    if expected == 1:
        assert (found[0].start, found[0].end) == (0, len(text))


def test_a_quotation_mark_is_in_no_persons_name() -> None:
    text = "‘韩立’驻村，韩立山说"
    found = well_formed(text, spans(text, ("’驻村", "PER"), ("韩立山", "PER")))
    assert [text[span.start : span.end] for span in found] == ["韩立山"]
