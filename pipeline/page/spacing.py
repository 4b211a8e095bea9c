"""Close letter-spaced text: ``修 建 水 渠`` is 修建水渠, ``李 明`` in a list of names is 李明.

Spaces between words of several characters stay: they separate a byline's role and name, the two
halves of a headline, the columns of a table, or Latin words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.page.alignment import Repaired, delete
from pipeline.page.glyphs import SPACES, is_han, is_punctuation, lines
from pipeline.page.names import is_surname
from pipeline.schema import Span

__all__ = ["close_letter_spacing"]

_TOKEN = re.compile(f"[^{re.escape(SPACES)}]+")
# 组　长：, two characters set as wide as three where a line begins; a name may follow: 成员：李　明
_LABEL = re.compile(f"(?:[一-鿿](?P<gap>[{re.escape(SPACES)}]+)[一-鿿]|[一-鿿]{{2,4}})[：:]")
_WIDE = 3  # a gap of so many spaces separates the columns of a table


def close_letter_spacing(text: str) -> Repaired:
    """Delete the spaces of letter-spaced runs, line by line."""
    spans: list[Span] = []
    for start, end in lines(text):
        tokens = [match.span() for match in _TOKEN.finditer(text, start, end)]
        if tokens and (label := _LABEL.match(text, tokens[0][0], end)):
            spans.extend([label.span("gap")] if label["gap"] else [])
            tokens = [match.span() for match in _TOKEN.finditer(text, label.end(), end)]
        if len(tokens) > 1:
            spans.extend(_gaps(text, tokens))
    return delete(text, spans)


def _gaps(text: str, tokens: list[Span]) -> Iterator[Span]:
    """Gaps to close: those inside runs of tokens of one character each."""
    first = 0
    while first < len(tokens):
        last = first
        while last < len(tokens) and _is_letter(text[tokens[last][0] : tokens[last][1]]):
            last += 1
        if last - first > 1:
            yield from _close_run(text, tokens, first, last)
        first = max(last, first + 1)


def _is_letter(token: str) -> bool:
    """Whether a token is one printed character, perhaps with punctuation, perhaps doubled."""
    core = [char for char in token if not is_punctuation(char)]
    return len(core) <= 1 or (len(core) <= 3 and len(set(core)) == 1 and is_han(core[0]))


def _close_run(text: str, tokens: list[Span], first: int, last: int) -> Iterator[Span]:
    letters = ["".join(c for c in text[s:e] if is_han(c)) for s, e in tokens[first:last]]
    gaps = [(tokens[i][1], tokens[i + 1][0]) for i in range(first, last - 1)]
    narrowest = min(end - start for start, end in gaps)
    if narrowest >= _WIDE or any("\t" in text[s:e] for s, e in gaps):
        if len(tokens) == 2 and len("".join(letters)) == 2 and "\t" not in text[slice(*gaps[0])]:
            yield gaps[0]  # 目    录 alone on its line
        return
    if _is_names(text, letters, gaps, len(tokens) > last - first):
        yield from gaps[::2]
    elif sum(map(bool, letters)) >= 3 or (last - first == len(tokens) and any(letters)):
        for start, end in gaps:
            wide = end - start >= 2 * narrowest
            yield (start + 1, end) if wide else (start, end)


def _is_names(text: str, letters: list[str], gaps: list[Span], mixed: bool) -> bool:
    """Whether the run is two-character names spread to three (李 明 张 华), surname first.

    Evidence is a gap of another width between the names than inside them, or longer words in the
    same line (记者 李 明 王小红).
    """
    if len(letters) % 2 or not all(len(letter) == 1 for letter in letters):
        return False
    if not all(map(is_surname, letters[::2])):
        return False
    if len(letters) == 2:
        return True
    inner = {text[s:e] for s, e in gaps[::2]}
    outer = {text[s:e] for s, e in gaps[1::2]}
    return (mixed and len(inner) == 1) or not inner & outer
