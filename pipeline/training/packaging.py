"""A trained model as a spaCy model directory that `spacy.load` opens."""

from __future__ import annotations

import shutil
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


def write_pipeline(nlp: Language, folder: Path) -> None:
    """Write the model directory; it appears whole or not at all, other files in it stay."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    nlp.to_disk(partial)
    if folder.exists():
        for kept in folder.iterdir():
            if kept.is_file() and not (partial / kept.name).exists():
                shutil.copy2(kept, partial / kept.name)
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        Path(folder).replace(old)
        Path(partial).replace(folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        Path(partial).replace(folder)
