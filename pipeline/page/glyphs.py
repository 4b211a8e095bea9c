"""What kind of character a character is: the vocabulary of all page repairs."""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.schema import Span

__all__ = [
    "BREAKS",
    "CLOSING",
    "OPENING",
    "SENTENCE_END",
    "SPACES",
    "cells",
    "ends_sentence",
    "is_han",
    "is_latin",
    "is_punctuation",
    "lines",
]

# Characters that end a line in a text layer; \n is the usual one.
BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# White space inside a line, a tab included.
SPACES = " \t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
SPACES += "\u202f\u205f\u3000"
OPENING = "([{（［｛《〈【〔「『“‘〖"
CLOSING = ")]}）］｝》〉】〕」』”’〗"
SENTENCE_END = "。！？!?…"

_LINE = re.compile(f"[^{re.escape(BREAKS)}]+")


def lines(text: str) -> list[Span]:
    """Spans of the lines of a text that have any character, without their line breaks."""
    return [match.span() for match in _LINE.finditer(text)]


@lru_cache(maxsize=65536)
def is_han(char: str) -> bool:
    """Whether it is a Chinese character, the zero 〇 and the iteration mark 々 among them."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3400" <= char <= "\u4dbf"
        or "\uf900" <= char <= "\ufaff"
        or "\U00020000" <= char <= "\U0003ffff"
        or char in "〇々"
    )


@lru_cache(maxsize=65536)
def is_latin(char: str) -> bool:
    """Whether it is a letter of an alphabet that writes words apart with spaces."""
    return char.isalpha() and char < "\u2e80"


@lru_cache(maxsize=65536)
def is_punctuation(char: str) -> bool:
    """Whether it is neither letter, digit, Chinese character nor white space."""
    return not char.isalnum() and not char.isspace() and char not in "〇々"


@lru_cache(maxsize=65536)
def cells(char: str) -> int:
    """Printed width in half ems: Chinese characters and full-width punctuation 2, others 1."""
    return 1 if char < "\u2e80" and char not in "—…“”" else 2


def ends_sentence(line: str) -> bool:
    """Whether a line ends a sentence, closing quotes and brackets after the full stop allowed."""
    return line.rstrip(CLOSING + SPACES)[-1:] in set(SENTENCE_END)
