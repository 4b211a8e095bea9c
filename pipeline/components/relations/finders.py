"""Finders: rules whose evidence is no pattern of words but posts or the structure of names.

A rule names its finder by ``finder = "..."``. Each gets the folded document and the findings so
far, and gives (head, tail) pairs of mentions with the document span of its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.components.relations.mentions import Folded, Mention
from pipeline.schema import Label, Span

__all__ = ["FINDERS", "Holder", "Pair"]


@dataclass(frozen=True)
class Pair:
    """Two mentions that a finder joins, with the document characters that show it."""

    head: Mention
    tail: Mention
    evidence: Span


@dataclass(frozen=True)
class Holder:
    """A person and a post that were joined before: what the relations of posts follow from."""

    person: Mention
    post: Mention
    evidence: Span


Finder = Callable[[Folded, Sequence[Holder]], Iterator[Pair]]


def posts_with_organisation(folded: Folded, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """Every ROLE whose organisation is a mention belongs to it (guidelines, section 2)."""
    by_span = _by_span(folded)
    for mention in folded.mentions:
        post = folded.posts.get((mention.start, mention.end))
        if mention.label is not Label.ROLE or post is None or post.org is None:
            continue
        org = by_span.get(post.org)
        if org is not None:
            yield Pair(mention, org, _cover(mention, org))


def holders_of_posts(folded: Folded, holders: Sequence[Holder]) -> Iterator[Pair]:
    """Who holds a post belongs to its organisation."""
    by_span = _by_span(folded)
    for holder in holders:
        post = folded.posts.get((holder.post.start, holder.post.end))
        if post is None or post.org is None:
            continue
        org = by_span.get(post.org)
        if org is not None:
            yield Pair(holder.person, org, holder.evidence)


def places_in_names(folded: Folded, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """An ORG whose name begins with a place of the document lies there: 云山市教育局 → 云山市.

    The longest place wins, so that 云山市河口区法院 lies in 河口区 where that is annotated.
    """
    places = _first_mentions(folded, Label.LOC)
    stems = {_stem(name): mention for name, mention in reversed(places.items())}
    stems |= places
    for name, org in _first_mentions(folded, Label.ORG).items():
        body = name.removeprefix("中共")
        chain = _leading_places(body, stems)
        if chain:
            yield Pair(org, chain[-1], (org.start, org.end))


def place_chains(folded: Folded, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """Places right behind one another go down the levels: 江北省 | 云山市 | 河口区."""
    for left, right in zip(folded.mentions, folded.mentions[1:], strict=False):
        if (
            left.label is Label.LOC
            and right.label is Label.LOC
            and left.end == right.start
            and len(left.text) > 1
            and len(right.text) > 1
            and _LEVEL.get(left.text[-1], 9) != _LEVEL.get(right.text[-1], 8)
        ):
            yield Pair(right, left, (left.start, right.end))


def organisations_in_names(folded: Folded, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """An ORG whose name begins with another ORG of the document is a part of it."""
    orgs = _first_mentions(folded, Label.ORG)
    for name, org in orgs.items():
        for cut in range(len(name) - 1, 1, -1):
            whole = orgs.get(name[:cut])
            if whole is not None:
                yield Pair(org, whole, (org.start, org.end))
                break


def issuers_in_names(folded: Folded, _holders: Sequence[Holder]) -> Iterator[Pair]:
    """A PROGRAMME whose name begins with an ORG of the document is that organisation's."""
    orgs = _first_mentions(folded, Label.ORG)
    for name, programme in _first_mentions(folded, Label.PROGRAMME).items():
        for cut in range(len(name) - 1, 1, -1):
            org = orgs.get(name[:cut])
            if org is not None:
                yield Pair(org, programme, (programme.start, programme.end))
                break


FINDERS: Mapping[str, Finder] = {
    "posts-with-organisation": posts_with_organisation,
    "holders-of-posts": holders_of_posts,
    "places-in-names": places_in_names,
    "place-chains": place_chains,
    "organisations-in-names": organisations_in_names,
    "issuers-in-names": issuers_in_names,
}
"""Finders by the name that rules give them."""

_LEVEL = {"国": 0, "省": 1, "市": 2, "州": 2, "区": 3, "县": 3, "旗": 3, "镇": 4, "乡": 4, "村": 5}


def _stem(place: str) -> str:
    return place[:-1] if len(place) > 2 and place[-1] in "省市县区州国" else place


def _leading_places(name: str, stems: Mapping[str, Mention]) -> list[Mention]:
    chain: list[Mention] = []
    while name:
        for cut in range(min(len(name) - 1, 12), 1, -1):
            place = stems.get(name[:cut])
            if place is not None:
                chain.append(place)
                name = name[cut:].lstrip("省市县区州国")
                break
        else:
            break
    return chain


def _first_mentions(folded: Folded, label: Label) -> dict[str, Mention]:
    first: dict[str, Mention] = {}
    for mention in folded.mentions:
        if mention.label is label and mention.refers_to is None:
            first.setdefault(mention.text, mention)
    return first


def _by_span(folded: Folded) -> dict[Span, Mention]:
    return {
        (m.start, m.end): m for m in folded.mentions if m.label is Label.ORG and m.refers_to is None
    }


def _cover(one: Mention, other: Mention) -> Span:
    return (min(one.start, other.start), max(one.end, other.end))
