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

__all__ = ["Block", "check_blockers", "clause_around"]

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
        blocker = blockers[name]
        start, end = _region(folded, candidate, blocker.spec.where)
        match = blocker.pattern.expression.search(folded.code, start, end)
        if match is not None:
            struck.append(Block(name, blocker.spec.factor, match.span()))
    return struck


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
    if where == "sentence":
        return (candidate.segment.start, candidate.segment.end)
    start, end = clause_around(folded, candidate)
    if where == "before":
        return (start, candidate.start)
    if where == "after":
        return (candidate.end, end)
    return (start, end)
