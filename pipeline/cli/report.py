"""`renzhi report`: an HTML overview of a corpus run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    folder: Annotated[
        Path, typer.Argument(help="The output folder of `renzhi annotate -o FOLDER`.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The page; FOLDER/report.html.")
    ] = None,
) -> None:
    """Show what a corpus run found: counts over time and by relation, posts, rejects.

    One HTML page with its pictures inside, that opens without a network.
    """
    from pipeline.files import check_target
    from pipeline.runner.report import write_report

    if output is not None:
        check_target(output)
    page = output or folder / "report.html"
    overview = write_report(folder, page)
    print(f"{page}: {overview.documents:,} documents, {overview.triples:,} triples")
