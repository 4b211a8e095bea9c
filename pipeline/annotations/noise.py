"""Layout noise (版面噪声): make a raw newspaper page out of clean text, and know the way back.

Noise only inserts: spaces, line breaks, second prints of glyphs, controls. So a clean text is its
noisy page with characters deleted, and gold offsets can be carried over. Furniture lines (page
numbers, section names, editors) go into the clean text as well: a reader would retype them; and an
editor who is named there is one in the gold as well.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.page.alignment import Alignment
from pipeline.page.bylines import is_byline
from pipeline.page.furniture import is_furniture
from pipeline.page.glyphs import CLOSING, OPENING, cells, ends_sentence, is_han, is_latin
from pipeline.schema import Label, RelationType, Span, Status

__all__ = ["Layout", "NoisyPage", "add_noise", "carry", "random_layout"]

_NOT_FIRST = "，。、；：？！,;:?!…％%" + CLOSING
_LONGEST_HEADLINE = 40
_NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?(?=[一-鿿％%])")
_SECTIONS = ("今日要闻", "今日关注", "本地新闻", "综合新闻", "民生", "时政")
_EDITOR = "责任编辑"
_EDITORS = ("陈立文", "周晓岚", "孙一鸣", "何静", "吴家骏")


@dataclass(frozen=True)
class Layout:
    """How a page is set. Shares are probabilities in [0, 1].

    width: characters a line. height: lines a column, 0 for one endless column. by_cells: whether
    half-width characters count half. indent: what stands before a paragraph; ``lost`` says that its
    room is there but its characters are not. blank: whether an empty line stands between
    paragraphs. doubled: headlines printed twice; spaced: letter-spaced lines; split: split numbers.
    furniture: whether a masthead, page number and editors' line are there. breaks: line break used.
    """

    width: int = 13
    height: int = 18
    by_cells: bool = True
    indent: str = ""
    lost: bool = True
    blank: bool = True
    doubled: float = 0.5
    spaced: float = 0.04
    split: float = 0.4
    furniture: bool = True
    breaks: str = "\n"
    mark: bool = False


@dataclass(frozen=True)
class NoisyPage:
    """A noisy page. alignment: of ``clean`` to ``raw``, ``clean[i] == raw[alignment.offsets[i]]``.

    origin: for each character of the text that was given its offset in ``clean``; the rest of
    ``clean`` is furniture.
    """

    raw: str
    clean: str
    alignment: Alignment
    origin: tuple[int, ...]


def random_layout(seed: int) -> Layout:
    """A layout as newspapers have them, the same for the same seed."""
    dice = random.Random(f"layout {seed}")
    indent = dice.choice(("", "", "", "\u3000\u3000", " "))
    return Layout(
        width=dice.randint(11, 17),
        height=dice.choice((0, 8, 12, 18, 25)),
        by_cells=dice.random() < 0.5,
        indent=indent,
        lost=not indent and dice.random() < 0.7,
        blank=dice.random() < 0.7,
        doubled=dice.choice((0.0, 0.5, 1.0)),
        spaced=dice.choice((0.0, 0.03, 0.08)),
        split=dice.choice((0.0, 0.3, 0.8)),
        furniture=dice.random() < 0.5,
        breaks=dice.choice(("\n", "\n", "\n", "\r\n")),
        mark=dice.random() < 0.2,
    )


def add_noise(text: str, *, seed: int, layout: Layout | None = None) -> NoisyPage:
    """Set a clean text, one paragraph or headline a line, as a raw newspaper page.

    The same text, seed and layout give the same page. layout: `random_layout(seed)` if None.
    """
    layout = layout or random_layout(seed)
    dice = random.Random(f"noise {seed}")
    before, after = _furniture(dice) if layout.furniture else ("", "")
    clean = before + text + after
    origin = tuple(range(len(before), len(before) + len(text)))
    page = _Writer(clean)
    if layout.mark:
        page.insert("\ufeff")
    start, room = 0, layout.height
    for end in (*(i for i, char in enumerate(clean) if char == "\n"), len(clean)):
        if is_furniture(clean[start:end]) or is_byline(clean[start:end]):
            while page.at < end:
                page.copy()
        elif _is_headline(clean[start:end]):
            _set_headline(page, end, layout, dice)
        else:
            room = _set_paragraph(page, end, layout, dice, room)
        if end < len(clean):
            if layout.breaks != "\n":
                page.insert(layout.breaks[:-1])
            page.copy()
            if layout.blank or (clean[start:end] and _is_headline(clean[start:end])):
                page.insert(layout.breaks)
        start = end + 1
    return NoisyPage(page.raw(), clean, Alignment(tuple(page.offsets)), origin)


def carry(document: GoldDocument, noisy: NoisyPage) -> GoldDocument:
    """The gold document on its noisy page: ``text`` is the raw page, offsets count its characters.

    A mention runs from its first to its last raw character. Triples keep their clean surfaces. The
    editor of the page is added. ``meta["clean_text"]`` holds the true clean text.
    """
    first = noisy.origin[0] if noisy.origin else 0
    entities = [(first + start, first + end, label) for start, end, label in document.entities]
    triples = list(document.triples)
    below = first + len(noisy.origin) + 1
    if noisy.clean.startswith(_EDITOR, below):
        title = below + len(_EDITOR)
        name = title + len("：")
        entities += [(below, title, Label.ROLE), (name, len(noisy.clean), Label.PER)]
        status = {"status": Status.CURRENT.value}
        triples.append(GoldTriple(noisy.clean[name:], RelationType.HOLDS_POST, _EDITOR, status))
    offsets = noisy.alignment.offsets
    return replace(
        document,
        text=noisy.raw,
        entities=tuple(
            (offsets[start], offsets[end - 1] + 1, label) for start, end, label in entities
        ),
        triples=tuple(triples),
        meta={**document.meta, "clean_text": noisy.clean},
    )


class _Writer:
    """Writes a raw page from left to right: copies of clean characters and insertions."""

    def __init__(self, clean: str) -> None:
        self.clean = clean
        self.offsets: list[int] = []
        self._parts: list[str] = []
        self._length = 0

    @property
    def at(self) -> int:
        """Offset in the clean text of the next character to copy."""
        return len(self.offsets)

    def copy(self) -> str:
        char = self.clean[self.at]
        self.offsets.append(self._length)
        self.insert(char)
        return char

    def insert(self, noise: str) -> None:
        self._parts.append(noise)
        self._length += len(noise)

    def raw(self) -> str:
        return "".join(self._parts)


def _furniture(dice: random.Random) -> tuple[str, str]:
    day = f"2016年{dice.randint(1, 12)}月{dice.randint(1, 28)}日 星期{dice.choice('一二三四五六')}"
    number = dice.randint(1, 16)
    before = dice.choice((f"{dice.choice(_SECTIONS)}\n", f"{day}\n", f"第{number}版\n", ""))
    after = dice.choice((
        f"\n{number:02d}",
        f"\n{_EDITOR}：{dice.choice(_EDITORS)}",
        f"\n{day}",
        "",
    ))
    return before, after


def _is_headline(line: str) -> bool:
    return (
        0 < len(line) <= _LONGEST_HEADLINE
        and not ends_sentence(line)
        and not is_furniture(line)
        and not is_byline(line)
    )


def _set_headline(page: _Writer, end: int, layout: Layout, dice: random.Random) -> None:
    line = page.clean[page.at : end]
    doubled = dice.random() < layout.doubled and sum(map(is_han, line)) >= 4
    first, last = _stretch(line, dice) if doubled else (0, 0)
    spaced = not doubled and dice.random() < layout.spaced and _can_be_spaced(line)
    for i in range(len(line)):
        char = page.copy()
        if first <= i < last and not char.isspace():
            page.insert(char)
        if spaced and i < len(line) - 1:
            page.insert(" ")


def _stretch(line: str, dice: random.Random) -> Span:
    """Which part of a headline is printed twice: all, or a part of four or more glyphs."""
    if dice.random() < 0.5 or len(line) < 8:
        return 0, len(line)
    first = dice.choice((0, dice.randint(0, len(line) - 5)))
    last = dice.randint(first + 4, len(line))
    if sum(map(is_han, line[first:last])) < 4:
        return 0, len(line)
    return first, last


def _set_paragraph(page: _Writer, end: int, layout: Layout, dice: random.Random, room: int) -> int:
    """Set one paragraph in lines; room: lines left in the column. Returns the room left after."""
    indent = 2 if layout.lost or layout.indent else 0
    page.insert(layout.indent)
    splits = _number_splits(page, end, layout, dice)
    while page.at < end:
        stop = _line_end(page.clean, page.at, end, layout.width - indent, layout.by_cells)
        spaced = dice.random() < layout.spaced and _can_be_spaced(page.clean[page.at : stop])
        line_start = page.at
        while page.at < stop:
            if page.at in splits and not spaced and page.at > line_start:
                page.insert(" ")
            page.copy()
            if spaced and page.at < stop:
                page.insert(" ")
        indent = 0
        room -= 1
        if page.at < end:
            page.insert(layout.breaks)
            if room == 0:
                page.insert(layout.breaks)
        room = room or layout.height
    return room


def _line_end(clean: str, start: int, end: int, width: int, by_cells: bool) -> int:
    """Where the line ends that begins at ``start``: full, not before 。 and not inside a word."""
    stop, used = start, 0.0
    while stop < end and used < width:
        used += cells(clean[stop]) / 2 if by_cells else 1
        stop += 1
    while stop < end and clean[stop] in _NOT_FIRST:
        stop += 1
    back = stop
    while start < back < end and (
        clean[back - 1] in OPENING
        or clean[back].isspace()
        or (is_latin(clean[back - 1]) and is_latin(clean[back]))
    ):
        back -= 1
    if back > start:
        return back
    while stop < end and (clean[stop].isspace() or is_latin(clean[stop])):
        stop += 1
    return stop


def _can_be_spaced(line: str) -> bool:
    han = sum(map(is_han, line))
    return han >= 5 and not any(map(is_latin, line)) and not any(map(str.isspace, line))


def _number_splits(page: _Writer, end: int, layout: Layout, dice: random.Random) -> set[int]:
    """Clean offsets before which a number gets a space: ``1 2 1名``, ``337 . 6公里``."""
    splits: set[int] = set()
    for match in _NUMBER.finditer(page.clean, page.at, end):
        if dice.random() >= layout.split:
            continue
        point = match.group().find(".")
        if point > 0:
            splits |= {match.start() + point, match.start() + point + 1}
        elif 2 <= len(match.group()) <= 3 and not _counts_up(match.group()):
            splits |= set(range(match.start() + 1, match.end()))
    return splits


def _counts_up(digits: str) -> bool:
    return len(digits) > 2 and all(int(b) == int(a) + 1 for a, b in pairwise(digits))
