from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.components.recogniser.windows import sentences, windows


@given(st.text(alphabet="海州市，。！”\n x", max_size=200), st.integers(4, 50))
def test_sentences_join_to_the_text_and_stay_short(text: str, longest: int) -> None:
    pieces = sentences(text, longest)
    assert "".join(text[start:end] for start, end in pieces) == text
    assert all(0 < end - start <= longest for start, end in pieces)


@given(st.integers(1, 5000))
def test_kept_parts_of_windows_tile_a_long_piece(size: int) -> None:
    read = windows([(7, 7 + size)], 200, 24)
    assert [window.first for window in read[1:]] == [window.last for window in read[:-1]]
    assert read[0].first == 7
    assert read[-1].last == 7 + size
    assert all(window.end - window.start <= 200 for window in read)


def test_characters_read_grow_linearly_with_the_text() -> None:
    def cost(size: int) -> int:
        text = "甲" * size  # no mark to cut at: the worst case
        pieces = sentences(text, 1000)
        return sum(window.end - window.start for window in windows(pieces, 200, 24))

    assert cost(100_000) <= 1.4 * 100_000
    assert abs(cost(100_000) / cost(10_000) - 10) < 0.1


def test_closing_quotes_stay_with_their_sentence() -> None:
    text = "他说：“大家好。”随后离开。\n散会"
    assert [text[start:end] for start, end in sentences(text, 100)] == [
        "他说：“大家好。”",
        "随后离开。",
        "\n",
        "散会",
    ]
