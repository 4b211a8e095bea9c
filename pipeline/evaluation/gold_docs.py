"""Gold documents as spaCy Docs: the components behind the recogniser then run on true mentions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from pipeline.annotations.native import GoldDocument
from pipeline.annotations.surfaces import surfaces_of
from pipeline.schema import Label, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.tokens import Span as DocSpan

    from pipeline.page.alignment import Alignment

__all__ = ["bare_title", "gold_doc", "on_repaired_text"]

_FLAT = (Label.PER, Label.ORG, Label.LOC, Label.PROGRAMME)


def gold_doc(nlp: Language, gold: GoldDocument) -> Doc:
    """Return a Doc with the gold mentions of ``gold.text``.

    The flat labels and the bare title of each ROLE (as TITLE) are in ``doc.ents``, full ROLE spans
    in ``doc.spans["roles"]``; ``doc._.meta`` holds the meta data and ``doc._.mention_scores`` a row
    of score 1 and origin "gold" for each. A token that a mention's border falls into is split
    there. No component of ``nlp`` is run.
    """
    from spacy.tokens import Doc

    from pipeline.components.extensions import register_extensions

    register_extensions()
    flat = sorted({*_flat_mentions(gold)})
    roles = sorted({(s, e, label.value) for s, e, label in gold.entities if label is Label.ROLE})
    borders = {offset for start, end, _ in (*flat, *roles) for offset in (start, end)}
    words = list(_words(nlp, gold.text, borders))
    doc = Doc(nlp.vocab, words=words, spaces=[False] * len(words))
    doc.ents = _spans(doc, flat)
    doc.spans["roles"] = _spans(doc, roles)
    doc._.meta = {"issue_date": None, "home_place": None, "newspaper": None, **gold.meta}
    doc._.mention_scores = [[*mention, 1.0, "gold"] for mention in (*flat, *roles)]
    return doc


def bare_title(role: Span, orgs: list[Span]) -> Span | None:
    """Return what is left of a ROLE behind the ORG it overlaps, None where nothing is.

    市委书记 behind 滨州市委 leaves 书记, 商务部长 behind 商务部 leaves 长; 市长 stays whole.
    """
    start = max((end for s, end in orgs if s < role[1] and role[0] < end), default=role[0])
    return (start, role[1]) if start < role[1] else None


def on_repaired_text(gold: GoldDocument, text: str, alignment: Alignment) -> GoldDocument:
    """Return the gold document of a raw page, moved to the repaired text.

    A mention of which no character was kept is left out.
    """
    moved = []
    for (start, end, label), surface in zip(gold.entities, surfaces_of(gold), strict=True):
        first = bisect_left(alignment.offsets, start)
        last = bisect_left(alignment.offsets, end)
        if gold.clean_text is not None and text[first:last] != surface:
            # Of a doubled glyph repair may keep the other print than the one that gold counts.
            near = sorted(range(max(0, first - 2), first + 3), key=lambda at: abs(at - first))
            at = next((at for at in near if text.startswith(surface, at)), None)
            if at is not None:
                first, last = at, at + len(surface)
        if first < last:
            moved.append((first, last, label))
    return replace(gold, text=text, entities=tuple(moved))


def _flat_mentions(gold: GoldDocument) -> Iterator[tuple[int, int, str]]:
    orgs = [(start, end) for start, end, label in gold.entities if label is Label.ORG]
    for start, end, label in gold.entities:
        if label in _FLAT:
            yield start, end, label.value
        elif (title := bare_title((start, end), orgs)) is not None:
            yield *title, "TITLE"


def _spans(doc: Doc, mentions: list[tuple[int, int, str]]) -> list[DocSpan]:
    spans = (doc.char_span(*mention) for mention in mentions)
    return [span for span in spans if span is not None]  # never None: borders were cut


def _words(nlp: Language, text: str, borders: set[int]) -> Iterator[str]:
    for token in nlp.make_doc(text):
        start, end = token.idx, token.idx + len(token)
        cuts = [start, *(cut for cut in range(start + 1, end) if cut in borders), end]
        yield from (text[a:b] for a, b in pairwise(cuts))
