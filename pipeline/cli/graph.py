"""`renzhi graph`: one graph of many documents: build it, ask it, overrule it, take it elsewhere."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.graph.export import Target

if TYPE_CHECKING:
    from pipeline.graph.questions import Answer

__all__ = ["graph_app"]

graph_app = typer.Typer(
    no_args_is_help=True, help="One graph of many documents: people, posts, tenures (知识图谱)."
)

Store = Annotated[Path, typer.Argument(metavar="STORE", help="Folder of the graph.")]


class Form(StrEnum):
    """How answers are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


As = Annotated[Form, typer.Option("--format", help="Form of the answer.")]
StoreOption = Annotated[Path, typer.Option("--store", "-s", help="Folder of the graph.")]
HERE = Path("graph")


@graph_app.command()
def build(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="DIR…", help="Folders that renzhi annotate -o wrote; or none."),
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the graph.")] = HERE,
    prune: Annotated[
        bool, typer.Option(help="Take out documents that the folders no longer hold.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; as many as processors if not given.")
    ] = None,
) -> None:
    """Add annotated documents to a graph and bring identity, tenures and the store up to date.

    Only what is new is read. Without DIR it only applies new judgements (renzhi graph judge).
    """
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from pipeline.graph import build as building

    count = workers or os.cpu_count() or 1
    report = building.build(folders or [], output, prune=prune, workers=count)
    table = Table(show_header=False)
    for name, value in asdict(report).items():
        if isinstance(value, int):
            table.add_row(name, f"{value:,}")
    Console(stderr=True).print(table)
    if warning := report.warning():
        print(f"renzhi: {warning}", file=sys.stderr)


@graph_app.command()
def query(
    store: Store,
    sparql: Annotated[str, typer.Argument(help="SPARQL; - reads it from standard input.")],
    form: As = Form.TABLE,
) -> None:
    """Ask in SPARQL. Prefixes rz, org, prov, oa, schema, time, rdf, rdfs and xsd are known."""
    from pipeline.graph import query as asking

    text = sys.stdin.read() if sparql == "-" else sparql
    if form is Form.TABLE:
        names, rows = asking.query_rows(store, text)
        _print_table(names, rows)
    else:
        asking.query_to(store, text, form.value, sys.stdout.buffer)


@graph_app.command()
def who(
    post: Annotated[str, typer.Option(help="Post (职务), such as 市委书记.")],
    place: Annotated[str | None, typer.Option(help="Place of the post, or one around it.")] = None,
    at: Annotated[str | None, typer.Option(help="2014, 2014-04 or 2014-04-25.")] = None,
    store: StoreOption = HERE,
    form: As = Form.TABLE,
) -> None:
    """Who holds or held a post (谁任何职), the surest first."""
    from pipeline.graph import questions

    _print_answers(questions.who(store, post, place, at), form)


@graph_app.command()
def history(
    post: Annotated[str, typer.Option(help="Post (职务), such as 市长.")],
    place: Annotated[str | None, typer.Option(help="Place of the post, or one around it.")] = None,
    store: StoreOption = HERE,
    form: As = Form.TABLE,
) -> None:
    """Everybody in a post, in order of time (历任)."""
    from pipeline.graph import questions

    _print_answers(questions.history(store, post, place), form)


@graph_app.command()
def person(
    name: Annotated[str, typer.Argument(help="Name, or an id of the graph.")],
    store: StoreOption = HERE,
    form: As = Form.TABLE,
) -> None:
    """What is known of everybody of a name: namesakes apart, tenures in order (履历)."""
    from pipeline.graph import questions

    found = questions.person(store, name)
    if form is Form.TABLE:
        for identifier, shown, answers in found:
            print(f"{shown}  {identifier}")
            _print_answers(answers, form)
        if not found:
            print(f"nobody named {name}", file=sys.stderr)
    else:
        _print_answers([answer for _, _, answers in found for answer in answers], form)


@graph_app.command()
def conflicts(store: StoreOption = HERE, form: As = Form.TABLE) -> None:
    """List what cannot be true together, such as two 市委书记 of one city at one time (矛盾)."""
    from dataclasses import asdict

    from pipeline.graph import questions

    found = questions.conflicts(store)
    if form is Form.JSON:
        rows = [{**row, "sides": [asdict(side) for side in row["sides"]]} for row in found]
        _print_json(rows)
        return
    names = ["what", "about", "from", "to", "one side", "other side"]
    rows_ = [
        [
            row["meaning"],
            row["about"],
            row["from"],
            row["to"],
            *[_side(side) for side in row["sides"]],
        ]
        for row in found
    ]
    _print_rows(names, rows_, form)


def _side(answer: Answer) -> str:
    where = answer.sources[0].source if answer.sources else ""
    return f"{answer.person} {answer.post} {answer.since or ''}–{answer.until or ''} ({where})"


@graph_app.command()
def export(
    store: Store,
    target: Annotated[Target, typer.Option("--to", help="Form.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File, or folder to make.")],
    triple_terms: Annotated[
        bool, typer.Option(help="RDF 1.2 triple terms, in turtle and nquads.")
    ] = False,
) -> None:
    """Write the graph for another program (导出): RDF, Neo4j, GraphML, Parquet, FollowTheMoney."""
    from pipeline.graph import export as exporting

    exporting.export(store, target, output, triple_terms=triple_terms)
    print(output, file=sys.stderr)


@graph_app.command()
def show(
    store: Store,
    around: Annotated[str, typer.Option(help="Name or id of a person, post, organisation, place.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file.")] = Path("graph.html"),
    steps: Annotated[int, typer.Option(min=1, max=4, help="How far to go.")] = 2,
) -> None:
    """Draw what is around somebody as one offline page, with tenures and sentences (关系图)."""
    from pipeline.files import check_target
    from pipeline.graph import picture

    check_target(output)
    count = picture.show(store, around, output, steps=steps)
    print(f"{output}: {count} entities", file=sys.stderr)


@graph_app.command()
def judge(
    store: Store,
    by: Annotated[str, typer.Option(help="Who judges.", envvar="USER")] = "user",
    same: Annotated[
        tuple[str, str] | None, typer.Option(help="Two ids or mentions that are one.")
    ] = None,
    not_same: Annotated[
        tuple[str, str] | None, typer.Option(help="Two ids or mentions that are two.")
    ] = None,
    csv_out: Annotated[
        Path | None, typer.Option(help="Write the open pairs for a spreadsheet.")
    ] = None,
    csv_in: Annotated[Path | None, typer.Option(help="Read judgements back from one.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With --csv-out: the whole log.")
    ] = False,
) -> None:
    """Overrule the machine on who is who (同名不同人): asks about every pair it is unsure of.

    Judgements go to a log that every build applies; documents are never changed.
    """
    from pipeline.files import check_target
    from pipeline.graph import build as building
    from pipeline.graph import judge as judging
    from pipeline.graph.identity import Judgement

    if csv_out is not None:
        check_target(csv_out)
        count = judging.export_csv(store, csv_out, everything=everything)
        print(f"{csv_out}: {count} pairs", file=sys.stderr)
        return
    made = 0
    if csv_in is not None:
        made = judging.import_csv(store, csv_in, by)
    for pair, judgement in ((same, Judgement.SAME), (not_same, Judgement.NOT_SAME)):
        if pair is not None:
            judging.pronounce(store, *pair, judgement, by)
            made += 1
    if csv_in is None and same is None and not_same is None:
        made = _ask_about_pairs(store, by)
    if made:
        building.build([], store)
    print(f"{made} judgements", file=sys.stderr)


def _ask_about_pairs(store: Path, by: str) -> int:
    """Show every open pair and ask; gives how many have been judged."""
    from rich.console import Console
    from rich.prompt import Prompt
    from rich.text import Text

    from pipeline.graph import judge as judging
    from pipeline.graph.identity import Judgement

    console = Console()
    answers = {"s": Judgement.SAME, "n": Judgement.NOT_SAME}
    made = 0
    pairs = judging.open_pairs(store)
    for number, pair in enumerate(pairs, start=1):
        console.rule(f"{number} of {len(pairs)}")
        for side in (pair.left, pair.right):
            console.print(Text(_visible(f"{side.name}  {side.date or ''} {side.source}"), "bold"))
            for words in (*side.posts, *side.sentences):
                console.print(Text(_visible(f"  {words}")))
        console.print(Text(f"score {pair.line.score}: {pair.line.why}", "dim"))
        try:
            answer = Prompt.ask(
                "one person? (s)ame (n)ot same (u)nsure (q)uit",
                choices=["s", "n", "u", "q"],
                console=console,
            )
        except EOFError:
            break
        if answer == "q":
            break
        if answer in answers:
            judging.pronounce(store, pair.line.left, pair.line.right, answers[answer], by)
            made += 1
    return made


def _print_answers(answers: list[Answer], form: Form) -> None:
    if form is Form.JSON:
        from dataclasses import asdict

        _print_json([asdict(answer) for answer in answers])
        return
    names = ["person", "post", "since", "until", "status", "certainty", "sources", "id"]
    rows = [
        [
            answer.person,
            answer.post,
            answer.since or "",
            answer.until or "",
            answer.status,
            answer.certainty,
            "; ".join(dict.fromkeys(source.source for source in answer.sources[:3]))
            + (f" +{len(answer.sources) - 3}" if len(answer.sources) > 3 else ""),
            answer.person_id,
        ]
        for answer in answers
    ]
    _print_rows(names, rows, form)


def _print_rows(names: list[str], rows: list[list[str]], form: Form) -> None:
    if form is Form.CSV:
        import csv

        writer = csv.writer(sys.stdout, lineterminator="\r\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        _print_table(names, rows)


def _print_table(names: list[str], rows: Any) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        # Text, so that brackets in a name are no markup; control characters are shown, not obeyed
        table.add_row(*(Text(_visible(cell)) for cell in row))
    Console().print(table)


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() or c == " " else f"\\x{ord(c):02x}" for c in text)


def _print_json(value: Any) -> None:
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
