"""Status and dates of a tenure: current, former, appointed, removed, acting, proposed.

Dates come from pipeline/dates.py and are resolved against the issue date alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.components.relations.blocking import clause_around
from pipeline.components.relations.matching import Candidate
from pipeline.components.relations.mentions import CODES, Folded
from pipeline.components.relations.patterns import compile_pattern, words_expression
from pipeline.components.relations.rules import StatusSpec
from pipeline.dates import DateExpression, find_dates
from pipeline.schema import Span, Status

__all__ = ["Tenure", "TenureDates", "read_dates", "read_status"]

_NAMES = f"[{CODES['ORG']}{CODES['LOC']} 的]"
_REACH = 40


@dataclass(frozen=True)
class Tenure:
    """A status with the document spans of the words that tell it."""

    status: Status
    cues: tuple[Span, ...] = ()


@dataclass(frozen=True)
class TenureDates:
    """ISO 8601 dates of reduced precision: of the event, and the interval of the tenure."""

    date: str | None = None
    start: str | None = None
    end: str | None = None


_NO_DATES = TenureDates()


def read_dates(folded: Folded, candidate: Candidate, status: Status) -> TenureDates:
    """Read when the tenure began, ended or was changed: the last date before the match or in it.

    Only a match with a verb of its own (任, 当选, 免去) has dates; 局长李海明 in a sentence with a
    date says nothing of the tenure.
    """
    start, end = folded.span(candidate.segment.start, candidate.end)
    sentence = folded.text[start:end]
    if not candidate.cues or not _DIGITS.search(sentence):
        return _NO_DATES
    last = _last_date(sentence, folded.issue_date)
    if last is None:
        return _NO_DATES
    if last.date is None:
        return TenureDates(start=last.start, end=last.end)
    if status is Status.CURRENT and _BEGIN.match(sentence, last.span[1]):
        return TenureDates(start=last.date)
    return TenureDates(date=last.date)


@lru_cache(maxsize=32)
def _last_date(sentence: str, issue_date: str | None) -> DateExpression | None:
    """The last date that says when; remembered: all names of a list ask for the same sentence."""
    found = [d for d in find_dates(sentence, issue_date) if d.date or d.start or d.end]
    return found[-1] if found else None


_DIGITS = re.compile("[0-9〇一二三四五六七八九十去今昨上本前]")
_BEGIN = re.compile(r"(?:起|开始|以来)?[，,]?(?:开始)?(?:任|担任|出任|就任)|\s?[-—–－~～]+\s")


def read_status(folded: Folded, candidate: Candidate, specs: Sequence[StatusSpec]) -> Tenure:
    """Read how the person stands to the post: the rule's own word, then the cues around the post.

    Words right at the post (原, 代) are stronger than what the rule says, since 任命原局长 … names
    a former post in the middle of an appointment.
    """
    for spec in specs:
        if spec.rules and candidate.rule.spec.id not in spec.rules:
            continue
        found = _find(folded, candidate, spec)
        if found is not None:
            return Tenure(spec.status, (folded.span(*found),))
    rule_status = candidate.rule.spec.status
    cues = tuple(folded.span(*cue) for cue in candidate.cues)
    if rule_status is not None:
        return Tenure(rule_status, cues)
    post = folded.posts.get((candidate.tail.start, candidate.tail.end))
    if post is not None and post.status != Status.CURRENT:
        return Tenure(Status(post.status), post.cues)
    return Tenure(Status.CURRENT, ())


def _find(folded: Folded, candidate: Candidate, spec: StatusSpec) -> Span | None:
    expression = _expression(spec.words, spec.pattern, spec.where, spec.spreads)
    code = folded.code
    if spec.where == "in-post":
        return (
            (candidate.tail_at, candidate.tail_at + 1)
            if expression.match(candidate.tail.text)
            else None
        )
    if spec.where == "after-post":
        match = expression.match(code, candidate.tail_at + 1)
        return match.span(1) if match else None
    if spec.where in {"before-post", "before-name"}:
        at = candidate.tail_at if spec.where == "before-post" else candidate.head_at
        start = max(candidate.segment.start, at - _REACH)
        match = expression.search(code[start:at])
        return (match.start(1) + start, match.end(1) + start) if match else None
    if spec.where == "match":
        match = expression.search(code, candidate.start, candidate.end)
    elif spec.where == "sentence":
        match = expression.search(code, candidate.segment.start, candidate.segment.end)
    else:
        match = expression.search(code, *clause_around(folded, candidate))
    return match.span(1) if match else None


@lru_cache(maxsize=512)
def _expression(
    words: tuple[str, ...], pattern: str | None, where: str, spreads: bool
) -> re.Pattern[str]:
    if pattern is None:
        inner = f"({words_expression(words)})"
    else:
        inner = f"({compile_pattern(pattern, {}, 'clause').expression.pattern})"
    if where == "before-post":
        listed = f"(?:{_NAMES}*{CODES['ROLE']}[、，和及])*" if spreads else ""
        return re.compile(f"{inner}{listed}{_NAMES}*$")
    if where == "before-name":
        return re.compile(f"{inner} ?$")
    return re.compile(inner)
