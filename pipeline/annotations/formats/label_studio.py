"""Label Studio: the JSON list of tasks that it imports and exports.

A task has ``data`` (the text, and whatever else was imported with it, which comes back untouched)
and ``annotations``; the result of an annotation holds regions of type ``labels`` and relations
between region ids. Qualifiers travel in ``data``, because the editor drops unknown keys of a
relation. Old versions counted UTF-16 units: where a region's own text shows that, its offsets are
read so. Of several annotations of a task the first that was not cancelled is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.annotations.formats.base import (
    Format,
    Losses,
    Names,
    offsets,
    read_rows,
    read_text,
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
from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.schema import Span

__all__ = ["LABEL_STUDIO"]


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a Label Studio export, JSON or JSON-MIN (which has no relations)."""
    try:
        tasks = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInputError(str(path), "not JSON") from error
    if not isinstance(tasks, list):
        raise BadInputError(str(path), "not a list of Label Studio tasks")
    rows = ((f"{path}: task {number}", task) for number, task in enumerate(tasks, start=1))
    return read_rows(
        rows, lambda task, where: _document(task, where, names, losses), "a Label Studio task"
    )


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write tasks with one annotation each, for ``<Labels name="label" toName="text">``."""
    with write_whole(path) as out:
        out.write(b"[")
        for number, document in enumerate(documents):
            task = _task(document, losses)
            out.write(b",\n" if number else b"\n")
            out.write(json.dumps(task, ensure_ascii=False).encode())
        out.write(b"\n]\n")


def _task(document: GoldDocument, losses: Losses) -> dict[str, Any]:
    links = link(document, losses)
    result: list[dict[str, Any]] = [
        {
            "id": f"m{index}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {
                "start": start,
                "end": end,
                "text": document.text[start:end],
                "labels": [str(label)],
            },
        }
        for index, (start, end, label) in enumerate(document.entities, start=1)
    ]
    result += [
        {
            "from_id": f"m{one.head + 1}",
            "to_id": f"m{one.tail + 1}",
            "type": "relation",
            "direction": "right",
            "labels": [str(one.triple.relation)],
        }
        for one in links
    ]
    data = {"text": document.text, **document_rows(document, links)}
    return {"data": data, "annotations": [{"result": result}]}


def _document(task: dict[str, Any], where: str, names: Names, losses: Losses) -> GoldDocument:
    if "data" not in task and "text" in task:
        task = _from_minimal(task)
    data = task["data"]
    text = data["text"]
    if not isinstance(text, str):
        raise BadInputError(where, "data.text is no string")
    annotations = [a for a in task.get("annotations") or () if not a.get("was_cancelled")]
    losses["further annotations of the same task"] += max(len(annotations) - 1, 0)
    result = annotations[0]["result"] if annotations else []
    mentions = _mentions(result, text, where, names, losses)
    return replace(
        empty_document(data, str(task.get("id", where))),
        text=text,
        entities=tuple(mention for group in mentions.values() for mention in group),
        triples=tuple(_triples(result, mentions, data, names, losses)),
    )


def _from_minimal(task: dict[str, Any]) -> dict[str, Any]:
    """Make a task of JSON-MIN one of JSON: its regions are a list under the labels' own name."""
    regions = [
        {"id": f"{key} {number}", "type": "labels", "value": item}
        for key, items in task.items()
        if isinstance(items, list)
        for number, item in enumerate(items)
        if isinstance(item, dict) and {"start", "end", "labels"} <= item.keys()
    ]
    return {"id": task.get("id"), "data": task, "annotations": [{"result": regions}]}


def _mentions(
    result: list[dict[str, Any]], text: str, where: str, names: Names, losses: Losses
) -> dict[str, list[Mention]]:
    mentions: dict[str, list[Mention]] = {}
    for item in result:
        if item.get("type") == "labels":
            value = item["value"]
            span = _span(value, text, where)
            for name in value["labels"]:  # a region may bear several labels
                if (label := names.label(name, losses)) is not None:
                    mentions.setdefault(item["id"], []).append((*span, label))
        elif item.get("type") != "relation":
            losses[f"Label Studio results of type '{item.get('type')}'"] += 1
    return mentions


def _span(value: dict[str, Any], text: str, where: str) -> Span:
    start, end = offsets(where, value["start"], value["end"])
    surface = value.get("text")
    if isinstance(surface, str) and text[start:end] != surface:
        units = text.encode("utf-16-le", "surrogatepass")
        if units[2 * start : 2 * end].decode("utf-16-le", "replace") == surface:
            before = units[: 2 * start].decode("utf-16-le", "replace")
            return len(before), len(before) + len(surface)
    return start, end


def _triples(
    result: list[dict[str, Any]],
    mentions: dict[str, list[Mention]],
    data: dict[str, Any],
    names: Names,
    losses: Losses,
) -> Iterator[GoldTriple]:
    kept = [dict(row) for row in data.get("details") or ()]
    for item in result:
        if item.get("type") != "relation":
            continue
        heads, tails = mentions.get(item["from_id"]), mentions.get(item["to_id"])
        if item.get("direction") == "left":
            heads, tails = tails, heads
        for name in item.get("labels") or ():
            if (relation := names.relation(name, losses)) is None:
                continue
            if not heads or not tails:
                losses["triples with an end that was left out"] += 1
                continue
            row = take_row(kept, heads[0], relation, tails[0])
            yield triple_of(data["text"], heads[0], relation, tails[0], row)


LABEL_STUDIO = Format("label-studio", "Label Studio JSON tasks with relations", read, write)
