"""Lowest scores that a build accepts: ``holds_post=0.9``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import ConfigError
from pipeline.evaluation.evaluate import ALL_ENTITIES, ALL_RELATIONS, Report
from pipeline.schema import Label, RelationType

__all__ = ["Threshold", "parse_threshold", "shortfalls"]

_RATES = ("org", "org_full", "status", "repair")
NAMES = (ALL_ENTITIES, *map(str, Label), ALL_RELATIONS, *map(str, RelationType), *_RATES)
"""What may be asked for: F1 of a label, a relation or all of them; the rate of the rest."""


@dataclass(frozen=True)
class Threshold:
    """name: one of `NAMES`; least: in [0, 1]."""

    name: str
    least: float


def parse_threshold(text: str) -> Threshold:
    """Read ``name=0.9``. RAISES ConfigError: the name or the number is none."""
    name, _, number = text.partition("=")
    if name not in NAMES:
        raise ConfigError(f"--fail-under: unknown score '{name}'; known: {', '.join(NAMES)}")
    try:
        least = float(number)
    except ValueError as error:
        raise ConfigError(f"--fail-under: '{text}' must be like {name}=0.9") from error
    if not 0 <= least <= 1:
        raise ConfigError(f"--fail-under: {name} must be between 0 and 1, not {number}")
    return Threshold(name, least)


def shortfalls(report: Report, thresholds: Iterable[Threshold]) -> list[str]:
    """Return a line for each score that is too low.

    RAISES ConfigError: a score was asked for that this gold file cannot give.
    """
    scores = {row.name: row.counts.f1 for row in (*report.entities, *report.relations)}
    scores |= {"org": report.org.rate, "org_full": report.org_full.rate}
    scores["status"] = report.status.rate
    if report.repair is not None:
        scores["repair"] = report.repair.accuracy
    lines = []
    for wanted in thresholds:
        if wanted.name not in scores:
            raise ConfigError(f"--fail-under: {report.gold} has nothing to score {wanted.name} by")
        if scores[wanted.name] < wanted.least:
            lines.append(f"{wanted.name} is {scores[wanted.name]:.4f}, under {wanted.least}")
    return lines
