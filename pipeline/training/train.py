"""What ``renzhi train`` does: run, write the model directory and its card."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.components.recogniser import FACTORY, LABELS, RecogniserComponent
from pipeline.errors import BadInputError, ModelError
from pipeline.training.adaptation import (
    Adaptation,
    AdaptationOptions,
    AdaptationResult,
    CurvePoint,
    adapt_recogniser,
    learning_curve,
)
from pipeline.training.card import adaptation_card, training_card
from pipeline.training.config import TrainingConfig, read_config
from pipeline.training.packaging import make_pipeline, write_pipeline
from pipeline.training.recogniser import TrainingResult, train_recogniser
from pipeline.training.run import Run, fingerprint, run_folder
from pipeline.training.vocabulary import source_path
from pipeline.training.watch import Watch

__all__ = ["OwnData", "train", "train_on"]

CARD = "README.md"
VERSION = "0.1.0"
DEFAULT_WATCH = Watch()


@dataclass(frozen=True)
class OwnData:
    """Native gold files. general: of the old kind, for rehearsal; old: of the old kind, to score.

    dev: None sets a part of ``gold`` apart. curve: also train on parts of the gold.
    """

    gold: Path
    dev: Path | None = None
    general: Path | None = None
    old: Path | None = None
    curve: bool = False


def train(
    config: Path, data: Path, output: Path, watch: Watch = DEFAULT_WATCH
) -> TrainingResult | None:
    """Train a model from a configuration and write it, with its card, to the folder ``output``.

    The state of a run is kept beside it (`run.run_folder`) until it is done; the same call after a
    kill goes on from there. None: this configuration and data were trained before, and the model
    that they gave is still there. RAISES RenzhiError: configuration or data cannot be used.
    """
    settings = read_config(config)
    if not data.is_dir():
        raise BadInputError(str(data), "no such folder of data")
    _check_output(output)
    notes_file = config.with_suffix(".notes.md")
    files = data_files(settings, data)
    run = Run(run_folder(output), fingerprint(settings.model_dump(), files))
    if run.finished(output):
        watch.say(f"{output} is what this configuration and data give; it was not trained again")
        return None
    if run.begin():
        watch.say(f"going on from {run.folder}")
    result = train_recogniser(settings, data, run.folder, watch)
    name = output.name
    notes = notes_file.read_text(encoding="utf-8") if notes_file.exists() else ""
    command = f"renzhi train configs/{config.name} --data DATA -o models/{name}"
    performance = {
        check: {label: round(score.f1, 4) for label, score in scores.items()}
        for check, scores in result.scores.items()
    }
    nlp = make_pipeline(result.model, settings.dialect, _meta(name, performance))
    _write(nlp, output, training_card(name, settings, result, command, notes))
    written = (file for file in output.rglob("*") if file.is_file() and file.name != CARD)
    run.finish(output, sorted(written))
    return result


def data_files(settings: TrainingConfig, data: Path) -> list[Path]:
    """Name every file that a training reads: corpora, checks, lexicons, folders of texts.

    RAISES BadInputError: a folder of texts holds none.
    """
    corpora = (*settings.corpora.values(), *settings.checks.values())
    folders = {corpus.texts for corpus in corpora if corpus.texts is not None}
    if settings.silver is not None:
        folders.add(settings.silver.texts)
    files = [data / corpus.path for corpus in corpora]
    for sources in settings.lexicon.sources.values():
        files += [source_path(source, data) for source in sources]
    for folder in sorted(folders):
        texts = sorted((data / folder).glob("*.txt.gz"))
        if not texts:
            raise BadInputError(str(data / folder), "no texts (*.txt.gz) there")
        files += texts
    return files


def train_on(
    start: Path,
    own: OwnData,
    output: Path,
    options: AdaptationOptions,
    watch: Watch = DEFAULT_WATCH,
    on_pass: Callable[[int, float], None] | None = None,
) -> tuple[AdaptationResult, list[CurvePoint]]:
    """Train on from the model in the folder ``start`` and write the result to ``output``.

    Other components of the start model are kept. RAISES RenzhiError: model or data are unusable.
    """
    import spacy

    _check_output(output)
    try:
        nlp = spacy.load(start)
    except (OSError, ValueError) as error:
        raise ModelError(f"{start}: cannot be loaded: {str(error).splitlines()[0]}") from error
    components = [
        part
        for name, part in nlp.pipeline
        if nlp.get_pipe_meta(name).factory == FACTORY and isinstance(part, RecogniserComponent)
    ]
    if not components:
        raise ModelError(f"{start}: holds no recogniser")
    data = Adaptation.read(own.gold, own.dev, own.general, own.old, options.seed)
    work = run_folder(output)
    model = components[0].recogniser.data
    curve = learning_curve(model, data, work, options) if own.curve else []
    result = adapt_recogniser(model, data, work, options, watch, on_pass)
    components[0].use(result.model)
    performance = {"dev": {label: round(s.f1, 4) for label, s in result.after.items()}}
    nlp.meta.update(_meta(output.name, performance))
    command = f"renzhi train --from {start.name} --gold {own.gold.name} -o {output.name}"
    _write(nlp, output, adaptation_card(output.name, start.name, result, curve, command))
    shutil.rmtree(work, ignore_errors=True)
    return result, curve


def _check_output(output: Path) -> None:
    """Refuse a folder that is no model: the new model takes the place of all that is in it."""
    if output.is_dir() and any(output.iterdir()) and not (output / "meta.json").exists():
        raise BadInputError(str(output), "holds other files; name a new folder for the model")


def _meta(name: str, performance: dict[str, dict[str, float]]) -> dict[str, object]:
    return {
        "name": name.removeprefix("zh_"),
        "version": VERSION,
        "description": "Names and titles in Chinese government and newspaper text",
        "author": "The renzhi authors",
        "license": "Apache-2.0",
        "performance": performance,
        "labels": {"recogniser": list(LABELS)},
    }


def _write(nlp: object, output: Path, card: str) -> None:
    from spacy.language import Language

    assert isinstance(nlp, Language)
    try:
        write_pipeline(nlp, output, {CARD: card})
    except OSError as error:
        raise BadInputError(str(output), f"cannot be written: {error.strerror}") from error
