"""`renzhi corpus`: convert, check, split, count and make noisy the gold files of a corpus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["corpus_app"]

corpus_app = typer.Typer(
    no_args_is_help=True, help="Convert, check, split and count gold files (标注语料)."
)

GoldFile = Annotated[Path, typer.Argument(help="Gold documents, native JSON Lines.")]


@corpus_app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="Gold file, or a brat folder.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File or folder to write.")],
    read_as: Annotated[str, typer.Option("--from", help="Format of IN.")] = "native",
    write_as: Annotated[str, typer.Option("--to", help="Format of OUT.")] = "native",
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="THEIRS=OURS", help="What IN calls a label: 人物=PER. Repeatable."),
    ] = None,
) -> None:
    """Convert between gold formats; say what the target cannot hold.

    Formats: native, bio, bioes, conll, brat, doccano, label-studio, docbin, cluener, msra.
    """
    from pipeline.annotations import formats

    done = formats.convert(
        source, target, read_as=read_as, write_as=write_as, names=formats.parse_names(name or ())
    )
    size = f"{done.documents} documents, {done.mentions} mentions, {done.triples} triples"
    print(f"{target}: {size}", file=sys.stderr)
    for what, count in sorted(done.losses.items()):
        print(f"{target}: left out: {what}: {count}", file=sys.stderr)


@corpus_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Native gold files.")],
) -> None:
    """Find malformed lines, breaks of the guidelines, doubles, and leaks between the files.

    Prints one line a problem and exits with 1 when there is one.
    """
    from pipeline.annotations import check as checking

    problems = 0
    for problem in checking.check(files):
        problems += 1
        print(problem)
    if problems:
        print(f"{problems} problems", file=sys.stderr)
        raise typer.Exit(1)


@corpus_app.command()
def split(
    source: GoldFile,
    folder: Annotated[Path, typer.Argument(help="Folder for one file a part.")],
    parts: Annotated[
        str, typer.Option(help="Names of the parts and their shares.")
    ] = "train=8,dev=1,test=1",
    seed: Annotated[int, typer.Option(help="Another seed gives other parts.")] = 0,
) -> None:
    """Share documents out over train, dev and test; documents that are alike stay together."""
    from pipeline.annotations import split as splitting
    from pipeline.annotations.native import read_gold, write_gold
    from pipeline.files import make_folder

    ratios = splitting.parse_ratios(parts)
    shares = splitting.split(list(read_gold(source)), ratios, seed=seed)
    make_folder(folder)
    for name, documents in shares.items():
        write_gold(documents, folder / f"{name}.jsonl")
        print(f"{folder / name}.jsonl: {len(documents)} documents", file=sys.stderr)


@corpus_app.command()
def stats(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Native gold files.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Count documents, mentions by label and triples by relation."""
    import json as writer
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from pipeline.annotations.native import read_gold
    from pipeline.annotations.stats import corpus_stats

    found = corpus_stats(document for path in files for document in read_gold(path))
    if json:
        print(writer.dumps(asdict(found), ensure_ascii=False))
        return
    console = Console()
    console.print(
        f"{found.documents} documents ({found.empty} without a mention, {found.pages} raw pages), "
        f"{found.characters:,} characters",
        highlight=False,
    )
    table = Table("label", "mentions", "different")
    for label, count in found.mentions.items():
        table.add_row(label, str(count), str(found.surfaces[label]))
    console.print(table)
    console.print(f"{found.overlaps} ROLE mentions overlap an ORG", highlight=False)
    table = Table("relation", "triples")
    for relation, count in found.triples.items():
        table.add_row(relation, str(count))
    console.print(table)
    statuses = ", ".join(f"{status} {count}" for status, count in found.statuses.items())
    console.print(f"holds_post: {found.with_org} with an organisation; {statuses or 'no status'}")


@corpus_app.command()
def noise(
    source: GoldFile,
    target: Annotated[Path, typer.Argument(metavar="OUT", help="File to write.")],
    seed: Annotated[int, typer.Option(help="Another seed gives other pages.")] = 0,
) -> None:
    """Set each clean document as a raw newspaper page (版面噪声) whose clean text stays known.

    Lines are wrapped and set in columns, headlines doubled, letters spaced, numbers split, page
    furniture added. Offsets are carried over; meta.clean_text is the truth for page repair.
    """
    from pipeline.annotations.native import read_gold, write_gold
    from pipeline.annotations.pages import raw_pages
    from pipeline.files import check_target

    check_target(target)
    documents = list(read_gold(source))
    write_gold(raw_pages(documents, seed=seed), target)
    print(f"{target}: {len(documents)} pages", file=sys.stderr)


@corpus_app.command()
def build(
    source: Annotated[Path, typer.Argument(metavar="SOURCES", help="Folder of marked articles.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to write.")],
) -> None:
    """Build train, dev, test and page gold from articles written with inline marks.

    Also sets dev and test as raw pages (noisy_dev, noisy_test). The marks: corpus/README.md.
    """
    from pipeline.annotations import markup

    for name, count in markup.build(source, target).items():
        print(f"{target / name}.jsonl: {count} documents", file=sys.stderr)
