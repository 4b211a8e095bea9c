"""Building the recogniser's lexicon, alphabet and first vectors from lexicon files and texts."""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.components.folding import fold
from pipeline.components.lexicon import Lexicon, build_lexicon, code_points
from pipeline.components.recogniser.features import WORD_LENGTHS, Alphabet
from pipeline.errors import BadInputError, MissingExtraError
from pipeline.training.config import LexiconConfig, LexiconSource
from pipeline.training.variation import NamePool
from pipeline.training.vectors import WordVectors, word_vectors

__all__ = [
    "WORD_CLASSES",
    "Vocabulary",
    "build_vocabulary",
    "name_pool",
    "source_path",
    "word_class",
]

Array = NDArray[np.float32]
PACKAGE_LEXICONS = Path(__file__).parent.parent / "lexicons"
# jieba's word classes (the first letters of its tags), each a gazetteer category of its own
WORD_CLASSES = ("nr", "ns", "nt", "nz", "n", "v", "m", "i", "a", "other")
LONGEST_WORD = 24
LEAST_CHARACTER = 2
SPREAD = 0.3  # standard deviation of first vectors


@dataclass(frozen=True)
class Vocabulary:
    """What the network's tables stand for. vectors: (rows, width) first word vectors."""

    alphabet: Alphabet
    lexicon: Lexicon
    categories: tuple[str, ...]
    vectors: Array


def build_vocabulary(
    config: LexiconConfig, data: Path, texts: Iterable[str], width: int
) -> Vocabulary:
    """Gather words and their categories, count them in the texts, and give them vectors.

    A word of up to six characters that the texts hold often enough, or that the vectors of
    Wikipedia's words hold, has its own row; any other shares a row with the words of its class and
    length. Own rows start from `word_vectors`; a word that has none from its characters' mean.
    """
    ready = word_vectors(width) if config.pretrained else None
    categories = (*config.sources, *(WORD_CLASSES if config.general_words else ()))
    bits: dict[str, int] = {}
    classes: dict[str, str] = {}
    for number, (_, sources) in enumerate(config.sources.items()):
        for source in sources:
            for word in _source_words(source, data):
                bits[word] = bits.get(word, 0) | 1 << number
    if config.general_words:
        first = len(config.sources)
        for word, tag in _general_words():
            classes[word] = word_class(tag)
            bits[word] = bits.get(word, 0) | 1 << (first + WORD_CLASSES.index(classes[word]))
    counts, alphabet = _count(texts, bits)
    shared = [(kind, length) for kind in (*WORD_CLASSES, "") for length in WORD_LENGTHS]
    rows: dict[str, int] = {}
    own: list[str] = []
    for word in sorted(bits):
        if len(word) not in WORD_LENGTHS:
            continue
        known = ready is not None and ready.rows.get(word, ready.whole) < ready.whole
        if known or counts.get(word, 0) >= config.own_vector_from:
            own.append(word)
            rows[word] = len(shared) + len(own)
        else:
            rows[word] = 1 + shared.index((classes.get(word, ""), len(word)))
    lexicon = build_lexicon({word: (rows.get(word, 0), bits[word]) for word in sorted(bits)})
    vectors = _first_vectors(own, 1 + len(shared), width, ready)
    return Vocabulary(alphabet, lexicon, categories, vectors)


def name_pool(config: LexiconConfig, data: Path) -> NamePool:
    """Gather the names that variants of samples draw from."""
    persons = [
        word
        for source in config.sources.get(config.variant_persons, ())
        for word in _source_words(source, data)
    ]
    places: dict[str, list[str]] = {}
    for source in config.sources.get(config.variant_places, ()):
        for word in _source_words(source, data):
            if 3 <= len(word) <= 4 and word[-1] in "省市县区镇乡村":
                places.setdefault(word[-1], []).append(word)
    return NamePool(persons, dict(places))


def word_class(tag: str) -> str:
    """Map a jieba tag to one of `WORD_CLASSES`."""
    for name in WORD_CLASSES[:-1]:
        if tag.startswith(name):
            return name
    return "i" if tag.startswith("l") else "other"


def source_path(source: LexiconSource, data: Path) -> Path:
    """Give the file of a source: below the data folder, or in the package."""
    return (PACKAGE_LEXICONS if source.package else data) / source.path


def _source_words(source: LexiconSource, data: Path) -> Iterator[str]:
    path = source_path(source, data)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), "not UTF-8 text") from error
    except OSError as error:
        raise BadInputError(str(path), str(error.strerror)) from error
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if line.startswith("#") or len(cells) <= source.column:
            continue
        word = fold(cells[source.column].strip())
        if not 0 < len(word) <= LONGEST_WORD:
            continue
        if source.least and _count_of(cells, source, f"{path}:{number}") < source.least:
            continue
        yield word


def _count_of(cells: list[str], source: LexiconSource, where: str) -> int:
    try:
        return int(cells[source.column + 1])
    except (IndexError, ValueError) as error:
        raise BadInputError(where, f"no count in column {source.column + 1}") from error


def _general_words() -> Iterator[tuple[str, str]]:
    found = importlib.util.find_spec("jieba")
    if found is None or found.origin is None:
        raise MissingExtraError("train", "renzhi train")
    with (Path(found.origin).parent / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, _, tag = line.split()
            if len(word) > 1:
                yield fold(word), tag


def _count(texts: Iterable[str], words: dict[str, int]) -> tuple[Counter[str], Alphabet]:
    names = sorted(words)
    numbered = build_lexicon({word: (number, 0) for number, word in enumerate(names)})
    totals = np.zeros(len(names), dtype=np.int64)
    characters: Counter[int] = Counter()
    for group in _grouped(texts):
        codes = code_points(fold(group))
        values, seen = np.unique(codes, return_counts=True)
        characters.update(dict(zip(values.tolist(), seen.tolist(), strict=True)))
        for match in numbered.find(codes):
            np.add.at(totals, numbered.vectors[match.entries], 1)
    kept = sorted(code for code, count in characters.items() if count >= LEAST_CHARACTER)
    counts = Counter({name: int(totals[n]) for n, name in enumerate(names) if totals[n]})
    return counts, Alphabet(np.array(kept, dtype=np.uint32))


def _grouped(texts: Iterable[str]) -> Iterator[str]:
    group: list[str] = []
    for text in texts:
        group.append(text)
        if len(group) == 1000:
            yield "\n".join(group)
            group = []
    yield "\n".join(group)


def _first_vectors(own: list[str], shared: int, width: int, ready: WordVectors | None) -> Array:
    generator = np.random.default_rng(0)
    vectors = generator.normal(0, SPREAD, (shared + len(own), width)).astype(np.float32)
    vectors[0] = 0
    if ready is None:
        return vectors
    for number, word in enumerate(own):
        parts = [word] if word in ready.rows else word
        known = [ready.rows[part] for part in parts if part in ready.rows]
        if known:
            vectors[shared + number] = SPREAD * ready.table[known].mean(axis=0)
    return vectors
