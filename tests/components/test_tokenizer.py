from __future__ import annotations

import pickle

import spacy
from hypothesis import given
from hypothesis import strategies as st

from pipeline.components.tokenizer import CharTokenizer, split_characters


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_tokens_join_to_the_text(text: str) -> None:
    assert "".join(split_characters(text)) == text


def test_doc_keeps_every_character_also_white_space() -> None:
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharTokenizer(nlp.vocab)
    text = " 海州市\n\n委  书记，2014年 GDP增１２％。\t"
    doc = nlp(text)
    assert doc.text == text
    assert [token.text for token in doc if len(token) > 1] == ["2014", "GDP", "１２"]
    assert not any(token.whitespace_ for token in doc)


def test_empty_text_gives_an_empty_doc() -> None:
    nlp = spacy.blank("zh")
    assert len(CharTokenizer(nlp.vocab)("")) == 0


def test_pipeline_with_the_tokenizer_survives_storing() -> None:
    nlp = spacy.blank(
        "zh", config={"nlp": {"tokenizer": {"@tokenizers": "renzhi.CharTokenizer.v1"}}}
    )
    again = pickle.loads(pickle.dumps(nlp)).from_bytes(nlp.to_bytes())
    assert [token.text for token in again("第3季度")] == ["第", "3", "季", "度"]
