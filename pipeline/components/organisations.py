"""How the names of organisations are built: their last unit, the organisation above, short forms.

Pure functions over ``rules/units.toml``; nothing here knows a document. The same reading serves
the composition of posts, the relations that follow from names, and identity.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from pipeline.components.identity_rules import identity_rules
from pipeline.components.places import PlacePrefix, full_place, leading_places, short_place

__all__ = [
    "DEMOCRATIC_PARTIES",
    "PARTIES",
    "SAID_IN_SHORT",
    "OrganisationRules",
    "abbreviates",
    "department_owner",
    "organisation_rules",
    "owner_endings",
    "parent_organisation",
    "relative_level",
    "unit_in_title",
    "unit_start",
    "without_party",
]

QUOTES = "“”‘’「」《》"
OPENING = "“‘「《"
LEVEL = re.compile(r"(?:自治[区州县旗]|地区|街道|[省市县区州乡镇村旗盟])$")
NAMED_AREA = re.compile(r"(?:开发区|新区|高新区|园区|保税区|示范区|度假区|风景区|林区)$")
DEMOCRATIC_PARTIES = ("民革", "民盟", "民建", "民进", "农工党", "致公党", "九三学社", "台盟")
PARTIES = ("中国共产党", "中共", "共青团", *DEMOCRATIC_PARTIES)
SAID_IN_SHORT = "(?:以下|下文)?(?:简称|统称|下称|又称)[为：:]?"  # regular expression


@dataclass(frozen=True)
class OrganisationRules:
    """What rules/units.toml says; word lists are tuples, the longest word first."""

    units: tuple[str, ...]
    not_units: tuple[str, ...]
    area_units: frozenset[str]
    own_committee: tuple[str, ...]
    part_ends: re.Pattern[str]
    internal: tuple[str, ...]
    titles_with_unit: tuple[str, ...]
    titles_without_unit: tuple[str, ...]
    title_modifiers: tuple[str, ...]
    title_figures: tuple[str, ...]
    title_beginnings: Mapping[str, Sequence[str]]
    titles_of_place: Mapping[str, str]
    titles_of_nation: tuple[str, ...]
    organisation_of_title: Mapping[str, str]
    owner_of_title: Mapping[str, tuple[str, ...]]
    inside_starts: tuple[str, ...]
    inside_ends: tuple[str, ...]
    inside_institutions: tuple[str, ...]
    committee_departments: frozenset[str]
    status: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    owners: Mapping[str, tuple[str, ...]]


def _longest_first(words: str | list[str]) -> tuple[str, ...]:
    items = words.split() if isinstance(words, str) else words
    return tuple(sorted(set(items), key=lambda word: (-len(word), word)))


@cache
def organisation_rules() -> OrganisationRules:
    """Read the rules; the file is read once."""
    path = resources.files("pipeline.rules").joinpath("units.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    parts, titles = table["parts"], table["titles"]
    long = "|".join(_longest_first(parts["institutions"]))
    short = "|".join(f"{word}(?![{follow}])" for word, follow in parts["short"].items())
    return OrganisationRules(
        units=_longest_first(table["units"]["words"]),
        not_units=_longest_first(table["units"]["not_units"]),
        area_units=frozenset(table["units"]["of_area"]),
        own_committee=_longest_first(table["units"]["own_committee"]),
        part_ends=re.compile(f"{long}|{short}"),
        internal=_longest_first(table["internal"]["words"]),
        titles_with_unit=tuple(table["units"]["with_unit"]),
        titles_without_unit=_longest_first(titles["without_unit"]),
        title_modifiers=_longest_first(titles["modifiers"]),
        title_beginnings=titles["beginnings"],
        title_figures=tuple(titles["figures"]),
        titles_of_place=dict(sorted(titles["of_place"].items(), key=lambda item: -len(item[0]))),
        titles_of_nation=_longest_first(titles["of_nation"]),
        organisation_of_title=titles["fixed"],
        owner_of_title={
            end: tuple(words)
            for end, words in sorted(titles["of_owner"].items(), key=lambda item: -len(item[0]))
        },
        inside_starts=tuple(titles["inside"]["starts"]),
        inside_ends=tuple(titles["inside"]["ends"]),
        inside_institutions=tuple(titles["inside"]["institutions"]),
        committee_departments=frozenset(table["committee"]["departments"]),
        status={name: _longest_first(words) for name, words in table["status"].items()},
        levels=table["levels"],
        owners={word: tuple(ends) for word, ends in table["owners"].items()},
    )


def owner_endings(title: str) -> tuple[str, ...]:
    """How the name of the institution ends that a bare title belongs to: 站 of 副站长.

    RETURN () where the title does not tell.
    """
    rules = organisation_rules()
    for end, words in rules.owner_of_title.items():
        if title.endswith(end):
            return words
    head = DEPUTY.sub("", title)
    if head.endswith("长") and 2 <= len(head) <= 3:
        return (head[:-1],)
    if title.startswith(rules.inside_starts) and title.endswith(rules.inside_ends):
        return rules.inside_institutions
    return ()


def unit_in_title(title: str) -> str | None:
    """The relative organisation that a title itself begins with: 市政协 of 市政协主席.

    Where the level word stands alone (自治区常务副主席) it is given.
    """
    rules = organisation_rules()
    for cut in range(len(title) - 1, 1, -1):
        name = title[:cut]
        if name.endswith(rules.units) and relative_level(name) is not None:
            return name
    return next((word for word in ("自治区",) if title.startswith(word)), None)


def without_party(name: str) -> str:
    """Cut 中共, 共青团 or another party's name before a place or level: 中共滨州市委 → 滨州市委."""
    for party in PARTIES:
        rest = name.removeprefix(party)
        if rest != name and len(rest) > 1 and not rest.startswith("中央"):
            return rest
    return name


@lru_cache(maxsize=4096)
def unit_start(name: str, title: str) -> int | None:
    """Where in an organisation's name the unit begins that joins the title behind it.

    >>> [name[unit_start(name, "副部长") :] for name in ("中国商务部", "滨州市委组织部")]
    ['商务部', '组织部']

    RETURN None where the title stands alone: behind a named institution (北京大学|校长), behind a
    department when the title begins with an internal organ (教育部|党组书记), or for a professional
    title (某某处|高级工程师).
    """
    rules = organisation_rules()
    if title.startswith(rules.internal):
        return None
    if title.endswith(rules.titles_without_unit) and not title.endswith(rules.titles_with_unit):
        return None
    unit = next((unit for unit in rules.units if name.endswith(unit)), None)
    other = next((word for word in rules.not_units if name.endswith(word)), "")
    if unit is None or len(other) > len(unit):
        return None
    if any(word in name for word in rules.own_committee) and name.endswith("委员会"):
        return None
    if unit in rules.area_units and len(name) - len(unit) > 1:
        return len(name) - len(unit)
    return _start_of_last_part(name, len(name) - len(unit))


def _start_of_last_part(name: str, unit_at: int) -> int:
    """Start of the last part of a name, with the level character but without the place."""
    inner = max((i for i, c in enumerate(name[:unit_at]) if c in QUOTES), default=-1)
    if inner >= 0 and name[inner] in OPENING:  # the name in 海州“疾病管制局 has a last part too
        return inner + 1 + _start_of_last_part(name[inner + 1 :], unit_at - inner - 1)
    if inner >= 0:
        return unit_at
    start = len(name) - len(without_party(name))
    matches = organisation_rules().part_ends.finditer(name, start)
    if last := max((m.end() for m in matches if m.end() <= unit_at), default=0):
        return last
    places = leading_places(name[start:])
    if places.end == 0:
        return start + _country_letter(name[start:], unit_at - start)
    return start + _level_start(name[start:], places, unit_at - start)


def _level_start(name: str, places: PlacePrefix, unit_at: int) -> int:
    """Keep the level word of the last place, unless a named area or another level word follows."""
    if places.end > unit_at:
        return unit_at
    first, last = places.spans[-1]
    place = name[first:last]
    level = LEVEL.search(place)
    if level is None or NAMED_AREA.search(place) or name[last : last + 1] in set("省市县区州"):
        return last
    return last - len(level[0])


DEPUTY = re.compile(r"^(?:常务副|第一副|执行|副|代理|代|名誉)")
COUNTRY_LETTERS = "美俄英法德日韩朝越泰菲"


def _country_letter(name: str, unit_at: int) -> int:
    """1 for the one-character country of 美交通部 and 日外务省, else 0."""
    return 1 if unit_at >= 2 and name[0] in COUNTRY_LETTERS else 0


def relative_level(name: str) -> tuple[str, str] | None:
    """The level word and level of a name that does not say which place: 市委 → (市, prefecture).

    A party's name before it is skipped: 团市委, 农工党市委. None for names with a place and for
    other words that begin so: 市民读书会.
    """
    rest = without_party(name)
    if rest == name and name.startswith("团"):
        rest = name[1:]
    if rest.startswith(identity_rules().no_levels):
        return None
    for word, level in organisation_rules().levels.items():
        if rest.startswith(word) and len(rest) > len(word):
            return (word, level)
    return None


@lru_cache(maxsize=4096)
def parent_organisation(name: str) -> str | None:
    """The organisation that a name says it is a part of: 滨州市委 of 滨州市委组织部.

    >>> parent_organisation("盐城市第一人民医院重症医学科")
    '盐城市第一人民医院'

    RETURN None where the name has one part only.
    """
    ends = [
        match.end()
        for match in organisation_rules().part_ends.finditer(name)
        if 1 < match.end() < len(name)
    ]
    for end in reversed(ends):
        if len(name) - end >= 2 and leading_places(name).end < end:
            return name[:end]
    return None


def department_owner(department: str, organisation: str) -> str | None:
    """Whose ``department`` it is behind a post in ``organisation``; None where it is its own.

    >>> department_owner("外科", "云山市第一人民医院内科")
    '云山市第一人民医院'
    """
    if department in organisation_rules().committee_departments and organisation.endswith("委"):
        return organisation
    if not _is_bare_department(department):
        return None
    above = parent_organisation(without_party(organisation))
    ends = identity_rules().institutions
    return next((name for name in (above, organisation) if name and name.endswith(ends)), None)


def _is_bare_department(name: str) -> bool:
    rules = identity_rules()
    return (
        2 <= len(name) <= rules.longest_department
        and name.endswith(rules.department_ends)
        and not name.endswith(organisation_rules().not_units)
        and not name.startswith(rules.never_begin)
        and not any(quote in name for quote in QUOTES)
        and leading_places(name).end == 0
        and relative_level(name) is None
    )


@lru_cache(maxsize=16384)
def abbreviates(short: str, full: str) -> bool:
    """Whether ``short`` can be read as a short form of an organisation's full name by its shape.

    Either the full name says more in front, a place, a party or the organisation above (市委组织部
    of 滨州市委组织部), or single characters of each of its words make the short one, first and
    last among them (盐城市一院 of 盐城市第一人民医院, 发改委 of 国家发展和改革委员会). An office
    驻沪 is one 驻上海. A name that only lacks one word (中医院, 中西医结合医院) is another
    organisation's.
    """
    if not 2 <= len(short) < len(full):
        return False
    short = SEAT.sub(_spelled_seat, short)
    if full.endswith(short):
        return short == full or _front_is_context(full[: -len(short)], full)
    if _is_part(short, full):
        return False
    ours, theirs = leading_places(short).end, leading_places(full).end
    elsewhere = ours > 0 and short_place(short[:ours]) != short_place(full[:theirs])
    if elsewhere or _is_of_other_level(short, full[:theirs]):
        return False
    rest, whole = _stem(short[ours:]), _stem(full[theirs:])
    if rest == whole:
        return True
    return any(_initials(rest, form) for form in {whole, _stem(full)})


def _is_of_other_level(short: str, place: str) -> bool:
    """Whether a relative name is of another level than the place: 县政府, 云山镇政府."""
    level = relative_level(short)
    ends = LEVEL.search(place)
    return level is not None and ends is not None and level[0] not in ends[0]


SEAT = re.compile(r"(?<=驻)[\u4e00-\u9fff](?=办|联络|记者|代表|商会|分)")


def _spelled_seat(letter: re.Match[str]) -> str:
    """上海 of 驻沪联络处; the letter itself where it stands for no place."""
    return short_place(full_place(letter[0]))


def _is_part(short: str, full: str) -> bool:
    """Whether the full name is a part of ``short`` (央行, 央行天津分行) or another part than it.

    一院|内科 is not short for 人民医院|消化内科.
    """
    above, whole = parent_organisation(short), parent_organisation(full)
    if whole == short:
        return True
    if above is None or whole is None:
        return False
    part, other = _stem(short[len(above) :]), _stem(full[len(whole) :])
    return part != other and not _initials(part, other)


def _front_is_context(front: str, full: str) -> bool:
    """Whether what a short form leaves out in front only tells whose or where it is."""
    front = front.rstrip(QUOTES)
    if leading_places(full).end >= len(front):
        return True
    if without_party(full) == full[len(front) :]:
        # 海州市委 is the one committee of its place, 共青团海州市委 another; and a hospital or
        # university is of no party, though a party's branch in it is
        branch = parent_organisation(full) and not full.endswith(identity_rules().institutions)
        return front in {"中共", "中国共产党"} or bool(branch)
    if front in {"中国", "全国", "国家", "中央", "中共", "省", "市", "县", "区"}:
        return True
    return any(
        match.end() == len(front) for match in organisation_rules().part_ends.finditer(front)
    )


STEM = re.compile(r"^(?:[省市县区](?=..)|国家|第(?=[一二三四五六七八九十]))")


def _stem(name: str) -> str:
    """Cut a level word or 国家 in front and shorten the head word: 国家发展和改革委员会."""
    for long, short in (("委员会", "委"), ("人民政府", "政府"), ("办公室", "办"), ("大学", "大")):
        if name.endswith(long) and len(name) > len(long):
            name = name[: -len(long)] + short
            break
    return STEM.sub("", STEM.sub("", name))


def _initials(short: str, full: str) -> bool:
    if short == full.replace("派驻", "", 1):  # 第三|派驻|纪检组
        return True
    if not 2 <= len(short) <= 0.7 * len(full) or (short[0], short[-1]) != (full[0], full[-1]):
        return False
    if len(short) > 2 and _lacks_one_word(short, full):
        return False
    rest = iter(full)
    return all(character in rest for character in short)


WORDS_LEFT_OUT = frozenset({"人民", "和", "与", "总", "电视", "广播电视", "人民广播电"})


def _lacks_one_word(short: str, full: str) -> bool:
    return any(
        full.startswith(short[:cut]) and full.endswith(short[cut:])
        for cut in range(1, len(short))
        if full[cut : len(full) - len(short) + cut] not in WORDS_LEFT_OUT
    )
