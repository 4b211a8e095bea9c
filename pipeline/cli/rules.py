"""`renzhi rules`: list, test, explain and calibrate the relation rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["rules_app"]

rules_app = typer.Typer(
    no_args_is_help=True, help="The relation rules (规则): list, test, explain, calibrate."
)

Extra = Annotated[
    list[Path] | None, typer.Option("--rules", help="A rule file of your own; may be given again.")
]


@rules_app.command("list")
def list_rules(rules: Extra = None) -> None:
    """List all rules: relation, id, score, what they are for."""
    from rich.console import Console
    from rich.table import Table

    from pipeline.components.relations.rules import load_rules

    table = Table(title="Relation rules")
    for name in ("relation", "rule", "score", "scope", "for"):
        table.add_column(name, no_wrap=name in {"relation", "rule"})
    for rule in sorted(load_rules(tuple(rules or ())).rules, key=lambda r: r.spec.relation):
        spec = rule.spec
        scope = "names and posts" if spec.finder else spec.scope
        table.add_row(str(spec.relation), spec.id, f"{rule.score:.2f}", scope, spec.note)
    Console().print(table)


@rules_app.command("test")
def run_examples(
    file: Annotated[Path | None, typer.Argument(help="Test this rule file; else all.")] = None,
) -> None:
    """Run the examples and counter-examples written into the rules; exit with 1 if one fails."""
    from pipeline.components.relations.check import check_rule
    from pipeline.components.relations.rules import load_rules

    rules = load_rules((file,) if file is not None else ())
    chosen = [rule for rule in rules.rules if file is None or rule.origin == str(file)]
    problems = [problem for rule in chosen for problem in check_rule(rules, rule)]
    for problem in problems:
        print(problem)
    examples = sum(len(r.spec.examples) + len(r.spec.counter_examples) for r in chosen)
    print(f"{len(chosen)} rules, {examples} examples, {len(problems)} failures")
    if problems:
        raise typer.Exit(1)


@rules_app.command("explain")
def explain(
    place: Annotated[
        str, typer.Argument(metavar="FILE:OFFSET", help="Offset: characters of the raw file.")
    ],
    rules: Extra = None,
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; the shipped one.")
    ] = None,
) -> None:
    """Say which rules fired in the sentence there, which came near, and what stopped them."""
    from rich.console import Console
    from rich.table import Table

    from pipeline.errors import BadInputError, ConfigError
    from pipeline.explain import explain_source
    from pipeline.model import load_pipeline
    from pipeline.sources import Reject, read_sources

    name, colon, number = place.rpartition(":")
    if not colon or not number.isdecimal():
        raise ConfigError(f"{place}: needs the form FILE:OFFSET, such as page.txt:120")
    source = next(read_sources([name]))
    if isinstance(source, Reject):
        raise BadInputError(source.name, source.reason)
    nlp = load_pipeline(model, rules=tuple(rules or ()))
    text, verdicts = explain_source(source, int(number), nlp)
    table = Table("", "relation", "rule", "head", "tail", "score", "outcome", "evidence")
    for verdict in verdicts:
        start, end = verdict.evidence
        words = text[start:end].replace("\n", " ")
        table.add_row(
            "+" if verdict.fired else "-",
            verdict.relation,
            verdict.rule,
            verdict.head,
            verdict.tail,
            f"{verdict.score:.2f}",
            verdict.outcome,
            words if len(words) <= 60 else f"{words[:40]}…{words[-15:]}",
        )
    Console().print(table if verdicts else "no rule came near this sentence")


@rules_app.command("calibrate")
def calibrate(
    gold: Annotated[list[Path], typer.Argument(help="Gold documents, native JSON Lines.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The table of scores.")],
) -> None:
    """Count how often each rule is right on gold mentions, and write its score (校准)."""
    from pipeline.annotations.native import read_gold
    from pipeline.components.relations.rules import load_rules
    from pipeline.evaluation.predictions import from_gold_mentions
    from pipeline.evaluation.rule_scores import count_rules, score_rules, scores_text
    from pipeline.files import check_target, write_whole

    check_target(output)
    documents = [document for path in gold for document in read_gold(path)]
    annotations = from_gold_mentions(documents, min_score=0.0)
    counts = count_rules(zip(documents, annotations, strict=True))
    base = {rule.spec.id: rule.spec.score for rule in load_rules().rules}
    scores = score_rules(counts, base)
    with write_whole(output) as out:
        out.write(scores_text(scores).encode())
    print(f"{len(scores)} rules scored on {len(documents)} documents: {output}")
