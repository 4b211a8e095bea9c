"""Finders for ``located_in`` and ``part_of``: what the structure of names says.

Administrative divisions come from components/places.py, the parts of organisations' names from
components/organisations.py; both ends must be mentions of the document (guidelines, section 2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pipeline.components.organisations import parent_organisation
from pipeline.components.places import (
    ancestors,
    full_place,
    is_within,
    leading_places,
    level_of,
    short_place,
)
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.schema import Label

__all__ = [
    "divisions_above",
    "inner_departments",
    "main_house",
    "organisations_in_names",
    "party_organs",
    "place_chains",
    "places_in_names",
]

_NEAR, _NEAR_PLACES = 30, 8  # characters and places before a division where the one above may stand
_NO_PLACE = re.compile(r"(?:党|共产党|论坛|运动|经合组织|代表团|合作组织|理事会|联盟)$")
_IN_CHAIN = re.compile(
    r"(?:省|市|县|的|首都|首府|境内|[东西南北中]部|市中心|[东南西北]郊|当地)?[，, ]?"
)


def place_chains(folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """Places behind one another go down the levels: 江北省 | 云山市 | 河口区, 洪都拉斯首都 | ….

    A step that the table of divisions contradicts (沪宁, 苏北苏中) is left out, and so is a step
    from a smaller level to a wider one.
    """
    for left, right in pairwise(folded.mentions_in(0, len(folded.code))):
        if left.label is not Label.LOC or right.label is not Label.LOC:
            continue
        between = folded.text[left.end : right.start]
        if len(between) > 4 or not _IN_CHAIN.fullmatch(between) or between == "，":
            continue
        if (
            len(left.text) > 1
            and len(right.text) > 1
            and _goes_down(left.text, right.text, between)
        ):
            yield Pair(right, left, (left.start, right.end))


_LEVELS = {"province": 1, "prefecture": 2, "county": 3, "township": 4, "village": 5}


def _goes_down(outer: str, inner: str, between: str) -> bool:
    if is_within(inner, outer):
        return True
    if is_within(outer, inner) or short_place(outer) == short_place(inner):
        return False
    upper, lower = _LEVELS.get(level_of(outer) or "", 0), _LEVELS.get(level_of(inner) or "", 9)
    known = bool(ancestors(inner)) and bool(ancestors(outer))
    if known and not between:
        return False
    return upper < lower and (upper > 0 or between not in {"", " "} or lower < 9)


def divisions_above(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """A division lies in the one above it that its sentence names shortly before: 云南的…昆明.

    Farther apart, or of a country, the text seldom means to say so.
    """
    places = [m for m in folded.mentions_in(0, len(folded.code)) if m.label is Label.LOC]
    names = {place.text for place in places}
    divisions = {name: ancestors(name, names) for name in names if len(name) > 1}
    for number, place in enumerate(places):
        above = divisions.get(place.text)
        if not above:
            continue
        for other in reversed(places[max(0, number - _NEAR_PLACES) : number]):
            between = folded.text[other.end : place.start]
            if len(between) > _NEAR or "。" in between or "\n" in between:
                break
            wider = full_place(other.text)
            if wider in above and level_of(wider) is not None:
                yield Pair(place, other, (other.start, place.end))
                break


def places_in_names(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """An ORG lies where its name says: 云山市教育局 in 云山市, the innermost place that is named.

    The surface must say it: 市教育局 is placed by whoever reads the article, not by its name.
    Parties, forums and delegations are nowhere, and a part of an organisation of the document lies
    with its whole.
    """
    places = first_mentions(folded, Label.LOC)
    forms: dict[str, Mention] = {}
    for name, mention in places.items():
        for form in (name, full_place(name), short_place(name)):
            if len(form) > 1:
                forms.setdefault(form, mention)
    orgs = first_mentions(folded, Label.ORG)
    for surface, org in orgs.items():
        if _NO_PLACE.search(surface) or _has_whole(folded.name_of(org), surface, orgs):
            continue
        body = re.sub(r"^(?:中国驻|中共|共青团|农工党|民[建盟革进]|九三学社|致公党)", "", surface)
        prefix = leading_places(body)
        chain = [body[start:end] for start, end in prefix.spans]
        for part in reversed(chain):
            place = _named_place(part, forms)
            if place is not None:
                yield Pair(org, place, (org.start, org.end))
                break


def _named_place(part: str, forms: Mapping[str, Mention]) -> Mention | None:
    for form in (part, full_place(part), short_place(part)):
        if form in forms:
            return forms[form]
    return None


def _has_whole(name: str, surface: str, orgs: Mapping[str, Mention]) -> bool:
    whole = parent_organisation(name)
    return whole is not None and whole != surface and whole in orgs


_BARE = re.compile(r"(?:集团|公司|委员会|方|集团公司|有限公司|股份有限公司|编辑部)$")


def organisations_in_names(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """An ORG whose name begins with another ORG of the document is a part of it.

    Whole and part are looked up by surface and by completed name; 某某集团 is no part of 某某.
    """
    orgs = first_mentions(folded, Label.ORG)
    named = {folded.name_of(org): org for org in reversed(orgs.values())} | orgs
    by_name = {name.removeprefix("中国"): org for name, org in named.items()} | named
    for surface, org in orgs.items():
        for name in dict.fromkeys((surface, folded.name_of(org))):
            whole = _whole_of(name, by_name)
            if whole is not None and not _same(folded, whole, org):
                yield Pair(org, whole, (org.start, org.end))
                break


_NO_WHOLE = frozenset({"中共", "中央", "党中央", "党委", "市委市政府"})


def _whole_of(name: str, by_name: Mapping[str, Mention]) -> Mention | None:
    for cut in range(len(name) - 2, 1, -1):
        whole = by_name.get(name[:cut])
        if whole is not None and name[:cut] not in _NO_WHOLE and not _BARE.fullmatch(name[cut:]):
            return None if name[cut:].startswith("附属") else whole
    return None


def _same(folded: Folded, one: Mention, other: Mention) -> bool:
    if one.entity is not None and one.entity == other.entity:
        return True
    return folded.name_of(one) == folded.name_of(other)


_DEPARTMENT = re.compile(
    r"^(?:院|校|医院|学校|局)?(?:[\u4e00-\u9fff]{1,8}(?:科|处|室|病区|办|病房|科室)|护理部|"
    r"党委|党办|工会|团委|妇委会|共青团委员会|党支部|[\u4e00-\u9fff]{2,8}(?:委员会|中心|支部|党总支))$"
)
_RELATIVE = re.compile(r"^(?:全国|国家|中央|省|市|县|区|州|卫生部|[\u4e00-\u9fff]国|红十字)")


def inner_departments(
    folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Departments named without their house (护理部, 院党委) belong to the document's one house."""
    endings = tuple(
        ending
        for name, words in lexicon.items()
        if name in {"house_hospital", "house_school", "house_company"}
        for ending in words
    )
    house = main_house(folded, endings)
    if house is None:
        return
    for surface, org in first_mentions(folded, Label.ORG).items():
        if (
            folded.name_of(org) == surface
            and _DEPARTMENT.match(surface)
            and not _RELATIVE.match(surface)
            and not leading_places(surface).spans
        ):
            yield Pair(org, house, (org.start, org.end))


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


def main_house(folded: Folded, endings: tuple[str, ...]) -> Mention | None:
    """The institution with such a name that the document is about.

    That is the one which is named more than twice as often as any other; None where there is none.
    """
    houses = [
        mention
        for mention in folded.mentions
        if mention.label is Label.ORG and folded.name_of(mention).endswith(endings)
    ]
    counts = Counter(folded.name_of(mention) for mention in houses)
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    named = (m for m in houses if folded.name_of(m) == ranked[0][0] and m.refers_to is None)
    return next(named, None)
