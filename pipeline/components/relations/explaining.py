"""What the rules made of one place in a text: which fired, which came near, and what stopped them.

A rule came near where it matched and was stopped (blocked, taken by another rule, too low a score)
or where its pattern matches only with longer gaps and a wider scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.matching import find_candidates
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.rules import Rule, RuleSet
from pipeline.schema import RelationType, Span

__all__ = ["Verdict", "explain"]


@dataclass(frozen=True)
class Verdict:
    """What became of one candidate of one rule; outcome is ``fired`` or why not."""

    rule: str
    relation: str
    head: str
    tail: str
    evidence: Span
    score: float
    outcome: str

    @property
    def fired(self) -> bool:
        """Whether it made a triple, or says the same as one that another rule made."""
        return self.outcome == "fired" or self.outcome.startswith("known already")


def explain(
    folded: Folded, rules: RuleSet, offset: int, threshold: Callable[[RelationType], float]
) -> list[Verdict]:
    """Explain the sentence at a document offset; what fired comes first.

    threshold: of a relation, which stops rules scored lower.
    """
    verdicts: list[Verdict] = []
    seen: set[tuple[str, int, int]] = set()

    def trace(rule: Rule, head: Mention, tail: Mention, evidence: Span, what: str) -> None:
        seen.add((rule.spec.id, head.index, tail.index))
        least = threshold(rule.spec.relation)
        if what == "fired" and rule.score < least:
            what = f"score {rule.score:.2f} is below {least:.2f}"
        verdicts.append(_verdict(rule, head, tail, evidence, what))

    find_relations(folded, rules, trace)
    verdicts += _near(folded, rules, seen)
    sentence = _sentence(folded, offset)
    here = [v for v in verdicts if v.evidence[0] < sentence[1] and sentence[0] < v.evidence[1]]
    return sorted(dict.fromkeys(here), key=lambda v: (not v.fired, v.evidence, v.rule))


def _near(folded: Folded, rules: RuleSet, seen: set[tuple[str, int, int]]) -> Iterator[Verdict]:
    for rule in rules.rules:
        for candidate in find_candidates(folded, rule, relaxed=True):
            if (rule.spec.id, candidate.head.index, candidate.tail.index) not in seen:
                evidence = folded.span(candidate.start, candidate.end)
                what = "its words stand too far apart, or in another clause"
                yield _verdict(rule, candidate.head, candidate.tail, evidence, what)


def _verdict(rule: Rule, head: Mention, tail: Mention, evidence: Span, what: str) -> Verdict:
    relation = str(rule.spec.relation)
    return Verdict(rule.spec.id, relation, head.text, tail.text, evidence, rule.score, what)


def _sentence(folded: Folded, offset: int) -> Span:
    """Document characters of the sentence at an offset."""
    for segment in folded.sentences:
        span = folded.span(segment.start, segment.end)
        if offset < span[1]:
            return span
    return (offset, offset + 1)
