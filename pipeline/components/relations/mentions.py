"""Mentions of a document and its text with every mention folded into one character.

Rules are regular expressions over that folded text: one private-use character stands for a mention
of each label, so that the words between two names are matched as they are written, and a list of
twenty names is twenty characters long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pipeline.schema import Label, Span

__all__ = ["CODES", "ECHOES", "Folded", "Mention", "Post", "Report", "Segment", "fold", "in_order"]

CODES: Mapping[str, str] = {
    "PER": "\ue000",
    "ORG": "\ue001",
    "LOC": "\ue002",
    "PROGRAMME": "\ue003",
    "ROLE": "\ue004",
}
ECHOES: Mapping[str, str] = {"PROGRAMME": "\ue005", "ORG": "\ue006"}
"""Stand for noun phrases that refer back to a named PROGRAMME (本次活动) or ORG (我院)."""

_PRIVATE = re.compile("[\ue000-\uf8ff]")
_UNUSUAL = re.compile("[\ue000-\uf8ff]|[^\\S\n]")
_OPENING = "“‘《「『"
_CLOSING = "”’》」』"
_LONGEST = 600  # characters and mentions; only enumerations are longer, and cost its square
_PAIRS = tuple(zip(_OPENING, _CLOSING, strict=True))
_SENTENCE_END = re.compile("[。！？!?\n]+[”’」』]?")


@dataclass(frozen=True)
class Mention:
    """One mention: characters [start, end) of the document, its label and its surface.

    entity: number of its entity in the document, or None where nothing has told.
    refers_to: index of the mention that an echo stands for (see echoes.py); None for names.
    """

    index: int
    start: int
    end: int
    label: Label
    text: str
    entity: int | None = None
    refers_to: int | None = None


@dataclass(frozen=True)
class Post:
    """What components/posts.py says of a ROLE mention: see the Doc attribute ``posts``."""

    org: Span | None = None
    place: Span | None = None
    org_name: str | None = None
    status: str = "current"
    cues: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Segment:
    """A sentence or paragraph as code characters [start, end), with the labels found in it."""

    start: int
    end: int
    labels: frozenset[str]


@dataclass(frozen=True)
class Report:
    """Code characters [start, end) that tell of one event.

    own: where the event is named or meant. others: where another event is. Both are in order.
    """

    start: int
    end: int
    event: Mention
    own: tuple[int, ...]
    others: tuple[int, ...]


@dataclass(frozen=True)
class Folded:
    """A document for the matcher.

    code: the folded text. offsets: document offset of each code character, and one more for the
    end. at: the mention at a code character. position: code character of a mention, by its index.
    names: the fullest name of each entity, by its number. reports: see events.py.
    """

    text: str
    code: str
    offsets: tuple[int, ...]
    mentions: tuple[Mention, ...]
    at: Mapping[int, Mention]
    position: Mapping[int, int]
    posts: Mapping[Span, Post]
    sentences: tuple[Segment, ...]
    paragraphs: tuple[Segment, ...]
    names: Mapping[int, str]
    issue_date: str | None = None
    reports: tuple[Report, ...] = ()

    def name_of(self, mention: Mention) -> str:
        """The fullest name of the mention's entity; its surface where no entity is known."""
        if mention.entity is None:
            return mention.text
        return self.names.get(mention.entity, mention.text)

    def span(self, start: int, end: int) -> Span:
        """Document characters of the code characters [start, end)."""
        last = self.at.get(end - 1)
        stop = last.end if last is not None else self.offsets[end - 1] + 1
        return (self.offsets[start], stop)

    def mentions_in(self, start: int, end: int) -> list[Mention]:
        """Mentions at the code characters [start, end), in order."""
        return [self.at[i] for i in range(start, end) if i in self.at]


def fold(
    text: str,
    mentions: Sequence[Mention],
    posts: Mapping[Span, Post],
    names: Mapping[int, str] | None = None,
    issue_date: str | None = None,
) -> Folded:
    """Fold a document; mentions may overlap, they are laid out by where they begin.

    Quotation marks right around a mention are left out, and a run of blanks is one blank.
    """
    pieces: list[str] = []
    offsets: list[int] = []
    at: dict[int, Mention] = {}
    position: dict[int, int] = {}
    cursor = 0

    def words(start: int, end: int) -> None:
        chunk = text[start:end]
        if _UNUSUAL.search(chunk) is None:  # nearly always: no blank, nothing private
            pieces.extend(chunk)
            offsets.extend(range(start, end))
            return
        for offset, character in enumerate(chunk, start):
            if character != "\n" and character.isspace():
                if pieces and pieces[-1] == " ":
                    continue
                pieces.append(" ")
            else:
                pieces.append("\ufffd" if _PRIVATE.match(character) else character)
            offsets.append(offset)

    # By their ends, so that an ORG stands before the ROLE that it overlaps or lies in.
    ordered = sorted(mentions, key=lambda m: (m.end, m.label == Label.ROLE))
    for mention, after in zip_longest(ordered, ordered[1:]):
        inside = after is not None and after.start < mention.start
        words(cursor, after.start if after is not None and inside else mention.start)
        opened, closed = _quoted(text, mention)
        if opened and pieces:
            pieces.pop()
            offsets.pop()
        at[len(pieces)] = mention
        position[mention.index] = len(pieces)
        codes = CODES if mention.refers_to is None else ECHOES
        pieces.append(codes[mention.label])
        offsets.append(mention.start)
        cursor = max(cursor, mention.end)
        cursor += closed
    words(cursor, len(text))
    offsets.append(len(text))
    code = "".join(pieces)
    return Folded(
        text=text,
        code=code,
        offsets=tuple(offsets),
        mentions=tuple(mentions),
        at=at,
        position=position,
        posts=posts,
        sentences=_segments(code, (m.end() for m in _SENTENCE_END.finditer(code))),
        paragraphs=_segments(code, (m.end() for m in re.finditer("\n+", code))),
        names=names or {},
        issue_date=issue_date,
    )


def _quoted(text: str, mention: Mention) -> tuple[bool, bool]:
    """Whether the marks before and behind a mention are its own quotation marks.

    One of a pair may stand inside the name, as in “两学一做”学习教育.
    """
    inner = mention.text
    half_open = any(inner.count(mark) < inner.count(other) for mark, other in _PAIRS)
    half_closed = any(inner.count(mark) > inner.count(other) for mark, other in _PAIRS)
    before = mention.start > 0 and text[mention.start - 1] in _OPENING
    after = mention.end < len(text) and text[mention.end] in _CLOSING
    return before and (after or half_open), after and (before or half_closed)


def _segments(code: str, ends: Iterable[int]) -> tuple[Segment, ...]:
    labels: dict[str, str] = {
        code: label for codes in (CODES, ECHOES) for label, code in codes.items()
    }
    segments = []
    start = 0
    for end in (*ends, len(code)):
        for first, last in _bounded(code, start, end):
            inside = frozenset(labels[c] for c in code[first:last] if c in labels)
            segments.append(Segment(first, last, inside))
        start = end
    return tuple(segments)


def _bounded(code: str, start: int, end: int) -> Iterator[Span]:
    """Cut what is longer than any sentence behind a comma, so that the cost stays linear."""
    while end - start > _LONGEST:
        cut = code.rfind("，", start, start + _LONGEST) + 1
        if cut <= start:
            cut = start + _LONGEST
        yield (start, cut)
        start = cut
    if end > start:
        yield (start, end)


def in_order(short: str, full: str) -> bool:
    """Whether the characters of one name stand in the other in their order: 全运会, 全国运动会."""
    left = iter(full)
    return all(character in left for character in short)
