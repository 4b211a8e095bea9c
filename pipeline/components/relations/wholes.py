"""Finders for ``part_of``: what the names of organisations and their order in the text say.

The parts of organisations' names come from components/organisations.py; both ends must be mentions
of the document (guidelines, section 2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pipeline.components.organisations import organisation_rules, parent_organisation
from pipeline.components.places import leading_places
from pipeline.components.relations.mentions import CODES, Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.schema import Label

__all__ = [
    "departments_behind",
    "inner_departments",
    "main_house",
    "organisations_in_names",
    "party_organs",
]

_BARE = re.compile(
    r"(?:教育集团|方|编辑部|(?:技术|科技|实业|控股)?(?:股份|集团)?(?:有限)?(?:责任)?(?:集团|公司))$"
)


def organisations_in_names(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """An ORG whose name begins with another ORG of the document is a part of it.

    Whole and part are looked up by surface and by completed name; 某某集团 is no part of 某某.
    """
    orgs = first_mentions(folded, Label.ORG)
    by_name = _by_name(folded, orgs)
    for org in orgs.values():
        whole = _whole_by_name(folded, org, by_name)
        if whole is not None:
            yield Pair(org, whole, (org.start, org.end))


def _by_name(folded: Folded, orgs: dict[str, Mention]) -> dict[str, Mention]:
    """The organisations by their surfaces, completed names and the short forms of these."""
    named = {folded.name_of(org): org for org in reversed(orgs.values())} | orgs
    short = {name.removeprefix("中国").removesuffix("部队"): org for name, org in named.items()}
    return short | named


def _whole_by_name(folded: Folded, org: Mention, by_name: Mapping[str, Mention]) -> Mention | None:
    for name in dict.fromkeys((org.text, folded.name_of(org))):
        whole = _whole_of(name, by_name)
        if whole is not None and not _same(folded, whole, org):
            return whole
    return None


_CLOSING = "”’》"  # “云山”艺术团 is no part of 云山
_NO_WHOLE = frozenset({"中共", "中央", "党中央", "党委", "市委市政府"})


def _whole_of(name: str, by_name: Mapping[str, Mention]) -> Mention | None:
    for cut in range(len(name) - 2, 1, -1):
        whole = by_name.get(name[:cut])
        rest = name[cut:]
        if whole is None or name[:cut] in _NO_WHOLE or rest[0] in _CLOSING:
            continue
        if _BARE.fullmatch(rest) or name[:cut].endswith("舰"):
            continue  # 海州舰编队 is led by 海州舰, no part of it
        return whole
    return None


def _same(folded: Folded, one: Mention, other: Mention) -> bool:
    if one.entity is not None and one.entity == other.entity:
        return True
    return folded.name_of(one) == folded.name_of(other)


_ROLE, _PER = CODES["ROLE"], CODES["PER"]
_DIRECT = re.compile("(?:第[一二三四五六七八九十0-9]{1,3}届)?")
_STACK = re.compile(f"(?=.*{_ROLE})(?:[{_ROLE}{_PER}、和及与兼暨任 ]|，(?=兼)){{1,12}}")
_LONGEST_GAP = 12
_LIST = frozenset({"、", "，", "和", "及", "与", "以及", "、 "})


def departments_behind(
    folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Departments named without their house belong to the organisation that stands before them.

    That is right before it (云山公司|董事会), behind one of its posts (云山市委常委、组织部部长),
    or in a list that a department with its house begins (云山医院财务科、总务科).
    """
    by_name = _by_name(folded, first_mentions(folded, Label.ORG))
    endings = tuple(lexicon["department"])
    listed = (*endings, *lexicon["department_listed"])
    found: dict[str, Mention] = {}  # the house of each department so far
    orgs = [m for m in folded.at.values() if m.label is Label.ORG]
    for left, right in pairwise(orgs):
        start, end = folded.position[left.index] + 1, folded.position[right.index]
        if end - start > _LONGEST_GAP or not _is_bare(right) or right.text.startswith(left.text):
            continue
        gap = folded.code[start:end]
        named = left if left.refers_to is None else folded.mentions[left.refers_to]
        house = found.get(left.text) or _whole_by_name(folded, named, by_name)
        if _DIRECT.fullmatch(gap):
            house = named
        elif right.text.endswith(endings) and _STACK.fullmatch(gap):
            house = house if left.text.endswith(endings) else named
        elif gap not in _LIST or not right.text.endswith(listed) or not _names_no_house(right.text):
            continue
        if house is not None and not _same(folded, house, right):
            found[right.text] = house
            yield Pair(right, house, (left.start, right.end))


def _is_bare(org: Mention) -> bool:
    """Whether a name says neither its place nor its house: 财务科, 组织部."""
    return (
        org.refers_to is None
        and len(org.text) > 1
        and not _RELATIVE.match(org.text)
        and not _PARTY.search(org.text)
        and not leading_places(org.text).spans
    )


_PARTY = re.compile("^(?:中共|共青团|农工党|民[建盟革进]|九三学社|致公党|国民党)|党$")
_DEPARTMENT = re.compile(
    r"(?:[\u4e00-\u9fff]{1,8}(?:科|处|室|病区|办|病房|科室)|护理部|党委|党办|工会|团委|妇委会|"
    r"共青团委员会|党支部|[\u4e00-\u9fff]{2,8}(?:支部|党总支))$"
)
_OWN = re.compile(
    r"(?:党委|党组|纪委|工会|团委|办|[\u4e00-\u9fff]{1,8}(?:科|处|室|部|组|委员会|支部|党总支))$"
)
_RELATIVE = re.compile(r"^(?:全国|国家|国务院|中央|省|市|县|区|州|卫生部|[\u4e00-\u9fff]国|红十字)")
_KINDS = ("hospital", "school", "company")


def inner_departments(
    folded: Folded, lexicon: Lexicon, holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Departments named without their house (护理部, 院党委) belong to the document's one house.

    院党委 says of which kind the house is, 护理部 as well; 总务科 is of the house named most.
    A department that stands behind its house (see `departments_behind`) is left to that.
    """
    kinds = {kind: tuple(lexicon[f"department_{kind}"]) for kind in _KINDS}
    telling = tuple(ending for endings in kinds.values() for ending in endings)
    bare = [
        org
        for org in first_mentions(folded, Label.ORG).values()
        if (org.text.endswith(telling) or _DEPARTMENT.match(org.text) or _own(org.text))
        and _is_bare(org)
        and folded.name_of(org) == org.text
        and _names_no_house(org.text)
    ]
    if not bare:
        return
    behind = {pair.head.text for pair in departments_behind(folded, lexicon, holders)}
    beside = _beside_houses(folded, lexicon["house_hospital"])
    bare = [org for org in bare if org.text not in behind and org.text not in beside]
    houses = {kind: main_house(folded, lexicon[f"house_{kind}"]) for kind in _KINDS}
    # Colleges are departments where a university is named.
    houses["school"] = main_house(folded, ("大学",)) or houses["school"]
    whole = main_house(folded, tuple(e for kind in _KINDS for e in lexicon[f"house_{kind}"]))
    if whole is None and any(org.text.endswith(kinds["hospital"]) for org in bare):
        whole = houses["hospital"]  # who names wards is a hospital
    for org in bare:
        house = _owner(folded, org.text)
        if house is None:
            of_kind = [houses[kind] for kind in _KINDS if org.text.endswith(kinds[kind])]
            house = whole if _DEPARTMENT.match(org.text) else next(iter(of_kind), None)
        if house is not None and not _same(folded, house, org):
            yield Pair(org, house, (org.start, org.end))


def _beside_houses(folded: Folded, endings: tuple[str, ...]) -> set[str]:
    """What stands in a list right behind a house is another one: 云山医院、石桥门诊部."""
    orgs = [m for m in folded.mentions if m.label is Label.ORG and m.refers_to is None]
    return {
        right.text
        for left, right in pairwise(orgs)
        if folded.text[left.end : right.start] == "、" and left.text.endswith(endings)
    }


def _names_no_house(name: str) -> bool:
    """Whether no institution stands in a name: there is one in 云山医院骨科, none in 党委办公室."""
    parent = parent_organisation(name)
    return parent is None or parent in organisation_rules().internal


def _owner(folded: Folded, name: str) -> Mention | None:
    """The house whose kind a department says: of 院党委 the hospital, of 局办公室 the bureau."""
    owner = _own(name)
    return None if owner is None else main_house(folded, tuple(organisation_rules().owners[owner]))


def _own(name: str) -> str | None:
    """The word for its house that a department begins with: 院 of 院党委; None without."""
    owners = organisation_rules().owners
    cuts = (name[:cut] for cut in (2, 1) if name[:cut] in owners and _OWN.match(name, cut))
    return next(cuts, None)


def party_organs(folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """中央组织部 and 中共中央政治局 are parts of 中共中央, also where it is called 党中央."""
    orgs = first_mentions(folded, Label.ORG)
    whole = next((orgs[name] for name in lexicon["party_centre"] if name in orgs), None)
    if whole is None:
        return
    organs = tuple(f"中央{organ}" for organ in lexicon["party_organs"])
    for surface, org in orgs.items():
        if surface.removeprefix("中共").startswith(organs):
            yield Pair(org, whole, (org.start, org.end))


_NO_HOUSE = ("国集团", "科学院")  # 二十国集团 is no company, an academy of sciences no school


def main_house(folded: Folded, endings: tuple[str, ...]) -> Mention | None:
    """The institution with such a name that the document is about.

    That is the one which is named more than twice as often as any other; None where there is none.
    """
    houses = [
        mention
        for mention in folded.mentions
        if mention.label is Label.ORG
        and folded.name_of(mention).endswith(endings)
        and not folded.name_of(mention).endswith(_NO_HOUSE)
    ]
    counts = Counter(folded.name_of(mention) for mention in houses)
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    named = (m for m in houses if folded.name_of(m) == ranked[0][0] and m.refers_to is None)
    return next(named, None)
