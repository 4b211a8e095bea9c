"""What finders get and give: pairs of mentions, holders of posts, and the names of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.components.relations.mentions import Folded, Mention
from pipeline.schema import Label, Span, Status

__all__ = ["Finder", "Holder", "Lexicon", "Pair", "first_mentions", "identity"]


@dataclass(frozen=True)
class Pair:
    """Two mentions that a finder joins, with the document characters that show it."""

    head: Mention
    tail: Mention
    evidence: Span


@dataclass(frozen=True)
class Holder:
    """A person and a post that were joined before: what the relations of posts follow from.

    org: the post's organisation. by_verb: a word of its own says it (任), not the order alone.
    """

    person: Mention
    post: Mention
    evidence: Span
    status: Status | None = None
    org: str | None = None
    by_verb: bool = False


def identity(mention: Mention) -> object:
    """What makes two mentions one end: the entity; posts are told apart by their words."""
    if mention.entity is not None and mention.label is not Label.ROLE:
        return mention.entity
    return (mention.label, mention.text)


Lexicon = Mapping[str, tuple[str, ...]]
Finder = Callable[[Folded, Lexicon, Sequence[Holder]], Iterator[Pair]]


def first_mentions(folded: Folded, label: Label) -> dict[str, Mention]:
    """The first mention of each surface with a label; echoes are left out."""
    first: dict[str, Mention] = {}
    for mention in folded.mentions:
        if mention.label is label and mention.refers_to is None:
            first.setdefault(mention.text, mention)
    return first
