"""The tokenizer: every character a token, runs of digits and runs of Latin letters kept whole.

Word segmentation is evidence for later components, never the tokens, so no annotated span can
fall between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from pipeline.components.extensions import register_extensions

__all__ = ["CharTokenizer", "make_char_tokenizer", "split_characters"]

TOKEN = re.compile(r"[0-9０-９]+|[A-Za-zＡ-Ｚａ-ｚ]+|.", re.DOTALL)


def split_characters(text: str) -> list[str]:
    """Split a text into tokens; joining them gives the text back.

    >>> split_characters("2014年GDP增长 7%")
    ['2014', '年', 'GDP', '增', '长', ' ', '7', '%']
    """
    return TOKEN.findall(text)


class CharTokenizer:
    """Callable from a text to a Doc of character tokens; it has no state but the vocabulary."""

    def __init__(self, vocab: Vocab) -> None:
        register_extensions()
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words = split_characters(text)
        doc = Doc(self.vocab, words=words, spaces=[False] * len(words))
        doc._.joined = text
        return doc

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Give an empty byte string: there is nothing to store."""
        del exclude
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> CharTokenizer:
        del data, exclude
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write nothing: there is nothing to store."""
        del path, exclude

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> CharTokenizer:
        del path, exclude
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (CharTokenizer, (self.vocab,))


@registry.tokenizers("renzhi.CharTokenizer.v1")  # type: ignore[untyped-decorator]
def make_char_tokenizer() -> Callable[[Language], CharTokenizer]:
    """Give the function that spaCy calls with the pipeline to make its tokenizer."""

    def make(nlp: Language) -> CharTokenizer:
        return CharTokenizer(nlp.vocab)

    return make
