"""The `renzhi` command: gathers the commands, runs one, turns errors into one line.

Command modules import what is heavy inside their functions, so that `renzhi --help` stays quick.
"""

from __future__ import annotations

import sys

import typer

from pipeline.cli.annotate import annotate
from pipeline.cli.corpus import corpus_app
from pipeline.cli.evaluate import evaluate
from pipeline.cli.graph import graph_app
from pipeline.cli.info import info
from pipeline.cli.report import report
from pipeline.cli.rules import rules_app
from pipeline.cli.schema import schema
from pipeline.cli.serve import serve
from pipeline.cli.train import train
from pipeline.errors import RenzhiError

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Read who holds which post (任职) off Chinese government and newspaper pages.",
)


@app.callback()
def root() -> None:
    """Read who holds which post (任职) off Chinese government and newspaper pages."""


app.command()(annotate)
app.command()(evaluate)
app.add_typer(corpus_app, name="corpus")
app.command()(report)
app.add_typer(rules_app, name="rules")
app.command()(schema)
app.command()(info)
app.add_typer(graph_app, name="graph")
app.command()(train)
app.command()(serve)


def main() -> None:
    """Run the command line; a RenzhiError ends it with one line on stderr and exit code 2."""
    try:
        app()
    except RenzhiError as error:
        print(f"renzhi: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
