"""The rule engine: from a folded document to findings, with a trace of what was decided and why.

The rules of ``post_of`` run first, because the organisation of a post is told by them; then all
other patterns by priority, each pair of entities having a relation once; then the finders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.components.relations.blocking import check_blockers, missing_requirement
from pipeline.components.relations.finders import FINDERS
from pipeline.components.relations.matching import Candidate, find_candidates
from pipeline.components.relations.mentions import Folded, Mention, Post, in_order
from pipeline.components.relations.pairs import Holder, identity
from pipeline.components.relations.rules import Rule, RuleSet
from pipeline.components.relations.status import read_dates, read_status
from pipeline.relation_ends import may_join
from pipeline.schema import RelationType, Span, Status

__all__ = ["Finding", "Trace", "find_relations"]

_Key = tuple[object, ...]
"""What makes two findings one: head, relation and tail, and the organisation of a second post."""


@dataclass(frozen=True)
class Finding:
    """A triple that a rule makes, with what it rests on; all spans are document characters.

    The qualifiers (status and below) are those of ``holds_post`` and None elsewhere.
    """

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
    date: str | None = None
    start: str | None = None
    end: str | None = None


Trace = Callable[[Rule, Mention, Mention, Span, str], None]
"""Called with each candidate and what became of it: ``fired`` or the reason why not."""


def find_relations(
    folded: Folded, rules: RuleSet, trace: Trace | None = None
) -> tuple[Finding, ...]:
    """Run all rules over a document and return what they find, in no particular order."""
    return _Run(folded, rules, trace).findings()


class _Run:
    """One run of the rules over one document."""

    def __init__(self, folded: Folded, rules: RuleSet, trace: Trace | None) -> None:
        self.posts: dict[Span, Post] = dict(folded.posts)
        self.folded = replace(folded, posts=self.posts)
        self.rules = rules
        self.trace = trace
        self.found: dict[_Key, Finding] = {}
        self.orgs: dict[_Key, list[_Key]] = {}
        self.ends: dict[_Key, list[tuple[Mention, Mention]]] = {}
        self.claimed: dict[tuple[RelationType, int], tuple[str, Span]] = {}

    def findings(self) -> tuple[Finding, ...]:
        of_posts = [r for r in self.rules.rules if r.spec.relation is RelationType.POST_OF]
        others = [r for r in self.rules.rules if r.spec.relation is not RelationType.POST_OF]
        for rule in of_posts:
            self._run_pattern(rule)
            self._run_finder(rule)
        for rule in others:
            self._run_pattern(rule)
        self._drop_short_titles()
        for rule in others:
            self._run_finder(rule)
        return tuple(self.found.values())

    def _run_pattern(self, rule: Rule) -> None:
        for candidate in find_candidates(self.folded, rule):
            evidence = _evidence(self.folded, candidate)
            what = self._decide(candidate, evidence)
            if self.trace is not None:
                self.trace(rule, candidate.head, candidate.tail, evidence, what)

    def _run_finder(self, rule: Rule) -> None:
        if rule.spec.finder is None:
            return
        holders = [
            Holder(
                finding.head,
                finding.tail,
                finding.evidence,
                finding.status,
                finding.org,
                by_verb=bool(finding.cues),
            )
            for finding in self.found.values()
            if finding.relation is RelationType.HOLDS_POST
        ]
        for pair in FINDERS[rule.spec.finder](self.folded, self.rules.lexicon, holders):
            if identity(pair.head) == identity(pair.tail):
                continue
            if not may_join(rule.spec.relation, pair.head.label, pair.tail.label):
                continue
            finding = Finding(
                rule=rule.spec.id,
                relation=rule.spec.relation,
                head=pair.head,
                tail=pair.tail,
                evidence=pair.evidence,
                cues=(),
                score=rule.score,
            )
            if finding.relation is RelationType.POST_OF:
                self._give_organisation(finding)
            what = self._keep(finding)
            if self.trace is not None:
                self.trace(rule, pair.head, pair.tail, pair.evidence, what)

    def _decide(self, candidate: Candidate, evidence: Span) -> str:
        rule, head, tail = candidate.rule, candidate.head, candidate.tail
        claim = self._claim_of(candidate)
        if claim is not None:
            owner = self.claimed.get(claim)
            if owner is not None and owner != (rule.spec.id, (candidate.start, candidate.end)):
                return f"'{self.folded.mentions[claim[1]].text}' was taken by {owner[0]}"
            if owner is None and self._owned_outside(candidate):
                return "the post has its organisation already"
        missing = missing_requirement(self.folded, candidate, self.rules.blockers)
        if missing is not None:
            return f"needs {missing}"
        score = rule.score
        for block in check_blockers(self.folded, candidate, self.rules.blockers):
            if block.factor == 0:
                word = self.folded.text[slice(*self.folded.span(*block.span))]
                return f"blocked by {block.id}: {word}"
            score *= block.factor
        if claim is not None:
            self.claimed[claim] = (rule.spec.id, (candidate.start, candidate.end))
        finding = Finding(
            rule=rule.spec.id,
            relation=rule.spec.relation,
            head=head,
            tail=tail,
            evidence=evidence,
            cues=tuple(self.folded.span(*cue) for cue in candidate.cues),
            score=score,
        )
        if finding.relation is RelationType.HOLDS_POST:
            finding = self._qualified(finding, candidate)
        elif finding.relation is RelationType.POST_OF:
            self._give_organisation(finding)
        return self._keep(finding)

    def _claim_of(self, candidate: Candidate) -> tuple[RelationType, int] | None:
        """The mention that only one match may have: a post's holder, a post's organisation."""
        if candidate.rule.spec.relation is RelationType.POST_OF:
            return (candidate.rule.spec.relation, candidate.head.index)
        if candidate.rule.spec.relation is RelationType.HOLDS_POST:
            return (candidate.rule.spec.relation, candidate.tail.index)
        return None

    def _owned_outside(self, candidate: Candidate) -> bool:
        """Whether a post has an organisation that does not stand in this match.

        甲报、乙网记者: the posts know the one right before the title, the list adds the other.
        """
        head = candidate.head
        if candidate.rule.spec.relation is not RelationType.POST_OF:
            return False
        post = self.posts.get((head.start, head.end), Post())
        if post.org is None:
            return post.place is not None
        start, end = self.folded.span(candidate.start, candidate.end)
        return not start <= post.org[0] < post.org[1] <= end

    def _give_organisation(self, finding: Finding) -> None:
        span = (finding.head.start, finding.head.end)
        post = self.posts.get(span, Post())
        if post.org is None:
            org = (finding.tail.start, finding.tail.end)
            name = self.folded.name_of(finding.tail)
            self.posts[span] = replace(post, org=org, org_name=post.org_name or name)

    def _qualified(self, finding: Finding, candidate: Candidate) -> Finding:
        """Add what is said of a ``holds_post``: status, organisation, dates."""
        tenure = read_status(self.folded, candidate, self.rules.statuses)
        dates = read_dates(self.folded, candidate, tenure.status)
        post = self.posts.get((finding.tail.start, finding.tail.end), Post())
        return replace(
            finding,
            status=tenure.status,
            cues=tenure.cues or finding.cues,
            org=post.org_name,
            org_span=post.org or post.place,
            date=dates.date,
            start=dates.start,
            end=dates.end,
        )

    def _keep(self, finding: Finding) -> str:
        """Keep the first finding of a pair; a later one may say more of the tenure."""
        key = self._key_of(finding)
        self.ends.setdefault(key, []).append((finding.head, finding.tail))
        known = self.found.get(key)
        if known is None:
            self.found[key] = finding
            return "fired"
        # 当选为局长 says more than the bare 局长 that the next sentence repeats.
        if known.status is Status.CURRENT and finding.status not in {None, Status.CURRENT}:
            org, org_span = finding.org or known.org, finding.org_span or known.org_span
            self.found[key] = replace(finding, org=org, org_span=org_span)
            return "fired"
        if known.org is None and finding.org is not None:
            self.found[key] = replace(known, org=finding.org, org_span=finding.org_span)
        return f"known already by {known.rule}"

    def _key_of(self, finding: Finding) -> _Key:
        """The key of a finding: 委员 of two bodies are two posts, if both bodies are known."""
        first: _Key = (identity(finding.head), finding.relation, identity(finding.tail))
        if finding.relation is not RelationType.HOLDS_POST or finding.org is None:
            return first
        keys = self.orgs.setdefault(first, [first])
        for key in keys:
            known = self.found.get(key)
            if known is None or known.org is None:
                return key
            # 印尼议会 and 印度尼西亚议会 may be one: a short form keeps the characters' order.
            if in_order(*sorted((known.org, finding.org), key=len)):
                return key
        keys.append((*first, finding.org))
        return keys[-1]

    def _drop_short_titles(self) -> None:
        """Drop 书记 of 李书记 where 纪委书记李海明 has told the post; the rule says it yields.

        What stands beside a name alone tells of no post 书记 of the organisation either.
        """
        yielding = {rule.spec.id: rule for rule in self.rules.rules if rule.spec.yields}
        held: dict[object, list[str]] = {}
        for finding in self.found.values():
            if finding.relation is RelationType.HOLDS_POST:
                held.setdefault(identity(finding.head), []).append(finding.tail.text)
        dropped: set[int] = set()
        for key, finding in list(self.found.items()):
            if finding.relation is not RelationType.HOLDS_POST or finding.rule not in yielding:
                continue
            title = finding.tail.text
            longer = [t for t in held[identity(finding.head)] if t != title and t.endswith(title)]
            if longer:
                del self.found[key]
                dropped.update(tail.index for _, tail in self.ends[key])
                if self.trace is not None:
                    rule, what = yielding[finding.rule], f"short for '{longer[0]}'"
                    self.trace(rule, finding.head, finding.tail, finding.evidence, what)
        for key, finding in list(self.found.items()):
            if finding.relation is RelationType.POST_OF and all(
                head.index in dropped for head, _ in self.ends[key]
            ):
                del self.found[key]


def _evidence(folded: Folded, candidate: Candidate) -> Span:
    start, end = folded.span(candidate.start, candidate.end)
    mentions = (candidate.head, candidate.tail)
    return (min(start, *(m.start for m in mentions)), max(end, *(m.end for m in mentions)))
