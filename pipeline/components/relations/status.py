"""Status and dates of a tenure: current, former, appointed, removed, acting, proposed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.components.relations.blocking import clause_around
from pipeline.components.relations.matching import Candidate
from pipeline.components.relations.mentions import CODES, Folded
from pipeline.components.relations.patterns import words_expression
from pipeline.components.relations.rules import StatusSpec
from pipeline.schema import Span, Status

__all__ = ["Tenure", "read_status"]

_NAMES = f"[{CODES['ORG']}{CODES['LOC']} 的]"
_REACH = 24


@dataclass(frozen=True)
class Tenure:
    """A status with the document spans of the words that tell it."""

    status: Status
    cues: tuple[Span, ...] = ()


def read_status(folded: Folded, candidate: Candidate, specs: Sequence[StatusSpec]) -> Tenure:
    """Read how the person stands to the post: the rule's own word, then the cues around the post.

    Words right at the post (原, 代) are stronger than what the rule says, since 任命原局长 … names
    a former post in the middle of an appointment.
    """
    for spec in specs:
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
    expression = _expression(spec.words, spec.where)
    code = folded.code
    if spec.where == "in-post":
        return (
            (candidate.tail_at, candidate.tail_at + 1)
            if expression.match(candidate.tail.text)
            else None
        )
    if spec.where == "after-post":
        match = expression.match(code, candidate.tail_at + 1, candidate.segment.end)
        return match.span(1) if match else None
    if spec.where in {"before-post", "before-name"}:
        at = candidate.tail_at if spec.where == "before-post" else candidate.head_at
        start = max(candidate.segment.start, at - _REACH)
        match = expression.search(code[start:at])
        return (match.start(1) + start, match.end(1) + start) if match else None
    if spec.where == "match":
        match = expression.search(code, candidate.start, candidate.end)
    else:
        match = expression.search(code, *clause_around(folded, candidate))
    return match.span(1) if match else None


@lru_cache(maxsize=512)
def _expression(words: tuple[str, ...], where: str) -> re.Pattern[str]:
    inner = f"({words_expression(words)})"
    if where == "before-post":
        return re.compile(f"{inner}{_NAMES}*$")
    if where == "before-name":
        return re.compile(f"{inner} ?$")
    return re.compile(inner)
