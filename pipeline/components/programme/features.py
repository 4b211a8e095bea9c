"""What the scorer looks at, as named features in four groups that add up.

A candidate's weight is the sum over its start, its end, its inside and the pair of both. The first
two depend on one position only and the inside is a difference of running sums, so that a text with
many candidates costs little more than its characters.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.components.programme.candidates import Candidate, Text

__all__ = ["character_features", "end_features", "pair_features", "start_features"]

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


def _plain(text: str) -> str:
    """Replace digits by 0, so that years and ordinals look alike."""
    return "".join("0" if c.isdecimal() else c for c in text)


def start_features(text: Text, start: int) -> Iterator[str]:
    """Give the features of a name that starts here."""
    folded = text.folded
    one, two = _plain(folded[max(0, start - 1) : start]), _plain(folded[max(0, start - 2) : start])
    first, pair = _plain(folded[start : start + 1]), _plain(folded[start : start + 2])
    yield f"a1:{one}"
    yield f"a2:{two}"
    yield f"ak:{_kind(one)}"
    yield f"b1:{first}"
    yield f"b2:{pair}"
    yield f"ab:{one}|{first}"
    verb = text.before.get(start, -1)
    yield f"av:{folded[verb:start]}" if verb >= 0 else f"av:-{_kind(one)}"
    ahead = text.before.get(start + 2, -1)
    if ahead == start:
        yield "bv"


def end_features(text: Text, end: int, category: int, category_end: int) -> Iterator[str]:
    """Give the features of a name that ends here with this category word (-1: with none)."""
    folded = text.folded
    one, two = _plain(folded[end : end + 1]), _plain(folded[end : end + 2])
    word = folded[category:category_end] if category >= 0 else ""
    yield f"c:{word}"
    yield f"z1:{one}"
    yield f"z2:{two}"
    yield f"zk:{_kind(one)}"
    yield f"cz:{word}|{_kind(one)}"
    after = text.after.get(end, -1)
    yield f"zv:{folded[end:after]}" if after >= 0 else f"zv:-{_kind(one)}"
    if category >= 0:
        before = _plain(folded[max(0, category - 2) : category])
        yield f"m1:{before[-1:]}|{word}"
        yield f"m2:{before}"
        if category_end < end:
            yield "remark"
    else:
        yield f"l1:{_plain(folded[end - 1 : end])}"
        yield f"l2:{_plain(folded[end - 2 : end])}"


def character_features(text: Text, position: int) -> Iterator[str]:
    """Give the features that a character, with its neighbour, adds to every name around it."""
    folded = text.folded
    yield f"i1:{_plain(folded[position])}"
    yield f"i2:{_plain(folded[position : position + 2])}"
    if position in text.before and position - text.before[position] > 1:
        yield "iv"


def pair_features(text: Text, candidate: Candidate, repeated: bool) -> Iterator[str]:
    """Give the features that need both ends. repeated: the same characters stand elsewhere too."""
    folded, kind = text.folded, candidate.kind
    start, end = candidate.start, candidate.end
    word = folded[candidate.category : candidate.category_end] if candidate.category >= 0 else ""
    length = (candidate.category if word else end) - start
    yield f"k:{kind}"
    yield f"kc:{kind}|{word}"
    yield f"kn:{kind}|{min(length, 12) if length < 12 else 12 + length // 6}"
    yield f"cn:{word}|{min(length, 8)}"
    yield f"kz:{kind}|{_kind(folded[end : end + 1])}|{_kind(folded[max(0, start - 1) : start])}"
    if (start, end) in text.known_spans:
        yield "known"
        yield f"known:{folded[start:end]}"
    verb = text.before.get(start, -1)
    yield f"kv:{kind}|{verb >= 0}|{bool(word)}"
    after = text.after.get(end, -1)
    if verb >= 0:
        yield f"vc:{folded[verb:start]}|{word}"
    if verb >= 0 and after >= 0:
        yield f"va:{kind}"
    if repeated:
        yield f"rep:{kind}|{bool(word)}"
    if kind in {"title", "quote"}:
        yield f"h2:{kind}|{_plain(folded[start : start + 2])}"
        inside = folded[start:end]
        yield f"q:{kind}|{'，' in inside}{'、' in inside}{'？' in inside}"
        if not word:
            yield f"ql:{kind}|{inside[-1:]}"
            yield f"qa:{kind}|{folded[end + 1 : end + 3]}"
            yield f"qb:{kind}|{folded[max(0, start - 3) : max(0, start - 1)]}"
        opener = start - 1
        verb = text.before.get(opener, -1)
        yield f"qv:{kind}|{folded[verb:opener]}" if verb >= 0 else f"qv:{kind}|-"
    if kind == "tail":
        closes = [text.closer.get(start - 1, -1)]
        if closes[0] >= 0:
            gap = candidate.category - closes[0] - 1
            yield f"tg:{min(gap, 6)}"
            yield f"tc:{min(gap, 2)}|{word}"
            opener = start - 1
            verb = text.before.get(opener, -1)
            yield f"tv:{folded[verb:opener]}" if verb >= 0 else "tv:-"
        else:
            yield "t-outside"
