"""Which place or institution a relative name means in its document: 市委 → 滨州市委.

Pure functions and one plain table of the document's places. The paper's home place, the dateline
and the places that the article names decide; where two compete, nothing is completed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.components.organisations import relative_level, without_party
from pipeline.components.places import ancestors, full_place, leading_places, level_of, short_place

__all__ = [
    "Region",
    "Surroundings",
    "complete_relative",
    "describe_surroundings",
    "places_of_travel",
]


@dataclass(frozen=True)
class Region:
    """A stretch of text with its own place: an article, or the whole document.

    dateline: place it was filed from. counts: full place names with how often they are named.
    visited: those that somebody goes away to or is back from: no 市委 here is theirs.
    """

    start: int
    end: int
    dateline: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    visited: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Surroundings:
    """What a document says about where it is: home place and regions in order."""

    home: str | None
    regions: tuple[Region, ...]
    known: frozenset[str]
    _decided: dict[tuple[str, int], str | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def place_for(self, word: str, region: int) -> str | None:
        """The place of this level word (省, 市, 县 …) that a relative name in the region means.

        RETURN its full name, or the document's own form where that ends in the word (黔东南州);
        None where no place is known or two compete.
        """
        key = (word, region)
        if key not in self._decided:
            self._decided[key] = self._own_form(word, self._place_for(word, region))
        return self._decided[key]

    def _own_form(self, word: str, place: str | None) -> str | None:
        if place is None or place.endswith("自治区"):
            return place
        forms = [form for form in self.known if form.endswith(word) and len(form) > len(word)]
        same = [form for form in forms if full_place(form) == place]
        return max(same, key=lambda form: (len(form), form), default=place)

    def _place_for(self, word: str, region: int) -> str | None:
        here = self.regions[region]
        named = {name: n for name, n in here.counts.items() if _fits(name, word)}
        home = self._level_above(self.home, word)
        dateline = self._level_above(here.dateline, word)
        leader = _leader(named)
        if leader in here.visited:
            leader = None
        told = leader is not None and len(named) == 1 and named[leader] > 1
        elsewhere = told or dateline not in {None, home}
        if home is not None and (home in named or not elsewhere):
            return home
        if dateline is not None:
            return dateline
        if named:
            return leader
        # What lies above a named place is known to a gazetteer, but the document does not say it.
        return home

    def _level_above(self, place: str | None, word: str) -> str | None:
        """The place itself or the division above it that fits the level word.

        莱芜市 is itself though gazetteers know only 莱芜区 of 济南市 today: papers are older.
        """
        if place is None:
            return None
        chain = (place, full_place(place, self.known), *ancestors(place, self.known))
        return next((name for name in chain if _fits(name, word)), None)


def _fits(name: str, word: str) -> bool:
    """Whether a place is of the kind that the level word names."""
    if word == "省":
        return level_of(name) == "province" and name.endswith(("省", "自治区"))
    if word == "区":
        return name.endswith("区") and level_of(name) == "county"
    if word == "州":
        return name.endswith("自治州")
    if word == "地":
        return name.endswith("地区")
    return name.endswith(word) and len(name) > len(word)


def _leader(counts: Mapping[str, int]) -> str | None:
    """The name that is named at least twice as often as any other; None where two compete."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return None
    if len(ranked) == 1 or ranked[0][1] >= 2 * ranked[1][1]:
        return ranked[0][0]
    return None


_ON_THE_WAY = re.compile("(?:去|飞往|开往|送往|转院?[到至往]|驰援|支援|援|途经|生于|籍贯)(?:了)?$")
_LEFT = re.compile("回|来(?![自到])|返|籍|人(?=[，。、；（])")
_IN_LIST = frozenset({"、", "和", "及", "或", "或者"})


def places_of_travel(text: str, places: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Where the places start that somebody goes to, is back from or was born in: 去南京, 海州人，.

    Not those that an official comes to (赴海州调研): their own officials receive him there.
    places: characters of each, in order. In a list they are all of one kind.
    """
    found: set[int] = set()
    last = 0  # where the last place of travel ends
    for start, end in places:
        listed = text[last:start] in _IN_LIST
        if listed or _ON_THE_WAY.search(text[max(0, start - 4) : start]) or _LEFT.match(text, end):
            found.add(start)
            last = end
    return frozenset(found)


def describe_surroundings(
    named: Iterable[tuple[int, str, str]],
    regions: Sequence[tuple[int, int, str | None]],
    home: str | None,
    travelled: Collection[int] = frozenset(),
) -> Surroundings:
    """Count the places of each region.

    named: (start, label, text) of LOC and ORG mentions; an ORG counts for the places that its
    name begins with. regions: (start, end, dateline place), in order; at least one. travelled:
    starts of LOC mentions on somebody's way, see `places_of_travel`.
    """
    mentions = list(named)
    places = [
        (start, place)
        for start, label, text in mentions
        for place in ([text] if label == "LOC" else _leading_words(text))
    ]
    known = frozenset(place for _, place in places)
    full = {place: full_place(place, known) for place in known}
    counts: list[Counter[str]] = [Counter() for _ in regions]
    visits: list[Counter[str]] = [Counter() for _ in regions]
    starts = [start for start, _, _ in regions]
    for start, place in places:
        index = max(0, bisect_right(starts, start) - 1)
        counts[index][full[place]] += 1
        if start in travelled:
            visits[index][full[place]] += 1
    return Surroundings(
        home=home or None,
        regions=tuple(
            Region(
                start,
                end,
                dateline,
                dict(count),
                frozenset(name for name, times in visit.items() if times),
            )
            for (start, end, dateline), count, visit in zip(regions, counts, visits, strict=True)
        ),
        known=known,
    )


def _leading_words(name: str) -> list[str]:
    body = without_party(name)
    return [body[slice(*span)] for span in leading_places(body).spans]


def complete_relative(
    name: str, region: int, surroundings: Surroundings, full_names: Iterable[str]
) -> str | None:
    """The full name of a relative organisation: 滨州市委 of 市委; None where in doubt.

    full_names: organisations of the document that end with ``name`` or what follows its level
    word; one of them decides where it stands alone.
    """
    level = relative_level(name)
    if level is None:
        return None
    word, _ = level
    party, rest = _split(name, word)
    same = {
        full
        for full in full_names
        if full != name and full.endswith(word + rest) and _party(full) in {party, ""}
    }
    place = surroundings.place_for(word, region)
    if place is not None:
        spelled = [full for full in same if short_place(place) in full]
        return spelled[0] if len(spelled) == 1 else party + _joined_place(place, word) + rest
    return same.pop() if len(same) == 1 else None


def _party(name: str) -> str:
    """The party that a name begins with; 中共 does not count."""
    front = name[: len(name) - len(without_party(name))]
    return "" if front in {"中共", "中国共产党"} else front


def _split(name: str, word: str) -> tuple[str, str]:
    """Party and rest around the level word: 农工党|市|委; 团 is 共青团."""
    front, rest = name.split(word, 1)
    return ("共青团" if front == "团" else front, rest)


def _joined_place(place: str, word: str) -> str:
    # 新疆维吾尔自治区 stands for 省 in 省委, and no other word has to be added
    return place if place.endswith((word, "自治区", "地区")) else place + word
