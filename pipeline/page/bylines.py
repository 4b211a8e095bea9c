"""Bylines (署名): who reported. Finds the names in 本报记者 王小明 and (通讯员 李明 记者 张华)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.page.names import looks_like_name
from pipeline.schema import Span

__all__ = ["closing_names", "find_names", "is_byline", "is_role", "opening_names"]

_ROLE = (
    "(?:(?:本报|本刊|本网|本台|新华社|中新社|人民网|央广网|全媒体|融媒体|首席|见习|实习|特约|特派"
    "|驻[一-鿿]{1,6}?)*"
    "(?:记者|通讯员|评论员|摄影|摄影报道|实习生|撰稿|供图|撰文|摄|文|图|文/图|图/文"
    "|文／图|图／文|采写|整理))"
)
_ROLE_HEAD = re.compile(rf"[\s，,、；;/／|]*{_ROLE}[\s:：/／]*")
_GAP = re.compile(r"[\s、，,；;]+")
_NAME = re.compile(r"[一-鿿]+(?:[·•][一-鿿]+)*")
_TAIL = re.compile(
    r"[\s，,、]*(?:报道|摄影报道|摄影|文/图|图/文|文|图|摄|采写|整理|供稿|电|讯)?[\s)）】\]。]*"
)
_OPEN = re.compile(r"[\s(（【\[□■◎●▲]*")


def is_byline(line: str) -> bool:
    """Whether a whole line is a byline, such as 本报记者 王小明."""
    if not 3 <= len(line) <= 60:
        return False
    names, end = _read(line, _skip(_OPEN, line, 0), len(line))
    if not names:
        return False
    end = _skip(_TAIL, line, end)
    closed = line.count("(") + line.count("（") <= line.count(")") + line.count("）")
    return end == len(line) and closed


def is_role(word: str) -> bool:
    """Whether a word ends or begins with a byline's role: 本报记者, 通讯员."""
    return word.endswith(("记者", "通讯员", "摄影", "实习生")) or word.startswith((
        "记者",
        "通讯员",
    ))


def find_names(text: str, start: int, end: int) -> list[Span]:
    """Spans of the names in the byline that text[start:end] begins with, bracketed or not."""
    return _read(text, min(_skip(_OPEN, text, start), end), end)[0]


def opening_names(text: str, start: int, end: int) -> list[Span]:
    """Names of the byline that a paragraph opens with: in brackets, or after a bullet.

    start: after the dateline where the paragraph has one; there a byline may stand free, and
    brackets may hold names alone (央广网1月15日消息（李明 王华）).
    """
    opened = _OPEN.match(text, start, end)
    at = opened.end() if opened else start
    after_dateline = start > 0 and text[start - 1] != "\n"
    if at == start and not after_dateline:
        return []
    names = _read(text, at, end)[0]
    if not names and after_dateline and text[at - 1] in "(（":
        names = list(_names(text, at, end))
        close = names[-1][1] if names else at
        return names if text[close : close + 1] in {")", "）"} else []
    return names


def closing_names(text: str, start: int, end: int) -> list[Span]:
    """Names of the byline in brackets that a paragraph ends with: …圆满结束。（记者 王小明）.

    After a full stop the brackets may hold names alone.
    """
    if text[end - 1] not in ")）":
        return []
    opened = max(text.rfind("(", start, end), text.rfind("（", start, end))
    if opened <= start:
        return []
    names = _read(text, opened + 1, end)[0]
    if not names and text[opened - 1] in "。！？”":
        names = list(_names(text, opened + 1, end))
        return names if names and names[-1][1] == end - 1 else []
    return names


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _read(text: str, at: int, end: int) -> tuple[list[Span], int]:
    """Names of the roles that follow one another from ``at``, and where the byline ends."""
    names: list[Span] = []
    while True:
        head = _ROLE_HEAD.match(text, at, end)
        if head is None:
            return names, at
        found = list(_names(text, head.end(), end))
        if not found:
            return names, at
        names += found
        at = found[-1][1]


def _names(text: str, at: int, end: int) -> Iterator[Span]:
    """The names that stand side by side from ``at``: until a word is no name, or a role follows."""
    while True:
        match = _NAME.match(text, at, end)
        if match is None:
            return
        word = match.group()
        role = re.search(_ROLE, word)
        if role and role.start() > 0:
            word = word[: role.start()]
        word = _without_tail(word)
        pieces = _pieces(word)
        if not pieces:
            return
        for piece in pieces:
            yield (at, at + len(piece))
            at += len(piece)
        if role and role.start() > 0:
            return
        gap = _GAP.match(text, at, end)
        if gap is None or _ROLE_HEAD.match(text, gap.end(), end):
            return
        at = gap.end()


def _without_tail(word: str) -> str:
    for tail in ("摄影报道", "报道", "摄影", "采写", "供稿", "整理", "摄"):
        if word.endswith(tail) and len(word) - len(tail) >= 2:
            return word[: -len(tail)]
    return word


def _pieces(word: str) -> list[str]:
    """Cut names set without spaces (周启青周演成) where every piece has the form of a name."""
    if looks_like_name(word):
        return [word]
    if not 4 <= len(word) <= 12:
        return []
    for size in (3, 2):
        rest = _pieces(word[size:]) if looks_like_name(word[:size]) else []
        if rest:
            return [word[:size], *rest]
    return []
