"""Flat triples: one plain object a fact, readable without the document object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pipeline.schema import Annotation, Triple

__all__ = ["flat_triples", "sentence_around"]

SENTENCE_END = re.compile(r"[。！？!?；;\n]")


def flat_triples(annotation: Annotation) -> Iterator[dict[str, Any]]:
    """Yield one row a triple; ends are written with the fullest name the document gives.

    raw_spans are those of the triple's evidence, in characters of the raw input.
    """
    entities = {entity.id: entity for entity in annotation.entities}
    for triple in annotation.triples:
        head, tail = entities[triple.head], entities[triple.tail]
        yield {
            "head": head.name,
            "head_label": head.label.value,
            "relation": triple.relation.value,
            "tail": tail.name,
            "tail_label": tail.label.value,
            "org": triple.qualifiers.org,
            "status": triple.qualifiers.status and triple.qualifiers.status.value,
            "date": triple.qualifiers.date,
            "score": triple.score,
            "rule": triple.rule,
            "source": annotation.source,
            "raw_spans": [list(span) for span in triple.evidence.raw_spans],
            "sentence": sentence_around(annotation.text, triple),
        }


def sentence_around(text: str, triple: Triple) -> str:
    """Return the sentence, or run of sentences, that holds a triple's evidence."""
    start, end = triple.evidence.start, triple.evidence.end
    before = [match.end() for match in SENTENCE_END.finditer(text, max(0, start - 400), start)]
    after = SENTENCE_END.search(text, max(start, end - 1))
    return text[
        before[-1] if before else max(0, start - 400) : after.end() if after else len(text)
    ].strip()
