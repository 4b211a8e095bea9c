"""Finding and loading a pipeline: a trained model and the rule components of this version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["DEFAULT_MODEL", "add_words", "find_model", "load_pipeline", "read_meta"]

DEFAULT_MODEL = "zh_news_base"
PROGRAMME_MODEL = "programme"
WORD_MODEL = "pkuseg_news"

# A wheel carries the models inside the package; a checkout has them beside it.
MODEL_FOLDERS = (Path(__file__).parent / "models", Path(__file__).parent.parent / "models")


def find_model(model: str | Path | None = None) -> Path:
    """Return the folder of a model given by name or path; None is the default model.

    RAISES ModelError: there is no such folder, or it holds no spaCy pipeline.
    """
    wanted = DEFAULT_MODEL if model is None else str(model)
    folder = _find(wanted, "config.cfg")
    if folder is None:
        raise ModelError(f"{wanted}: no such model; expected a folder with a config.cfg")
    return folder


def read_meta(folder: Path) -> dict[str, Any]:
    """Give what a model says of itself. RAISES ModelError: its file is missing or damaged."""
    path = folder / "meta.json"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path}: is no JSON: {error}") from error
    if not isinstance(meta, dict):
        raise ModelError(f"{path}: is no JSON object")
    return meta


def load_pipeline(
    model: str | Path | None = None,
    *,
    rules: Sequence[Path] = (),
    min_score: float | None = None,
    words: bool = False,
) -> Language:
    """Load a trained model and put the rule components of this version behind it.

    rules: rule files that are read beside the shipped ones.
    min_score: triples scored lower are left out; None takes the default of the rule component.
    words: take the shipped segmenter's words as evidence, see `add_words`.
    RAISES ModelError: the model is missing, damaged or made for another version.
    ConfigError: a rule file is bad.
    """
    import spacy

    # Importing the modules registers their factories, also where no entry point is installed.
    from pipeline.components import (  # noqa: F401
        identity,
        posts,
        programme,
        recogniser,
        relations,
        tokenizer,
    )

    folder = find_model(model)
    try:
        nlp = spacy.load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{folder}: cannot be loaded: {_first_line(error)}") from error
    if "programme" not in nlp.pipe_names:
        weights = _find(PROGRAMME_MODEL, "scorer.json")
        if weights is None:
            raise ModelError(f"{PROGRAMME_MODEL}: no such model; expected a scorer.json")
        nlp.add_pipe("programme").from_disk(weights)  # type: ignore[attr-defined]
    config: dict[str, Any] = {"rules": [str(path) for path in rules]}
    if min_score is not None:
        config["min_score"] = min_score
    for name, settings in (("posts", {}), ("identity", {}), ("relations", config)):
        if name not in nlp.pipe_names:
            nlp.add_pipe(name, config=settings)
    if words:
        add_words(nlp)
    return nlp


def add_words(nlp: Language) -> None:
    """Put the segmenter ahead of all components, so that they may take its words as evidence.

    Only the shipped model is loaded, and only if its checksum agrees; a pipeline that has a
    segmenter of its own keeps it. RAISES ModelError: the model is missing or damaged.
    """
    from pipeline.components import segmenter
    from pipeline.components.segmenter.model import MODEL_FILE

    if any(isinstance(component, segmenter.Segmenter) for _, component in nlp.pipeline):
        return
    folder = next((f / WORD_MODEL for f in MODEL_FOLDERS if (f / WORD_MODEL).is_dir()), None)
    if folder is None:
        raise ModelError(f"{WORD_MODEL}: no such model; expected a {MODEL_FILE}")
    nlp.add_pipe("segmenter", first=True).from_disk(folder)  # type: ignore[attr-defined]


def _find(name: str, file: str) -> Path | None:
    candidates = (Path(name), *(folder / name for folder in MODEL_FOLDERS))
    return next((folder for folder in candidates if (folder / file).is_file()), None)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
