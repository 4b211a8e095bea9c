"""Finders for ``part_of``: departments whose names do not say of which house they are.

The parts of organisations' names come from components/organisations.py; both ends must be mentions
of the document (guidelines, section 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from pipeline.components.organisations import PARTIES, organisation_rules, parent_organisation
from pipeline.components.places import leading_places
from pipeline.components.relations.mentions import CODES, Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.components.relations.wholes import (
    by_name,
    main_house,
    same_organisation,
    whole_by_name,
)
from pipeline.schema import Label

__all__ = ["departments_behind", "inner_departments"]

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
    named_so = by_name(folded)
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
        house = found.get(left.text) or whole_by_name(folded, named, named_so)
        if _DIRECT.fullmatch(gap):
            house = named
        elif _STACK.fullmatch(gap) and right.text.endswith(
            listed if left.text in found else endings
        ):
            house = house if left.text.endswith(endings) else named
        elif gap not in _LIST or not right.text.endswith(listed) or not _names_no_house(right.text):
            continue
        if house is not None and not same_organisation(folded, house, right):
            found[right.text] = house
            yield Pair(right, house, (left.start, right.end))


def _is_bare(org: Mention) -> bool:
    """Whether a name says neither its place nor its house: 财务科, 组织部."""
    return (
        org.refers_to is None
        and len(org.text) > 1
        and not _RELATIVE.match(org.text)
        and not org.text.startswith((*PARTIES, "国民党"))
        and not org.text.endswith("党")
        and not leading_places(org.text).spans
    )


_DEPARTMENT = re.compile(
    r"(?:[\u4e00-\u9fff]{1,8}(?:科|处|室|病区|办|病房|科室)|护理部|党委|党办|工会|团委|妇委会|"
    r"共青团委员会|党支部|[\u4e00-\u9fff]{2,8}(?:支部|党总支))$"
)
_OWN = re.compile(
    r"(?:党委|党组|纪委|工会|团委|办|[\u4e00-\u9fff]{1,8}(?:科|处|室|部|组|委员会|支部|党总支))$"
)
_RELATIVE = re.compile(r"^(?:全国|国家|国务院|中央|省|市|县|区|州|卫生部|[\u4e00-\u9fff]国|红十字)")
_COMMITTEE = re.compile(r"([\u4e00-\u9fff]{2,3})(?:党委|党组|纪委|工会|团委|党总支)")
_KINDS = ("hospital", "school", "company")


def inner_departments(
    folded: Folded, lexicon: Lexicon, holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Departments named without their house (护理部, 院党委) belong to the document's one house.

    院党委 says of which kind the house is, 护理部 as well; 总务科 is of the house named most, and
    so is what stands in a list with it. A department that stands behind its house (see
    `departments_behind`) is left to that; one of a list of fields, or of another house, has none.
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
    others = {pair.head.text for pair in departments_behind(folded, lexicon, holders)}
    others |= _beside_houses(folded, lexicon["house_hospital"]) | _named_as_fields(folded)
    houses = _houses_of_kinds(folded, lexicon, [org for org in bare if org.text not in others])
    found: dict[str, Mention] = {}
    for org, house in _of_this_house(folded, houses):
        found[org.text] = house
        yield Pair(org, house, (org.start, org.end))
    endings = (*lexicon["department"], *lexicon["department_listed"])
    for org, house in _along_lists(folded, found):
        if org.text not in others and org.text.endswith(endings) and _is_bare(org):
            found[org.text] = house
            yield Pair(org, house, (org.start, org.end))


def _houses_of_kinds(
    folded: Folded, lexicon: Lexicon, bare: Sequence[Mention]
) -> Iterator[tuple[Mention, Mention]]:
    """The departments with the house of the kind that each says, or with the house named most."""
    kinds = {kind: tuple(lexicon[f"department_{kind}"]) for kind in _KINDS}
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
        if house is not None and not same_organisation(folded, house, org):
            yield org, house


def _of_this_house(
    folded: Folded, houses: Iterable[tuple[Mention, Mention]]
) -> Iterator[tuple[Mention, Mention]]:
    """Leave out the departments that the text gives to another house than its main one.

    云山会秘书处 is of no 云山大学. A house that is named behind the department, and only before
    people, is that of guests. 骨科 may be that of 江北医院骨科.
    """
    elsewhere = _houses_of_parts(folded)
    guests = _houses_of_guests(folded)
    for org, house in houses:
        if house.text.startswith(org.text[:2]):
            continue
        if house.start > org.start and folded.name_of(house) in guests:
            continue
        if elsewhere.get(org.text, set()) <= {house.text, folded.name_of(house)}:
            yield org, house


def _along_lists(folded: Folded, found: Mapping[str, Mention]) -> Iterator[tuple[Mention, Mention]]:
    """What stands in a list with a department, and its house: 纪委 in 院党委、纪委.

    found grows while this runs, so that a list is gone along to its end, and to its beginning.
    """
    orgs = [m for m in folded.at.values() if m.label is Label.ORG and m.refers_to is None]
    listed = [
        (left, right)
        for left, right in pairwise(orgs)
        if folded.text[left.end : right.start] in _LIST
    ]
    for known, org in (*listed, *((right, left) for left, right in reversed(listed))):
        if known.text in found and org.text not in found:
            yield org, found[known.text]


def _houses_of_parts(folded: Folded) -> dict[str, set[str]]:
    """The houses that departments are named with: 江北医院 for 骨科 of 江北医院骨科."""
    houses: dict[str, set[str]] = {}
    for org in first_mentions(folded, Label.ORG).values():
        name = folded.name_of(org)
        parent = parent_organisation(name)
        if parent is not None:
            houses.setdefault(name[len(parent) :], set()).add(parent)
    return houses


_BEFORE_SOMEBODY = re.compile(f"[{CODES['ROLE']}{CODES['PER']}]")


def _houses_of_guests(folded: Folded) -> set[str]:
    """The organisations that stand right before people and their titles alone."""
    only: dict[str, bool] = {}
    for at, mention in folded.at.items():
        if mention.label is Label.ORG:
            name, before = folded.name_of(mention), _BEFORE_SOMEBODY.match(folded.code, at + 1)
            only[name] = only.get(name, True) and before is not None
    return {name for name, alone in only.items() if alone}


_END_OF_FIELDS = re.compile(
    "[等共][0-9一二两三四五六七八九十百余多]{0,4}个?[\u4e00-\u9fff]{0,4}?(?:专业|专科|方向)"
)
_CLAUSES = "。；：\n"
_LONGEST_LIST = 400


def _named_as_fields(folded: Folded) -> set[str]:
    """Departments that stand in lists of fields alone: 骨科 in 内科、骨科等12个专科 is no ward."""
    fields: set[int] = set()
    for end in _END_OF_FIELDS.finditer(folded.code):
        first = max(0, end.start() - _LONGEST_LIST)
        start = max(first, *(folded.code.rfind(mark, first, end.start()) for mark in _CLAUSES))
        beside = folded.code[start : end.start() + 1]
        fields.update(start + match.end() - 1 for match in _LISTED.finditer(beside))
    said: dict[str, bool] = {}
    for at, mention in folded.at.items():
        if mention.label is Label.ORG and fields:
            said[mention.text] = said.get(mention.text, True) and at in fields
    return {name for name, listed in said.items() if listed}


_LISTED = re.compile(f"(?<=[、和（(]){CODES['ORG']}|{CODES['ORG']}(?=[、和（(，等共])")


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
    if owner is None:
        return None
    return main_house(folded, tuple(organisation_rules().owners.get(owner, (owner,))))


def _own(name: str) -> str | None:
    """The word for its house that a department begins with: 院 of 院党委, 军分区 of 军分区党委."""
    owners = organisation_rules().owners
    cuts = (name[:cut] for cut in (2, 1) if name[:cut] in owners and _OWN.match(name, cut))
    committee = _COMMITTEE.fullmatch(name)
    return next(cuts, committee[1] if committee else None)
