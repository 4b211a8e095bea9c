"""The model card, written from a run: what went in, how it was made, how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.components.recogniser.labels import LABELS
from pipeline.training.config import TrainingConfig
from pipeline.training.scores import LabelScore, total

if TYPE_CHECKING:
    from pipeline.training.adaptation import AdaptationResult, CurvePoint
    from pipeline.training.recogniser import TrainingResult

__all__ = ["adaptation_card", "score_table", "training_card"]

Scores = Mapping[str, LabelScore]


def training_card(
    name: str, config: TrainingConfig, result: TrainingResult, command: str, notes: str = ""
) -> str:
    """Write the card of a model trained from a configuration, in Markdown.

    command: what makes the model again. notes: Markdown that is put behind the scores.
    """
    encoder = config.encoder
    lexicon = result.model.lexicon
    weights = sum(value.size for value in result.model.weights.values())
    lines = [
        f"# {name}",
        "",
        config.about or "A recogniser of names and titles in Chinese text.",
        "",
        f"Labels: {', '.join(LABELS)} (TITLE is the bare title 职务 without the organisation).",
        "",
        "## How it was made",
        "",
        f"    {command}",
        "",
        f"Seed {config.seed}, {result.seconds / 3600:.1f} hours on {config.threads} "
        f"thread{'s' if config.threads > 1 else ''}. "
        "Stages: "
        + "; ".join(
            f"{stage}: {part.passes:g} passes, learning rate {part.rate:g}, "
            + (f"mean of {part.replicas} runs, " if part.replicas > 1 else "")
            + ", ".join(f"{corpus} × {share:g}" for corpus, share in part.shares.items())
            for stage, part in config.stages.items()
        )
        + ".",
        "",
        f"Network: character vectors of {encoder.char_width}, bigrams of {encoder.bigram_width}, "
        f"lexicon words of {encoder.word_width} at begin, middle and end (SoftLexicon), "
        f"{len(result.model.categories)} gazetteer categories, {encoder.layers} BiGRU layers of "
        f"{encoder.hidden} units a direction, linear-chain CRF over BIOES tags. "
        f"{weights:,} weights, {len(lexicon.hashes):,} lexicon words. Inference is NumPy.",
        "",
        "## Data",
        "",
        "| corpus | file | characters | trained on | what it is |",
        "|---|---|---|---|---|",
    ]
    for corpus, one in config.corpora.items():
        used = f"{1 - one.hold_out:.0%}" if one.hold_out else "all"
        path = one.path.rsplit("/corpus/", 1)[-1] if one.path.startswith("/") else one.path
        count = result.counts.get(corpus, 0)
        lines.append(f"| {corpus} | `{path}` | {count:,} | {used} | {one.about} |")
    lines += [
        "",
        "A label that a corpus does not annotate is unknown in training there, never O. The part "
        "that was not trained on fitted the calibration of the probabilities.",
        "",
        "## Scores",
        "",
        "Exact spans and labels, in per cent. ECE is the expected calibration error of the spans'"
        " probabilities.",
        "",
    ]
    for check, scores in result.scores.items():
        one = config.checks[check]
        error = result.errors[check]
        lines += [
            f"### {check} (`{one.path}`, dialect `{one.dialect}`, ECE {error:.3f})",
            "",
            *score_table(scores),
            "",
        ]
    if notes:
        lines += [notes.strip(), ""]
    return "\n".join(lines)


def adaptation_card(
    name: str, start: str, result: AdaptationResult, curve: list[CurvePoint], command: str
) -> str:
    """Write the card of a model that was trained on from another one."""
    lines = [
        f"# {name}",
        "",
        f"Trained on from `{start}` with {result.documents} documents, {result.passes} passes.",
        "",
        f"    {command}",
        "",
        "## Before, on the development documents",
        "",
        *score_table(result.before),
        "",
        "## After",
        "",
        *score_table(result.after),
        "",
    ]
    if result.old_after:
        change = 100 * (total(result.old_after).f1 - total(result.old_before).f1)
        lines += [
            "## What it forgot",
            "",
            f"F1 on documents of the old kind changed by {change:+.1f} points. Before:",
            "",
            *score_table(result.old_before),
            "",
            "After:",
            "",
            *score_table(result.old_after),
            "",
        ]
    if curve:
        lines += [
            "## Learning curve",
            "",
            "| documents | F1 |",
            "|---|---|",
            *(f"| {point.documents} | {100 * total(point.scores).f1:.1f} |" for point in curve),
            "",
        ]
    return "\n".join(lines)


def score_table(scores: Scores) -> list[str]:
    """Give the lines of a Markdown table, one row a label and one for all."""
    rows = ["| label | precision | recall | F1 | gold |", "|---|---|---|---|---|"]
    for label, score in (*scores.items(), ("all", total(scores))):
        numbers = (score.precision, score.recall, score.f1)
        cells = " | ".join(f"{100 * number:.1f}" for number in numbers)
        rows.append(f"| {label} | {cells} | {score.gold:,} |")
    return rows
