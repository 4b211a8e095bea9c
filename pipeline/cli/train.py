"""`renzhi train`: a model from a configuration, or one trained on with your own gold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from pipeline.training.watch import Progress, Watch

__all__ = ["train"]

OWN = "Training on with your own gold"
LINE_SECONDS = 60.0
STOPPED = 130  # what a shell reports of a command that Ctrl-C ended


class Component(StrEnum):
    """What a configuration trains."""

    RECOGNISER = "recogniser"
    PROGRAMME = "programme"
    SEGMENTER = "segmenter"


def train(
    config: Annotated[
        Path | None, typer.Argument(help="Configuration of a model trained from the start (.cfg).")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for the model and its card.")
    ] = Path("out/model"),
    data: Annotated[
        Path | None,
        typer.Option(envvar="RENZHI_DATA", help="Folder that the configuration's files are in."),
    ] = None,
    component: Annotated[
        Component, typer.Option(help="What the configuration is of.")
    ] = Component.RECOGNISER,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Model to train on from: name or folder.", rich_help_panel=OWN),
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Your documents, native JSONL.", rich_help_panel=OWN)
    ] = None,
    dev: Annotated[
        Path | None,
        typer.Option(help="Documents to choose by; else a part of yours.", rich_help_panel=OWN),
    ] = None,
    general: Annotated[
        Path | None,
        typer.Option(help="Gold of the old kind to rehearse with.", rich_help_panel=OWN),
    ] = None,
    old: Annotated[
        Path | None,
        typer.Option(help="Gold of the old kind: report what is forgotten.", rich_help_panel=OWN),
    ] = None,
    curve: Annotated[
        bool, typer.Option("--curve", help="Also train on parts of it.", rich_help_panel=OWN)
    ] = False,
    passes: Annotated[int, typer.Option(min=1, help="Passes at most.", rich_help_panel=OWN)] = 12,
) -> None:
    """Train a model (训练). A killed run goes on when the same command is given again.

    Its state is kept beside the model, in OUTPUT.training, up to some hundred megabytes until it is
    done.
    """
    from rich.console import Console
    from rich.markdown import Markdown

    from pipeline.errors import BadInputError, ConfigError
    from pipeline.model import find_model
    from pipeline.training.adaptation import AdaptationOptions
    from pipeline.training.train import CARD, OwnData, train_on
    from pipeline.training.train import train as train_model

    if (config is None) == (gold is None):
        raise ConfigError("give either a configuration, or --gold to train on from a model")
    if output.exists() and not output.is_dir():
        raise BadInputError(str(output), "not a folder")
    with _watched(output) as watch:
        if config is not None and component is not Component.RECOGNISER:
            _train_small(component, config, _folder(data), output, watch)
        elif config is not None:
            train_model(config, _folder(data), output, watch)
        else:
            assert gold is not None
            own = OwnData(gold, dev, general, old, curve)
            options = AdaptationOptions(passes=passes)

            def on_pass(number: int, f1: float) -> None:
                watch.say(f"pass {number}: dev F1 {100 * f1:.1f}")

            train_on(find_model(start), own, output, options, watch, on_pass)
    console = Console()
    card = output / CARD
    if console.is_terminal and component is Component.RECOGNISER and card.exists():
        console.print(Markdown(card.read_text(encoding="utf-8")))
    typer.echo(f"{output} is ready")


def _train_small(
    component: Component, config: Path, data: Path, output: Path, watch: Watch
) -> None:
    """Train one of the components whose model is a single file."""
    from pipeline.training.programme import train_programme
    from pipeline.training.segmenter import train_segmenter

    if component is Component.PROGRAMME:
        train_programme(config, data, output / "scorer.json", watch)
    else:
        train_segmenter(config, data, output, watch)


def _folder(data: Path | None) -> Path:
    from pipeline.errors import BadInputError, ConfigError

    if data is None:
        raise ConfigError("no data folder: give --data or set RENZHI_DATA")
    if not data.is_dir():
        raise BadInputError(str(data), "no such folder of data")
    return data


@contextmanager
def _watched(output: Path) -> Iterator[Watch]:
    """Show how far a run is, on stderr: bars on a terminal, else a line a minute and a stage.

    RAISES typer.Exit: the run was stopped by Ctrl-C; it is said how to go on.
    """
    from rich.console import Console

    from pipeline.training.run import run_folder
    from pipeline.training.watch import Watch

    console = Console(stderr=True)
    show = Bars(console) if console.is_terminal else Lines(console)
    try:
        with show:
            yield Watch(show.report, note=show.note)
    except KeyboardInterrupt:
        folder = run_folder(output)
        rest = f"; the same command goes on from {folder}" if folder.exists() else ""
        console.print(f"stopped{rest}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(STOPPED) from None


class Bars:
    """A bar a stage, behind one that says that the data is being read."""

    def __init__(self, console: Console) -> None:
        from rich.progress import Progress as RichProgress

        self._bars = RichProgress(console=console)
        self._tasks: dict[str, TaskID] = {}
        self._reading = self._bars.add_task("reading the data", total=None)

    def __enter__(self) -> None:
        self._bars.start()

    def __exit__(self, *_: object) -> None:
        self._hide()
        self._bars.stop()

    def report(self, at: Progress) -> None:
        self._hide()
        if at.stage not in self._tasks:
            self._tasks[at.stage] = self._bars.add_task(at.stage, total=at.steps)
        label = at.stage if at.loss is None else f"{at.stage} (loss {at.loss:.4f})"
        self._bars.update(self._tasks[at.stage], completed=at.step, description=label)

    def note(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _hide(self) -> None:
        self._bars.update(self._reading, visible=False)


class Lines:
    """A line at the end of each stage, and every minute before it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.monotonic()

    def __enter__(self) -> None:
        self._last = time.monotonic()

    def __exit__(self, *_: object) -> None:
        pass

    def report(self, at: Progress) -> None:
        if at.step < at.steps and time.monotonic() - self._last < LINE_SECONDS:
            return
        self._last = time.monotonic()
        loss = "" if at.loss is None else f", loss {at.loss:.4f}"
        self.note(f"{at.stage}: step {at.step:,} of {at.steps:,}{loss}, {at.seconds:,.0f} s")

    def note(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)
