from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.components.folding import fold


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_fold_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text(alphabet="臺灣發展乾隆著名後来皇后里程頭髮ＡＢ１２ﬁ㈱(),", max_size=30))
def test_fold_keeps_the_length_of_mixed_script(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＧＤＰ增长７％", "gdp增长7%"),
        ("臺灣省長", "台湾省长"),
        ("试行(草案)", "试行（草案）"),
        ("乾隆皇帝", "乾隆皇帝"),
        ("著名學者", "著名学者"),
    ],
)
def test_fold_gives_the_plain_form(text: str, folded: str) -> None:
    assert fold(text) == folded
