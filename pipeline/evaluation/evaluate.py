"""What `renzhi evaluate` measures, as plain data: scores, their certainty, errors, calibration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError
from pipeline.evaluation.calibration import Calibration, calibrate
from pipeline.evaluation.counts import Accuracy, Counts
from pipeline.evaluation.errors import Case, cases
from pipeline.evaluation.names import Names
from pipeline.evaluation.page_repair import RepairScore, score_repair
from pipeline.evaluation.partial import PartialCounts, Schemes, overlap_counts, schemes
from pipeline.evaluation.predictions import Run, on_gold_prints
from pipeline.evaluation.resampling import Difference, compare, interval
from pipeline.evaluation.scorer import (
    PredictedDocument,
    Scores,
    gold_keys,
    predicted_keys,
    score_document,
)
from pipeline.schema import Annotation, Label, RelationType

__all__ = ["Report", "Row", "evaluate"]

ALL_ENTITIES = "entities"
ALL_RELATIONS = "relations"


@dataclass(frozen=True)
class Row:
    """Scores of one label or relation, or of all of them.

    low, high: 95 % bootstrap interval of F1. partial: F1 with half the credit for an overlap (of
    entities). against: the difference to the other model's F1, if there is one.
    """

    name: str
    counts: Counts
    low: float
    high: float
    partial: float | None
    against: Difference | None


@dataclass(frozen=True)
class Report:
    """Everything that is known about one run.

    gold: name of the gold file. model, against: names of the runs. mode: "end to end" or "gold
    mentions". entities, relations: the total first, then each label or relation of the gold or the
    answers. org, org_full, status: over the right holds_post triples. repair: None where no gold
    document has a clean text. errors: how many cases of each kind, by entity and triple.
    """

    gold: str
    model: str
    against: str | None
    mode: str
    documents: int
    characters: int
    entities: Sequence[Row]
    relations: Sequence[Row]
    schemes: Schemes
    org: Accuracy
    org_full: Accuracy
    status: Accuracy
    repair: RepairScore | None
    entity_calibration: Calibration
    triple_calibration: Calibration
    errors: Mapping[str, Mapping[str, int]]
    cases: Sequence[Case]


def evaluate(
    gold: Sequence[GoldDocument],
    run: Run,
    *,
    name: str,
    against: Run | None = None,
    mode: str = "end to end",
    seed: int = 0,
) -> Report:
    """Score a run against gold documents, both in the same order.

    name: of the gold file, for messages and the report. seed: of the resampling.
    RAISES BadInputError: there is no gold document.
    """
    if not gold:
        raise BadInputError(name, "holds no document")
    run = _on_gold_prints(run, gold)
    predicted = [PredictedDocument.from_annotation(one) for one in run.annotations]
    scores = [score_document(*pair) for pair in zip(gold, predicted, strict=True)]
    others: list[Scores] | None = None
    if against is not None:
        against = _on_gold_prints(against, gold)
        others = [
            score_document(document, PredictedDocument.from_annotation(one))
            for document, one in zip(gold, against.annotations, strict=True)
        ]
    found = [
        case
        for document, annotation in zip(gold, run.annotations, strict=True)
        for case in cases(document, annotation)
    ]
    repairs = [
        score_repair(annotation.text, document.clean_text)
        for document, annotation in zip(gold, run.annotations, strict=True)
        if document.clean_text is not None
    ]
    total = sum(scores, Scores())
    return Report(
        gold=name,
        model=run.name,
        against=against.name if against else None,
        mode=mode,
        documents=len(gold),
        characters=sum(len(document.text) for document in gold),
        entities=_entity_rows(gold, predicted, scores, others, seed),
        relations=_relation_rows(scores, others, seed),
        schemes=sum(
            (schemes(g.entities, p.entities) for g, p in zip(gold, predicted, strict=True)),
            Schemes(),
        ),
        org=total.org,
        org_full=total.org_full,
        status=total.status,
        repair=sum(repairs, RepairScore()) if repairs else None,
        entity_calibration=calibrate(_entity_answers(gold, run.annotations)),
        triple_calibration=calibrate(_triple_answers(gold, run.annotations)),
        errors=_count_kinds(found),
        cases=found,
    )


def _on_gold_prints(run: Run, gold: Sequence[GoldDocument]) -> Run:
    pairs = zip(run.annotations, gold, strict=True)
    return Run(run.name, tuple(on_gold_prints(*pair) for pair in pairs))


def _entity_rows(
    gold: Sequence[GoldDocument],
    predicted: Sequence[PredictedDocument],
    scores: Sequence[Scores],
    others: Sequence[Scores] | None,
    seed: int,
) -> list[Row]:
    pairs = list(zip(gold, predicted, strict=True))
    halves = {label: _partial(pairs, label) for label in Label}
    rows = [_row(ALL_ENTITIES, _all_entities, scores, others, seed)]
    rows[0] = replace(rows[0], partial=sum(halves.values(), PartialCounts()).f1)
    for label in Label:
        row = _row(str(label), partial(Scores.entity, label=label), scores, others, seed)
        rows.append(replace(row, partial=halves[label].f1))
    return [row for row in rows if row.name == ALL_ENTITIES or row.counts != Counts()]


def _partial(
    pairs: Iterable[tuple[GoldDocument, PredictedDocument]], label: Label
) -> PartialCounts:
    counts = PartialCounts()
    for gold, found in pairs:
        wanted = sorted({m for m in gold.entities if m[2] is label})
        counts += overlap_counts(wanted, sorted({m for m in found.entities if m[2] is label}))
    return counts


def _relation_rows(
    scores: Sequence[Scores], others: Sequence[Scores] | None, seed: int
) -> list[Row]:
    rows = [_row(ALL_RELATIONS, _all_relations, scores, others, seed)]
    rows += [
        _row(str(one), partial(Scores.relation, relation=one), scores, others, seed)
        for one in RelationType
    ]
    return [row for row in rows if row.name == ALL_RELATIONS or row.counts != Counts()]


def _all_entities(scores: Scores) -> Counts:
    return scores.all_entities


def _all_relations(scores: Scores) -> Counts:
    return scores.all_relations


def _row(
    name: str,
    pick: Callable[[Scores], Counts],
    scores: Sequence[Scores],
    others: Sequence[Scores] | None,
    seed: int,
) -> Row:
    counts = [pick(one) for one in scores]
    low, high = interval(counts, seed=seed)
    difference = compare(counts, [pick(one) for one in others], seed=seed) if others else None
    return Row(name, sum(counts, Counts()), low, high, None, difference)


def _entity_answers(
    gold: Sequence[GoldDocument], annotations: Sequence[Annotation]
) -> Iterator[tuple[float, bool]]:
    for document, annotation in zip(gold, annotations, strict=True):
        wanted = set(document.entities)
        for entity in annotation.entities:
            span = (entity.raw_spans[0][0], entity.raw_spans[-1][1], entity.label)
            yield entity.score, span in wanted


def _triple_answers(
    gold: Sequence[GoldDocument], annotations: Sequence[Annotation]
) -> Iterator[tuple[float, bool]]:
    """A triple given several times counts once, by its best score."""
    for document, annotation in zip(gold, annotations, strict=True):
        names = Names.of_gold(document)
        wanted = gold_keys(document, names)
        scores = {triple.id: triple.score for triple in annotation.triples}
        given = predicted_keys(PredictedDocument.from_annotation(annotation), names)
        for key, rows in given.items():
            yield max(scores[row.id or ""] for row in rows), key in wanted


def _count_kinds(found: Iterable[Case]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {"entity": {}, "triple": {}}
    for (subject, kind), count in Counter((c.subject, str(c.kind)) for c in found).most_common():
        counts[subject][kind] = count
    return counts
