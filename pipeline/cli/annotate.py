"""`renzhi annotate`: pages in, documents and triples out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.output.formats import Format, format_of_file

if TYPE_CHECKING:
    from pipeline.runner.run import RunOptions
    from pipeline.runner.work import Job
    from pipeline.schema import Annotation
    from pipeline.sources.listing import Ignored

__all__ = ["annotate"]

CORPUS = "Corpora (-o FOLDER)"
READING = "Reading"


class Engine(StrEnum):
    """What spreads a corpus run over processes."""

    LOCAL = "local"
    RAY = "ray"


class StdinFormat(StrEnum):
    """What standard input is, which has no name to tell it."""

    TEXT = "text"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


def annotate(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(help="Files, folders or globs; - is standard input.", metavar="PATH…"),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A file (.jsonl, .html, .parquet), else a folder."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Form of the output; by default a table on a terminal."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; the shipped one.")
    ] = None,
    rules: Annotated[
        list[Path] | None, typer.Option(help="A rule file of your own; may be given again.")
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(min=0, max=1, help="Leave out facts scored lower.")
    ] = None,
    words: Annotated[
        bool,
        typer.Option("--words", help="Take word borders (分词) as evidence too; slower."),
    ] = False,
    encoding: Annotated[
        str | None,
        typer.Option(help="Of text files; recognised if not given.", rich_help_panel=READING),
    ] = None,
    stdin_format: Annotated[
        StdinFormat, typer.Option(help="What standard input is.", rich_help_panel=READING)
    ] = StdinFormat.TEXT,
    text_column: Annotated[
        str, typer.Option(help="Of JSONL, CSV and Parquet.", rich_help_panel=READING)
    ] = "text",
    id_column: Annotated[
        str, typer.Option(help="Of JSONL, CSV and Parquet.", rich_help_panel=READING)
    ] = "id",
    meta_pattern: Annotated[
        str | None,
        typer.Option(
            help="Metadata from file names, such as '{newspaper}-{issue_date:%Y-%m-%d}'.",
            rich_help_panel=READING,
        ),
    ] = None,
    max_characters: Annotated[
        int, typer.Option(min=1, help="Of one document.", rich_help_panel=READING)
    ] = 1_000_000,
    max_file_bytes: Annotated[
        int, typer.Option(min=1, help="Of a file that is one document.", rich_help_panel=READING)
    ] = 200_000_000,
    max_row_bytes: Annotated[
        int, typer.Option(min=1, help="Of a row of a table or JSONL.", rich_help_panel=READING)
    ] = 20_000_000,
    workers: Annotated[int, typer.Option(min=1, help="Processes.", rich_help_panel=CORPUS)] = 1,
    engine: Annotated[
        Engine, typer.Option(help="Worker processes here, or Ray.", rich_help_panel=CORPUS)
    ] = Engine.LOCAL,
    ray_address: Annotated[
        str | None,
        typer.Option(
            help="A running Ray cluster; a local one if not given.", rich_help_panel=CORPUS
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds a document may take.", rich_help_panel=CORPUS)
    ] = 300.0,
    memory_limit: Annotated[
        str | None,
        typer.Option(
            help="Memory a worker may hold, such as 4GiB; the document that needs more is set "
            "aside.",
            rich_help_panel=CORPUS,
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option(help="Do what is done again.", rich_help_panel=CORPUS)
    ] = False,
    retry_rejects: Annotated[
        bool, typer.Option(help="Try what was set aside again.", rich_help_panel=CORPUS)
    ] = False,
    prune: Annotated[
        bool,
        typer.Option(
            help="Take out documents whose input is gone from PATH.", rich_help_panel=CORPUS
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Only count what there is to do.", rich_help_panel=CORPUS)
    ] = False,
    log_json: Annotated[
        bool, typer.Option(help="Progress as JSON lines on standard error.", rich_help_panel=CORPUS)
    ] = False,
) -> None:
    """Read who holds which post (任职), with status, time and evidence.

    Reads text, PDF, HTML, DOCX, JSONL, CSV and Parquet. Metadata (newspaper, issue_date,
    home_place) comes from a sidecar NAME.meta.json, from columns or from the file name. With
    -o FOLDER the run may be stopped at any moment and started again.
    """
    from pipeline.output.single import write, write_file
    from pipeline.runner.run import RunOptions
    from pipeline.runner.sizes import parse_size
    from pipeline.runner.work import Job
    from pipeline.sources.items import ReadOptions

    job = Job(
        config={
            "model": model,
            "rules": [str(path) for path in rules or ()],
            "min_score": min_score,
            "words": words,
        },
        read=ReadOptions(
            stdin_format=stdin_format.value,
            encoding=encoding,
            text_column=text_column,
            id_column=id_column,
            meta_pattern=meta_pattern,
            exclude=None if output is None else str(output),
            max_characters=max_characters,
            max_file_bytes=max_file_bytes,
            max_row_bytes=max_row_bytes,
        ),
        memory_limit=parse_size(memory_limit, "--memory-limit") if memory_limit else None,
    )
    by_name = format_of_file(output) if output else None
    if output and not by_name and form in {None, Format.JSONL, Format.PARQUET}:
        options = RunOptions(
            workers=workers,
            engine=engine.value,
            ray_address=ray_address,
            format="parquet" if form is Format.PARQUET else "jsonl",
            force=force,
            retry_rejects=retry_rejects,
            prune=prune,
            dry_run=dry_run,
            timeout=timeout,
        )
        _annotate_corpus(paths, output, job, options, log_json)
        return
    _refuse_corpus_options(context)
    chosen = form or by_name or _default_format()
    annotations = _annotations(paths, job)
    if output:
        write_file(annotations, output, chosen)
    elif chosen is Format.TABLE:
        _print_table(annotations)
    else:
        write(annotations, sys.stdout.buffer, chosen)


def _refuse_corpus_options(context: typer.Context) -> None:
    """RAISES ConfigError: an option of corpora was given, which would do nothing without one."""
    from pipeline.errors import ConfigError

    given = [
        option.opts[0]
        for option in context.command.params
        if getattr(option, "rich_help_panel", None) == CORPUS and _is_given(context, option.name)
    ]
    if given:
        names = ", ".join(given)
        raise ConfigError(f"{names}: options of a corpus run, which need a folder (-o FOLDER)")


def _is_given(context: typer.Context, name: str | None) -> bool:
    source = context.get_parameter_source(name) if name else None
    return source is not None and source.name != "DEFAULT"


def _default_format() -> Format:
    return Format.TABLE if sys.stdout.isatty() else Format.JSONL


def _annotations(paths: list[str], job: Job) -> Iterator[Annotation]:
    """Annotate every readable input; name the others, with their reason, on standard error."""
    from pipeline.errors import BadInputError
    from pipeline.runner.work import make_annotator
    from pipeline.sources.items import Reject
    from pipeline.sources.listing import Ignored
    from pipeline.sources.read import read_sources

    annotate_source = None
    rejected, ignored = 0, Ignored()
    for source in read_sources(paths, job.read, ignored):
        if isinstance(source, Reject):
            rejected += 1
            print(f"renzhi: {source.name}: {source.reason}; set aside", file=sys.stderr)
            continue
        # Loaded only now, so that a missing file is named at once.
        annotate_source = annotate_source or make_annotator(job)
        yield annotate_source(source)
    if annotate_source is None:
        raise BadInputError(", ".join(paths), f"no readable document, {rejected} set aside")
    _tell_ignored(ignored)


def _tell_ignored(ignored: Ignored) -> None:
    if ignored.files:
        print(f"renzhi: of a kind that is not read: {ignored.text()}", file=sys.stderr)


def _print_table(annotations: Iterator[Annotation]) -> None:
    from rich.console import Console

    from pipeline.output.table import triples_table

    Console().print(triples_table(annotations))


def _annotate_corpus(
    paths: list[str], output: Path, job: Job, options: RunOptions, log_json: bool
) -> None:
    from rich.console import Console

    from pipeline.errors import BadInputError
    from pipeline.runner.progress import JsonLog, Terminal, summary_table
    from pipeline.runner.run import run

    console = Console(stderr=True)
    watcher = JsonLog() if log_json else Terminal(paths, job.read, console)
    summary = run(paths, output, job, options, watcher)
    if summary.planned is not None:
        print(f"{summary.planned:,} documents to annotate, {summary.counts.skipped:,} done before")
        if options.prune:
            print(f"{summary.counts.pruned:,} documents to take out: their input is gone")
    elif not log_json:
        console.print(summary_table(summary.counts, summary.stages))
    _tell_ignored(summary.ignored)
    if summary.counts.stopped:
        raise typer.Exit(130)
    if summary.counts.rejects and not (summary.counts.documents or summary.counts.skipped):
        raise BadInputError(", ".join(paths), f"no readable document; see {output}/rejects.jsonl")
