"""`renzhi evaluate`: how good the answers are, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.annotations.native import GoldDocument
    from pipeline.evaluation.predictions import Run

__all__ = ["evaluate"]


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Gold documents, native JSON Lines.")],
    json: Annotated[
        Path | None, typer.Option("--json", help="Write everything here, each error too.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write the tables here.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page here: tables, diagrams, errors.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; the shipped one.")
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="Score this output of `renzhi annotate`; no model is run."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with another model, or with a .jsonl of its annotations."),
    ] = None,
    gold_entities: Annotated[
        bool,
        typer.Option(
            "--gold-entities", help="Give the gold mentions; measure posts and relations."
        ),
    ] = False,
    words: Annotated[
        bool,
        typer.Option(
            "--words",
            help="Take word borders (分词) as evidence too; what --against names does not.",
        ),
    ] = False,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SCORE", help="Exit with 1 below it: holds_post=0.9. Repeatable."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
) -> None:
    """Score entities, triples, posts' organisation and status (评测) against gold documents.

    Entities count by exact span and label, triples by head, relation and tail, once a document.
    Intervals are bootstrapped over documents; p is a paired randomisation test.
    """
    from rich.console import Console

    from pipeline.annotations.native import read_gold
    from pipeline.errors import ConfigError
    from pipeline.evaluation import evaluate as evaluation
    from pipeline.evaluation.report import html_page, json_text, markdown_text, tables
    from pipeline.evaluation.thresholds import parse_threshold, shortfalls
    from pipeline.files import check_target, write_whole

    if words and predictions is not None:
        raise ConfigError("--words runs a model, and --predictions runs none")
    for path in (json, markdown, html):
        if path is not None:
            check_target(path)
    thresholds = [parse_threshold(text) for text in fail_under or ()]
    documents = list(read_gold(gold))
    if gold_entities:
        run = _gold_run(documents, words)
    else:
        run = _run(predictions if predictions is not None else model, documents, words)
    report = evaluation.evaluate(
        documents,
        run,
        name=str(gold),
        against=_run(against, documents) if against is not None else None,
        mode="gold mentions" if gold_entities else "end to end",
        seed=seed,
    )
    short = shortfalls(report, thresholds)
    for path, write in ((json, json_text), (markdown, markdown_text), (html, html_page)):
        if path is not None:
            with write_whole(path) as out:
                out.write(write(report).encode())
    console = Console()
    for part in tables(report):
        console.print(part)
    for line in short:
        console.print(f"renzhi: {line}", style="red", highlight=False)
    if short:
        raise typer.Exit(1)


def _run(answers: str | Path | None, documents: list[GoldDocument], words: bool = False) -> Run:
    """Read annotations from a .jsonl file, or make them with the model of this name."""
    from pipeline.evaluation.predictions import Run, from_file, from_model
    from pipeline.model import find_model

    if answers is not None and (Path(answers).is_file() or Path(answers).suffix == ".jsonl"):
        return Run(str(answers), tuple(from_file(Path(answers), documents)))
    from pipeline.annotator import Annotator

    annotator = Annotator.load(answers, words=words)
    name = find_model(answers).name
    with _progress(documents, "annotating") as shown:
        return Run(f"{name} with words" if words else name, tuple(from_model(annotator, shown)))


def _gold_run(documents: list[GoldDocument], words: bool) -> Run:
    from pipeline.evaluation.predictions import Run, from_gold_mentions

    with _progress(documents, "applying the rules") as shown:
        name = "rules with words" if words else "rules"
        return Run(name, tuple(from_gold_mentions(shown, words=words)))


@contextmanager
def _progress(documents: list[GoldDocument], doing: str) -> Iterator[Iterable[GoldDocument]]:
    """Pass the documents on behind a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield bar.track(documents, description=doing)
