"""What stops a candidate, or lowers its score: denials, plans, hearsay, questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.components.relations.matching import Candidate
from pipeline.components.relations.mentions import Folded
from pipeline.components.relations.patterns import SCOPES
from pipeline.components.relations.rules import Blocker
from pipeline.schema import Span

__all__ = ["Block", "check_blockers", "clause_around", "missing_requirement"]

_BARRIER = re.compile(f"[{SCOPES['clause']}]")


@dataclass(frozen=True)
class Block:
    """A blocker that struck: its id, the factor on the score (0 stops it) and its code span."""

    id: str
    factor: float
    span: Span


def check_blockers(
    folded: Folded, candidate: Candidate, blockers: Mapping[str, Blocker]
) -> list[Block]:
    """Return the blockers of the candidate's rule that strike, in the order the rule names them."""
    struck = []
    for name in candidate.rule.spec.blockers:
        match = _strike(folded, candidate, blockers[name])
        if match is not None:
            struck.append(Block(name, blockers[name].spec.factor, match.span()))
    return struck


def missing_requirement(
    folded: Folded, candidate: Candidate, blockers: Mapping[str, Blocker]
) -> str | None:
    """Return the first of the rule's ``requires`` that is not there; None where all are."""
    for name in candidate.rule.spec.requires:
        if _strike(folded, candidate, blockers[name]) is None:
            return name
    return None


def _strike(folded: Folded, candidate: Candidate, blocker: Blocker) -> re.Match[str] | None:
    start, end = _region(folded, candidate, blocker.spec.where)
    return blocker.pattern.expression.search(folded.code, start, end)


def clause_around(folded: Folded, candidate: Candidate) -> Span:
    """Code characters of the clause or clauses that hold the match."""
    start = candidate.start
    while start > candidate.segment.start and not _BARRIER.match(folded.code[start - 1]):
        start -= 1
    stop = _BARRIER.search(folded.code, candidate.end, candidate.segment.end)
    return (start, stop.end() if stop else candidate.segment.end)


def _region(folded: Folded, candidate: Candidate, where: str) -> Span:
    if where == "match":
        return (candidate.start, candidate.end)
    if where == "earlier":
        return (max(0, candidate.start - 400), candidate.start)
    if where == "sentence":
        return (candidate.segment.start, candidate.segment.end)
    start, end = clause_around(folded, candidate)
    if where == "before":
        return (start, candidate.start)
    if where == "after":
        return (candidate.end, end)
    return (start, end)
