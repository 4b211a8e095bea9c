"""Annotations made by hand, so that a test can be wrong on purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.schema import Annotation, Entity, Evidence, Label, Qualifiers, RelationType, Triple

Found = tuple[str, str] | tuple[str, str, str]


def gold_of(
    text: str, mentions: str, *triples: tuple[str, str, str, dict[str, str]]
) -> GoldDocument:
    """Mentions are "LABEL:surface", each at its first place behind the mention before it of that
    label and surface."""
    spans = [(s, e, Label(label)) for label, s, e in places(text, mentions)]
    rows = tuple(GoldTriple(h, RelationType(r), t, q) for h, r, t, q in triples)
    return GoldDocument("d1", text, tuple(spans), rows)


def places(text: str, mentions: str) -> list[tuple[str, int, int]]:
    seen: dict[str, int] = {}
    found = []
    for item in mentions.split():
        label, surface = item.split(":")
        start = text.index(surface, seen.get(item, 0))
        seen[item] = start + 1
        found.append((label, start, start + len(surface)))
    return found


def annotation_of(
    raw: str,
    mentions: str,
    triples: Sequence[tuple[str, str, str, dict[str, str]]] = (),
    *,
    text: str | None = None,
    names: dict[str, str] | None = None,
) -> Annotation:
    """text: the repaired text, of which mentions are written; raw minus it must be insertions."""
    text = raw if text is None else text
    offsets, at = [], 0
    for character in text:
        at = raw.index(character, at)
        offsets.append(at)
        at += 1
    entities = []
    for number, (label, start, end) in enumerate(places(text, mentions), start=1):
        surface = text[start:end]
        entities.append(
            Entity(
                id=f"e{number}",
                label=Label(label),
                text=surface,
                start=start,
                end=end,
                raw_spans=tuple((o, o + 1) for o in offsets[start:end]),
                name=(names or {}).get(surface, surface),
                entity=number,
                score=0.9,
                origin="ner",
            )
        )
    ids = {entity.text: entity.id for entity in reversed(entities)}
    rows = [
        Triple(
            id=f"t{number}",
            head=ids[head],
            relation=RelationType(relation),
            tail=ids[tail],
            qualifiers=Qualifiers.model_validate(qualifiers),
            evidence=Evidence(start=0, end=len(text), raw_spans=((0, len(raw)),)),
            rule="a-rule",
            score=0.8,
        )
        for number, (head, relation, tail, qualifiers) in enumerate(triples, start=1)
    ]
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return Annotation(
        id="d1",
        sha256=digest,
        source="d1",
        text=text,
        entities=tuple(entities),
        triples=tuple(rows),
    )
