"""The rule engine: from a folded document to findings, with a trace of what was decided and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.components.relations.blocking import check_blockers
from pipeline.components.relations.finders import FINDERS
from pipeline.components.relations.matching import Candidate, find_candidates
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.pairs import Holder
from pipeline.components.relations.rules import Rule, RuleSet
from pipeline.components.relations.status import read_status
from pipeline.schema import RelationType, Span, Status

__all__ = ["Finding", "Trace", "find_relations"]


@dataclass(frozen=True)
class Finding:
    """A triple that a rule makes, with what it rests on; all spans are document characters."""

    rule: str
    relation: RelationType
    head: Mention
    tail: Mention
    evidence: Span
    cues: tuple[Span, ...]
    score: float
    status: Status | None = None
    org: str | None = None
    org_span: Span | None = None


Found = dict[tuple[object, RelationType, object], Finding]

Trace = Callable[[Rule, Mention, Mention, Span, str], None]
"""Called with each candidate and what became of it: ``fired`` or the reason why not."""


def find_relations(
    folded: Folded, rules: RuleSet, trace: Trace | None = None
) -> tuple[Finding, ...]:
    """Run all rules over a document: patterns by priority, then the finders.

    Each pair of entities has a relation once; the rule with the higher priority makes it.
    """
    found: Found = {}
    claimed: dict[int, tuple[str, Span]] = {}
    for rule in rules.rules:
        if rule.pattern is not None:
            for candidate in find_candidates(folded, rule):
                _decide(folded, rules, candidate, found, claimed, trace)
    _drop_short_titles(found, {rule.spec.id: rule for rule in rules.rules}, trace)
    for rule in rules.rules:
        if rule.spec.finder is not None:
            _run_finder(folded, rule, found, trace)
    return tuple(found.values())


def _decide(
    folded: Folded,
    rules: RuleSet,
    candidate: Candidate,
    found: Found,
    claimed: dict[int, tuple[str, Span]],
    trace: Trace | None,
) -> None:
    rule, head, tail = candidate.rule, candidate.head, candidate.tail
    evidence = _evidence(folded, candidate)

    def tell(what: str) -> None:
        if trace is not None:
            trace(rule, head, tail, evidence, what)

    if rule.spec.claims:
        match = (candidate.start, candidate.end)
        owner = claimed.get(tail.index)
        if owner is not None and owner != (rule.spec.id, match):
            tell(f"'{tail.text}' was taken by {owner[0]}")
            return
    score = rule.spec.score
    for block in check_blockers(folded, candidate, rules.blockers):
        word = folded.text[slice(*folded.span(*block.span))]
        if block.factor == 0:
            tell(f"blocked by {block.id}: {word}")
            return
        score *= block.factor
    if rule.spec.claims:
        claimed[tail.index] = (rule.spec.id, (candidate.start, candidate.end))
    finding = Finding(
        rule=rule.spec.id,
        relation=rule.spec.relation,
        head=head,
        tail=tail,
        evidence=evidence,
        cues=tuple(folded.span(*cue) for cue in candidate.cues),
        score=score,
    )
    if finding.relation is RelationType.HOLDS_POST:
        tenure = read_status(folded, candidate, rules.statuses)
        post = folded.posts.get((tail.start, tail.end))
        finding = replace(
            finding,
            status=tenure.status,
            cues=tenure.cues or finding.cues,
            org=post.org_name if post else None,
            org_span=(post.org or post.place) if post else None,
        )
    tell(_keep(finding, found))


def _drop_short_titles(found: Found, rules: Mapping[str, Rule], trace: Trace | None) -> None:
    """李书记 after 纪委书记李海明 repeats the post, it is not another one."""
    longer: dict[object, list[str]] = {}
    for finding in found.values():
        if finding.relation is RelationType.HOLDS_POST:
            longer.setdefault(_identity(finding.head), []).append(finding.tail.text)
    for key, finding in list(found.items()):
        if finding.relation is not RelationType.HOLDS_POST or not rules[finding.rule].spec.yields:
            continue
        title = finding.tail.text
        for other in longer[_identity(finding.head)]:
            if other != title and other.endswith(title):
                del found[key]
                if trace is not None:
                    reason = f"short for '{other}'"
                    trace(rules[finding.rule], finding.head, finding.tail, finding.evidence, reason)
                break


def _keep(finding: Finding, found: Found) -> str:
    key = (_identity(finding.head), finding.relation, _identity(finding.tail))
    known = found.get(key)
    if known is None:
        found[key] = finding
        return "fired"
    # 当选为局长 says more than the bare 局长 that the next sentence repeats.
    if known.status is Status.CURRENT and finding.status not in {None, Status.CURRENT}:
        found[key] = finding
        return "fired"
    if known.org is None and finding.org is not None:
        found[key] = replace(known, org=finding.org, org_span=finding.org_span)
    return f"known already by {known.rule}"


def _identity(mention: Mention) -> object:
    """What makes two mentions one end: the entity; posts are told apart by their words."""
    if mention.entity is not None and mention.label != "ROLE":
        return mention.entity
    return (mention.label, mention.text)


def _run_finder(
    folded: Folded,
    rule: Rule,
    found: Found,
    trace: Trace | None,
) -> None:
    assert rule.spec.finder is not None
    for pair in FINDERS[rule.spec.finder](folded, _holders(found.values())):
        if _identity(pair.head) == _identity(pair.tail):
            continue
        finding = Finding(
            rule=rule.spec.id,
            relation=rule.spec.relation,
            head=pair.head,
            tail=pair.tail,
            evidence=pair.evidence,
            cues=(),
            score=rule.spec.score,
        )
        outcome = _keep(finding, found)
        if trace is not None:
            trace(rule, pair.head, pair.tail, pair.evidence, outcome)


def _holders(found: Iterable[Finding]) -> list[Holder]:
    return [
        Holder(finding.head, finding.tail, finding.evidence)
        for finding in found
        if finding.relation is RelationType.HOLDS_POST
    ]


def _evidence(folded: Folded, candidate: Candidate) -> Span:
    start, end = folded.span(candidate.start, candidate.end)
    mentions = (candidate.head, candidate.tail)
    start = min(start, *(m.start for m in mentions))
    return (start, max(end, *(m.end for m in mentions)))
