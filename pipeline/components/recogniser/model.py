"""The recogniser's model as plain data, its files, and the function from texts to scored spans."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pipeline.components.lexicon import Lexicon
from pipeline.components.recogniser.bodies import well_formed
from pipeline.components.recogniser.borders import border_scores, shipped_borders
from pipeline.components.recogniser.crf import Crf, ScoredSpan
from pipeline.components.recogniser.features import Alphabet, Features, extract_all
from pipeline.components.recogniser.labels import LABELS
from pipeline.components.recogniser.network import Network
from pipeline.components.recogniser.repeats import with_repeats
from pipeline.components.recogniser.windows import Window, sentences, windows
from pipeline.errors import ModelError

__all__ = ["ModelData", "Recogniser"]

Array = NDArray[np.float32]
Chain = tuple[tuple[int, int], Array]  # a sentence's characters, and scores of their tags
Words = Sequence[Sequence[int]]
FORMAT = 1
LONGEST = 1000  # characters decoded as one chain; sentences are far shorter
WINDOW = 200  # characters that the network reads at once
CONTEXT = 24


@dataclass(frozen=True)
class ModelData:
    """Everything that training makes.

    weights: arrays by name. categories: names of the gazetteers, in bit order. dialects: names of
    the corpora whose conventions the network can follow. calibration: label to (slope, offset)
    on the log odds of a span's probability.
    """

    alphabet: Alphabet
    lexicon: Lexicon
    weights: Mapping[str, Array]
    categories: tuple[str, ...]
    dialects: tuple[str, ...]
    calibration: Mapping[str, tuple[float, float]]

    def calibrated(self, calibration: Mapping[str, tuple[float, float]]) -> ModelData:
        return replace(self, calibration=dict(calibration))

    def to_bytes(self) -> bytes:
        """Give one ``.npz`` file: weights as half-precision floats, facts as JSON."""
        facts = {
            "format": FORMAT,
            "categories": self.categories,
            "dialects": self.dialects,
            "calibration": self.calibration,
            "lengths": self.lexicon.lengths,
        }
        arrays: dict[str, NDArray[Any]] = {
            f"weights/{name}": value.astype(np.float16) for name, value in self.weights.items()
        }
        arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
        arrays["alphabet"] = self.alphabet.codes
        arrays["lexicon/hashes"] = self.lexicon.hashes
        arrays["lexicon/vectors"] = self.lexicon.vectors
        arrays["lexicon/categories"] = self.lexicon.categories
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, name: str) -> ModelData:
        """Read what `to_bytes` wrote. RAISES ModelError: damaged, or of another format."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                facts = json.loads(arrays["facts"].tobytes())
                if facts["format"] != FORMAT:
                    raise ModelError(f"{name}: made for another version of renzhi")
                lexicon = Lexicon(
                    arrays["lexicon/hashes"],
                    arrays["lexicon/vectors"],
                    arrays["lexicon/categories"],
                    tuple(facts["lengths"]),
                )
                weights = {
                    key.removeprefix("weights/"): arrays[key].astype(np.float32)
                    for key in arrays.files
                    if key.startswith("weights/")
                }
                return cls(
                    Alphabet(arrays["alphabet"]),
                    lexicon,
                    weights,
                    tuple(facts["categories"]),
                    tuple(facts["dialects"]),
                    {label: (a, b) for label, (a, b) in facts["calibration"].items()},
                )
        except ModelError:
            raise
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise ModelError(f"{name}: damaged model file ({error})") from error

    @classmethod
    def load(cls, path: Path) -> ModelData:
        try:
            return cls.from_bytes(path.read_bytes(), str(path))
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}") from error


class Recogniser:
    """Finds names in texts; holds weights made ready, and no other state."""

    def __init__(self, data: ModelData, dialect: str) -> None:
        if dialect not in data.dialects:
            known = ", ".join(data.dialects)
            raise ModelError(f"the model knows no dialect '{dialect}' (known: {known})")
        self.data = data
        self.network = Network(data.weights, len(data.categories), data.dialects.index(dialect))
        self.crf = Crf(*(data.weights[name] for name in ("transitions", "first", "last")))

    def find(
        self, texts: Sequence[str], words: Sequence[Words] | None = None
    ) -> list[list[ScoredSpan]]:
        """Find the spans of each text, in order, disjoint, with calibrated probabilities.

        words: the known words of each text as [start, end], evidence for where names begin and end.
        """
        scored = self.scores(texts)
        if words is not None:
            scored = _with_borders(texts, scored, words)
        decoded = iter(self.crf.decode([chain for rows in scored for _, chain in rows]))
        found = [
            [self._placed(span, stretch[0]) for stretch, _ in rows for span in next(decoded)]
            for rows in scored
        ]
        return [
            well_formed(text, with_repeats(text, spans))
            for text, spans in zip(texts, found, strict=True)
        ]

    def scores(self, texts: Sequence[str]) -> list[list[Chain]]:
        """Give what the network says of each text's tags, one chain a sentence."""
        pieces: list[Features] = []
        places: list[list[tuple[tuple[int, int], list[tuple[Window, int]]]]] = []
        extracted = extract_all(texts, self.data.alphabet, self.data.lexicon)
        for text, features in zip(texts, extracted, strict=True):
            rows = []
            for stretch in sentences(text, LONGEST):
                read = []
                for window in windows([stretch], WINDOW, CONTEXT):
                    read.append((window, len(pieces)))
                    pieces.append(features.take(window.start, window.end))
                rows.append((stretch, read))
            places.append(rows)
        emissions = self.network.emissions(pieces)
        return [[(stretch, _joined(read, emissions)) for stretch, read in rows] for rows in places]

    def _placed(self, span: ScoredSpan, offset: int) -> ScoredSpan:
        slope, shift = self.data.calibration.get(LABELS[span.label], (1.0, 0.0))
        raw = min(max(span.probability, 1e-6), 1 - 1e-6)
        odds = slope * np.log(raw / (1 - raw)) + shift
        probability = float(1 / (1 + np.exp(-odds)))
        return ScoredSpan(offset + span.start, offset + span.end, span.label, probability)


def _with_borders(
    texts: Sequence[str], scored: list[list[Chain]], words: Sequence[Words]
) -> list[list[Chain]]:
    weights = shipped_borders()
    result = []
    for text, rows, known in zip(texts, scored, words, strict=True):
        added = border_scores(len(text), known, weights)
        result.append([(stretch, chain + added[slice(*stretch)]) for stretch, chain in rows])
    return result


def _joined(read: list[tuple[Window, int]], emissions: list[Array]) -> Array:
    if len(read) == 1:
        return emissions[read[0][1]]
    return np.concatenate([
        emissions[number][window.first - window.start : window.last - window.start]
        for window, number in read
    ])
