"""Mutate every relation rule in one place and see whether some rule's example notices.

Mutations: drop the rule; drop a blocker or a requirement; swap head and tail; widen the scope;
drop `yields`, `surface`, `collect.until`, `collect.nearest`; change the status; close the gaps.

    python benchmarks/rules_mutation.py [FILE.toml ...]

Prints a Markdown table of what survived; a survivor is a mutation that no example notices.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.components.relations.check import check_rule
from pipeline.components.relations.rules import (
    RuleFile,
    build_rules,
    read_rule_file,
    shipped_rule_files,
)
from pipeline.errors import ConfigError

Files = list[tuple[str, RuleFile]]
Mutant = tuple[str, dict[str, Any] | None]


def mutants_of(rule: dict[str, Any]) -> Iterator[Mutant]:
    """Every single mutation of a rule: what was done, and the rule after it (None: dropped)."""
    yield "dropped", None
    for key in ("blockers", "requires"):
        for name in rule[key]:
            yield f"without {key} {name}", rule | {key: [n for n in rule[key] if n != name]}
    if rule["yields"]:
        yield "without yields", rule | {"yields": False}
    if rule["surface"]:
        yield "without surface", rule | {"surface": {}}
    if rule["status"]:
        other = "former" if rule["status"] != "former" else "current"
        yield f"status {other}", rule | {"status": other}
    if rule["collect"]:
        yield from _collecting(rule, rule["collect"])
    if rule["pattern"]:
        yield from _matching(rule, rule["pattern"])


def _collecting(rule: dict[str, Any], collect: dict[str, Any]) -> Iterator[Mutant]:
    if collect["until"]:
        yield "collects past until", rule | {"collect": collect | {"until": None}}
    if collect["nearest"]:
        yield "collects all", rule | {"collect": collect | {"nearest": False}}
    yield "collects nothing", rule | {"collect": collect | {"labels": ["LOC"]}}


def _matching(rule: dict[str, Any], pattern: str) -> Iterator[Mutant]:
    if ":head}" in pattern and ":tail}" in pattern:
        swapped = pattern.replace(":head}", ":x}").replace(":tail}", ":head}")
        swapped = swapped.replace(":x}", ":tail}")
        yield "head and tail swapped", rule | {"pattern": swapped}
    if "{.." in pattern:
        yield "gaps closed", rule | {"pattern": _without_gaps(pattern)}
    if rule["scope"] == "clause" and "{.." in pattern:
        yield "scope sentence", rule | {"scope": "sentence"}


def _without_gaps(pattern: str) -> str:
    parts = pattern.split("{..")
    return parts[0] + "".join(part.split("}", 1)[1] for part in parts[1:])


def notices(files: Files) -> bool:
    """Whether an example of any rule fails, or the files cannot be compiled at all."""
    try:
        rules = build_rules(files)
    except (ConfigError, ValueError):
        return True
    return any(check_rule(rules, rule) for rule in rules.rules)


def with_rule(files: Files, place: int, number: int, mutant: dict[str, Any] | None) -> Files | None:
    """The files with one rule replaced; None where the mutant is no valid rule."""
    name, file = files[place]
    rows = [rule.model_dump(mode="json") for rule in file.rule]
    rows[number : number + 1] = [mutant] if mutant is not None else []
    try:
        changed = RuleFile.model_validate({**file.model_dump(mode="json"), "rule": rows})
    except ValueError:
        return None
    return [*files[:place], (name, changed), *files[place + 1 :]]


def main(paths: list[str]) -> None:
    chosen = {Path(path).name for path in paths}
    files = [(path.name, read_rule_file(path)) for path in shipped_rule_files()]
    if notices(files):
        sys.exit("the examples fail before anything was changed: run `renzhi rules test`")
    tried, survivors = 0, []
    for place, (name, file) in enumerate(files):
        if chosen and name not in chosen:
            continue
        for number, rule in enumerate(file.rule):
            for what, mutant in mutants_of(rule.model_dump(mode="json")):
                changed = with_rule(files, place, number, mutant)
                tried += 1
                # An example that names a rule that is gone must fail: dropping the rule drops its
                # own examples, so another rule's example has to notice, or the relation is lost.
                if changed is not None and not notices(changed):
                    if mutant is None and not own_examples_pass(changed, rule):
                        continue
                    survivors.append((name, rule.id, what))
                    print(f"survived: {name}: {rule.id}: {what}", file=sys.stderr, flush=True)
    print(f"{tried} mutants, {len(survivors)} survived\n")
    print("| file | rule | mutation |\n|---|---|---|")
    for row in survivors:
        print("| " + " | ".join(row) + " |")


def own_examples_pass(files: Files, rule: Any) -> bool:
    """Whether the examples of a dropped rule would still pass without it."""
    from pipeline.components.relations.rules import Rule

    rules = build_rules(files)
    ghost = Rule(rule, "dropped", None, None, None, {}, rule.score)
    return not check_rule(rules, ghost)


if __name__ == "__main__":
    main(sys.argv[1:])
