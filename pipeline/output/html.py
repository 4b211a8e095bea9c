"""One self-contained HTML page: the text with its entities, the triples, and their graph."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup

from pipeline.output.triples import flat_triples
from pipeline.schema import Annotation, Entity
from pipeline.vendor import cytoscape

__all__ = ["Segment", "annotations_page", "script_json", "segments"]


@dataclass(frozen=True)
class Segment:
    """A run of characters under the same entities, so that overlapping mentions stay visible."""

    text: str
    entities: tuple[Entity, ...]


def segments(text: str, entities: Iterable[Entity]) -> Iterator[Segment]:
    """Cut a text wherever a mention begins or ends."""
    mentions = list(entities)
    cuts = sorted({0, len(text), *(e.start for e in mentions), *(e.end for e in mentions)})
    cover: list[list[Entity]] = [[] for _ in cuts]
    for entity in mentions:
        for index in range(bisect_left(cuts, entity.start), bisect_left(cuts, entity.end)):
            cover[index].append(entity)
    for index in range(len(cuts) - 1):
        yield Segment(text[cuts[index] : cuts[index + 1]], tuple(cover[index]))


def annotations_page(annotations: Iterable[Annotation]) -> str:
    """Render annotations as one HTML document that opens without a network."""
    documents = [
        {
            "annotation": annotation,
            "segments": list(segments(annotation.text, annotation.entities)),
            "rows": list(zip(annotation.triples, flat_triples(annotation), strict=True)),
            "graph": _graph(annotation),
        }
        for annotation in annotations
    ]
    return _template().render(
        documents=documents,
        graphs=Markup(script_json([document["graph"] for document in documents])),
        cytoscape=Markup(cytoscape().replace("</script", "<\\/script")),
    )


def script_json(value: Any) -> str:
    """Write JSON that is safe inside a <script> element."""
    text = json.dumps(value, ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _graph(annotation: Annotation) -> list[dict[str, Any]]:
    """Nodes and edges for cytoscape.js: one node an entity of the document, not one a mention."""
    by_mention = {entity.id: entity for entity in annotation.entities}
    nodes: dict[int, dict[str, Any]] = {}
    edges = []
    for triple in annotation.triples:
        for end in (triple.head, triple.tail):
            entity = by_mention[end]
            nodes.setdefault(
                entity.entity,
                {"id": f"n{entity.entity}", "label": entity.name, "kind": entity.label.value},
            )
        edges.append({
            "id": triple.id,
            "source": f"n{by_mention[triple.head].entity}",
            "target": f"n{by_mention[triple.tail].entity}",
            "label": triple.relation.value,
        })
    return [{"data": data} for data in (*nodes.values(), *edges)]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("pipeline.output"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("annotations.html.j2")
