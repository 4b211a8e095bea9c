"""Spans put right by the words in and around them, as rules/spans.toml says.

The guidelines decide where many names begin and end by a word: 美军车队 holds the name 美军, and
两岸 is no place. A network learns such words only from examples; here they stand as data. A rule
looks at one span, its own words and a few characters on either side of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from pipeline.components.recogniser.crf import ScoredSpan
from pipeline.components.recogniser.labels import LABELS

__all__ = ["FormRule", "form_rules", "formed", "load_form_rules"]

SIDE = 14  # characters before and after a span that a rule can see


@dataclass(frozen=True)
class FormRule:
    """One rule: which spans it is about, and what becomes of them.

    text, before, after: what the span and its two sides look like; the sides touch the span.
    action: "drop"; "keep" cuts the span to the group ``keep`` of text, and makes the group
    ``first`` a span of that label where the rule names one; "grow" adds the group
    ``more`` of before or after, and takes over the spans of ``swallows`` that lie in it; "join"
    adds the span before it, of the label ``last``, with what stands between; "add" makes the group
    ``more`` of before a span of the label ``to``, where none stands yet and, if the rule says so,
    a span of the label ``last`` ends; "label" gives the span the label ``to``.
    """

    name: str
    label: int
    action: str
    text: re.Pattern[str]
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    to: int
    swallows: frozenset[int]
    last: int | None
    first: int | None
    between: str
    examples: tuple[tuple[str, str], ...]
    counter_examples: tuple[str, ...]


def load_form_rules(source: str) -> tuple[FormRule, ...]:
    """Read the rules of a TOML text, in file order."""
    return tuple(
        FormRule(
            name=row["name"],
            label=LABELS.index(row["label"]),
            action=row["action"],
            text=re.compile(row.get("text", ".+"), re.DOTALL),
            before=re.compile(f"(?:{row['before']})$") if "before" in row else None,
            after=re.compile(row["after"]) if "after" in row else None,
            to=LABELS.index(row.get("to", row["label"])),
            swallows=frozenset(LABELS.index(label) for label in row.get("swallows", ())),
            last=LABELS.index(row["last"]) if "last" in row else None,
            first=LABELS.index(row["first"]) if "first" in row else None,
            between=row.get("between", ""),
            examples=tuple((given, wanted) for given, wanted in row["examples"]),
            counter_examples=tuple(row["counter_examples"]),
        )
        for row in tomllib.loads(source)["forms"]
    )


@cache
def form_rules() -> tuple[FormRule, ...]:
    """Read the shipped rules; the file is read once."""
    path = resources.files("pipeline.rules").joinpath("spans.toml")
    return load_form_rules(path.read_text(encoding="utf-8"))


def formed(
    text: str, spans: Sequence[ScoredSpan], rules: Sequence[FormRule] | None = None
) -> list[ScoredSpan]:
    """Apply to each span the rules of its label, in order; spans stay disjoint and in order."""
    of_label = _shipped() if rules is None else _of_label(rules)
    current = list(spans)
    position = 0
    while position < len(current):
        for rule in of_label[current[position].label]:
            match = _match(rule, text, current[position])
            if match is None:
                continue
            position = _ACTIONS[rule.action](match, current, position)
            if rule.action == "drop":
                break
            if rule.action == "label":
                position -= 1  # once more, by the rules of its new label
                break
        position += 1
    return current


@cache
def _shipped() -> tuple[tuple[FormRule, ...], ...]:
    return _of_label(form_rules())


def _of_label(rules: Sequence[FormRule]) -> tuple[tuple[FormRule, ...], ...]:
    return tuple(
        tuple(rule for rule in rules if rule.label == label) for label in range(len(LABELS))
    )


@dataclass(frozen=True)
class _Match:
    """A rule that holds of a span: how its text and its sides match."""

    rule: FormRule
    source: str
    body: re.Match[str]
    left: re.Match[str] | None
    right: re.Match[str] | None


def _match(rule: FormRule, text: str, span: ScoredSpan) -> _Match | None:
    body = rule.text.fullmatch(text, span.start, span.end)
    if body is None:
        return None
    left = right = None
    if rule.before is not None:
        left = rule.before.search(text[max(0, span.start - SIDE) : span.start])
        if left is None:
            return None
    if rule.after is not None:
        right = rule.after.match(text, span.end, min(len(text), span.end + SIDE))
        if right is None:
            return None
    return _Match(rule, text, body, left, right)


# Each action changes the spans at a position and returns where the changed span stands, or the
# place before it where it is gone.
def _drop(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    del match
    del spans[position]
    return position - 1


def _label(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    spans[position] = replace(spans[position], label=match.rule.to)
    return position


def _keep(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    span, (start, end) = spans[position], match.body.span("keep")
    spans[position] = replace(span, start=start, end=end)
    if match.rule.first is None:
        return position
    start, end = match.body.span("first")
    spans.insert(position, replace(span, start=start, end=end, label=match.rule.first))
    return position + 1


def _join(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    span, last = spans[position], spans[position - 1] if position else None
    if last is None or last.label != match.rule.last:
        return position
    if match.source[last.end : span.start] != match.rule.between:
        return position
    spans[position - 1 : position + 1] = [replace(span, start=last.start)]
    return position - 1


def _add(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    span, last, rule = spans[position], spans[position - 1] if position else None, match.rule
    if match.left is None:
        return position
    start = span.start - (match.left.end() - match.left.start("more"))
    free = last is None or last.end <= start
    touched = last is not None and (last.end, last.label) == (start, rule.last)
    if not free or (rule.last is not None and not touched):
        return position
    spans.insert(position, replace(span, start=start, end=span.start, label=rule.to))
    return position + 1


def _grow(match: _Match, spans: list[ScoredSpan], position: int) -> int:
    span = spans[position]
    start, end = span.start, span.end
    if match.left is not None and "more" in match.left.re.groupindex:
        start -= match.left.end() - match.left.start("more")
    if match.right is not None and "more" in match.right.re.groupindex:
        end = match.right.end("more")
    first, behind = position, position + 1
    while first and spans[first - 1].end > start:
        first -= 1
    while behind < len(spans) and spans[behind].start < end:
        behind += 1
    others = spans[first:position] + spans[position + 1 : behind]
    swallows = match.rule.swallows
    if any(o.label not in swallows or o.start < start or o.end > end for o in others):
        return position
    spans[first:behind] = [replace(span, start=start, end=end)]
    return first


_ACTIONS: Mapping[str, Callable[[_Match, list[ScoredSpan], int], int]] = {
    "drop": _drop,
    "label": _label,
    "keep": _keep,
    "join": _join,
    "add": _add,
    "grow": _grow,
}
