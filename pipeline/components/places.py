"""Where a place lies: divisions with their parents, countries, and the places in names.

Pure functions over two data files, each read once: ``lexicons/divisions.txt.gz`` (made by
`pipeline.training.divisions`) and ``rules/places.toml``. Names that no table knows are read by
their level word (某某县), so that a village or an old county still counts as a place.
"""

from __future__ import annotations

import gzip
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources

__all__ = [
    "LEVELS",
    "Division",
    "KnownPlaces",
    "PlacePrefix",
    "ancestors",
    "country_letter",
    "country_of",
    "divisions_named",
    "full_place",
    "is_country",
    "is_home_region",
    "is_region",
    "is_within",
    "leading_places",
    "level_of",
    "place_of",
    "short_place",
    "site_above",
]

LONGEST_PLACE = 15
_NAMES_KEPT = 8192  # names of which each look-up is remembered; a corpus has no end of them
_DOCUMENTS_KEPT = 8  # whose places are remembered; they are asked for one document after the other
LEVELS: Mapping[str, int] = {
    "province": 1,
    "prefecture": 2,
    "county": 3,
    "township": 4,
    "village": 5,
}
"""Depth of the divisions of each level, as in `Division`."""


@dataclass(frozen=True)
class Division:
    """An administrative division of China; depth: 1 province, 2 prefecture, 3 county, 4 town."""

    name: str
    depth: int
    parent: Division | None

    def ancestors(self) -> tuple[str, ...]:
        """Names of the divisions above it, the nearest first."""
        return () if self.parent is None else (self.parent.name, *self.parent.ancestors())


@dataclass(frozen=True)
class PlacePrefix:
    """The places that a name begins with: 江苏省|邳州市|官湖镇 in 江苏省邳州市官湖镇武装部.

    spans: characters of each in the name, end exclusive, one behind the other.
    """

    spans: tuple[tuple[int, int], ...]

    @property
    def end(self) -> int:
        """Where the last place ends; 0 where there is none."""
        return self.spans[-1][1] if self.spans else 0


@dataclass(frozen=True)
class _Places:
    """What rules/places.toml says."""

    level_of_suffix: Mapping[str, str]
    suffixes: tuple[str, ...]
    never_short: frozenset[str]
    provinces: Mapping[str, str]
    countries: frozenset[str]
    country_short: Mapping[str, str]
    country_of_city: Mapping[str, str]
    abroad: frozenset[str]
    regions: frozenset[str]
    home_regions: frozenset[str]
    state_organs: tuple[str, ...]
    sites: Mapping[str, str]


@cache
def _places() -> _Places:
    path = resources.files("pipeline.rules").joinpath("places.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    levels = {word: level for level, words in table["levels"].items() for word in words}
    cities = {city: country for country, names in table["cities"].items() for city in names.split()}
    countries = frozenset(table["countries"]["names"].split())
    return _Places(
        level_of_suffix=dict(sorted(levels.items(), key=lambda item: -len(item[0]))),
        suffixes=tuple(sorted(table["short"]["suffixes"], key=len, reverse=True)),
        never_short=frozenset(table["short"]["never"]),
        provinces=table["provinces"],
        countries=countries,
        country_short=table["country_short"] | table["official"],
        country_of_city=cities,
        abroad=countries | cities.keys(),
        regions=frozenset(table["regions"]["names"].split()),
        home_regions=frozenset(table["regions"]["home"].split()),
        state_organs=tuple(table["state_organs"]["starts"]),
        sites={site: place for place, names in table["sites"].items() for site in names.split()},
    )


@cache
def _divisions() -> Mapping[str, tuple[Division, ...]]:
    """Division by full name and, for counties and above, by short name."""
    path = resources.files("pipeline.lexicons").joinpath("divisions.txt.gz")
    table: dict[str, list[Division]] = {}
    open_divisions: list[Division] = []
    for line in gzip.decompress(path.read_bytes()).decode("utf-8").splitlines():
        depth, name = int(line[0]), line[2:]
        while open_divisions and open_divisions[-1].depth >= depth:
            open_divisions.pop()
        if not name:
            continue
        division = Division(name, depth, open_divisions[-1] if open_divisions else None)
        open_divisions.append(division)
        table.setdefault(name, []).append(division)
        if depth < 4 and (short := short_place(name)) != name:
            table.setdefault(short, []).append(division)
    return {name: tuple(sorted(found, key=lambda d: d.depth)) for name, found in table.items()}


@lru_cache(maxsize=_NAMES_KEPT)
def short_place(name: str) -> str:
    """Cut the level word: 滨州 of 滨州市, 恩施 of 恩施土家族苗族自治州; 马村 and 汉中市的汉中 stay.

    A name whose short form would be one character, or an everyday word, is given back whole.
    """
    places = _places()
    if name in places.countries:
        return name
    for suffix in places.suffixes:
        if name.endswith(suffix):
            stem = name[: -len(suffix)]
            if suffix.startswith("自治"):
                stem = _without_peoples(stem)
            return stem if len(stem) > 1 and stem not in places.never_short else name
    return name


def _without_peoples(stem: str) -> str:
    """恩施 of 恩施土家族苗族: the peoples of an autonomous area are not part of its short name."""
    match = re.match(r"(.{2,}?)(?:各族|(?:.{1,5}?族)+)$", stem)
    return match[1] if match else stem


@lru_cache(maxsize=_NAMES_KEPT)
def divisions_named(name: str) -> tuple[Division, ...]:
    """All divisions of this full or short name, the higher level first.

    A name that the table lacks but whose stem it has (an abolished 某某县) gives that county.
    """
    places, table = _places(), _divisions()
    full = places.provinces.get(name, name)
    if found := table.get(full):
        return found
    short = short_place(full)
    if short != full and level_of(full) in {"county", "prefecture"}:
        return tuple(division for division in table.get(short, ()) if division.depth in {2, 3})
    return ()


def level_of(name: str) -> str | None:
    """Level that a name's last word says: province, prefecture, county, township, village."""
    for suffix, level in _places().level_of_suffix.items():
        if name.endswith(suffix):
            return level
    return "prefecture" if name in {"北京", "上海", "天津", "重庆"} else None


class KnownPlaces(Collection[str]):
    """The names of a document's places, ordered so that each question about them is one look-up.

    Whoever asks for many places of one document makes this once: its cost is linear in the names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def full_form(self, short: str) -> str | None:
        """The name that this one is short for; of several the one alone on the highest level."""
        return _alone_on_top(self._by_short.get(short, ()))

    def country(self, letter: str) -> str | None:
        """The only country that begins with this letter; None where there are two or none."""
        named = self._countries.get(letter, ())
        return named[0] if len(named) == 1 else None

    def tells(self, form: str, apart_from: str) -> bool:
        """Whether another place than ``apart_from`` has this name or full name."""
        times = self._told[form]
        itself = apart_from in self._names and form in {apart_from, full_place(apart_from)}
        return times > (1 if itself else 0)

    @cached_property
    def _by_short(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if (short := short_place(name)) != name:
                found[short].append(name)
        return dict(found)

    @cached_property
    def _countries(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name in self._names & _places().countries:
            found[name[0]].append(name)
        return dict(found)

    @cached_property
    def _told(self) -> Counter[str]:
        return Counter(form for name in self._names for form in {name, full_place(name)})


@lru_cache(maxsize=_DOCUMENTS_KEPT)
def _remembered(names: frozenset[str]) -> KnownPlaces:
    return KnownPlaces(names)


def _known(names: Collection[str]) -> KnownPlaces:
    """The same names as `KnownPlaces`; a frozen set, which cannot change, is read only once."""
    if isinstance(names, KnownPlaces):
        return names
    return _remembered(names) if isinstance(names, frozenset) else KnownPlaces(names)


def full_place(name: str, known: Collection[str] = ()) -> str:
    """The full name of a place: 山东省 of 鲁, 美国 of 美, 滨州市 of 滨州; itself where in doubt.

    known: names of other places in the document, best as `KnownPlaces`; one that is the full form
    decides, of several the one that is alone on the highest level.
    """
    places = _places()
    if known:
        others = _known(known)
        if full := others.full_form(name):
            return full
        if len(name) == 1 and (country := others.country(name)):
            return country  # 乌 is 乌兹别克斯坦 where that is named
    if name in places.country_short:
        return places.country_short[name]
    found = divisions_named(name)
    tops = {division.name for division in found if division.depth == found[0].depth}
    if len(tops) != 1:
        return name
    full = tops.pop()
    # 平川县 became a district of that name, and is not what a text calls 平川市
    renamed = short_place(name) != name and not full.endswith(name[-1])
    return name if renamed else full


def _alone_on_top(names: Sequence[str]) -> str | None:
    """The one name of the highest level: 云山市 before 云山镇; None where two share it."""
    by_level = sorted((LEVELS.get(level_of(name) or "", len(LEVELS) + 1), name) for name in names)
    if not by_level or (len(by_level) > 1 and by_level[0][0] == by_level[1][0]):
        return None
    return by_level[0][1]


def ancestors(name: str, known: Collection[str] = ()) -> tuple[str, ...]:
    """Full names of the divisions that a place lies in, the nearest first; () where in doubt.

    Of several divisions with one name (鼓楼区) the one counts that lies in a ``known`` place. Of a
    foreign city or region the country is given.
    """
    if country := _places().country_of_city.get(name):
        return (country,)
    candidates = {division.ancestors() for division in divisions_named(name)}
    if len(candidates) > 1:
        others = _known(known)
        told = {c: sum(others.tells(form, name) for form in set(c)) for c in candidates}
        best = max(told.values())
        candidates = {chain for chain, times in told.items() if best and times == best}
    if len(candidates) > 1:  # 吉林 is a province and a city in it
        shortest = min(candidates, key=len)
        candidates = (
            {shortest} if all(c[-len(shortest) :] == shortest for c in candidates) else set()
        )
    return candidates.pop() if len(candidates) == 1 else ()


@lru_cache(maxsize=_NAMES_KEPT)
def is_country(name: str) -> bool:
    """Whether a name, full, official or short, is that of a country: 美国, 大韩民国, 俄."""
    return full_place(name) in _places().countries


def is_region(name: str) -> bool:
    """Whether a name is that of a part of the world that holds countries: 欧洲, 东南亚."""
    return name in _places().regions


def is_home_region(name: str) -> bool:
    """Whether a name is that of a part of China beside others of its kind: 华北, 黄淮."""
    return name in _places().home_regions


def site_above(name: str) -> str | None:
    """The place that a site known to everybody stands in: 北京市 of 人民大会堂."""
    return _places().sites.get(name)


def country_of(name: str) -> str | None:
    """The country of a city or region abroad: 意大利 of 罗马; None where no table tells."""
    return _places().country_of_city.get(name)


def country_letter(name: str, known: Collection[str] = ()) -> str | None:
    """The country that one letter before an organ of state says: 俄罗斯 of 俄国防部.

    known: other places in the document. None for other names (美团, 中科院) and for armies (俄军),
    which also stand abroad.
    """
    places = _places()
    if not name.startswith(places.state_organs, 1):
        return None
    country = full_place(name[0], known)
    return country if country in places.countries and country != "中国" else None


@lru_cache(maxsize=_NAMES_KEPT)
def is_within(inner: str, outer: str) -> bool:
    """Whether some division named ``inner`` lies in one named ``outer``; China holds them all."""
    found = divisions_named(inner)
    if country := _places().country_of_city.get(inner):
        return full_place(outer) == country
    if _places().country_short.get(outer, outer) == "中国":
        return bool(found)
    wanted = {outer, full_place(outer)}
    return any(wanted.intersection(division.ancestors()) for division in found)


def place_of(name: str) -> str | None:
    """The place that a name begins with, the innermost: 滨州市 of 滨州市委组织部; None without."""
    prefix = leading_places(name)
    return name[slice(*prefix.spans[-1])] if prefix.spans else None


@lru_cache(maxsize=_NAMES_KEPT)
def leading_places(name: str) -> PlacePrefix:
    """The chain of places that a name begins with; something of the name is always left over.

    >>> leading_places("江苏省邳州市官湖镇武装部").spans
    ((0, 3), (3, 6), (6, 9))
    """
    spans: list[tuple[int, int]] = []
    position = 0
    while end := _place_end(name, position, bool(spans)):
        spans.append((position, end))
        position = end
    return PlacePrefix(tuple(spans))


def _place_end(name: str, start: int, inside: bool) -> int:
    """End of the place that begins at ``start``, 0 where none does."""
    places, table = _places(), _divisions()
    limit = min(len(name) - 1, start + LONGEST_PLACE)
    for end in range(limit, start + 1, -1):
        word = name[start:end]
        if word in places.abroad and not inside and name[end - 1 : end + 1] != "国防":
            return end  # but 美|国防部
        if word in places.never_short or word not in table:
            continue
        if level_of(word) is None and name[end] in "市县区省镇乡":
            continue  # the level word of an unknown name follows
        return end
    return _unknown_place_end(name, start)


UNKNOWN = re.compile(
    r"(?![省市县区州镇乡村])[\u4e00-\u9fff]{2,4}?(?:自治[区州县旗]|[省市县镇乡]|街道|[区州村旗盟](?!域))"
)
NOT_A_PLACE = re.compile(
    r"中[共国]|全国|国家|中央|人民|城市|各|[东西南北]?部|农[业村工]|社会|军|共青|民[革盟建进]|致公|九三|台盟"
    r"|.*[党团社盟委局厅院会司校处]."
)


def _unknown_place_end(name: str, start: int) -> int:
    match = UNKNOWN.match(name, start)
    if match is None or match.end() >= len(name) or NOT_A_PLACE.match(match[0]):
        return 0
    return match.end()
