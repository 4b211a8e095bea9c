"""The spaCy component: fills ``doc.ents`` and ``doc._.mention_scores`` from a `Recogniser`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import minibatch

from pipeline.components.extensions import register_extensions, text_of
from pipeline.components.recogniser.conjuncts import with_conjuncts
from pipeline.components.recogniser.countries import with_short_countries
from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.declared import with_declared
from pipeline.components.recogniser.forms import formed
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.model import ModelData, Recogniser
from pipeline.components.recogniser.repeats import with_repeats
from pipeline.components.recogniser.titles import with_titles
from pipeline.errors import ModelError

__all__ = ["FACTORY", "RecogniserComponent", "make_recogniser"]

FACTORY = "recogniser"
FILE = "model.npz"
ORIGIN = "ner"
OWN = "native"  # the dialect that follows the guidelines, for which rules/spans.toml is written


class RecogniserComponent:
    """Sets ``doc.ents`` (PER, ORG, LOC, TITLE, PROGRAMME) and appends to ``doc._.mention_scores``.

    dialect: the corpus convention to follow; the shipped model's default is the guidelines' own.
    labels: the labels to keep; others that the model finds are dropped.
    Where a segmenter ran before, ``doc._.known_words`` are evidence for the borders of names.
    """

    def __init__(self, name: str, dialect: str, labels: tuple[str, ...]) -> None:
        register_extensions()
        self.name = name
        self.dialect = dialect
        self.labels = labels
        self._recogniser: Recogniser | None = None

    @property
    def recogniser(self) -> Recogniser:
        """The loaded model. RAISES ModelError: none was loaded or set."""
        if self._recogniser is None:
            raise ModelError(f"component '{self.name}' has no model yet: load one or train one")
        return self._recogniser

    def use(self, data: ModelData) -> None:
        """Take a trained model into use."""
        self._recogniser = Recogniser(data, self.dialect)

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.match([doc])[0])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Process docs in batches; the result does not depend on the batch size."""
        for batch in minibatch(stream, batch_size):  # type: ignore[no-untyped-call]
            docs = list(batch)
            for doc, spans in zip(docs, self.match(docs), strict=True):
                self.set_annotations(doc, spans)
                yield doc

    def match(self, docs: list[Doc]) -> list[list[ScoredSpan]]:
        """Find the spans of each doc, in characters."""
        texts = [text_of(doc) for doc in docs]
        words = [doc._.known_words for doc in docs]
        found = self.recogniser.find(texts, words if any(words) else None)
        found = [_without_edges(text, spans) for text, spans in zip(texts, found, strict=True)]
        if self.dialect != OWN:
            return found
        return [_by_the_guidelines(text, spans) for text, spans in zip(texts, found, strict=True)]

    def set_annotations(self, doc: Doc, spans: list[ScoredSpan]) -> None:
        """Write spans to the doc; one that cuts a run of digits or letters is widened to it."""
        token_at = _token_of_character(doc)
        entities: list[Span] = []
        rows = []
        for found in spans:
            label = LABELS[found.label]
            if label not in self.labels:
                continue
            span = Span(doc, token_at[found.start], token_at[found.end - 1] + 1, label=label)
            if entities and span.start < entities[-1].end:
                continue
            entities.append(span)
            score = round(found.probability, 4)
            rows.append([span.start_char, span.end_char, label, score, ORIGIN])
        doc.ents = tuple(entities)
        doc._.mention_scores = [*doc._.mention_scores, *rows]

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Give the model file's bytes."""
        del exclude
        return self.recogniser.data.to_bytes()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> RecogniserComponent:
        del exclude
        self.use(ModelData.from_bytes(data, self.name))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the model file into the directory ``path``."""
        del exclude
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> RecogniserComponent:
        del exclude
        self.use(ModelData.load(Path(path) / FILE))
        return self


@Language.factory(
    FACTORY,
    assigns=["doc.ents"],
    default_config={"dialect": "native", "labels": list(LABELS)},
)
def make_recogniser(
    nlp: Language, name: str, dialect: str, labels: list[str]
) -> RecogniserComponent:
    """Make the component without a model; ``from_disk`` or ``use`` gives it one."""
    del nlp
    return RecogniserComponent(name, dialect, tuple(labels))


def _without_edges(text: str, spans: list[ScoredSpan]) -> list[ScoredSpan]:
    """Take line ends and other blanks off the ends of names, and drop what is nothing else."""
    kept = []
    for span in spans:
        name = text[span.start : span.end]
        core = name.strip()
        if core == name:
            kept.append(span)
        elif core:
            start = span.start + name.index(core)
            kept.append(replace(span, start=start, end=start + len(core)))
    return kept


def _by_the_guidelines(text: str, spans: list[ScoredSpan]) -> list[ScoredSpan]:
    shaped = formed(text, spans)
    if shaped != spans:
        # a border put right once stands for every other mention of the name; where the rules drop
        # a mention (财政部|门), its name must not come back
        shaped = formed(text, with_repeats(text, shaped))
    named = with_declared(text, with_conjuncts(text, shaped))
    return with_titles(text, with_short_countries(text, named))


def _token_of_character(doc: Doc) -> list[int]:
    # read off in one array: to ask spaCy for each token makes a Python object of it
    starts = doc.to_array("IDX").astype(np.int64)
    lengths = np.diff(starts, append=len(text_of(doc)))
    return np.repeat(np.arange(len(doc)), lengths).tolist()
