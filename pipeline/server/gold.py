"""A reviewed document as native gold, with who corrected it and when."""

from __future__ import annotations

from typing import Any

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.surfaces import plain
from pipeline.server.pages import PageDocument
from pipeline.server.review import Review

__all__ = ["gold_document"]


def gold_document(
    page: PageDocument, review: Review, *, corrected_by: list[str], corrected_at: str | None
) -> GoldDocument:
    """Make the gold of all that stands: what nobody has rejected.

    Offsets count raw characters. ``meta.review`` says how much of it a person has looked at:
    ``checked`` is true where the whole document was marked so. ``meta.clean_text`` is the
    repaired page where it differs from the raw one: it is renzhi's own repair, not a person's.
    """
    mentions = [one for one in review.mentions.values() if one.state != "rejected"]
    triples = [one for one in review.triples.values() if one.state != "rejected" and one.live]
    meta: dict[str, Any] = page.meta.model_dump(mode="json", exclude_none=True)
    if page.text != page.raw:
        meta["clean_text"] = page.text
    states = [one.state for one in mentions] + [one.state for one in triples]
    looked = sum(state != "machine" for state in states)
    meta["review"] = {
        "by": corrected_by,
        "at": corrected_at,
        "checked": review.done,
        "looked_at": looked,
        "unseen": len(states) - looked,
    }
    rows: dict[tuple[str, ...], GoldTriple] = {}
    for triple in triples:
        head, tail = (plain(review.mentions[end].text) for end in (triple.head, triple.tail))
        row = GoldTriple(head, triple.relation, tail, triple.qualifiers)
        rows.setdefault((head, triple.relation, tail, *map(str, triple.qualifiers.items())), row)
    return GoldDocument(
        id=page.id,
        text=page.raw,
        entities=tuple(sorted((one.start, one.end, one.label) for one in mentions)),
        triples=tuple(rows.values()),
        meta=meta,
        source=page.source,
    )
