"""`renzhi train`: a model from a configuration, or one trained on with your own gold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.training.trainer import Progress

__all__ = ["train"]

OWN = "Training on with your own gold"


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
    """Train a model (训练). A killed run goes on when the same command is given again."""
    from rich.console import Console
    from rich.markdown import Markdown

    from pipeline.errors import ConfigError
    from pipeline.model import find_model
    from pipeline.training.adaptation import AdaptationOptions
    from pipeline.training.train import CARD, OwnData, train_on
    from pipeline.training.train import train as train_model
    from pipeline.training.trainer import Watch

    if (config is None) == (gold is None):
        raise ConfigError("give either a configuration, or --gold to train on from a model")
    if config is not None and component is not Component.RECOGNISER:
        _train_small(component, config, data, output)
        return
    with _progress() as (report, on_pass):
        if config is not None:
            train_model(config, _folder(data), output, Watch(report))
        else:
            assert gold is not None
            own = OwnData(gold, dev, general, old, curve)
            options = AdaptationOptions(passes=passes)
            train_on(find_model(start), own, output, options, Watch(report), on_pass)
    console = Console()
    if console.is_terminal:
        console.print(Markdown((output / CARD).read_text(encoding="utf-8")))
    console.print(f"wrote {output}")


def _train_small(component: Component, config: Path, data: Path | None, output: Path) -> None:
    """Train one of the components whose model is a single file."""
    from pipeline.training.programme import train_programme
    from pipeline.training.segmenter import train_segmenter

    output.mkdir(parents=True, exist_ok=True)
    if component is Component.PROGRAMME:
        train_programme(config, _folder(data), output / "scorer.json")
    else:
        train_segmenter(config, _folder(data), output)
    typer.echo(f"wrote {output}")


def _folder(data: Path | None) -> Path:
    from pipeline.errors import BadInputError, ConfigError

    if data is None:
        raise ConfigError("no data folder: give --data or set RENZHI_DATA")
    if not data.is_dir():
        raise BadInputError(str(data), "no such folder of data")
    return data


@contextmanager
def _progress() -> Iterator[tuple[Callable[[Progress], None], Callable[[int, float], None]]]:
    """Show a bar a stage on stderr; gives the two functions that a run reports to."""
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    bars = Bars(console=console)

    def report(at: Progress) -> None:
        if at.stage not in tasks:
            bars.start()
            tasks[at.stage] = bars.add_task(at.stage, total=at.steps)
        label = f"{at.stage} (loss {at.loss:.4f})"
        bars.update(tasks[at.stage], completed=at.step, description=label)

    def on_pass(number: int, f1: float) -> None:
        console.print(f"pass {number}: dev F1 {100 * f1:.1f}")

    try:
        yield report, on_pass
    finally:
        if tasks:
            bars.stop()
