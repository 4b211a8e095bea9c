"""Finders for ``part_of``: what the names of organisations say, and the document's main house.

Both ends must be mentions of the document (guidelines, section 2). Departments whose names say no
house are read in departments.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.components.organisations import DEMOCRATIC_PARTIES
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, first_mentions
from pipeline.schema import Label

__all__ = [
    "by_name",
    "main_house",
    "organisations_in_names",
    "party_organs",
    "same_organisation",
    "whole_by_name",
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
    named = by_name(folded)
    for org in first_mentions(folded, Label.ORG).values():
        whole = whole_by_name(folded, org, named)
        if whole is not None:
            yield Pair(org, whole, (org.start, org.end))


_FRONT = re.compile("^(?:中国|中央(?=军委))")


def by_name(folded: Folded) -> dict[str, Mention]:
    """A document's organisations by their surfaces, completed names and short forms of these."""
    orgs = first_mentions(folded, Label.ORG)
    named = {folded.name_of(org): org for org in reversed(orgs.values())} | orgs
    short = {_FRONT.sub("", name).removesuffix("部队"): org for name, org in named.items()}
    return short | named


def whole_by_name(folded: Folded, org: Mention, named: Mapping[str, Mention]) -> Mention | None:
    """The organisation whose name another's begins with, of those that `by_name` gives."""
    names = [*dict.fromkeys((org.text, folded.name_of(org)))]
    # 市一院支部 of another party (农工党云山市一院支部) is a part of that party, not of the house.
    for name in [n for n in names if n.startswith(DEMOCRATIC_PARTIES)] or names:
        whole = _whole_of(name, named)
        if whole is not None and not same_organisation(folded, whole, org):
            return whole
    return None


_CLOSING = "”’》"  # “云山”艺术团 is no part of 云山, but “财政部”税务局 of “财政部”
_UNIT = re.compile("[部委局署厅院]$")
_NO_WHOLE = frozenset({"中共", "中央", "党中央", "党委", "市委市政府"})


def _whole_of(name: str, named: Mapping[str, Mention]) -> Mention | None:
    for cut in range(len(name) - 2, 1, -1):
        whole = named.get(name[:cut])
        rest = name[cut:]
        if whole is None or name[:cut] in _NO_WHOLE:
            continue
        if rest[0] in _CLOSING and not _UNIT.search(name[:cut]):
            continue
        if _BARE.fullmatch(rest) or name[:cut].endswith("舰"):
            continue  # 海州舰编队 is led by 海州舰, no part of it
        return whole
    return None


def same_organisation(folded: Folded, one: Mention, other: Mention) -> bool:
    """Whether two mentions are of one organisation, by identity or by their full names."""
    if one.entity is not None and one.entity == other.entity:
        return True
    return folded.name_of(one) == folded.name_of(other)


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
    Where somebody studied does not count.
    """
    houses = [
        mention
        for mention in folded.mentions
        if mention.label is Label.ORG
        and folded.name_of(mention).endswith(endings)
        and not folded.name_of(mention).endswith(_NO_HOUSE)
        and not _studied_at(folded, mention)
    ]
    counts = Counter(folded.name_of(mention) for mention in houses)
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[1][1] * 2 > ranked[0][1]):
        return None
    named = (m for m in houses if folded.name_of(m) == ranked[0][0] and m.refers_to is None)
    return next(named, None)


_GRADUATED = ("毕业于", "就读于", "考入", "考取", "进修于")
_DEGREE = re.compile(
    "[^，。；、]{0,8}?(?:毕业|[硕博]士(?!研?究?生)|学位|进修|研修)|(?:经过|接受)[^，。；、]{0,8}?(?:训练|培训)"
)


def _studied_at(folded: Folded, school: Mention) -> bool:
    """Whether the text names a house for somebody's degree: 毕业于云山大学, 云山大学硕士."""
    if school.refers_to is not None:
        return False
    behind = folded.text[school.end : school.end + 24]
    return folded.text.endswith(_GRADUATED, 0, school.start) or bool(_DEGREE.match(behind))
