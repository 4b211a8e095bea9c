"""The spaCy component ``segmenter``: word boundaries beside the character tokens."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions, text_of
from pipeline.components.segmenter.model import WordCutter, WordModel, read_model, write_model
from pipeline.errors import ModelError

__all__ = ["Segmenter", "make_segmenter"]


class Segmenter:
    """Sets ``doc._.words``: a list of [start, end] in characters, one a word, in order.

    Those that stand in the model's dictionary are set as ``doc._.known_words`` too: a word that the
    tagger has put together by itself (起任) may be none, and is no evidence against a reading.
    The tokens stay what they are; white space belongs to no word.
    RAISES ModelError: the component runs or is saved before it has a model.
    """

    def __init__(self, name: str = "segmenter", model: WordModel | None = None) -> None:
        register_extensions()
        self.name = name
        self._model = model
        self._cutter = WordCutter(model) if model is not None else None

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.match(doc))
        return doc

    def match(self, doc: Doc) -> list[list[int]]:
        """Cut the text of a Doc into words without changing it."""
        if self._cutter is None:
            raise ModelError(f"component '{self.name}' has no model: train or load it first")
        return [[start, end] for start, end in self._cutter.words(text_of(doc))]

    def set_annotations(self, doc: Doc, words: list[list[int]]) -> None:
        """Write words to ``doc._.words`` and ``doc._.known_words``."""
        text = text_of(doc)
        doc._.words = words
        doc._.known_words = [
            [start, end]
            for start, end in words
            if self._cutter is not None and self._cutter.knows(text[start:end])
        ]

    def initialize(
        self,
        get_examples: Any = None,  # noqa: ARG002 (spaCy passes it to every component)
        *,
        nlp: Language | None = None,  # noqa: ARG002
        model: str | Path,
    ) -> None:
        """Load a model folder that ``train_segmenter`` wrote."""
        self.from_disk(model)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:  # noqa: ARG002
        """Write the model and its checksum into a folder."""
        if self._model is None:
            raise ModelError(f"component '{self.name}' has no model: train or load it first")
        write_model(self._model, Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Segmenter:  # noqa: ARG002
        """Read the model from a folder, if its checksum agrees."""
        self._model = read_model(Path(path))
        self._cutter = WordCutter(self._model)
        return self


@Language.factory(
    "segmenter", assigns=["doc._.words", "doc._.known_words"], default_score_weights={}
)
def make_segmenter(nlp: Language, name: str) -> Segmenter:  # noqa: ARG001 (spaCy passes it)
    """Make the component without a model; ``initialize`` or ``from_disk`` brings it."""
    return Segmenter(name)
