"""The spaCy component ``programme``: adds PROGRAMME names to ``doc.ents``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions, text_of
from pipeline.components.programme.resources import shipped_lists
from pipeline.components.programme.scorer import Evidence, FoundName, Scorer
from pipeline.errors import ModelError
from pipeline.schema import Label

__all__ = ["Programme", "make_programme", "merge_names"]

FORMAT = 2
FILE = "scorer.json"
LABEL = str(Label.PROGRAMME)
NAMES = frozenset({Label.PER, Label.ORG, Label.LOC})

Row = tuple[int, int, str]


def merge_names(entities: Iterable[Row], names: Iterable[Row]) -> list[Row]:
    """Merge found names into entities that do not overlap: of two that overlap the longer stays.

    entities, names: (start, end, label). At equal length the entity stays. Ordered by start.
    """
    ranked = sorted(
        [(start - end, 0, start, end, label) for start, end, label in entities]
        + [(start - end, 1, start, end, label) for start, end, label in names]
    )
    taken: set[int] = set()
    kept = []
    for _, _, start, end, label in ranked:
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            kept.append((start, end, label))
    return sorted(kept)


class Programme:
    """Finds PROGRAMME names and merges them into ``doc.ents``.

    Sets ``doc.ents`` (the longest name wins and what is nested in it goes) and appends
    ``[start, end, "PROGRAMME", score, "programme"]`` to ``doc._.mention_scores`` for each name that
    stays; the score is the name's marginal probability. PER, ORG and LOC that stand in ``doc.ents``
    already keep the names inside them. A PROGRAMME that a recogniser put there is evidence: it
    stays only if it is found here too, and the recogniser's row about it goes. Where a segmenter
    ran before, a name that cuts one of ``doc._.words`` is less likely.

    RAISES ModelError: the component runs or is saved before it has weights.
    """

    def __init__(self, name: str = "programme", scorer: Scorer | None = None) -> None:
        register_extensions()
        self.name = name
        self._scorer = scorer

    @property
    def scorer(self) -> Scorer:
        """The trained scorer."""
        if self._scorer is None:
            raise ModelError(f"component '{self.name}' has no weights: train or load it first")
        return self._scorer

    def __call__(self, doc: Doc) -> Doc:
        self.set_annotations(doc, self.match(doc))
        return doc

    def match(self, doc: Doc) -> list[FoundName]:
        """Find names in a Doc without changing it; offsets are characters of ``doc.text``."""
        blocked = [(e.start_char, e.end_char) for e in doc.ents if e.label_ in NAMES]
        scores = {(row[0], row[1]): row[3] for row in doc._.mention_scores if row[2] == LABEL}
        spans = [(e.start_char, e.end_char) for e in doc.ents if e.label_ == LABEL]
        recognised = {span: float(scores.get(span, 1.0)) for span in spans}
        return self.scorer.find(text_of(doc), blocked, recognised, doc._.words)

    def set_annotations(self, doc: Doc, names: Sequence[FoundName]) -> None:
        """Write names to ``doc.ents`` and ``doc._.mention_scores``."""
        others = [(e.start_char, e.end_char, e.label_) for e in doc.ents if e.label_ != LABEL]
        merged = merge_names(others, [(n.start, n.end, LABEL) for n in names])
        spans = [doc.char_span(start, end, label=label) for start, end, label in merged]
        doc.set_ents([span for span in spans if span is not None])
        kept = {(e.start_char, e.end_char) for e in doc.ents if e.label_ == LABEL}
        rows = [row for row in doc._.mention_scores if row[2] != LABEL]
        rows += [
            [n.start, n.end, LABEL, n.score, self.name] for n in names if (n.start, n.end) in kept
        ]
        doc._.mention_scores = rows

    def initialize(
        self,
        get_examples: Any = None,  # noqa: ARG002 (spaCy passes it to every component)
        *,
        nlp: Language | None = None,  # noqa: ARG002
        weights: str | Path,
    ) -> None:
        """Load trained weights: the file that ``train_programme`` wrote."""
        self._load(_read(Path(weights)), str(weights))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:  # noqa: ARG002
        """Give weights and evidence as JSON."""
        scorer = self.scorer
        row = {"format": FORMAT, "evidence": asdict(scorer.evidence), "weights": scorer.weights}
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Programme:  # noqa: ARG002
        """Take weights that ``to_bytes`` gave."""
        self._load(data, self.name)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:  # noqa: ARG002
        """Write the weights into a folder."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Programme:  # noqa: ARG002
        """Read the weights from a folder."""
        file = Path(path) / FILE
        self._load(_read(file), str(file))
        return self

    def _load(self, data: bytes, origin: str) -> None:
        try:
            row = orjson.loads(data)
            if row["format"] != FORMAT:
                raise ModelError(f"{origin}: format {row['format']}, this renzhi reads {FORMAT}")
            evidence = Evidence(**row["evidence"])
            self._scorer = Scorer(row["weights"], shipped_lists(), evidence)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{origin}: no weights of the component '{self.name}'") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file}: {error.strerror}") from error


@Language.factory(
    "programme",
    assigns=["doc.ents", "doc._.mention_scores"],
    requires=["doc.ents"],
    default_score_weights={},
)
def make_programme(nlp: Language, name: str) -> Programme:  # noqa: ARG001 (spaCy passes it)
    """Make the component without weights; ``initialize`` or ``from_disk`` brings them."""
    return Programme(name)
