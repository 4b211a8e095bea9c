"""Which mentions of organisations are one: full names for short, relative and declared forms.

Cost is linear in the distinct names: a short form is only compared with the full names that share
its tail, or its first and last character.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.components.organisations import (
    abbreviates,
    parent_organisation,
    relative_level,
    without_party,
)
from pipeline.components.organisations_completion import Surroundings, complete_relative
from pipeline.components.places import leading_places

__all__ = ["Named", "Owners", "declared_aliases", "full_names"]

DECLARED = re.compile(
    r"^[”》]?\s*[（(]\s*(?:(?:以下|下文)?(?:简称|统称|下称|又称)[为：:]?)?\s*[“「‘\"]?"
)
SAID = re.compile(r"简称|统称|下称|又称")
LONGEST_TAIL = 24
TOO_MANY = 40  # candidates of one short form: so many share its shape that none is meant


@dataclass(frozen=True)
class Named:
    """A mention of an organisation: where, its text and the region (article) it stands in."""

    start: int
    end: int
    text: str
    region: int


def declared_aliases(text: str, mentions: Sequence[tuple[int, int, str]]) -> dict[str, str]:
    """Short → full names that the text declares: 甲（以下简称“乙”）, 甲（乙）.

    mentions: (start, end, surface) of one label, in order. Without the word 简称 the bracketed name
    must be a short form by its shape, or in Latin letters.
    """
    found: dict[str, str] = {}
    for (_, end, full), (start, _, short) in itertools.pairwise(mentions):
        gap = text[end:start]
        if len(gap) > 12 or len(short) >= len(full) or not DECLARED.fullmatch(gap):
            continue
        if SAID.search(gap) or short.isascii() or abbreviates(short, full):
            found.setdefault(short, full)
    return found


def full_names(
    mentions: Sequence[Named], surroundings: Surroundings, aliases: Mapping[str, str]
) -> dict[tuple[str, int], str]:
    """The full name of every (surface, region) of organisations; itself where nothing is fuller."""
    surfaces = Counter(mention.text for mention in mentions)
    tails = _tails(surfaces)
    relative: dict[tuple[str, int], str] = {}
    for surface, region in {(mention.text, mention.region) for mention in mentions}:
        name = aliases.get(surface, surface)
        relative[surface, region] = (
            complete_relative(name, region, surroundings, _ending_like(name, tails)) or name
        )
    said = set(relative.values())
    wholes = {parent for name in said if (parent := parent_organisation(without_party(name)))}
    fullest = _fullest(sorted(said | wholes, key=lambda name: (-len(name), name)))
    return {key: _with_full_parent(fullest[name], fullest) for key, name in relative.items()}


def _with_full_parent(name: str, fullest: Mapping[str, str]) -> str:
    """Spell out the organisation that a name begins with: 盐城市一院|基层委员会."""
    body = without_party(name)
    parent = parent_organisation(body)
    full = fullest.get(parent, parent) if parent else None
    if parent is None or full is None or full in {parent, "中国" + parent}:
        return name
    return name[: len(name) - len(body)] + full + body[len(parent) :]


def _tails(surfaces: Iterable[str]) -> dict[str, list[str]]:
    """Names by each of their tails of two characters and more."""
    tails: dict[str, list[str]] = defaultdict(list)
    for surface in surfaces:
        for cut in range(1, min(len(surface) - 1, LONGEST_TAIL)):
            tails[surface[cut:]].append(surface)
    return tails


def _ending_like(name: str, tails: Mapping[str, list[str]]) -> list[str]:
    """Names that end with this relative name and begin with a place."""
    level = relative_level(name)
    if level is None:
        return []
    word = level[0]
    rest = name.split(word, 1)[1]
    found = tails.get(word + rest, [])
    return [full for full in found if leading_places(without_party(full)).end]


def _fullest(names: Sequence[str]) -> dict[str, str]:
    """Link each name to the one full name it is short for; names come longest first.

    A name that could be short for two stays itself.
    """
    tails = _tails(names)
    ends: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        for first in _first_characters(name):
            ends[first, _last_character(name)].append(name)
    full: dict[str, str] = {}
    for name in names:
        options = {*tails.get(name, ()), *ends.get((_first_stem(name), _last_character(name)), ())}
        options = {option for option in options if len(option) > len(name)}
        if name in BARE or len(options) > TOO_MANY:
            options = set()
        linked = {full[option] for option in options if abbreviates(name, option)}
        if not linked and leading_places(name).end == 0 and relative_level(name) is None:
            linked = {full[option] for option in tails.get(name, ()) if name not in BARE}
        full[name] = linked.pop() if len(linked) == 1 else name
    return full


BARE = frozenset({"党委", "党组", "团委", "工会", "支部", "政府", "办公室", "委员会", "理事会"})


def _first_stem(name: str) -> str:
    rest = name[leading_places(name).end :] or name
    if len(rest) > 2 and rest[0] in "省市县区":
        rest = rest[1:]
    return rest[0]


def _first_characters(name: str) -> set[str]:
    rest = name[leading_places(name).end :] or name
    stems = {rest, rest.removeprefix("国家"), name}
    if len(rest) > 2 and rest[0] in "省市县区":
        stems.add(rest[1:])
    return {(stem.removeprefix("第") or stem)[0] for stem in stems if stem}


def _last_character(name: str) -> str:
    """Last character after shortening the head word: 委 of 委员会, 大 of 大学, 办 of 办公室."""
    for long, short in (("委员会", "委"), ("办公室", "办"), ("大学", "大")):
        if name.endswith(long):
            return short
    return name[-1]


@dataclass(frozen=True)
class _Options:
    """Mentions that an ending can mean, in order; leader: those of the one named most, if any."""

    mentions: tuple[Named, ...]
    starts: tuple[int, ...]
    leader: tuple[Named, ...]


class Owners:
    """The institutions that 院, 校 or a bare 站长 can mean, by the ending of their names.

    mentions: in order; names: the full name of each (surface, region).
    """

    def __init__(self, mentions: Sequence[Named], names: Mapping[tuple[str, int], str]) -> None:
        self._names = names
        self._regions: dict[int, list[Named]] = defaultdict(list)
        for mention in mentions:
            self._regions[mention.region].append(mention)
        self._options: dict[tuple[tuple[str, ...], int], _Options] = {}

    def of(
        self, endings: tuple[str, ...], position: int, region: int, sentence: int, *, said: bool
    ) -> Named | None:
        """The institution meant at a position: the last of the sentence, else the article's main.

        sentence: where the sentence begins. said: the text says 该院 or 我校, so that of several
        the last one before is meant; else several leave it open.
        RETURN one of its mentions, near the position; None where in doubt.
        """
        key = (endings, region)
        if key not in self._options:
            self._options[key] = self._find(endings, region)
        options = self._options[key]
        at = bisect_right(options.starts, position)
        before = options.mentions[at - 1] if at else None
        if before is not None and before.start >= sentence:
            return before
        if options.leader:
            return _nearest(options.leader, position)
        return before if said else None

    def _find(self, endings: tuple[str, ...], region: int) -> _Options:
        found = [
            mention
            for mention in self._regions[region]
            if len(mention.text) > 1
            and (name := self._names[mention.text, region]).endswith(endings)
            and without_party(name) == name
            and not name.startswith("团")
            and not name.endswith("分公司")
        ]
        ranked = Counter(self._names[m.text, region] for m in found).most_common(2)
        leader = ""
        if ranked and (len(ranked) < 2 or ranked[0][1] > ranked[1][1]):
            leader = ranked[0][0]
        return _Options(
            tuple(found),
            tuple(m.start for m in found),
            tuple(m for m in found if self._names[m.text, region] == leader),
        )


def _nearest(mentions: Sequence[Named], position: int) -> Named:
    at = bisect_right([m.start for m in mentions], position)
    around = mentions[max(0, at - 1) : at + 1]
    return min(around, key=lambda m: (abs(position - m.start), m.start))
