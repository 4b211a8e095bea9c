"""How often each relation rule is right: counted on gold documents, shrunk towards its base score.

A rule's score is (right + WEIGHT · base) / (found + WEIGHT): a rule that a corpus hardly knows
keeps what its author thought of it. The table is data (pipeline/rules/scores.toml), made by
``renzhi rules calibrate``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.annotations.native import GoldDocument
from pipeline.evaluation.names import Names
from pipeline.evaluation.scorer import PredictedDocument, gold_keys, predicted_keys
from pipeline.schema import Annotation

__all__ = ["WEIGHT", "RuleScore", "count_rules", "score_rules", "scores_text"]

WEIGHT = 5.0
"""How many answers the base score of a rule counts for."""


@dataclass(frozen=True)
class RuleScore:
    """right of found answers of one rule, and the score they give; in [0, 1]."""

    right: int
    found: int
    score: float


def count_rules(
    pairs: Iterable[tuple[GoldDocument, Annotation]],
) -> dict[str, tuple[int, int]]:
    """Count (right, found) answers for each rule id.

    A triple that several mentions give counts once a document, for the rule of the first.
    """
    counts: dict[str, tuple[int, int]] = {}
    for gold, annotation in pairs:
        names = Names.of_gold(gold)
        wanted = gold_keys(gold, names)
        given = predicted_keys(PredictedDocument.from_annotation(annotation), names)
        rules = {triple.id: triple.rule for triple in annotation.triples}
        for key, rows in given.items():
            rule = rules[rows[0].id or ""]
            right, found = counts.get(rule, (0, 0))
            counts[rule] = (right + (key in wanted), found + 1)
    return counts


def score_rules(
    counts: Mapping[str, tuple[int, int]], base: Mapping[str, float]
) -> dict[str, RuleScore]:
    """Score every rule that was counted, towards its base score."""
    return {
        rule: RuleScore(right, found, round((right + WEIGHT * base[rule]) / (found + WEIGHT), 4))
        for rule, (right, found) in sorted(counts.items())
        if rule in base
    }


def scores_text(scores: Mapping[str, RuleScore]) -> str:
    """The TOML file that the rules read their scores from."""
    lines = [
        "# Scores of the relation rules, counted on gold documents by `renzhi rules calibrate`.",
        "# right of found answers; the score leans on the rule's base score where found is small.",
        "",
        "[scores]",
    ]
    lines += [
        f"{rule} = {{ score = {row.score}, right = {row.right}, found = {row.found} }}"
        for rule, row in scores.items()
    ]
    return "\n".join(lines) + "\n"
