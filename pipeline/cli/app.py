"""The commands of `renzhi`, gathered, and how one is run.

Command modules import what is heavy inside their functions, so that `renzhi --help` stays quick.
"""

from __future__ import annotations

import re
from typing import Any

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
from pipeline.errors import ConfigError

__all__ = ["app", "run"]

NAME = "renzhi"
UsageError: Any = typer.BadParameter.__base__  # Typer's own or click's, by version

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


def run() -> int:
    """Run the command that the process was given; gives its exit code.

    RAISES ConfigError: an option or argument is unknown, missing, or has a value that cannot be.
    """
    try:
        code: int | None = app(prog_name=NAME, standalone_mode=False)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its help is printed
            return 2
        raise ConfigError(_one_line(error)) from error
    return code or 0


def _one_line(error: Any) -> str:
    """What is wrong with the options, in one line that says where to look them up."""
    message = " ".join(error.format_message().split()).rstrip(".")
    option = re.match(r"Invalid value for (.+?): (?:Value error, |Input (?=should))?", message)
    if option:
        names = option[1].replace("'", "")
        message = f"{names}: {message[option.end() :]}"
    elif not message.startswith("-"):
        message = message[:1].lower() + message[1:]
    command = error.ctx.command_path if error.ctx else NAME
    return f"{message} (see {command} --help)"
