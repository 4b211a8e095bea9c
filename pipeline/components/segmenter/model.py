"""A word segmentation model of spacy-pkuseg, kept in a file that needs no unpickling.

spacy_pkuseg unpickles the dictionary of its wheel and, in old formats, the model. Here the parts of
its tagger (feature names, dictionary words, weights) are plain arrays in one ``.npz`` file, read
with ``allow_pickle=False`` and only if the SHA-256 beside it agrees; the package supplies the
feature extraction and the Viterbi search.

Source: pkuseg (Luo et al., 2019, arXiv:1906.11455), a CRF over characters with features of words
and word pairs, trained by adaptive gradient steps (Sun et al., ACL 2012).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.files import write_whole

__all__ = ["MODEL_FILE", "SUM_FILE", "TAGS", "WordModel", "checksum", "read_model", "write_model"]

MODEL_FILE = "segmenter.npz"
SUM_FILE = "segmenter.npz.sha256"
TAGS = ("B", "B_single", "I", "I_end", "I_first")  # spacy_pkuseg's five tags, in its own order
PIECE = re.compile(r"[^\s。！？；!?;]{1,400}[。！？；!?;]*|[。！？；!?;]+")


@dataclass(frozen=True)
class WordModel:
    """The parts of a trained tagger.

    features: names in the order of their numbers; words: the dictionary that word features look in.
    weights: shape (len(features) * 5 + 25,), float64: five tags a feature, then tag to tag.
    """

    features: tuple[str, ...]
    words: tuple[str, ...]
    weights: NDArray[np.float64]


class WordCutter:
    """Cuts text into words; the texts that lie between white space are cut each by itself."""

    def __init__(self, model: WordModel) -> None:
        from spacy_pkuseg.feature_extractor import FeatureExtractor
        from spacy_pkuseg.inference import decodeViterbi_fast
        from spacy_pkuseg.model import Model

        self._search = decodeViterbi_fast
        self._extractor = FeatureExtractor()
        self._extractor.unigram = set(model.words)
        self._extractor.feature_to_idx = {name: i for i, name in enumerate(model.features)}
        self._tagger: Any = Model.__new__(Model)
        self._tagger.n_tag = len(TAGS)
        self._tagger.n_feature = len(model.features)
        self._tagger.n_transition_feature = len(model.weights)
        self._tagger.w = model.weights

    def words(self, text: str) -> Iterator[tuple[int, int]]:
        """Give (start, end) of each word in order; white space belongs to none."""
        for piece in PIECE.finditer(text):
            characters = list(self._extractor.normalize_text(piece[0]))
            rows = [
                self._extractor.get_node_features_idx(i, characters) for i in range(len(characters))
            ]
            _, tags = self._search(rows, self._tagger)
            start = piece.start()
            for offset, tag in enumerate(tags):
                if offset and TAGS[tag].startswith("B"):
                    yield start, piece.start() + offset
                    start = piece.start() + offset
            yield start, piece.end()

    def knows(self, word: str) -> bool:
        """Whether a word stands in the model's dictionary; others the tagger has put together."""
        return word in self._extractor.unigram


def checksum(file: Path) -> str:
    """Give the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_model(model: WordModel, folder: Path) -> None:
    """Write the model and its checksum into a folder. Weights are kept as half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    with write_whole(folder / MODEL_FILE) as out:
        np.savez_compressed(
            out,
            features=_packed(model.features),
            words=_packed(model.words),
            weights=model.weights.astype(np.float16),
        )
    with write_whole(folder / SUM_FILE) as out:
        out.write(f"{checksum(folder / MODEL_FILE)}  {MODEL_FILE}\n".encode("ascii"))


def read_model(folder: Path) -> WordModel:
    """Read a model that ``write_model`` wrote.

    RAISES ModelError: a file is missing, the checksum does not agree, or the content is no model.
    """
    file = folder / MODEL_FILE
    try:
        wanted = (folder / SUM_FILE).read_text(encoding="ascii").split()
        if wanted != [checksum(file), MODEL_FILE]:
            raise ModelError(f"{file}: its SHA-256 is not the one in {SUM_FILE}; not loaded")
        with np.load(file, allow_pickle=False) as arrays:
            features = _unpacked(arrays["features"])
            words = _unpacked(arrays["words"])
            weights = arrays["weights"].astype(np.float64)
    except OSError as error:
        raise ModelError(f"{error.filename or file}: {error.strerror or error}") from error
    except (ValueError, KeyError) as error:
        raise ModelError(f"{file}: not a segmentation model") from error
    if weights.shape != (len(features) * len(TAGS) + len(TAGS) ** 2,):
        raise ModelError(f"{file}: {weights.size} weights do not fit {len(features)} features")
    return WordModel(features, words, weights)


def _packed(names: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def _unpacked(array: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(array.tobytes().decode().split("\n"))
