"""Running patterns over folded text: every match as candidates, one for each pair of ends.

Where a segmenter has told the words of the text, a cue that cuts through one of them is hidden from
all patterns first: the 任 of 任务, the 为 of 认为 and the 不 of 不断 are no words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import ahocorasick

from pipeline.components.relations.events import event_at
from pipeline.components.relations.mentions import CODES, Folded, Mention, Segment
from pipeline.components.relations.patterns import SCOPES, Pattern
from pipeline.components.relations.rules import Collect, Rule, RuleSet
from pipeline.relation_ends import may_join
from pipeline.schema import Span

__all__ = ["Candidate", "CueWords", "find_candidates", "without_cut_cues"]

_HIDDEN = "\ufffd"  # stands in no pattern and in no word
_CLASS = re.compile(r"\{([a-z][a-z_]*)(?::cue)?\}")
_NOT_LITERAL = re.compile(r"\{[^}]*\}|\[[^\]]*\]")
_LITERAL = re.compile("[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True)
class Candidate:
    """A possible triple: its two mentions and the code characters [start, end) of the match.

    cues: code spans of the words that decided it. head_at, tail_at: code characters of the ends.
    """

    rule: Rule
    head: Mention
    tail: Mention
    start: int
    end: int
    segment: Segment
    cues: tuple[Span, ...]
    head_at: int
    tail_at: int


class CueWords:
    """The words by which a set of rules decides, found in folded text by Aho-Corasick.

    cues: the words of the lexicon classes that patterns name, of status cues and of blockers.
    literals: words that stand written out in patterns; cues inside them may be seen.
    """

    def __init__(self, rules: RuleSet) -> None:
        patterns = [text for rule in rules.rules for text in _texts(rule)]
        patterns += [b.spec.pattern for b in rules.blockers.values() if b.spec.pattern is not None]
        classes = {name for text in patterns for name in _CLASS.findall(text)}
        self.cues = {word for name in classes for word in rules.lexicon[name]}
        self.cues.update(word for status in rules.statuses for word in status.words)
        self.cues.update(word for one in rules.blockers.values() for word in one.spec.words)
        plain = (_NOT_LITERAL.sub("#", text) for text in patterns)
        self.literals = {word for text in plain for word in _LITERAL.findall(text)} - self.cues
        self._automaton = ahocorasick.Automaton()
        for word in filter(None, (*self.cues, *self.literals)):
            self._automaton.add_word(word, (len(word), word in self.cues))
        self._automaton.make_automaton()

    def matches(self, code: str) -> Iterator[tuple[int, int, bool]]:
        """Give (start, end, whether it is a cue) of every word in the code."""
        for last, (length, is_cue) in self._automaton.iter(code):
            yield last + 1 - length, last + 1, is_cue


def without_cut_cues(folded: Folded, words: Sequence[Sequence[int]], cues: CueWords) -> Folded:
    """Hide the characters of cues that begin or end inside a word, unless a whole cue holds them.

    words: [start, end] in the document. A word that overlaps a mention is left out: the mention is
    better evidence. Cost is linear in the text.
    """
    inside = _inside_words(folded, words)
    cut: set[int] = set()
    whole: set[int] = set()
    for start, end, is_cue in cues.matches(folded.code):
        if folded.offsets[start] not in inside and folded.offsets[end] not in inside:
            whole.update(range(start, end))
        elif is_cue:
            cut.update(range(start, end))
    cut -= whole
    if not cut:
        return folded
    code = "".join(_HIDDEN if i in cut else character for i, character in enumerate(folded.code))
    return replace(folded, code=code)


def _inside_words(folded: Folded, words: Sequence[Sequence[int]]) -> set[int]:
    """Document characters at which a word goes on."""
    named = bytearray(len(folded.text))
    for mention in folded.mentions:
        if mention.refers_to is None:
            named[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
    return {
        position
        for start, end in words
        if not any(named[start:end])
        for position in range(start + 1, end)
    }


def _texts(rule: Rule) -> Iterator[str]:
    if rule.spec.pattern is not None:
        yield rule.spec.pattern
    if rule.spec.collect is not None and rule.spec.collect.until is not None:
        yield rule.spec.collect.until


def find_candidates(folded: Folded, rule: Rule, *, relaxed: bool = False) -> Iterator[Candidate]:
    """Find what a rule's pattern matches, in the order of the text.

    relaxed: use the rule's wider pattern, to see what came near.
    """
    pattern = rule.relaxed if relaxed else rule.pattern
    if pattern is None:
        return
    wide = rule.spec.scope == "paragraph"
    for segment in folded.paragraphs if wide else folded.sentences:
        if not pattern.needs <= segment.labels:
            continue
        for match in pattern.expression.finditer(folded.code, segment.start, segment.end):
            yield from _pairs(folded, rule, pattern, match, segment)


def _pairs(
    folded: Folded, rule: Rule, pattern: Pattern, match: re.Match[str], segment: Segment
) -> Iterator[Candidate]:
    cues = tuple(match.span(name) for name in pattern.cues if match.span(name)[0] >= 0)
    ends = {name: _bound(folded, pattern, match, name) for name in pattern.labels}
    collect = rule.spec.collect
    if collect is not None:
        start, end = _reach(folded, rule, collect, match, segment)
        taken = [
            (at, mention)
            for at in range(start, end)
            if (mention := folded.at.get(at)) is not None and mention.label in collect.labels
        ]
        if collect.nearest:
            taken = taken[-1:] if collect.where == "before" else taken[:1]
        ends[collect.end] = [*ends.get(collect.end, ()), *taken]
    if rule.spec.event is not None:
        event = event_at(folded, match.start(), match.end())
        at = () if event is None else ((folded.position[event.index], event),)
        ends[rule.spec.event] = [*ends.get(rule.spec.event, ()), *at]
    for head_at, head in ends["head"]:
        for tail_at, tail in ends["tail"]:
            head_named, tail_named = _named(folded, head), _named(folded, tail)
            if head_named is not tail_named and _fits(rule, head_named, tail_named):
                yield Candidate(
                    rule, head_named, tail_named, match.start(), match.end(), segment, cues,
                    head_at, tail_at,
                )  # fmt: skip


def _fits(rule: Rule, head: Mention, tail: Mention) -> bool:
    """Whether the relation joins such ends, and they end in the words that the rule asks for."""
    if not may_join(rule.spec.relation, head.label, tail.label):
        return False
    ends = {"head": head, "tail": tail}
    return all(expression.search(ends[end].text) for end, expression in rule.surfaces.items())


def _bound(
    folded: Folded, pattern: Pattern, match: re.Match[str], name: str
) -> list[tuple[int, Mention]]:
    start, end = match.span(name)
    return [
        (at, folded.at[at])
        for at in range(max(start, 0), max(end, 0))
        if at in folded.at and folded.at[at].label in pattern.labels[name]
    ]


def _named(folded: Folded, mention: Mention) -> Mention:
    return mention if mention.refers_to is None else folded.mentions[mention.refers_to]


def _reach(
    folded: Folded, rule: Rule, collect: Collect, match: re.Match[str], segment: Segment
) -> Span:
    """Code characters around the match in which further ends are collected."""
    code = folded.code
    if collect.where == "quote":
        return _quote_before(code, match.start())
    if collect.where == "life":
        begin = max(0, match.start() - _FURTHEST)
        lives = [life.span("name") for life in _LIFE.finditer(code, begin, match.start())]
        return lives[-1] if lives else (0, 0)
    if collect.where == "rows":
        rows = _ROWS.match(code, match.end(), match.end() + _FURTHEST)
        return rows.span() if rows else (0, 0)
    if collect.where == "before":
        return _reach_back(code, rule, collect, match, segment)
    return _reach_on(code, rule, collect, match, segment)


def _quote_before(code: str, position: int) -> Span:
    line = _line_start(code, position)
    opening = code.rfind("“", line, position)
    closing = code.rfind("”", line, position)
    return (opening, position) if 0 <= opening < closing else (0, 0)


def _reach_back(
    code: str, rule: Rule, collect: Collect, match: re.Match[str], segment: Segment
) -> Span:
    start = segment.start
    if collect.scope == "paragraph":
        start = _line_start(code, match.start())
    if rule.until is not None:
        for stop in rule.until.expression.finditer(code, start, match.start()):
            start = stop.end()
    return (start, match.start())


def _reach_on(
    code: str, rule: Rule, collect: Collect, match: re.Match[str], segment: Segment
) -> Span:
    limit = segment.end
    if collect.scope == "paragraph":
        furthest = min(len(code), match.end() + _FURTHEST)
        newline = code.find("\n", match.end(), furthest)
        limit = newline if newline >= 0 else furthest
    elif collect.scope == "clause":
        barrier = _CLAUSE_END.search(code, match.end(), limit)
        limit = barrier.start() if barrier else limit
    if rule.until is not None:
        found = rule.until.expression.search(code, match.end(), limit)
        limit = found.start() if found else limit
    return (match.end(), limit)


def _line_start(code: str, position: int) -> int:
    """Where the paragraph of a code character begins, at most `_FURTHEST` characters before."""
    nearest = max(0, position - _FURTHEST)
    return max(nearest, code.rfind("\n", nearest, position) + 1)


_FURTHEST = 2000
_ROWS = re.compile(f"[^\n]*(?:\n+ ?{CODES['PER']} [^\n：:]*)*")
_LIFE = re.compile(
    f"(?<![^\n]) ?(?P<name>{CODES['PER']})(?:同志|先生|女士)?"
    f"(?:，(?:[男女]|[0-9]{{4}}年)| ?(?:的?(?:个人|工作|主要)?(?:简历|简介|履历|经历)))"
)
_CLAUSE_END = re.compile(f"[{SCOPES['clause']}]")
