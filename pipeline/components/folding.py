"""Folding of character variants (全角/半角, 繁体/简体) for look-ups; the text is never touched.

Every fold keeps the length, so position i of the folded text is position i of the text.
"""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["fold"]

# Punctuation that means the same in Chinese text; the right side is what the lexicons use.
SAME = {"﹑": "、", "︰": "：", "〝": "“", "〞": "”", "「": "“", "」": "”", "『": "“", "』": "”"}
FULL_WIDTH_KEPT = "，。！？；：（）"


def fold(text: str) -> str:
    """Fold width, case and traditional characters; the result has exactly the text's length.

    Full-width letters and digits become half-width and lower case, other compatibility characters
    their plain form where that is one character, traditional characters simplified ones
    (OpenCC ``t2s``, by phrase where the phrase keeps its length, else by character).
    """
    folded = text.translate(_width_table())
    by_character = folded.translate(_simplified_table())
    if by_character == folded:
        return folded
    by_phrase = _convert(folded)
    return by_phrase if len(by_phrase) == len(folded) else by_character


@cache
def _width_table() -> dict[int, str]:
    table = {}
    for code in range(0x80, 0x10000):
        if 0xD800 <= code < 0xE000:
            continue
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char)
        if len(plain) == 1 and plain != char and char not in FULL_WIDTH_KEPT:
            table[code] = plain.lower() if len(plain.lower()) == 1 else plain
    # half-width sentence punctuation beside Chinese text means the full-width mark
    table |= {ord(half): full for half, full in zip(",!?;:()", "，！？；：（）", strict=True)}
    table |= {ord(char): plain for char, plain in SAME.items()}
    table |= {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
    return table


@cache
def _simplified_table() -> dict[int, str]:
    chars = [chr(code) for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00))]
    converted = _convert("\n".join(chars)).split("\n")
    return {
        ord(char): plain
        for char, plain in zip(chars, converted, strict=True)
        if len(plain) == 1 and plain != char
    }


@cache
def _converter() -> object:
    import opencc

    return opencc.OpenCC("t2s")


def _convert(text: str) -> str:
    return str(_converter().convert(text))  # type: ignore[attr-defined]
