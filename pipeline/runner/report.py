"""`renzhi report`: one HTML page about a corpus run, with its pictures inside, for offline use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader

from pipeline.files import write_whole
from pipeline.runner.overview import Overview, read_overview

__all__ = ["Bar", "report_page", "write_report"]

TOP = 30
MOST_BARS = 48  # of a chart over time; more months become years
WIDTH, HEIGHT = 720, 180  # of a chart over time


@dataclass(frozen=True)
class Bar:
    """One bar of a chart over time, in units of the picture; label is empty on most."""

    x: float
    y: float
    width: float
    height: float
    title: str
    label: str


def write_report(root: Path, page: Path) -> Overview:
    """Count a corpus run's output folder and write the page about it, whole or not at all.

    RAISES BadInputError: the folder is none, or the page cannot be written.
    """
    overview = read_overview(root)
    html = report_page(overview)
    with write_whole(page) as out:
        out.write(html.encode())
    return overview


def report_page(overview: Overview) -> str:
    """Render the numbers of a run as one HTML page."""
    environment = Environment(
        loader=PackageLoader("pipeline.runner"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        o=overview,
        width=WIDTH,
        height=HEIGHT,
        documents=time_bars(overview.months),
        facts=time_bars(overview.facts),
        undated=overview.months[""],
        relations=_shares(overview.relations),
        statuses=_shares(overview.statuses),
        posts=overview.posts.top(TOP),
        newspapers=overview.newspapers.top(TOP),
        reasons=overview.reasons.top(TOP),
    )


def time_bars(months: Mapping[str, int]) -> list[Bar]:
    """Bars of a chart over time, without gaps, by month or, where they are many, by year.

    months: counts by ``2014-04`` or ``2014``; the empty key is left out.
    """
    dated = {key: count for key, count in months.items() if key}
    by_year = any(len(key) == 4 for key in dated) or len(_range(dated)) > MOST_BARS
    counts: dict[str, int] = {}
    for key, count in dated.items():
        period = key[:4] if by_year else key
        counts[period] = counts.get(period, 0) + count
    periods = _range(counts)
    highest = max(counts.values(), default=1)
    step = WIDTH / max(1, len(periods))
    every = -(-len(periods) // 12)
    return [
        Bar(
            x=round(i * step, 2),
            y=round(HEIGHT * (1 - counts.get(period, 0) / highest), 2),
            width=round(0.85 * step, 2),
            height=round(HEIGHT * counts.get(period, 0) / highest, 2),
            title=f"{period}: {counts.get(period, 0):,}",
            label=period if i % every == 0 else "",
        )
        for i, period in enumerate(periods)
    ]


def _range(counts: Mapping[str, int]) -> list[str]:
    """Every period from the first to the last; only those there are where they lie far apart."""
    if not counts:
        return []
    first, last = min(counts), max(counts)
    if len(first) == 4:
        years = range(int(first), int(last) + 1)
        return [f"{year:04d}" for year in years] if len(years) <= 400 else sorted(counts)
    start, end = (int(key[:4]) * 12 + int(key[5:7]) - 1 for key in (first, last))
    if end - start > 4800:
        return sorted(counts)
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(start, end + 1)]


def _shares(counts: Mapping[str, int]) -> Sequence[tuple[str, int, float]]:
    """Rows of a bar list: name, count, and length from 0 to 100."""
    highest = max(counts.values(), default=1)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [(name, count, round(100 * count / highest, 1)) for name, count in rows]
