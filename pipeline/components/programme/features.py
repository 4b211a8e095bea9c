"""What the scorer looks at, as named features in three groups that add up.

A candidate's weight is the sum over its start, its end and the pair of both. The first two depend
on one position only, so that a text with many candidates costs little more than its characters.
Words are named beside the class that the lists give them: with few examples, classes carry over to
names that were never seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.components.programme.candidates import Candidate, Text

__all__ = ["CLASS_FEATURES", "end_features", "pair_features", "start_features"]

# Features that name no words or characters, only classes, kinds and lengths.
CLASS_FEATURES = frozenset([
    "ak",
    "bk",
    "ag",
    "bg",
    "cg",
    "zk",
    "zg",
    "remark",
    "k",
    "kg",
    "kn",
    "gn",
    "kz",
    "kl",
    "kf",
    "lf",
    "kk",
    "kp",
    "rep",
    "rn",
    "ql",
    "q",
    "qf",
    "tg",
    "al",
    "ae",
    "zl",
    "za",
    "mk",
    "iv",
    "in",
    "be",
    "ye",
    "tp",
    "an",
    "nt",
    "cx",
])
MARKED = frozenset(["title", "quote", "tail"])
FUNCTION = frozenset("的了是在将把被对和及与为并也就")
YEAR = re.compile("[0-9]{4}年")
LONGEST_YEAR = 5
PERIOD = re.compile("“十[一二三四五]五”")  # a plan's years name a time in “十四五”重点项目
_CLASSES = {
    "open": "“‘「『",
    "close": "”’」』",
    "book": "《〈",
    "endbook": "》〉",
    "comma": "，,",
    "stop": "。！？!?；;",
    "pause": "、",
    "colon": "：:",
    "bracket": "（",
    "endbracket": "）",
    "space": " \t\u3000\n",
}
_CLASS = {character: name for name, characters in _CLASSES.items() for character in characters}


def _kind(character: str) -> str:
    if not character:
        return "edge"
    if character in _CLASS:
        return _CLASS[character]
    if character.isdecimal():
        return "digit"
    return "latin" if character.isascii() else "han"


def start_features(text: Text, start: int) -> Iterator[str]:
    """Give the features of a name that starts here."""
    plain = text.plain
    one, two = plain[max(0, start - 1) : start], plain[max(0, start - 2) : start]
    first, pair = plain[start : start + 1], plain[start : start + 2]
    verb, group = text.word_before(start)
    yield f"a1:{one}"
    yield f"a2:{two}"
    yield f"ak:{_kind(one)}"
    yield f"b1:{first}"
    yield f"b2:{pair}"
    yield f"bk:{_kind(first)}"
    yield f"ab:{one}|{first}"
    yield f"av:{verb or _kind(one)}"
    yield f"ag:{group or _kind(one)}"
    _, inside = text.word_before(start + 2)
    yield f"bg:{inside}"
    item = text.item_before(start)
    if item:
        yield f"al:{item}"
    if YEAR.match(text.folded, start):
        yield "ye:in"
    elif YEAR.match(text.folded, max(0, start - LONGEST_YEAR), start):
        yield "ye:out"


def end_features(text: Text, end: int, category: int, category_end: int) -> Iterator[str]:
    """Give the features of a name that ends here with this category word (-1: with none)."""
    plain = text.plain
    one, two = plain[end : end + 1], plain[end : end + 2]
    word, kind = text.category(category, category_end)
    after, group = text.word_after(end)
    yield f"c:{word}"
    yield f"cg:{kind}"
    yield f"z1:{one}"
    yield f"z2:{two}"
    yield f"zk:{_kind(one)}"
    yield f"cz:{word}|{_kind(one)}"
    yield f"zv:{after or _kind(one)}"
    yield f"zg:{group or _kind(one)}|{kind}"
    item = text.item_after(end)
    if item:
        yield f"zl:{item}|{kind}"
    if text.article_after(end):
        yield f"za:{kind}"
    if word:
        before = plain[max(0, category - 2) : category]
        yield f"m1:{before[-1:]}|{word}"
        yield f"m2:{before}"
        if category_end < end:
            yield "remark"
    else:
        yield f"l1:{plain[end - 1 : end]}"
        yield f"l2:{plain[end - 2 : end]}"


def pair_features(text: Text, candidate: Candidate, places: int) -> Iterator[str]:
    """Give the features that need both ends. places: how often the text proposes the same name."""
    folded, kind = text.folded, candidate.kind
    start, end = candidate.start, candidate.end
    word, group = text.category(candidate.category, candidate.category_end)
    length = (candidate.category if word else end) - start
    size = length if length < 12 else 12 + length // 6
    before, after = folded[max(0, start - 1) : start], folded[end : end + 1]
    verb, lead = text.word_before(start)
    _, follow = text.word_after(end)
    yield f"k:{kind}"
    yield f"kg:{kind}|{group}"
    yield f"kc:{kind}|{word}"
    yield f"kn:{kind}|{size}"
    yield f"gn:{kind}|{group}|{min(length, 10)}"
    yield f"cn:{word}|{min(length, 8)}"
    yield f"kz:{kind}|{_kind(after)}|{_kind(before)}"
    yield f"kl:{kind}|{lead or _kind(before)}|{group}"
    yield f"kf:{kind}|{follow or _kind(after)}|{group}"
    yield f"lf:{kind}|{lead or _kind(before)}|{follow or _kind(after)}"
    if verb:
        yield f"vc:{verb}|{group}"
    yield from _known_features(text, candidate, word)
    yield f"iv:{kind}|{min(2, text.actions_inside(start, end - 1))}"
    if text.anniversary_inside(start, end):
        yield f"an:{group}"
    if text.inside_title(start, end):
        yield f"nt:{kind}"
    follower = text.category_from(end)
    if follower:
        yield f"cx:{kind}|{follower}"
    if candidate.category == start:
        yield f"be:{lead or _kind(before)}|{group}"
    for character in sorted(FUNCTION.intersection(folded[start:end])):
        yield f"in:{kind}|{character}"
    if places > 1:
        yield f"rep:{kind}|{bool(word)}"
        yield f"rn:{kind}|{group}|{min(places, 4)}"
    if kind in MARKED:
        yield from _marked_features(text, candidate, word, group)


def _known_features(text: Text, candidate: Candidate, word: str) -> Iterator[str]:
    """Give what the list of known names and the marks elsewhere in the text say of a candidate."""
    kind, start, end = candidate.kind, candidate.start, candidate.end
    if kind == "known" or (start, end) in text.known_spans:
        yield f"kk:{text.known_class(start, end)}|{kind in MARKED}"
        yield f"known:{text.folded[start:end]}"
    part = text.known_part(start, end, candidate.category)
    if part:
        yield f"kp:{part}|{kind}"
        yield f"kw:{part}|{word}"
    if kind in {"plain", "known"} and text.marked_elsewhere(start, end):
        yield f"mk:{kind}|{bool(word)}"


def _marked_features(text: Text, candidate: Candidate, word: str, group: str) -> Iterator[str]:
    """Give what stands around and between the marks of a marked name."""
    folded, kind = text.folded, candidate.kind
    start, end = candidate.start, candidate.end
    verb, lead = text.word_before(start - 1)
    yield f"ql:{kind}|{lead}|{group}"
    yield f"qv:{kind}|{verb}"
    inside = folded[start:end]
    yield f"q:{kind}|{'，' in inside}{'、' in inside}{'？' in inside}"
    yield f"h2:{kind}|{text.plain[start : start + 2]}"
    if kind in {"title", "quote"}:
        follower, follow = text.word_after(end + 1)
        yield f"qf:{kind}|{follow or _kind(folded[end + 1 : end + 2])}|{group}"
        yield f"qw:{kind}|{follower}"
        if not word:
            yield f"qe:{kind}|{folded[end - 1 : end]}"
            yield f"qa:{kind}|{folded[end + 1 : end + 3]}"
            yield f"qb:{kind}|{folded[max(0, start - 3) : max(0, start - 1)]}"
    if kind == "tail":
        close = text.closer.get(start - 1, -1)
        gap = candidate.category - close - 1 if close >= 0 else -1
        yield f"tg:{min(gap, 6)}|{group}"
        yield f"tc:{min(gap, 2)}|{word}"
        if PERIOD.match(folded, start - 1):
            yield f"tp:{gap < 1}|{group}"
