from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate import Evaluator
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from pipeline.annotations.formats.tags import tags_of
from pipeline.annotations.native import GoldDocument
from pipeline.evaluation.partial import PartialCounts, Schemes, overlap_counts, schemes
from pipeline.evaluation.scorer import PredictedDocument, score
from pipeline.schema import Label

LENGTH = 24
FLAT = (Label.PER, Label.ORG, Label.LOC, Label.PROGRAMME)
Mention = tuple[int, int, Label]


@st.composite
def flat_mentions(draw: st.DrawFn) -> list[Mention]:
    """Mentions of the four flat labels that do not overlap."""
    cuts = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=10)))
    spans = [span for span in pairwise(cuts) if draw(st.booleans())]
    return [(start, end, draw(st.sampled_from(FLAT))) for start, end in spans]


corpora = st.lists(st.tuples(flat_mentions(), flat_mentions()), min_size=1, max_size=5)


def as_documents(
    corpus: Sequence[tuple[list[Mention], list[Mention]]],
) -> tuple[list[GoldDocument], list[PredictedDocument]]:
    text = "文" * LENGTH
    gold = [GoldDocument(str(i), text, tuple(g)) for i, (g, _) in enumerate(corpus)]
    return gold, [PredictedDocument(found) for _, found in corpus]


@settings(max_examples=60)
@given(corpora)
def test_seqeval_agrees_on_exact_scores(
    corpus: Sequence[tuple[list[Mention], list[Mention]]],
) -> None:
    scores = score(*as_documents(corpus))
    gold = [tags_of(LENGTH, wanted) for wanted, _ in corpus]
    found = [tags_of(LENGTH, given) for _, given in corpus]
    options = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    total = scores.all_entities
    assert total.precision == pytest.approx(precision_score(gold, found, **options))
    assert total.recall == pytest.approx(recall_score(gold, found, **options))
    assert total.f1 == pytest.approx(f1_score(gold, found, **options))


@settings(max_examples=60)
@given(corpora)
def test_nervaluate_agrees_on_all_four_ways(
    corpus: Sequence[tuple[list[Mention], list[Mention]]],
) -> None:
    def rows(mentions: list[Mention]) -> list[dict[str, object]]:
        return [{"label": str(label), "start": s, "end": e - 1} for s, e, label in mentions]

    evaluator = Evaluator.__new__(
        Evaluator
    )  # its constructor refuses a first document that is empty
    evaluator.tags, evaluator.min_overlap_percentage = [*map(str, FLAT)], 1.0
    evaluator._setup_loaders()
    evaluator._load_data([rows(g) for g, _ in corpus], [rows(p) for _, p in corpus], "dict")
    evaluator._setup_evaluation_strategies()
    overall = evaluator.evaluate()["overall"]
    ours = sum((schemes(*pair) for pair in corpus), Schemes())
    for name, counts in (
        ("strict", ours.strict),
        ("exact", ours.exact),
        ("partial", ours.partial),
        ("ent_type", ours.type),
    ):
        theirs = overall[name]
        assert counts == PartialCounts(
            theirs.correct, theirs.partial, theirs.incorrect, theirs.missed, theirs.spurious
        ), name
        assert counts.precision == pytest.approx(theirs.precision)
        assert counts.recall == pytest.approx(theirs.recall)
        assert counts.f1 == pytest.approx(theirs.f1)


def test_a_role_is_never_half_right_for_the_organisation_it_overlaps() -> None:
    gold = [(0, 4, Label.ORG), (2, 6, Label.ROLE)]
    found = [(2, 6, Label.ROLE)]
    ours = schemes(gold, found)
    assert ours.partial == PartialCounts(correct=1, missed=1)


def test_half_the_credit_for_a_wrong_border() -> None:
    counts = overlap_counts([(0, 4, Label.ORG)], [(1, 4, Label.ORG), (6, 8, Label.ORG)])
    assert counts == PartialCounts(partial=1, invented=1)
    assert (counts.precision, counts.recall) == (0.25, 0.5)
