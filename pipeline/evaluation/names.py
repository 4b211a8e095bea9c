"""Which annotated surfaces of one gold document name the same entity.

Gold files have no clusters, so the scorer needs a conservative answer: two surfaces are the same
only where one is a short form of the other by a shape listed here *and* no second full form of the
document could be meant. 市委 beside 滨州市委 alone is 滨州市委; beside 菏泽市委 as well it stays
itself. What the document declares (``alias_of``) always counts. ROLE surfaces are compared as they
stand: 书记 and 党委书记 are two posts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pipeline.annotations.native import GoldDocument
from pipeline.annotations.surfaces import plain, surfaces_of
from pipeline.schema import Label, RelationType

__all__ = ["Names"]

_DIVISION = re.compile(
    r"(?:特别行政区|(?:[\u4e00-\u9fff]{1,5}族)*自治[区州县旗]|省|市|地区|县|区|州|盟|旗|乡|镇|村|街道|国|共和国)$"
)
_LEVEL = (
    "全国",
    "国家",
    "中央",
    "中国",
    "省",
    "市",
    "县",
    "区",
    "州",
    "乡",
    "镇",
    "村",
    "院",
    "校",
)
_PARTY = ("中共", "中国共产党", "党")
_OTHER_PARTIES = (
    "民革",
    "民盟",
    "民建",
    "民进",
    "农工党",
    "致公党",
    "九三学社",
    "台盟",
    "共青团",
    "国民党",
)
_GOVERNMENT = re.compile(r"(?:人民)?政府$")
_QUOTES = re.compile(r"[\s“”‘’\"'「」『』《》〈〉]")
_CATEGORY = re.compile(r"(?:活动|工程|行动|计划|战略|项目|工作|规划)$")
_COMMITTEE = re.compile(r"委(?:员?会)?$")


@cache
def _short_places() -> Mapping[str, frozenset[str]]:
    path = resources.files("pipeline.evaluation").joinpath("short_places.toml")
    table: dict[str, dict[str, list[str]]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {short: frozenset(full) for group in table.values() for short, full in group.items()}


@dataclass(frozen=True)
class Names:
    """The classes of surfaces of one document.

    classes: (label, surface) → the class's fullest surface. A surface that is not listed is its
    own class. spelled_out: organisations that the document only has as the ``org`` of a post.
    """

    classes: Mapping[tuple[Label, str], str]
    spelled_out: frozenset[str] = frozenset()

    @classmethod
    def of_gold(cls, gold: GoldDocument) -> Names:
        """Classes among the annotated surfaces and the ``org`` names of a gold document."""
        surfaces: dict[Label, set[str]] = {label: set() for label in Label}
        for (_, _, label), surface in zip(gold.entities, surfaces_of(gold), strict=True):
            surfaces[label].add(surface)
        annotated = frozenset(surfaces[Label.ORG])
        organisations = set(annotated)
        for triple in gold.triples:
            org = plain(triple.qualifiers.get("org", ""))
            if org and org not in surfaces[Label.LOC]:
                organisations.add(org)
        surfaces[Label.ORG] = organisations
        classes: dict[tuple[Label, str], str] = {}
        for label, tests in _TESTS.items():
            context = _Context(frozenset(surfaces[Label.LOC]), frozenset(organisations))
            for surface, full in _fullest(surfaces[label], tests, context).items():
                classes[label, surface] = full
        classes |= {(Label.ROLE, surface): surface for surface in surfaces[Label.ROLE]}
        for triple in gold.triples:
            if triple.relation is RelationType.ALIAS_OF:
                _merge(classes, plain(triple.head), plain(triple.tail))
        return cls(classes, frozenset(organisations - annotated))

    def known(self, label: Label, surface: str) -> bool:
        """Whether the gold document has this surface, or its other spelling, under this label."""
        return (label, surface) in self.classes or (label, _spelling(surface)) in self.classes

    def annotated(self, label: Label, surface: str) -> bool:
        """The same of mentions alone: what stands only in an ``org`` is no end of a triple."""
        return any(
            (label, name) in self.classes and not (label is Label.ORG and name in self.spelled_out)
            for name in (surface, _spelling(surface))
        )

    def canonical(self, label: Label, surface: str) -> str:
        """Return the fullest surface of the class, or the surface itself where it has none."""
        other = self.classes.get((label, _spelling(surface)), surface)
        return self.classes.get((label, surface), other)

    def same_organisation(self, one: str, other: str) -> bool:
        """Whether two names of a post's organisation mean the same; "" is no organisation.

        A place and its government are the same, and 市政府 is that of any city: which one is not
        said by the name.
        """
        one, other = self._organisation(one), self._organisation(other)
        if one == other:
            return True
        short, full = sorted((one, other), key=len)
        return len(short) == 1 and short in _LEVEL and full.endswith(short)

    def _organisation(self, name: str) -> str:
        full = self.canonical(Label.ORG, name)
        bare = _COMMITTEE.sub("委", _GOVERNMENT.sub("", full))
        for party in ("中国共产党", "中共"):
            bare = bare.removeprefix(party) or bare
        return self.canonical(Label.LOC, self.canonical(Label.ORG, bare))


def _spelling(name: str) -> str:
    """Return the other way to write a committee: 委 for 委员会, and back."""
    return _COMMITTEE.sub(lambda found: "委员会" if found[0] == "委" else "委", name)


@dataclass(frozen=True)
class _Context:
    places: frozenset[str]
    organisations: frozenset[str]


_Test = Callable[[str, str, _Context], bool]


def _fullest(surfaces: Iterable[str], short_of: _Test, context: _Context) -> dict[str, str]:
    """Link each surface to the one full form it can stand for, following chains to their end."""
    ordered = sorted(set(surfaces), key=lambda surface: (-len(surface), surface))
    full: dict[str, str] = {}
    for surface in ordered:  # longest first: candidates already know their own fullest form
        candidates = {full[other] for other in full if short_of(surface, other, context)}
        full[surface] = candidates.pop() if len(candidates) == 1 else surface
    return full


def _merge(classes: dict[tuple[Label, str], str], one: str, other: str) -> None:
    for label in (Label.ORG, Label.PROGRAMME):
        if (label, one) in classes and (label, other) in classes:
            old, new = classes[label, one], classes[label, other]
            for key, value in classes.items():
                if key[0] is label and value == old:
                    classes[key] = new


def _person(short: str, full: str, _: _Context) -> bool:
    """王 of 王晓明 (with a title in the text); 马克龙 of 埃马纽埃尔·马克龙."""
    if len(short) <= 2 and "某" not in short and full.startswith(short):
        return len(short) == 1 or len(full) == len(short) + 2 or "·" in full
    return full.endswith(("·" + short, "•" + short))


def _place(short: str, full: str, _: _Context) -> bool:
    """滨州 of 滨州市; 美 of 美国; 鲁 of 山东省."""
    if full in _short_places().get(short, ()):
        return True
    return (
        len(short) > 1
        and full.startswith(short)
        and _DIVISION.fullmatch(full[len(short) :]) is not None
    )


def _organisation(short: str, full: str, context: _Context) -> bool:
    """市委 of 滨州市委, 消化内科 of 某院消化内科, 住建部 of 住房和城乡建设部."""
    short, full = _without_party(*(_COMMITTEE.sub("委", name) for name in (short, full)))
    if short == full:
        return True
    if full.endswith(short) and len(short) > 1:
        return _droppable(full[: -len(short)], short, context)
    pairs = _without_common_start(short, full, context)
    return any(_abbreviates(*pair) for pair in pairs)


def _droppable(dropped: str, short: str, context: _Context) -> bool:
    """Whether a name is left out at the start only for being clear: a place, a party, an owner."""
    owners = context.places | context.organisations
    if dropped.startswith(_OTHER_PARTIES) and dropped not in owners:
        return False  # 民盟滨州|市委 is another committee than 市委
    return (
        dropped in owners
        or dropped in _LEVEL
        or dropped in _PARTY
        or dropped + short[0] in owners  # 滨州|市委 where 滨州市 is annotated
        or (short[0] in "省市县区州乡镇村" and 2 <= len(dropped) <= 4)
        or (len(dropped) > 2 and _DIVISION.search(dropped) is not None)
    )


def _without_party(short: str, full: str) -> tuple[str, str]:
    """Take the party that both names begin with off them: 民盟|市委 and 民盟|盐城市委."""
    for party in _OTHER_PARTIES:
        if short.startswith(party) and full.startswith(party):
            return short[len(party) :], full[len(party) :]
    return short, full


def _without_common_start(short: str, full: str, context: _Context) -> Iterator[tuple[str, str]]:
    """Yield the pair without a shared place and level; and with the full name's place."""
    places = (place for place in (*context.places, *_LEVEL) if len(place) > 1)
    for place in sorted(places, key=lambda place: (-len(place), place)):
        if full.startswith(place):
            rest = full[len(place) :]
            if short.startswith(place):
                short = short[len(place) :]
            else:
                yield short, full  # 滨大 of 滨河大学 needs the place
            full = rest
            if place[-1] in "省市县区" and short.startswith(place[-1]):
                short = short[1:]
            break
    if short[:1] == full[:1] and short[:1] in _LEVEL:
        short, full = short[1:], full[1:]
    yield short, full


def _abbreviates(short: str, full: str) -> bool:
    """Whether single characters of the full name, first and last among them, make the short one."""
    if not 2 <= len(short) <= 0.75 * len(full):
        return False
    if short[-1] != full[-1] and not (short[-1] == "大" and full.endswith("大学")):
        return False
    if short[0] not in (full[0], full.removeprefix("第")[0]) or _has_more(short, full):
        return False
    rest = iter(full)
    return all(character in rest for character in short)


def _has_more(short: str, full: str) -> bool:
    """Whether the full name differs by whole words: 师范 in the middle, 天津分行 at the end."""
    if full.startswith(short) or (len(short) > 2 and full.startswith(short[:-1])):
        return True
    if len(full) == len(short) + 1 and full[1] in _LEVEL:  # 团委 of 团市委
        return True
    return any(
        full.startswith(short[:cut]) and full.endswith(short[cut:])
        for cut in range(1, len(short) - 1)
        if full[cut : len(full) - len(short) + cut] != "人民"  # 最高法院 of 最高人民法院
    )


def _programme(short: str, full: str, _: _Context) -> bool:
    """The same but for quotation marks and the category word, or the tail of the full name."""
    short, full = (_QUOTES.sub("", name) for name in (short, full))
    if _CATEGORY.sub("", short) == _CATEGORY.sub("", full):
        return True
    if len(short) > 1 and full.endswith(short):
        return True
    return len(short) > 2 and _abbreviates(short, full)  # 全运会 of 全国运动会


_TESTS: Mapping[Label, _Test] = {
    Label.PER: _person,
    Label.LOC: _place,
    Label.ORG: _organisation,
    Label.PROGRAMME: _programme,
}
