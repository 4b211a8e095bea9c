"""A report as JSON, Markdown, a terminal table and one HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from pipeline.evaluation.calibration import Calibration
from pipeline.evaluation.counts import Accuracy
from pipeline.evaluation.evaluate import Report, Row
from pipeline.evaluation.partial import PartialCounts

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["html_page", "json_text", "markdown_text", "tables"]

_SHOWN = 3000
"""Error cases in one HTML page; a browser is slow with more."""


def json_text(report: Report) -> str:
    """Return the whole report, with every error case, as a JSON object."""
    repair = report.repair
    value: dict[str, Any] = {
        "gold": report.gold,
        "model": report.model,
        "against": report.against,
        "mode": report.mode,
        "documents": report.documents,
        "characters": report.characters,
        "entities": {row.name: _plain_row(row) for row in report.entities},
        "relations": {row.name: _plain_row(row) for row in report.relations},
        "schemes": {name: _plain_partial(counts) for name, counts in _schemes(report)},
        "org": _plain_accuracy(report.org),
        "org_full": _plain_accuracy(report.org_full),
        "status": _plain_accuracy(report.status),
        "repair": repair and {**asdict(repair), "accuracy": round(repair.accuracy, 6)},
        "calibration": {
            "entities": asdict(report.entity_calibration),
            "triples": asdict(report.triple_calibration),
        },
        "errors": report.errors,
        "cases": [asdict(case) for case in report.cases],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def markdown_text(report: Report) -> str:
    """Return the report's tables as Markdown."""
    lines = [f"# Scores on {report.gold}", "", _headline(report), ""]
    lines += _markdown_table("Entities", report.entities)
    lines += _markdown_table("Relations", report.relations)
    lines += ["| over the right `holds_post` triples | right | of | rate |", "|---|--:|--:|--:|"]
    lines += [f"| {n} | {a.right} | {a.total} | {a.rate:.3f} |" for n, a in _accuracies(report)]
    lines += ["", "| entities of all labels | P | R | F1 |", "|---|--:|--:|--:|"]
    lines += [
        f"| {name} | {c.precision:.3f} | {c.recall:.3f} | {c.f1:.3f} |"
        for name, c in _schemes(report)
    ]
    lines += ["", *_remarks(report)]
    lines += ["", "| errors | " + " | ".join(_kinds(report)) + " |"]
    lines += ["|---|" + "--:|" * len(_kinds(report))]
    for subject, counts in report.errors.items():
        cells = " | ".join(str(counts.get(kind, 0)) for kind in _kinds(report))
        lines.append(f"| {subject} | {cells} |")
    return "\n".join(lines) + "\n"


def html_page(report: Report) -> str:
    """Return one page that opens without a network: the tables, the diagrams, every error."""
    shown = sorted(report.cases[:_SHOWN], key=lambda case: (case.subject, case.kind, case.name))
    groups = [
        (subject, str(kind), list(cases))
        for (subject, kind), cases in groupby(shown, key=lambda case: (case.subject, case.kind))
    ]
    return _template().render(
        report=report,
        headline=_headline(report),
        remarks=_remarks(report),
        accuracies=_accuracies(report),
        schemes=_schemes(report),
        diagrams=[
            ("Entities", report.entity_calibration, _points(report.entity_calibration)),
            ("Triples", report.triple_calibration, _points(report.triple_calibration)),
        ],
        kinds=_kinds(report),
        groups=groups,
        left_out=len(report.cases) - len(shown),
    )


def tables(report: Report) -> list[RenderableType]:
    """Return what the terminal shows."""
    from rich.table import Table

    shown: list[RenderableType] = [_headline(report)]
    for title, rows in (("Entities", report.entities), ("Relations", report.relations)):
        table = Table(title=title, title_justify="left")
        table.add_column(title.lower())
        for name in _columns(rows):
            table.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            style = "bold" if row.name == title.lower() else None
            table.add_row(row.name, *_cells(row, rows), style=style)
        shown.append(table)
    table = Table(title="Over the right holds_post triples", title_justify="left")
    for name in ("", "right", "of", "rate"):
        table.add_column(name, justify="right" if name else "left")
    for name, one in _accuracies(report):
        table.add_row(name, str(one.right), str(one.total), f"{one.rate:.3f}")
    return [*shown, table, *_remarks(report)]


def _headline(report: Report) -> str:
    model = f"{report.model}, compared with {report.against}" if report.against else report.model
    size = f"{report.documents} documents, {report.characters:,} characters"
    return f"{model}; {report.mode}; {size}."


def _remarks(report: Report) -> list[str]:
    lines = []
    if report.repair is not None:
        wrong, all_of_them = report.repair.edits, report.repair.characters
        lines.append(
            f"Page repair: {report.repair.accuracy:.2%} of {all_of_them:,} characters right, "
            f"{wrong:,} wrong."
        )
    lines.append(
        f"Calibration error (ECE): entities {report.entity_calibration.ece:.3f}, "
        f"triples {report.triple_calibration.ece:.3f}."
    )
    return lines


def _columns(rows: Sequence[Row]) -> list[str]:
    names = ["P", "R", "F1", "95 %"]
    if any(row.partial is not None for row in rows):
        names.append("partial")
    names += ["support", "found"]
    if any(row.against is not None for row in rows):
        names += ["difference", "p"]
    return names


def _cells(row: Row, rows: Sequence[Row]) -> list[str]:
    counts = row.counts
    cells = [f"{counts.precision:.3f}", f"{counts.recall:.3f}", f"{counts.f1:.3f}"]
    cells.append(f"{row.low:.3f}–{row.high:.3f}")
    if any(other.partial is not None for other in rows):
        cells.append("" if row.partial is None else f"{row.partial:.3f}")
    cells += [str(counts.support), str(counts.predicted)]
    if row.against is not None:
        cells += [f"{row.against.f1:+.3f}", f"{row.against.p:.3f}"]
    return cells


def _markdown_table(title: str, rows: Sequence[Row]) -> list[str]:
    columns = _columns(rows)
    lines = [f"| {title.lower()} | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]
    lines += [f"| {row.name} | " + " | ".join(_cells(row, rows)) + " |" for row in rows]
    return [*lines, ""]


def _accuracies(report: Report) -> list[tuple[str, Accuracy]]:
    return [
        ("organisation", report.org),
        ("organisation, to the letter", report.org_full),
        ("status", report.status),
    ]


def _schemes(report: Report) -> list[tuple[str, PartialCounts]]:
    found = report.schemes
    return [
        ("strict", found.strict),
        ("exact", found.exact),
        ("partial", found.partial),
        ("type", found.type),
    ]


def _kinds(report: Report) -> list[str]:
    return list(dict.fromkeys(kind for counts in report.errors.values() for kind in counts))


def _points(calibration: Calibration) -> list[Mapping[str, float]]:
    """Places in a diagram of 200 by 200: a bar for each bin, its mean score a dot."""
    return [
        {
            "x": 200 * one.low,
            "width": 200 * (one.high - one.low) - 2,
            "y": 200 * (1 - one.right),
            "height": 200 * one.right,
            "score": 200 * one.score,
        }
        for one in calibration.bins
    ]


def _plain_row(row: Row) -> dict[str, Any]:
    counts = row.counts
    value: dict[str, Any] = {
        "precision": round(counts.precision, 6),
        "recall": round(counts.recall, 6),
        "f1": round(counts.f1, 6),
        "interval": [round(row.low, 6), round(row.high, 6)],
        "support": counts.support,
        "predicted": counts.predicted,
        "right": counts.right,
    }
    if row.partial is not None:
        value["partial_f1"] = round(row.partial, 6)
    if row.against is not None:
        value["against"] = asdict(row.against)
    return value


def _plain_partial(counts: PartialCounts) -> dict[str, Any]:
    rates = {"precision": counts.precision, "recall": counts.recall, "f1": counts.f1}
    return {**asdict(counts), **{name: round(rate, 6) for name, rate in rates.items()}}


def _plain_accuracy(accuracy: Accuracy) -> dict[str, Any]:
    return {**asdict(accuracy), "rate": round(accuracy.rate, 6)}


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("pipeline.evaluation"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals["columns"] = _columns
    environment.globals["cells"] = _cells
    return environment.get_template("report.html.j2")
