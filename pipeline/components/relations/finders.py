"""Finders: rules whose evidence is no pattern of words but posts or the structure of names.

A rule names its finder by ``finder = "..."``. Each gets the folded document and the findings so
far, and gives (head, tail) pairs of mentions with the document span of its evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.components.relations.departments import departments_behind, inner_departments
from pipeline.components.relations.mentions import Folded, Mention
from pipeline.components.relations.organs import organs_of_programmes
from pipeline.components.relations.pairs import Finder, Holder, Lexicon, Pair, first_mentions
from pipeline.components.relations.structure import (
    cities_abroad,
    framed_places,
    known_sites,
    parts_of_provinces,
    place_chains,
    places_before_organisations,
    places_in_names,
)
from pipeline.components.relations.succession import successors
from pipeline.components.relations.wholes import (
    main_house,
    organisations_in_names,
    party_organs,
)
from pipeline.schema import Label, Span

__all__ = ["FINDERS"]


def posts_with_organisation(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Every ROLE whose organisation is a mention belongs to it (guidelines, section 2)."""
    by_span = _by_span(folded)
    for mention in folded.mentions:
        post = folded.posts.get((mention.start, mention.end))
        if mention.label is not Label.ROLE or post is None or post.org is None:
            continue
        org = by_span.get(post.org)
        if org is not None:
            yield Pair(mention, org, _cover(mention, org))


def deputies_of_posts(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """A 副处长 right after a 社科处处长 with an organisation is a deputy there.

    Only the last few posts are looked at, and the paragraph may not end between them.
    """
    by_span = _by_span(folded)
    roles = [mention for mention in folded.mentions if mention.label is Label.ROLE]
    for number, role in enumerate(roles):
        post = folded.posts.get((role.start, role.end))
        if post is not None and (post.org or post.place):
            continue
        chief = _DEPUTY.sub("", role.text)
        if chief == role.text:
            continue
        for other in reversed(roles[max(0, number - 3) : number]):
            owner = folded.posts.get((other.start, other.end))
            if owner is None or owner.org is None or not other.text.endswith(chief):
                continue
            org = by_span.get(owner.org)
            if org is not None and "\n" not in folded.text[other.end : role.start]:
                yield Pair(role, org, _cover(role, other))
            break


_DEPUTY = re.compile("^(?:常务副|副|执行|候补|名誉|代理)")


def titles_of_house(folded: Folded, lexicon: Lexicon, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """A bare title such as 院长 or 副校长 belongs to the one such house that the text is about.

    The lexicon classes ``house_KIND`` hold endings of names, ``titles_KIND`` the titles; a house
    counts where it is named more than twice as often as any other of its kind.
    """
    kinds = [name.removeprefix("house_") for name in lexicon if name.startswith("house_")]
    for kind in kinds:
        titles = frozenset(lexicon.get(f"titles_{kind}", ()))
        house = main_house(folded, lexicon[f"house_{kind}"])
        if house is None:
            continue
        for role in folded.mentions:
            if role.label is not Label.ROLE or role.text not in titles:
                continue
            post = folded.posts.get((role.start, role.end))
            if post is None or not (post.org or post.place):
                yield Pair(role, house, (role.start, role.end))


def holders_of_posts(
    folded: Folded, _lexicon: Lexicon, holders: Sequence[Holder]
) -> Iterator[Pair]:
    """Who holds a post belongs to its organisation."""
    by_span = _by_span(folded)
    for holder in holders:
        post = folded.posts.get((holder.post.start, holder.post.end))
        if post is None or post.org is None:
            continue
        org = by_span.get(post.org)
        if org is not None:
            yield Pair(holder.person, org, holder.evidence)


_DOCUMENT = re.compile("关于|(?:办法|意见|规定|细则|方案|通知|决定|章程|条例|计划)$")


def issuers_in_names(
    folded: Folded, _lexicon: Lexicon, _holders: Sequence[Holder]
) -> Iterator[Pair]:
    """A document whose name begins with an ORG of the text is that organisation's.

    A charter (联合国宪章) or a contest that only bears the name was not issued under it.
    """
    orgs = first_mentions(folded, Label.ORG)
    for name, programme in first_mentions(folded, Label.PROGRAMME).items():
        for cut in range(len(name) - 1, 1, -1):
            org = orgs.get(name[:cut])
            if org is not None and _DOCUMENT.search(name, cut):
                yield Pair(org, programme, (programme.start, programme.end))
                break


FINDERS: Mapping[str, Finder] = {
    "posts-with-organisation": posts_with_organisation,
    "holders-of-posts": holders_of_posts,
    "places-in-names": places_in_names,
    "place-chains": place_chains,
    "places-before-organisations": places_before_organisations,
    "titles-of-house": titles_of_house,
    "organisations-in-names": organisations_in_names,
    "deputies-of-posts": deputies_of_posts,
    "cities-abroad": cities_abroad,
    "framed-places": framed_places,
    "known-sites": known_sites,
    "parts-of-provinces": parts_of_provinces,
    "departments-behind": departments_behind,
    "inner-departments": inner_departments,
    "party-organs": party_organs,
    "issuers-in-names": issuers_in_names,
    "successors": successors,
    "organs-of-programmes": organs_of_programmes,
}
"""Finders by the name that rules give them."""


def _by_span(folded: Folded) -> dict[Span, Mention]:
    return {
        (m.start, m.end): m for m in folded.mentions if m.label is Label.ORG and m.refers_to is None
    }


def _cover(one: Mention, other: Mention) -> Span:
    return (min(one.start, other.start), max(one.end, other.end))
