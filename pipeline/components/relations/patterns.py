"""The pattern language of relation rules, compiled to regular expressions over folded text.

A pattern is a Python regular expression with these marks:

``{PER}``, ``{PER|ORG:head}``   one mention with one of the labels; the name binds it
``{PER+:head}``                 a list of mentions (甲、乙和丙, 甲先生、乙女士)
``{PER++:head}``                also two of them (甲和乙), and titles between them (甲、县长乙)
``{PER*:head}``                 people as a report lists them: each with the ORG, LOC and ROLE names
                                before and behind, also parted by commas (局长甲，院长乙教授)
``{POST:tail}``, ``{POST+:tail}``  a ROLE, or a list of them, with the ORG or LOC names before it
``{say}``, ``{say:cue}``        a word of the lexicon class ``say``; ``cue`` keeps its characters
``{..12}``                      up to 12 characters or mentions that stay inside the rule's scope
``{..12!PER|ROLE}``             the same without mentions with these labels
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.components.relations.mentions import CODES, ECHOES

__all__ = ["SCOPES", "Pattern", "PatternError", "compile_pattern", "words_expression"]

SCOPES: Mapping[str, str] = {
    "clause": "，,；;：:。！？!?\n",
    "sentence": "。！？!?\n",
    "paragraph": "\n",
}
"""Characters that a gap may not cross, by scope, from the narrowest to the widest."""

_MARK = re.compile(r"\{([^{}]+)\}")
_QUANTIFIER = re.compile(r"\d*,?\d*")
_GAP = re.compile(r"\.\.(\d+)(?:!([A-Z|]+))?")
_MENTION = re.compile(r"([A-Z|]+)(\+{0,2}|\*)(?::([a-z]+))?")
_CLASS = re.compile(r"([a-z][a-z_]*)(?::(cue))?")

_PER, _ORG, _LOC, _ROLE = CODES["PER"], CODES["ORG"], CODES["LOC"], CODES["ROLE"]
_ASIDE = "(?: ?[（(][^（）()]{1,10}[）)])?"
_POLITE = "(?:先生|女士|小姐|同志)?"
# A name in a list is left to the title that follows it, unless that title has a name of its own.
_UNTITLED = f"(?! ?{_ROLE}(?! ?{_PER}))"
_POST = f"(?:[{_ORG}{_LOC}] ?[的之]? ?)*{_ROLE}"
_BETWEEN_POSTS = (
    f"(?: ?(?:[、，]? ?(?:兼任|兼|并任|暨)|[、/及和]|，(?=[{_ORG}{_LOC}])) ?(?:（兼）)?| ?)"
)
_OFFICE = f"(?:候任|原|时任|现任)?[{_ORG}{_LOC}{_ROLE}]"
_TITLED = f"(?:{_OFFICE}(?: |、|兼|的?(?:选手|队员|球员|老将|小将|名将)|的)?)"
_AGENT = f"{_TITLED}*{_PER}{_POLITE}{_ASIDE}(?: ?{_ROLE})*"
_AND = f"(?: ?(?:、|和|及|与|以及|并|[，,](?=(?:以及|和)?{_TITLED}))(?:以及|和)? ?)"
# From its first name on, and atomic: a failed match costs no more than the length of the list.
_AGENTS = f"(?<![{_ORG}{_LOC}{_ROLE}{_PER}])(?>{_AGENT}(?:{_AND}{_AGENT})*)"
_POSTS = f"{_POST}(?:{_BETWEEN_POSTS}{_POST})*"


class PatternError(ValueError):
    """A pattern cannot be compiled; the message says which part and why."""


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern.

    labels: for each bound name the labels its mentions may have.
    needs: labels of which a segment must hold all, or the pattern cannot match there.
    cues: names of the groups whose characters decided the match.
    """

    expression: re.Pattern[str]
    labels: Mapping[str, frozenset[str]]
    needs: frozenset[str]
    cues: tuple[str, ...]


def compile_pattern(
    pattern: str, lexicon: Mapping[str, tuple[str, ...]], scope: str, *, stretch: int = 1
) -> Pattern:
    """Compile a pattern; ``stretch`` multiplies the length of its gaps.

    RAISES PatternError: an unknown mark, label or lexicon class, or a bad regular expression.
    """
    return _Compiler(lexicon, SCOPES[scope], stretch).compile(pattern)


class _Compiler:
    """Expands the marks of one pattern, and keeps what they bind."""

    def __init__(self, lexicon: Mapping[str, tuple[str, ...]], barriers: str, stretch: int) -> None:
        self.lexicon = lexicon
        self.barriers = barriers
        self.stretch = stretch
        self.labels: dict[str, frozenset[str]] = {}
        self.needs: set[str] = set()
        self.cues: list[str] = []

    def compile(self, pattern: str) -> Pattern:
        source = _MARK.sub(self._expand, pattern)
        try:
            expression = re.compile(source)
        except re.error as error:
            raise PatternError(f"not a regular expression: {error}") from error
        return Pattern(expression, self.labels, frozenset(self.needs), tuple(self.cues))

    def _expand(self, match: re.Match[str]) -> str:
        mark = match[1]
        if _QUANTIFIER.fullmatch(mark):
            return match[0]
        if gap := _GAP.fullmatch(mark):
            return self._gap(gap)
        if mention := _MENTION.fullmatch(mark):
            return self._mention(mention, optional=_optional(match))
        if word := _CLASS.fullmatch(mark):
            return self._words(word)
        raise PatternError(f"cannot read the mark '{match[0]}'")

    def _gap(self, gap: re.Match[str]) -> str:
        barred = "".join(_code(label, gap[0]) for label in (gap[2] or "").split("|") if label)
        return f"[^{self.barriers}{barred}]{{0,{int(gap[1]) * self.stretch}}}?"

    def _mention(self, mention: re.Match[str], *, optional: bool) -> str:
        names, many, bound = mention[1].split("|"), mention[2], mention[3]
        if names == ["POST"]:
            names = ["ROLE"]
            inner = _POSTS if many else _POST
        else:
            one = "[" + "".join(_code(name, mention[0]) for name in names) + "]"
            inner = _list(one, many, people="PER" in names)
        if len(names) == 1 and not optional:
            self.needs.update(names)
        if not bound:
            return f"(?:{inner})"
        if bound in self.labels:
            raise PatternError(f"the name '{bound}' is bound twice")
        self.labels[bound] = frozenset(names)
        return f"(?P<{bound}>{inner})"

    def _words(self, word: re.Match[str]) -> str:
        if word[1] not in self.lexicon:
            raise PatternError(f"no lexicon class '{word[1]}'")
        inner = words_expression(self.lexicon[word[1]])
        if not word[2]:
            return f"(?:{inner})"
        self.cues.append(f"cue{len(self.cues)}")
        return f"(?P<{self.cues[-1]}>{inner})"


def words_expression(words: tuple[str, ...]) -> str:
    """An alternation of words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def _code(label: str, mark: str) -> str:
    if label not in CODES:
        raise PatternError(f"no label '{label}' in the mark '{{{mark}}}'")
    return CODES[label] + ECHOES.get(label, "")


def _list(one: str, many: str, *, people: bool) -> str:
    if not many:
        return one
    if many == "*":
        return _AGENTS
    if not people:
        # Names of things need no mark between them: 《…办法》《…规定》.
        return f"{one}{_ASIDE}(?: ?(?:、|和|与|及|以及|联合|会同|携手|联手)? ?{one}{_ASIDE})*"
    name = f"{one}{_POLITE}{_ASIDE}"
    more = f"{name}{_UNTITLED}"
    if many == "++":
        return f"{name}(?: ?(?:、|和|及|与|以及) ?(?:{_POSTS} ?)?{more})*"
    ends = f"(?: ?(?:、|和|及|与|以及) ?{more})?"
    # Names without a mark between them are a list only where blanks or a byline's bracket say so,
    # or the next title of the byline: （记者甲乙通讯员丙丁）.
    return f"{name}(?:(?: ?、 ?{more})+{ends}|(?: {more})+|(?:{more})+(?=[)）{_ROLE}]))?"


def _optional(match: re.Match[str]) -> bool:
    """Whether a mark may be absent: it stands in an optional or alternative part."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if after[:1] in ("?", "*"):
        return True
    return before.count("(") - before.count(")") > before.count("\\(") - before.count("\\)")
