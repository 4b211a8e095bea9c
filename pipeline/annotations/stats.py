"""What a gold file holds, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.annotations.native import GoldDocument
from pipeline.annotations.surfaces import surfaces_of
from pipeline.schema import Label, RelationType, Status

__all__ = ["CorpusStats", "corpus_stats"]


@dataclass(frozen=True)
class CorpusStats:
    """mentions, surfaces: by label, all and different ones (by document). triples: by relation.

    statuses: of holds_post. with_org: holds_post triples that name an organisation. overlaps:
    ROLE mentions that overlap an ORG. empty: documents without a mention. pages: documents with a
    known clean text.
    """

    documents: int = 0
    characters: int = 0
    empty: int = 0
    pages: int = 0
    overlaps: int = 0
    mentions: Mapping[str, int] = field(default_factory=dict)
    surfaces: Mapping[str, int] = field(default_factory=dict)
    triples: Mapping[str, int] = field(default_factory=dict)
    statuses: Mapping[str, int] = field(default_factory=dict)
    with_org: int = 0


def corpus_stats(documents: Iterable[GoldDocument]) -> CorpusStats:
    """Count a stream of documents."""
    totals: Counter[str] = Counter()
    mentions: Counter[str] = Counter({str(label): 0 for label in Label})
    surfaces: Counter[str] = Counter({str(label): 0 for label in Label})
    triples: Counter[str] = Counter({str(relation): 0 for relation in RelationType})
    statuses: Counter[str] = Counter()
    for document in documents:
        totals["documents"] += 1
        totals["characters"] += len(document.text)
        totals["empty"] += not document.entities
        totals["pages"] += document.clean_text is not None
        totals["overlaps"] += _overlaps(document)
        mentions.update(str(label) for _, _, label in document.entities)
        labels = (label for _, _, label in document.entities)
        surfaces.update(
            str(label) for label, _ in {*zip(labels, surfaces_of(document), strict=True)}
        )
        triples.update(str(triple.relation) for triple in document.triples)
        posts = [t for t in document.triples if t.relation is RelationType.HOLDS_POST]
        statuses.update(t.qualifiers.get("status", str(Status.CURRENT)) for t in posts)
        totals["with_org"] += sum("org" in triple.qualifiers for triple in posts)
    return CorpusStats(
        documents=totals["documents"],
        characters=totals["characters"],
        empty=totals["empty"],
        pages=totals["pages"],
        overlaps=totals["overlaps"],
        mentions=dict(mentions),
        surfaces=dict(surfaces),
        triples=dict(triples),
        statuses=dict(statuses.most_common()),
        with_org=totals["with_org"],
    )


def _overlaps(document: GoldDocument) -> int:
    orgs = [(start, end) for start, end, label in document.entities if label is Label.ORG]
    roles = [(start, end) for start, end, label in document.entities if label is Label.ROLE]
    return sum(any(s < role[1] and role[0] < e for s, e in orgs) for role in roles)
