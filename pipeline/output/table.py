"""A terminal table of the triples of some annotations."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.markup import escape
from rich.table import Table

from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation

__all__ = ["triples_table"]


def triples_table(annotations: Iterable[Annotation]) -> Table:
    """Lay out every triple as head, relation, tail, organisation, status, date and score."""
    table = Table(
        title="Who holds which post (任职)",
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name in ("head", "relation", "tail", "org", "status", "date"):
        table.add_column(name, overflow="fold", no_wrap=name in {"relation", "status", "date"})
    table.add_column("score", justify="right", no_wrap=True)
    for annotation in annotations:
        for row in flat_triples(annotation):
            cells = (
                row[key] or "" for key in ("head", "relation", "tail", "org", "status", "date")
            )
            table.add_row(*map(escape, cells), f"{row['score']:.2f}")
    return table
