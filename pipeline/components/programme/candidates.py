"""Where a PROGRAMME name could stand: spans proposed by structure, without judging them.

A candidate ends at a category word (工程, 办法, 展), a closing quotation mark or 》, or is a known
name. It starts anywhere to the left that a name could start, within the same clause; quoted parts
are stepped over whole, so that 不忘初心、牢记使命”主题教育 keeps the mark inside and drops the one
before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.components.programme.resources import ProgrammeLists

__all__ = ["Candidate", "Text", "find_candidates", "fold"]

OPENING = "“‘《〈「『【（"
CLOSING = "”’》〉」』】）"
PARTNER = dict(zip(CLOSING, OPENING, strict=True))
QUOTES = "“‘「『"
TITLES = "《〈"
BREAKS = frozenset("，,。；;：:！!？?、\n\r\t \u3000…—")
NEVER_FIRST = frozenset("的了等们着过之与和及或、·")
WINDOW = 34  # characters between the start of a name and its category word, quoted parts apart
BEFORE_QUOTE = 10  # characters of a name before a quoted part: 巡察“回头看”
LONGEST_QUOTE = 60
LONGEST_TITLE = 90
LONGEST_BRACKET = 14
ENOUGH_ALONE = 3  # characters of a category word that may be a name by itself: 学习教育, 进博会

_FOLDED: dict[int, int | str] = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)}
_FOLDED |= {ord(a): b for a, b in zip("()[]«»＂﹏﹑", '（）【】《》"_、', strict=True)}


def fold(text: str) -> str:
    """Make brackets full-width and digits and Latin letters half-width; the length stays.

    Straight double quotation marks become “ and ” in turn within a line.
    """
    folded = text.translate(_FOLDED)
    if '"' not in folded:
        return folded
    characters = list(folded)
    opened = False
    for index, character in enumerate(characters):
        if character == "\n":
            opened = False
        elif character == '"':
            characters[index] = "”" if opened else "“"
            opened = not opened
    return "".join(characters)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may be a name: what proposed it and where its category word stands.

    kind: ``title`` 《…》, ``quote`` “…”, ``tail`` “…”活动, ``inner`` 巡察“回头看”, ``plain``,
    ``known``.
    category: start of the category word that ends the name, or -1; category_end: its end (a
    bracketed remark such as （试行） may follow).
    """

    start: int
    end: int
    kind: str
    category: int = -1
    category_end: int = -1


class Text:
    """A folded text with its bracket pairs and category words, as candidates need them.

    text: any text; all positions count its characters.
    """

    def __init__(self, text: str, lists: ProgrammeLists) -> None:
        self.folded = fold(text)
        self.lists = lists
        self.opener: dict[int, int] = {}  # position of a closing mark -> of its opening one
        self.closer: dict[int, int] = {}
        self._pair_brackets()
        blocked = lists.not_categories.longest_ending(self.folded)
        self.categories = {
            end: start
            for end, start in lists.categories.longest_ending(self.folded).items()
            if blocked.get(end, end) >= start
        }
        self._before = lists.before.longest_ending(self.folded)
        self._after = lists.after.longest_starting(self.folded)
        self.known = sorted(set(lists.names.matches(self.folded)))
        self.known_spans = frozenset(self.known)

    def category(self, start: int, end: int) -> tuple[str, str]:
        """Give the category word at [start, end) and its class, two empty strings for start -1."""
        word = self.folded[start:end] if start >= 0 else ""
        return word, self.lists.categories.classes.get(word, "")

    def word_before(self, position: int) -> tuple[str, str]:
        """Give the longest context word that ends here and its class, or two empty strings."""
        start = self._before.get(position, -1)
        word = self.folded[start:position] if start >= 0 else ""
        return word, self.lists.before.classes.get(word, "")

    def word_after(self, position: int) -> tuple[str, str]:
        """Give the longest context word that starts here and its class, or two empty strings."""
        word = self.folded[position : self._after.get(position, position)]
        return word, self.lists.after.classes.get(word, "")

    def _pair_brackets(self) -> None:
        stack: list[int] = []
        for index, character in enumerate(self.folded):
            if character == "\n":
                stack.clear()
            elif character in OPENING:
                stack.append(index)
            elif character in PARTNER:
                wanted = PARTNER[character]
                depth = next(
                    (d for d in range(len(stack) - 1, -1, -1) if self.folded[stack[d]] == wanted),
                    -1,
                )
                if depth >= 0:
                    self.opener[index] = stack[depth]
                    self.closer[stack[depth]] = index
                    del stack[depth:]

    def ends(self) -> Iterator[tuple[int, int, int]]:
        """Give (end of name, start and end of its category word), remarks in brackets included."""
        for end, start in self.categories.items():
            yield end, start, end
            if self.folded[end : end + 1] == "（":
                close = self.closer.get(end, -1)
                if 0 < close - end <= LONGEST_BRACKET:
                    yield close + 1, start, end


def find_candidates(text: Text) -> list[Candidate]:
    """Give all candidates of a text, each span once, ordered by end and then start."""
    found: dict[tuple[int, int], Candidate] = {}
    for candidate in (*_marked(text), *_with_category(text), *_known(text)):
        if text.word_after(candidate.end)[1] == "body":
            continue  # 活动领导小组办公室 is an organisation as a whole
        found.setdefault((candidate.end, candidate.start), candidate)
    return [found[key] for key in sorted(found)]


def _marked(text: Text) -> Iterator[Candidate]:
    for close, opened in text.opener.items():
        mark = text.folded[opened]
        start, length = opened + 1, close - opened - 1
        if mark in TITLES and 1 < length <= LONGEST_TITLE:
            end = close
            category = text.categories.get(end, -1)
            if category < 0 and text.folded[end - 1] == "）":
                bracket = text.opener.get(end - 1, -1)
                category = text.categories.get(bracket, -1)
                end = bracket
            yield Candidate(start, close, "title", category, end if category >= 0 else -1)
        elif (
            mark in QUOTES and 1 < length <= LONGEST_QUOTE and "。" not in text.folded[start:close]
        ):
            category = text.categories.get(close, -1)
            yield Candidate(start, close, "quote", category, close if category >= 0 else -1)
            if mark == "“":
                for first in range(opened - 1, max(-1, opened - 1 - BEFORE_QUOTE), -1):
                    character = text.folded[first]
                    if character in BREAKS or character in OPENING or character in CLOSING:
                        break
                    if character not in NEVER_FIRST:
                        yield Candidate(first, close + 1, "inner")


def _known(text: Text) -> Iterator[Candidate]:
    for start, end in text.known:
        if _splits_run(text.folded, start) or _splits_run(text.folded, end):
            continue
        category = text.categories.get(end, -1)
        if category >= start:
            yield Candidate(start, end, "known", category, end)
        else:
            yield Candidate(start, end, "known")


def _with_category(text: Text) -> Iterator[Candidate]:
    for end, category, category_end in text.ends():
        for start, kind in _starts(text, category, category_end):
            yield Candidate(start, end, kind, category, category_end)


def _starts(text: Text, category: int, category_end: int) -> Iterator[tuple[int, str]]:
    """Give start positions left of a category word, and whether a quoted part was stepped over."""
    folded = text.folded
    position, room, kind = category, WINDOW, "plain"
    if category_end - category >= ENOUGH_ALONE:
        yield category, kind
    while position > 0 and room > 0:
        before = folded[position - 1]
        if before in CLOSING:
            opened = text.opener.get(position - 1, -1)
            if opened < 0 or folded[opened] in TITLES:
                return
            inside = position - opened - 2
            if folded[opened] == "（":
                if inside > LONGEST_BRACKET or kind != "plain":
                    return
            else:
                if inside > LONGEST_QUOTE or "。" in folded[opened:position]:
                    return
                kind = "tail"
                yield opened + 1, kind
                room = min(room, BEFORE_QUOTE)
            position = opened
            continue
        if before in BREAKS or before in OPENING:
            return
        position -= 1
        room -= 1
        if before not in NEVER_FIRST and not _splits_run(folded, position):
            yield position, kind


def _splits_run(folded: str, position: int) -> bool:
    left, right = folded[max(0, position - 1) : position], folded[position : position + 1]
    return (left.isdecimal() and right.isdecimal()) or (
        left.isascii() and left.isalpha() and right.isascii() and right.isalpha()
    )
