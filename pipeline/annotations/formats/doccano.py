"""doccano: JSON Lines of a sequence-labelling project with relations.

Each line has ``text``, ``entities`` (``id``, ``label``, ``start_offset``, ``end_offset``) and
``relations`` (``id``, ``from_id``, ``to_id``, ``type``). doccano keeps every other top-level key as
metadata of the example and exports it again, while it drops unknown keys of a relation and gives
new ids; so qualifiers travel in a top-level ``details``, found again by the offsets of both ends.
The plain export without relations (``label``: [[start, end, name], …]) is read too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from pipeline.annotations.formats.base import (
    Format,
    Losses,
    Names,
    offsets,
    read_json_lines,
    read_rows,
)
from pipeline.annotations.formats.links import (
    Mention,
    document_rows,
    empty_document,
    link,
    take_row,
    triple_of,
)
from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.files import write_whole

__all__ = ["DOCCANO"]


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a doccano export."""

    def document(row: dict[str, Any], where: str) -> GoldDocument:
        mentions = _mentions(where, row, names, losses)
        return replace(
            empty_document(row, str(row.get("id", where))),
            text=row["text"],
            entities=tuple(mentions.values()),
            triples=tuple(_triples(row, mentions, names, losses)),
        )

    return read_rows(read_json_lines(path), document, "a line of a doccano export")


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write the lines of a doccano import; ids are unique in the file."""
    entity_ids, relation_ids = count(1), count(1)
    with write_whole(path) as out:
        for number, document in enumerate(documents, start=1):
            ids = [next(entity_ids) for _ in document.entities]
            links = link(document, losses)
            row: dict[str, Any] = {"id": number, "text": document.text}
            row["entities"] = [
                {"id": i, "label": str(label), "start_offset": start, "end_offset": end}
                for i, (start, end, label) in zip(ids, document.entities, strict=True)
            ]
            row["relations"] = [
                {
                    "id": next(relation_ids),
                    "from_id": ids[one.head],
                    "to_id": ids[one.tail],
                    "type": str(one.triple.relation),
                }
                for one in links
            ]
            row |= document_rows(document, links)
            out.write((json.dumps(row, ensure_ascii=False) + "\n").encode())


def _mentions(
    where: str, row: dict[str, Any], names: Names, losses: Losses
) -> dict[object, Mention]:
    mentions: dict[object, Mention] = {}
    for number, (start, end, name) in enumerate(row.get("label") or ()):
        if (label := names.label(name, losses)) is not None:
            mentions[f"label {number}"] = (*offsets(where, start, end), label)
    for item in row.get("entities") or ():
        if (label := names.label(item["label"], losses)) is not None:
            span = offsets(where, item["start_offset"], item["end_offset"])
            mentions[item["id"]] = (*span, label)
    return mentions


def _triples(
    row: dict[str, Any], mentions: dict[object, Mention], names: Names, losses: Losses
) -> Iterator[GoldTriple]:
    kept = [dict(item) for item in row.get("details") or ()]
    for item in row.get("relations") or ():
        relation = names.relation(item["type"], losses)
        head, tail = mentions.get(item["from_id"]), mentions.get(item["to_id"])
        if relation is None:
            continue
        if head is None or tail is None:
            losses["triples with an end that was left out"] += 1
            continue
        details = take_row(kept, head, relation, tail)
        yield triple_of(row["text"], head, relation, tail, details)


DOCCANO = Format("doccano", "doccano JSON Lines with entities and relations", read, write)
