"""Triples between surfaces, as the native format has them, and links between mentions.

Annotation tools draw a relation from one mention to another. A native triple is linked to the
nearest pair of mentions that bear its two surfaces; what a link cannot say by itself (qualifiers,
an end's text that differs from the mention's by white space) goes along as a plain row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.annotations.formats.base import Losses
from pipeline.annotations.markup import ENDS
from pipeline.annotations.native import QUALIFIERS, GoldDocument, GoldTriple
from pipeline.annotations.surfaces import plain, surfaces_of
from pipeline.schema import Label, RelationType

__all__ = [
    "Link",
    "Mention",
    "details",
    "document_rows",
    "empty_document",
    "link",
    "qualifiers_of",
    "take_row",
    "triple_of",
]

Mention = tuple[int, int, Label]


@dataclass(frozen=True)
class Link:
    """head, tail: indices into the document's entities."""

    head: int
    tail: int
    triple: GoldTriple


def link(document: GoldDocument, losses: Losses) -> list[Link]:
    """Link each triple to a pair of mentions, in the order of the triples.

    The pair is the nearest one of the labels that the relation joins, the first where two are
    equally near. A triple with an end that is no annotated surface is counted as lost.
    """
    at: dict[str, list[int]] = {}
    for index, clean in enumerate(surfaces_of(document)):
        start, end, _ = document.entities[index]
        for surface in {clean, plain(document.text[start:end])}:
            at.setdefault(surface, []).append(index)
    links = []
    for triple in document.triples:
        heads, tails = at.get(plain(triple.head), []), at.get(plain(triple.tail), [])
        pairs = [(head, tail) for head in heads for tail in tails]
        if pairs:
            head, tail = min(pairs, key=lambda pair: _cost(pair, document.entities, triple))
            links.append(Link(head, tail, triple))
        else:
            losses["triples with an end that is no annotated surface"] += 1
    return links


def details(document: GoldDocument, one: Link) -> dict[str, str]:
    """Return the qualifiers of a link's triple, and its ends' texts where they differ."""
    row = dict(one.triple.qualifiers)
    for key, index, text in (
        ("head_text", one.head, one.triple.head),
        ("tail_text", one.tail, one.triple.tail),
    ):
        start, end, _ = document.entities[index]
        if document.text[start:end] != text:
            row[key] = text
    return row


def triple_of(
    text: str, head: Mention, relation: RelationType, tail: Mention, row: Mapping[str, Any]
) -> GoldTriple:
    """Return the native triple of a link: the other way round of `link` and `details`."""
    return GoldTriple(
        str(row.get("head_text", text[head[0] : head[1]])),
        relation,
        str(row.get("tail_text", text[tail[0] : tail[1]])),
        qualifiers_of(row),
    )


def qualifiers_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the qualifiers in a plain row; what is none of them is left out."""
    return {key: row[key] for key in QUALIFIERS if isinstance(row.get(key), str)}


def _cost(
    pair: tuple[int, int], entities: Sequence[Mention], triple: GoldTriple
) -> tuple[bool, bool, int, int, int]:
    head, tail = (entities[index] for index in pair)
    labels, _ = ENDS[triple.relation]
    gap = max(head[0], tail[0]) - min(head[1], tail[1])
    return ((head[2], tail[2]) not in labels, pair[0] == pair[1], max(gap, 0), *pair)


def take_row(
    rows: Iterable[dict[str, Any]], head: Mention, relation: str, tail: Mention
) -> dict[str, Any]:
    """Return (and mark as used) the first unused row that was kept for such a link."""
    for row in rows:
        same = row.get("head") == list(head[:2]) and row.get("tail") == list(tail[:2])
        if same and row.get("relation") == relation and not row.get("used"):
            row["used"] = True
            return row
    return {}


def document_rows(document: GoldDocument, links: Iterable[Link]) -> dict[str, Any]:
    """Return what a tool can keep only as metadata of a document.

    document: its id; meta, source: where there are any; details: a row for each link that
    has some, found again by the offsets of its ends.
    """
    row: dict[str, Any] = {"document": document.id}
    for key in ("meta", "source"):
        if (value := getattr(document, key)) not in (None, {}):
            row[key] = value
    links = list(links)
    keys = [
        (document.entities[one.head][:2], str(one.triple.relation), document.entities[one.tail][:2])
        for one in links
    ]
    rows = []
    for one, (head, relation, tail) in zip(links, keys, strict=True):
        kept = details(document, one)
        if kept or keys.count((head, relation, tail)) > 1:  # equal links are told apart by order
            rows.append({"head": [*head], "relation": relation, "tail": [*tail], **kept})
    if rows:
        row["details"] = rows
    return row


def empty_document(row: Mapping[str, Any], default_id: str) -> GoldDocument:
    """Return a document without text that has the id, meta data and source of such a row."""
    meta, source = (row.get(key) for key in ("meta", "source"))
    return GoldDocument(
        id=str(row.get("document", default_id)),
        text="",
        meta=meta if isinstance(meta, dict) else {},
        source=source if isinstance(source, str) else None,
    )
