from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.components.lexicon import build_lexicon, code_points

WORDS = {"海": (0, 1), "海州": (1, 2), "海州市": (2, 4), "州市": (3, 8), "市委书记": (4, 16)}


@given(st.text(alphabet="海州市委书记x", max_size=40))
def test_find_gives_exactly_the_words_of_the_text(text: str) -> None:
    lexicon = build_lexicon(WORDS)
    found = {
        (int(start), match.length, int(lexicon.vectors[entry]), int(lexicon.categories[entry]))
        for match in lexicon.find(code_points(text))
        for start, entry in zip(match.starts, match.entries, strict=True)
    }
    expected = {
        (start, len(word), *facts)
        for word, facts in WORDS.items()
        for start in range(len(text))
        if text.startswith(word, start)
    }
    assert found == expected


def test_an_empty_lexicon_finds_nothing() -> None:
    assert list(build_lexicon({}).find(code_points("海州市"))) == []
