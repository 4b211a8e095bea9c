"""Running the examples of a rule: all rules together should give just the triples it promises."""

from __future__ import annotations

from pipeline.components.relations.echoes import add_echoes
from pipeline.components.relations.engine import Finding, find_relations
from pipeline.components.relations.events import with_reports
from pipeline.components.relations.examples import Example, ExampleError, parse_example
from pipeline.components.relations.mentions import Folded, fold
from pipeline.components.relations.rules import Rule, RuleSet

__all__ = ["check_rule", "run_example"]


def run_example(example: Example, rules: RuleSet) -> tuple[Finding, ...]:
    """Run the rules over an example's text and marks."""
    return find_relations(fold_example(example, rules), rules)


def fold_example(example: Example, rules: RuleSet) -> Folded:
    """Fold the text of an example."""
    mentions = add_echoes(example.text, example.mentions, rules.lexicon)
    folded = fold(example.text, mentions, example.posts, issue_date=example.issue_date)
    return with_reports(folded, rules.lexicon)


def check_rule(rules: RuleSet, rule: Rule) -> list[str]:
    """Run a rule's examples and counter-examples with all rules; one line a failure.

    An example fails where the triples of the rule's relation are not just the expected ones, or
    where another rule than the expected one makes them.
    """
    problems = []
    for marked in (*rule.spec.examples, *rule.spec.counter_examples):
        counter = marked in rule.spec.counter_examples
        try:
            example = parse_example(marked)
        except ExampleError as error:
            problems.append(f"{rule.origin}: rule '{rule.spec.id}': {error}: {marked}")
            continue
        own = [e for e in example.expected if e.rule in {None, rule.spec.id}]
        if not counter and not own:
            problems.append(f"{rule.origin}: rule '{rule.spec.id}': expects nothing: {marked}")
        wanted = {
            _line(
                example, e.head, str(e.relation), e.tail, e.status, e.rule or rule.spec.id, e.dates
            )
            for e in example.expected
        }
        relations = {rule.spec.relation, *(e.relation for e in example.expected)}
        given = {
            _line(example, f.head.index, str(f.relation), f.tail.index, f.status, f.rule, _dates(f))
            for f in run_example(example, rules)
            if f.relation in relations
        }
        failed = [("missing", line) for line in sorted(wanted - given)]
        failed += [("too much", line) for line in sorted(given - wanted)]
        problems.extend(
            f"{rule.origin}: rule '{rule.spec.id}': {what}: {line}: {marked}"
            for what, line in failed
        )
    return problems


def _dates(finding: Finding) -> tuple[tuple[str, str], ...]:
    named = (("date", finding.date), ("start", finding.start), ("end", finding.end))
    return tuple((key, value) for key, value in named if value is not None)


def _line(
    example: Example,
    head: int,
    relation: str,
    tail: int,
    status: object,
    rule: str,
    dates: tuple[tuple[str, str], ...],
) -> str:
    names = example.mentions
    told = [] if status in {None, "current"} else [str(status)]
    told += [f"{key}={value}" for key, value in dates]
    marked = f" ({' '.join(told)})" if told else ""
    return f"{names[head].text} {relation} {names[tail].text}{marked} by {rule}"
