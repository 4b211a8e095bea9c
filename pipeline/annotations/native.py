"""The native gold format: JSON Lines as defined in corpus/GUIDELINES.md, section 3."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType, Status

__all__ = ["GoldDocument", "GoldTriple", "read_gold", "write_gold"]

QUALIFIERS = ("org", "status", "date", "start", "end")


@dataclass(frozen=True)
class GoldTriple:
    """(head text, relation, tail text) with the qualifiers that the annotator gave."""

    head: str
    relation: RelationType
    tail: str
    qualifiers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GoldDocument:
    """One annotated document; entities are (start, end, label) in characters of ``text``."""

    id: str
    text: str
    entities: tuple[tuple[int, int, Label], ...] = ()
    triples: tuple[GoldTriple, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)
    source: str | None = None


def read_gold(path: Path) -> Iterator[GoldDocument]:
    """Read a native gold file lazily, one document a line; blank lines are skipped.

    RAISES BadInputError: the file cannot be read or a line is malformed; it names the line.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse(line, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInputError(str(path), str(reason)) from error


def write_gold(documents: Iterable[GoldDocument], path: Path) -> None:
    """Write documents as native JSON Lines, in the order given."""
    with path.open("w", encoding="utf-8") as out:
        for document in documents:
            out.write(json.dumps(_plain(document), ensure_ascii=False) + "\n")


def _parse(line: str, where: str) -> GoldDocument:
    try:
        row = json.loads(line)
        text = row["text"]
        entities = tuple((int(s), int(e), Label(label)) for s, e, label in row.get("entities", ()))
        triples = tuple(_parse_triple(triple) for triple in row.get("triples", ()))
    except json.JSONDecodeError as error:
        raise BadInputError(where, f"not JSON: {error.msg}") from error
    except KeyError as error:
        raise BadInputError(where, f"key {error} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInputError(where, str(error)) from error
    for start, end, label in entities:
        if not 0 <= start < end <= len(text):
            reason = f"{label} at [{start}, {end}) is outside the text of {len(text)} characters"
            raise BadInputError(where, reason)
    return GoldDocument(
        id=str(row.get("id", where)),
        text=text,
        entities=entities,
        triples=triples,
        meta=row.get("meta") or {},
        source=row.get("source"),
    )


def _parse_triple(row: list[Any]) -> GoldTriple:
    head, relation, tail, *rest = row
    qualifiers = dict(rest[0]) if rest else {}
    unknown = set(qualifiers) - set(QUALIFIERS)
    if unknown:
        raise ValueError(f"unknown qualifier '{min(unknown)}'")
    if "status" in qualifiers:
        Status(qualifiers["status"])
    return GoldTriple(head, RelationType(relation), tail, qualifiers)


def _plain(document: GoldDocument) -> dict[str, Any]:
    row: dict[str, Any] = {"id": document.id, "text": document.text}
    if document.meta:
        row["meta"] = document.meta
    if document.source is not None:
        row["source"] = document.source
    row["entities"] = [[start, end, str(label)] for start, end, label in document.entities]
    row["triples"] = [[t.head, str(t.relation), t.tail, t.qualifiers] for t in document.triples]
    return row
