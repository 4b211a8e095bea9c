"""Finders for ``part_of``: what the names of organisations and their order in the text say.

The parts of organisations' names come from components/organisations.py; both ends must be mentions
of the document (guidelines, section 2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.components.places import leading_places
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.schema import Label

__all__ = ["inner_departments", "main_house", "organisations_in_names", "party_organs"]

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
