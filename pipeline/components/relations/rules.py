"""Reading rule files: relation rules, lexicon classes, blockers and status cues as data.

A rule file is TOML with four kinds of table: ``[lexicon]``, ``[[rule]]``, ``[[blocker]]`` and
``[[status]]`` (docs/rules.md explains each key). Later files add to earlier ones; a lexicon class
that comes twice is joined, an id that comes twice is an error.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.components.relations.patterns import (
    Pattern,
    PatternError,
    compile_pattern,
    words_expression,
)
from pipeline.errors import ConfigError
from pipeline.relation_ends import heads, tails
from pipeline.schema import RelationType, Status

__all__ = [
    "EVENT_CLASSES",
    "BlockerSpec",
    "Collect",
    "RuleFile",
    "RuleSet",
    "RuleSpec",
    "StatusSpec",
    "load_rules",
    "read_rule_file",
    "read_scores",
    "shipped_rule_files",
]

EVENT_CLASSES = ("event_part", "goes_on", "press", "put_on")
"""Lexicon classes by which the head of a report says that its event was put on."""

Scope = Literal["clause", "sentence", "paragraph"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Collect(_Table):
    """Further mentions that a match takes as one of its ends.

    end: which end they are. labels: what may be taken. where: ``after`` or ``before`` the match,
    in the ``quote`` that ends right before it, in the ``rows`` of a roster (the rest of its line,
    the lines below that begin with a name and a blank), or whose ``life`` the line is a row of: the
    name at the head of the nearest line above that begins a life (李海明，男，… or 李海明简历).
    scope: how far to look; until: a pattern at which to stop, such as the next speaker, or its name
    in the file's table ``stops``. nearest: take only the one closest to the match.
    """

    end: Literal["head", "tail"]
    labels: tuple[str, ...] = Field(min_length=1)
    where: Literal["after", "before", "quote", "rows", "life"] = "after"
    scope: Scope = "sentence"
    until: str | None = None
    nearest: bool = False


class RuleSpec(_Table):
    """One relation rule; docs/rules.md says what each key means.

    event: the end that is the event which the article around the match reports (see events.py).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    relation: RelationType
    note: str = ""
    pattern: str | None = None
    finder: str | None = None
    scope: Scope = "clause"
    collect: Collect | None = None
    event: Literal["head", "tail"] | None = None
    surface: dict[Literal["head", "tail"], str] = {}
    yields: bool = False
    priority: int = 50
    blockers: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    status: Status | None = None
    score: float = Field(gt=0, le=1)
    examples: tuple[str, ...] = Field(min_length=2)
    counter_examples: tuple[str, ...] = Field(min_length=1)


class BlockerSpec(_Table):
    """Words that stop a match, or lower its score by ``factor``.

    where: ``before`` (in the clause, ahead of the match), ``match``, ``after`` (in the clause,
    behind it), ``clause``, ``sentence``, or ``earlier`` (the 400 characters ahead of the match).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    words: tuple[str, ...] = ()
    pattern: str | None = None
    where: Literal["before", "match", "after", "clause", "sentence", "earlier"]
    factor: float = Field(default=0.0, ge=0, lt=1)


class StatusSpec(_Table):
    """Words that give a post its status, or a ``pattern`` of them without lexicon classes.

    where: ``before-post`` (right before the organisation and title), ``in-post`` (the title begins
    with them), ``after-post`` (right behind it), ``before-name`` (right before the person),
    ``match`` (anywhere in the match), ``clause`` or ``sentence``. rules: only for posts found by
    these rules. spreads: a word before the first post of a list counts for all of them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    status: Status
    words: tuple[str, ...] = ()
    pattern: str | None = None
    where: Literal[
        "before-post", "in-post", "before-name", "after-post", "match", "clause", "sentence"
    ]
    rules: tuple[str, ...] = ()
    spreads: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> StatusSpec:
        if bool(self.words) == (self.pattern is not None):
            raise ValueError("needs either words or a pattern")
        if self.pattern is not None:
            compile_pattern(self.pattern, {}, "clause")
        return self


class RuleFile(_Table):
    """The content of one rule file. stops: patterns that several rules of it collect up to."""

    lexicon: dict[str, tuple[str, ...]] = {}
    stops: dict[str, str] = {}
    rule: tuple[RuleSpec, ...] = ()
    blocker: tuple[BlockerSpec, ...] = ()
    status: tuple[StatusSpec, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule ready to run. relaxed: the pattern with longer gaps and a wider scope, to explain.

    surfaces: what the surface of an end must match. score: the calibrated score, or the rule's own
    where it was not counted.
    """

    spec: RuleSpec
    origin: str
    pattern: Pattern | None
    relaxed: Pattern | None
    until: Pattern | None
    surfaces: dict[str, re.Pattern[str]]
    score: float


@dataclass(frozen=True)
class Blocker:
    """A blocker ready to run."""

    spec: BlockerSpec
    pattern: Pattern


@dataclass(frozen=True)
class RuleSet:
    """All rules that work together; rules stand by priority, then in the order of the files."""

    lexicon: dict[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    blockers: dict[str, Blocker]
    statuses: tuple[StatusSpec, ...]


def shipped_rule_files() -> tuple[Path, ...]:
    """The rule files of this package, in the order of their names."""
    folder = Path(str(files("pipeline") / "rules" / "relations"))
    return tuple(sorted(folder.glob("*.toml")))


def read_rule_file(path: Path) -> RuleFile:
    """Read one file.

    RAISES ConfigError: it cannot be read, is not TOML, or a key is unknown, missing or wrong; the
    message names file and rule.
    """
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    return parse_rule_file(data, str(path))


def parse_rule_file(data: dict[str, Any], name: str) -> RuleFile:
    """Validate the content of a rule file; name stands for it in messages.

    RAISES ConfigError: as `read_rule_file`.
    """
    try:
        parsed = RuleFile.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{name}: {_first_cause(error, data)}") from error
    for rule in parsed.rule:
        if (rule.pattern is None) == (rule.finder is None):
            raise ConfigError(f"{name}: rule '{rule.id}': needs either 'pattern' or 'finder'")
    for blocker in parsed.blocker:
        if bool(blocker.words) == (blocker.pattern is not None):
            raise ConfigError(f"{name}: blocker '{blocker.id}': needs either 'words' or 'pattern'")
    rules = tuple(_with_stop(rule, parsed.stops) for rule in parsed.rule)
    return parsed.model_copy(update={"rule": rules})


def _with_stop(rule: RuleSpec, stops: Mapping[str, str]) -> RuleSpec:
    """Write out the pattern that ``collect.until`` names."""
    collect = rule.collect
    if collect is None or collect.until is None or collect.until not in stops:
        return rule
    named = collect.model_copy(update={"until": stops[collect.until]})
    return rule.model_copy(update={"collect": named})


def load_rules(extra: Sequence[Path] = (), *, shipped: bool = True) -> RuleSet:
    """Read the shipped rule files and these, and make one set of rules of them.

    RAISES ConfigError: as `read_rule_file`; also for an id that comes twice, a pattern that cannot
    be compiled or has wrong ends, and an unknown blocker or finder, or rule of a status.
    """
    if shipped and not extra:
        return _shipped()
    paths = (*(shipped_rule_files() if shipped else ()), *extra)
    return build_rules([(str(path), read_rule_file(path)) for path in paths])


@lru_cache(maxsize=1)
def _shipped() -> RuleSet:
    return build_rules([(path.name, read_rule_file(path)) for path in shipped_rule_files()])


@lru_cache(maxsize=1)
def read_scores() -> dict[str, float]:
    """The calibrated score of each rule id that pipeline/rules/scores.toml knows."""
    table = tomllib.loads((files("pipeline") / "rules" / "scores.toml").read_text(encoding="utf-8"))
    return {rule: float(row["score"]) for rule, row in table["scores"].items()}


def build_rules(parsed: Sequence[tuple[str, RuleFile]]) -> RuleSet:
    """Compile rule files that were read already; each comes with the name it has in messages."""
    lexicon: dict[str, tuple[str, ...]] = {}
    for _, file in parsed:
        for name, words in file.lexicon.items():
            lexicon[name] = (*lexicon.get(name, ()), *words)
    blockers: dict[str, Blocker] = {}
    for origin, file in parsed:
        for spec in file.blocker:
            if spec.id in blockers:
                raise ConfigError(f"{origin}: blocker '{spec.id}' is defined twice")
            blockers[spec.id] = Blocker(spec, _blocker_pattern(spec, lexicon, origin))
    scores = read_scores()
    rules: dict[str, Rule] = {}
    for origin, file in parsed:
        for rule in file.rule:
            if rule.id in rules:
                raise ConfigError(f"{origin}: rule '{rule.id}' is defined twice")
            named = (*rule.blockers, *rule.requires)
            if unknown := [name for name in named if name not in blockers]:
                raise ConfigError(f"{origin}: rule '{rule.id}': no blocker '{unknown[0]}'")
            rules[rule.id] = _compile(rule, lexicon, origin, scores.get(rule.id, rule.score))
    ordered = sorted(rules.values(), key=lambda rule: -rule.spec.priority)
    return RuleSet(lexicon, tuple(ordered), blockers, _statuses(parsed, rules))


def _statuses(
    parsed: Sequence[tuple[str, RuleFile]], rules: Collection[str]
) -> tuple[StatusSpec, ...]:
    """The status tables of all files; rules: ids that they may name."""
    statuses: dict[str, StatusSpec] = {}
    for origin, file in parsed:
        for spec in file.status:
            if spec.id in statuses:
                raise ConfigError(f"{origin}: status '{spec.id}' is defined twice")
            if unknown := [name for name in spec.rules if name not in rules]:
                raise ConfigError(f"{origin}: status '{spec.id}': no rule '{unknown[0]}'")
            statuses[spec.id] = spec
    return tuple(statuses.values())


def _compile(
    spec: RuleSpec, lexicon: dict[str, tuple[str, ...]], origin: str, score: float
) -> Rule:
    from pipeline.components.relations.finders import FINDERS

    if spec.finder is not None:
        if spec.finder not in FINDERS:
            known = ", ".join(sorted(FINDERS))
            raise ConfigError(f"{origin}: rule '{spec.id}': no finder '{spec.finder}' ({known})")
        return Rule(spec, origin, None, None, None, {}, score)
    assert spec.pattern is not None
    wider: dict[str, str] = {"clause": "sentence", "sentence": "sentence", "paragraph": "paragraph"}
    try:
        pattern = compile_pattern(spec.pattern, lexicon, spec.scope)
        relaxed = compile_pattern(spec.pattern, lexicon, wider[spec.scope], stretch=3)
        until = None
        if spec.collect is not None and spec.collect.until is not None:
            until = compile_pattern(spec.collect.until, lexicon, spec.scope)
    except PatternError as error:
        raise ConfigError(f"{origin}: rule '{spec.id}': {error}") from error
    ends = dict(pattern.labels)
    if spec.collect is not None:
        ends[spec.collect.end] = frozenset(spec.collect.labels)
    if spec.event is not None:
        ends[spec.event] = frozenset({"PROGRAMME"})
    for end, allowed in (("head", heads(spec.relation)), ("tail", tails(spec.relation))):
        if end not in ends:
            raise ConfigError(f"{origin}: rule '{spec.id}': the pattern binds no '{end}'")
        if wrong := ends[end].difference(allowed):
            raise ConfigError(
                f"{origin}: rule '{spec.id}': the {end} of {spec.relation} cannot be {min(wrong)}"
            )
    return Rule(spec, origin, pattern, relaxed, until, _surfaces(spec, lexicon, origin), score)


def _surfaces(
    spec: RuleSpec, lexicon: dict[str, tuple[str, ...]], origin: str
) -> dict[str, re.Pattern[str]]:
    surfaces: dict[str, re.Pattern[str]] = {}
    for end, name in spec.surface.items():
        if name not in lexicon:
            raise ConfigError(f"{origin}: rule '{spec.id}': no lexicon class '{name}'")
        surfaces[end] = re.compile(f"(?:{words_expression(lexicon[name])})$")
    return surfaces


def _blocker_pattern(
    spec: BlockerSpec, lexicon: dict[str, tuple[str, ...]], origin: str
) -> Pattern:
    source = spec.pattern if spec.pattern is not None else words_expression(spec.words)
    try:
        return compile_pattern(source, lexicon, "clause")
    except PatternError as error:
        raise ConfigError(f"{origin}: blocker '{spec.id}': {error}") from error


def _first_cause(error: ValidationError, data: dict[str, Any]) -> str:
    causes = error.errors()
    # A misspelt key is also a missing one: the key that the author wrote is the better hint.
    unknown = [cause for cause in causes if cause["type"] == "extra_forbidden"]
    cause = (unknown or causes)[0]
    place = list(cause["loc"])
    where = ""
    if len(place) >= 2 and isinstance(place[1], int):
        kind, number = str(place[0]), place[1]
        row = data[kind][number]
        named = row.get("id") if isinstance(row, dict) else None
        where = f"{kind} '{named}': " if named else f"{kind} number {number + 1}: "
        place = place[2:]
    key = ".".join(str(part) for part in place)
    if cause["type"] == "extra_forbidden":
        return f"{where}unknown key '{key}'"
    if cause["type"] == "missing":
        return f"{where}key '{key}' is missing"
    return f"{where}key '{key}': {cause['msg']}"
