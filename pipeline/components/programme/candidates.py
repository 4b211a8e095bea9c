"""Where a PROGRAMME name could stand: spans proposed by structure, without judging them.

A candidate ends at a category word (工程, 办法, 展), a closing quotation mark or 》, or is a known
name. It starts anywhere to the left that a name could start, within the same clause; quoted parts
are stepped over whole, so that 不忘初心、牢记使命”主题教育 keeps the mark inside and drops the one
before it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.components.places import divisions_named, leading_places
from pipeline.components.programme.resources import ProgrammeLists, WordFinder

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
LISTED = frozenset("、和与及")
NEXT_ITEM = 24  # characters in which the next item of a list must end
# the two or three characters of a place before its kind: 盐城 in 盐城市; found again in 健康盐城
PLACE = re.compile(r"(?=([\u4e00-\u9fff]{2,3})[省市县区州])")
COUNTRIES = frozenset(["中国"])
STATES = ("中华人民共和国", "中国共产党")
DRAFT = re.compile(
    r"实施条例|实施细则|(?:修正案|修订|修正)?草案|修正案|（(?:修正案|修订|修正)?草案）"
)
# What stands in a clause and in no name, but for marked ones: 等 after a list, adverbs, holding.
CLAUSE = re.compile(
    "(?<![高平同中初均对相])等(?![级离候])"
    "|首次|自发|正在|已经|刚刚|深刻认识|认真|必须|应当|举行|召开"
)
# The subject of a document that carries something out: 清湖行动 in 《云山县开展清湖行动实施方案》.
CARRIED_OUT = re.compile(
    r"(?:.*(?:关于|开展|推进|印发|做好))?(.{4,30}?)的?(?:实施|工作|活动|行动|推进)+(?:办法|方案|细则|意见)"
    r"(?:（[^（）]*）)?"
)
SHORTEST_SUBJECT = 4
NAMED_DAY = re.compile(r"(?:国际|世界|全国|国家|中国)[\u4e00-\u9fff]{1,8}\Z")
LONGEST_DAY = 10
ANNIVERSARY = re.compile("[0-9一二三四五六七八九十百]周年")
DIGIT = re.compile(r"\d")
ARTICLE = re.compile(r"第[0-9一二三四五六七八九十百零]+[条款章]")

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
        self.plain = DIGIT.sub("0", self.folded)  # years and ordinals look alike
        self.lists = lists
        self.opener: dict[int, int] = {}  # position of a closing mark -> of its opening one
        self.closer: dict[int, int] = {}
        self._pair_brackets()
        blocked = lists.not_categories.longest_ending(self.folded)
        self.inside_longer = frozenset(
            position
            for start, end in lists.longer.matches(self.folded)
            for position in range(start + 1, end)
        )
        self.categories = {
            end: start
            for end, start in lists.categories.longest_ending(self.folded).items()
            if blocked.get(end, end) >= start
            and end not in self.inside_longer
            and self._is_day(start, end)
        }
        self._category_starts = {
            start: self.category(start, end)[1] for end, start in self.categories.items()
        }
        self._before = lists.before.longest_ending(self.folded)
        self._after = lists.after.longest_starting(self.folded)
        self.known = sorted(set(lists.names.matches(self.folded)))
        self.known_spans = frozenset(self.known)
        self._known_from = dict(self.known)  # the longest from each start, as these are sorted
        self._known_to = {end: start for start, end in reversed(self.known)}
        self.clauses = frozenset(match.end() for match in CLAUSE.finditer(self.folded))
        self._ends = sorted(self.categories)
        self._action_starts = sorted({
            start for start, end in lists.before.matches(self.folded) if self._acts(start, end)
        })
        self._anniversaries = [match.span() for match in ANNIVERSARY.finditer(self.folded)]
        self._titles = sorted(
            (opened, close) for close, opened in self.opener.items() if self.folded[opened] == "《"
        )
        self._marked_words = frozenset(
            self.folded[opened + 1 : close]
            for close, opened in self.opener.items()
            if self.folded[opened] != "（" and close - opened <= LONGEST_QUOTE
        )

    def _is_day(self, start: int, end: int) -> bool:
        """Say no to 日 but in 国际志愿者日, a day that the world or a country keeps."""
        if self.folded[start:end] != "日":
            return True
        return NAMED_DAY.search(self.folded, max(0, start - LONGEST_DAY), start) is not None

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

    def item_before(self, start: int) -> str:
        """Give the class of the list item before a name that starts here (A、B和C), or ''."""
        if self.folded[start - 1 : start] not in LISTED or start < 2:
            return ""
        end = start - 1
        if self.folded[end - 1] in CLOSING:
            end -= 1
        category = self.categories.get(end, -1)
        if category >= 0:
            return self.category(category, end)[1]
        return "marked" if end < start - 1 else ""

    def item_after(self, end: int) -> str:
        """Give the class of the list item after a name that ends here, or ''."""
        if self.folded[end : end + 1] in CLOSING:
            end += 1
        if self.folded[end : end + 1] not in LISTED:
            return ""
        at = bisect_right(self._ends, end + 1)
        if at == len(self._ends) or self._ends[at] - end > NEXT_ITEM:
            return ""
        close = self._ends[at]
        if any(c in BREAKS for c in self.folded[end + 1 : close]):
            return ""
        return self.category(self.categories[close], close)[1]

    def article_after(self, end: int) -> bool:
        """Say whether an article is named here: 第五条 after the name of a law."""
        return ARTICLE.match(self.folded, end) is not None

    def actions_inside(self, start: int, end: int) -> int:
        """Count the words for launching, issuing or holding after the first character."""
        return bisect_right(self._action_starts, end - 1) - bisect_right(self._action_starts, start)

    def anniversary_inside(self, start: int, end: int) -> bool:
        """Say whether 周年 stands here with the number before it."""
        at = bisect_left(self._anniversaries, (start, 0))
        return at < len(self._anniversaries) and self._anniversaries[at][1] <= end

    def marked_elsewhere(self, start: int, end: int) -> bool:
        """Say whether the same characters stand between quotation marks or 《》 in the text."""
        return self.folded[start:end] in self._marked_words

    def inside_title(self, start: int, end: int) -> bool:
        """Say whether a longer title in 《》 holds these characters."""
        at = bisect_left(self._titles, (start, 0)) - 1
        opened, close = self._titles[at] if at >= 0 else (0, 0)
        return end <= close and (start, end) != (opened + 1, close)

    def category_from(self, end: int) -> str:
        """Give the class of the category word right behind a name, or behind its closing mark."""
        at = end + (self.folded[end : end + 1] in CLOSING)
        return self._category_starts.get(at, "")

    def carried_out(self) -> Iterator[tuple[int, int]]:
        """Give the places outside titles of what a document of the text is to carry out.

        The place that a subject begins with is its owner's: 云山县|清湖行动.
        """
        names: dict[str, str] = {}
        for opened, close in self._titles:
            if match := CARRIED_OUT.fullmatch(self.folded, opened + 1, close):
                places = leading_places(match[1]).spans
                name = match[1][places[-1][1] if places else 0 :]
                if len(name) >= SHORTEST_SUBJECT:
                    names[name] = ""
        for start, end in WordFinder(names).matches(self.folded) if names else ():
            if not self.inside_title(start, end):
                yield start, end

    def brands(self) -> Iterator[tuple[int, int]]:
        """Give names made of an aim and a place, 健康盐城, where the text names the place too."""
        places = frozenset(match[1] for match in PLACE.finditer(self.folded))
        for start, end in self.lists.aims.matches(self.folded):
            for close in (end + 2, end + 3):
                place = self.folded[end:close]
                if place in COUNTRIES or place in places or divisions_named(place):
                    yield start, close

    def known_class(self, start: int, end: int) -> str:
        """Give the list that knows these characters as a name: else 'wider', or 'brand'."""
        found = self.lists.names.classes.get(self.folded[start:end])
        return found or ("wider" if start in self._known_from or end in self._known_to else "brand")

    def known_part(self, start: int, end: int, category: int) -> str:
        """Say which part of a name is known: 'head' of 科教兴国|战略, 'end' of 巴黎|奥运会."""
        if category > start and self._known_from.get(start) == category:
            return "head"
        return "end" if self._known_to.get(end, start) > start else ""

    def cuts_known(self, start: int, end: int) -> bool:
        """Say whether these are the last characters of a longer known name."""
        return self._known_to.get(end, start) < start

    def wider(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Give a known law with what belongs to its name: 中华人民共和国X法, X法修订草案."""
        before = next((p for p in STATES if self.folded.endswith(p, 0, start)), "")
        draft = DRAFT.match(self.folded, end)
        for first in {start, start - len(before)}:
            for last in {end, draft.end() if draft else end}:
                if (first, last) != (start, end):
                    yield first, last

    def _acts(self, start: int, end: int) -> bool:
        kind = self.lists.before.classes[self.folded[start:end]]
        return end - start > 1 and kind != "relate"

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
    for candidate in (*_marked(text), *_known(text), *_with_category(text)):
        if text.word_after(candidate.end)[1] == "body":
            continue  # 活动领导小组办公室 is an organisation as a whole
        if text.cuts_known(candidate.start, candidate.end):
            continue  # the longest name that the lists know
        if candidate.end in text.inside_longer:
            continue  # 公司法|人, 基础设施工程|师
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
    laws = [
        span
        for known in text.known
        if text.known_class(*known) == "laws"
        for span in text.wider(*known)
    ]
    for start, end in (*text.known, *laws, *text.brands()):
        if not _splits_run(text.folded, start) and not _splits_run(text.folded, end):
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
        if before in BREAKS or before in OPENING or position in text.clauses:
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
