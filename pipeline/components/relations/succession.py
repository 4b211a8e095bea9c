"""Who follows whom, told by two facts: 任命甲为局长；免去乙局长职务.

One post that one person takes and one other leaves passes from the one to the other. Where several
come or go, as the members of a committee do, the text does not say whom each follows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pipeline.components.relations.mentions import Folded
from pipeline.components.relations.pairs import Holder, Lexicon, Pair, identity
from pipeline.schema import Span, Status

__all__ = ["successors"]

COMING = frozenset({Status.APPOINTED, Status.ACTING})
LEAVING = frozenset({Status.REMOVED, Status.FORMER})
NEAR = 150
"""Characters between two facts of which one names no organisation, or tells of no change."""

ONE_OF_MANY = re.compile("副|委员|常委|代表|成员|理事|董事$|监事$|记者|顾问|教授|[员师]$")
"""Titles that many hold at a time; without their organisation they tell nothing."""


def successors(_folded: Folded, _lexicon: Lexicon, holders: Sequence[Holder]) -> Iterator[Pair]:
    """The one who takes a post follows the one who leaves it; linear in the holders."""
    by_title: dict[str, list[Holder]] = defaultdict(list)
    for holder in holders:
        by_title[holder.post.text].append(holder)
    for title, told in by_title.items():
        leaving = [holder for holder in told if holder.status in LEAVING]
        coming = [holder for holder in told if _comes(holder)]
        if not leaving or not coming:
            continue
        by_org: dict[str | None, tuple[list[Holder], list[Holder]]] = {}
        for number, group in enumerate((coming, leaving)):
            for holder in group:
                by_org.setdefault(holder.org, ([], []))[number].append(holder)
        for org, (new, old) in by_org.items():
            if org is not None:
                yield from _pair(new, old, near=False)
        if None in by_org and not ONE_OF_MANY.search(title):
            yield from _pair(coming, leaving, near=True)


def _comes(holder: Holder) -> bool:
    """Whether a verb says that the person takes the post: 任局长, not the bare 局长甲."""
    return holder.status in COMING or (holder.status is Status.CURRENT and holder.by_verb)


def _pair(new: Sequence[Holder], old: Sequence[Holder], *, near: bool) -> Iterator[Pair]:
    if _people(new) != 1 or _people(old) != 1:
        return
    one, other = new[0], old[0]
    if identity(one.person) == identity(other.person):
        return
    if one.status is Status.ACTING and other.status is Status.FORMER:
        return  # who acts for a while may not be the one who follows
    near = near or one.status is Status.CURRENT or other.status is Status.FORMER
    if not near or _gap(one.evidence, other.evidence) <= NEAR:
        spans = (one.evidence, other.evidence)
        yield Pair(one.person, other.person, (min(spans)[0], max(end for _, end in spans)))


def _people(holders: Iterable[Holder]) -> int:
    return len({identity(holder.person) for holder in holders})


def _gap(one: Span, other: Span) -> int:
    first, second = sorted((one, other))
    return second[0] - first[1]
