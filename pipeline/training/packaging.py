"""A trained model as a spaCy model directory that `spacy.load` opens."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language

from pipeline.components.recogniser import FACTORY, ModelData, RecogniserComponent
from pipeline.components.tokenizer import CharTokenizer

__all__ = ["make_pipeline", "write_pipeline"]


def make_pipeline(model: ModelData, dialect: str, meta: dict[str, Any]) -> Language:
    """Make the character-token pipeline with the recogniser as its only component.

    meta: keys of spaCy's ``meta.json`` to set, such as name, version, license, performance.
    """
    settings = {"nlp": {"tokenizer": {"@tokenizers": "renzhi.CharTokenizer.v1"}}}
    nlp = spacy.blank("zh", config=settings)
    assert isinstance(nlp.tokenizer, CharTokenizer)
    component = nlp.add_pipe(FACTORY, name="recogniser", config={"dialect": dialect})
    assert isinstance(component, RecogniserComponent)
    component.use(model)
    nlp.meta.update(meta)
    return nlp


def write_pipeline(nlp: Language, folder: Path, texts: Mapping[str, str]) -> None:
    """Write the model directory with some text files; it appears whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.partial")
    old = folder.with_name(f".{folder.name}.old")
    for rest in (partial, old):
        shutil.rmtree(rest, ignore_errors=True)
    nlp.to_disk(partial)
    for name, text in texts.items():
        (partial / name).write_text(text, encoding="utf-8")
    if folder.exists():
        folder.replace(old)
    partial.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
