"""CLUENER2020: JSON Lines of ``{"text", "label": {name: {surface: [[first, last], …]}}}``.

``last`` is the offset of the last character. Its ten names are mapped to ours on reading; writing
uses one name a label. Games, books and films are none of ours, programmes none of theirs.
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
    check_spans,
    offsets,
    read_json_lines,
)
from pipeline.annotations.formats.links import Mention, empty_document
from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.schema import Label

__all__ = ["CLUENER"]

_OURS = {
    "name": "PER",
    "position": "ROLE",
    "organization": "ORG",
    "company": "ORG",
    "government": "ORG",
    "address": "LOC",
    "scene": "LOC",
}
_THEIRS = {
    Label.PER: "name",
    Label.ROLE: "position",
    Label.ORG: "organization",
    Label.LOC: "address",
}


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a CLUENER file; mentions come in the order of the text."""
    both = Names({**_OURS, **names.given})
    for where, row in read_json_lines(path):
        mentions: list[Mention] = []
        try:
            for name, surfaces in (row.get("label") or {}).items():
                for places in surfaces.values():
                    for first, last in places:
                        if (label := both.label(name, losses)) is not None:
                            start, end = offsets(where, first, last)
                            mentions.append((start, end + 1, label))
        except (TypeError, ValueError, AttributeError) as error:
            reason = f"not a line of CLUENER: {type(error).__name__} {error}"
            raise BadInputError(where, reason) from error
        document = empty_document({}, str(row.get("id", where)))
        document = replace(document, text=row["text"], entities=tuple(sorted(mentions)))
        yield check_spans(document, where)


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write CLUENER lines; programmes and triples are left out and counted."""
    with write_whole(path) as out:
        for document in documents:
            labels: dict[str, dict[str, list[list[int]]]] = {}
            for start, end, label in sorted(set(document.entities)):
                if label in _THEIRS:
                    surfaces = labels.setdefault(_THEIRS[label], {})
                    surfaces.setdefault(document.text[start:end], []).append([start, end - 1])
                else:
                    losses[f"mentions of {label}"] += 1
            losses["mentions annotated twice"] += len(document.entities)
            losses["mentions annotated twice"] -= len(set(document.entities))
            losses["triples"] += len(document.triples)
            for key in ("meta", "source"):
                losses[f"'{key}' of documents"] += getattr(document, key) not in (None, {})
            row: dict[str, Any] = {"id": document.id, "text": document.text, "label": labels}
            out.write((json.dumps(row, ensure_ascii=False) + "\n").encode())


CLUENER = Format("cluener", "CLUENER2020 JSON Lines: name, position, organization, …", read, write)
