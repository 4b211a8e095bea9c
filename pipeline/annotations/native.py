"""The native gold format: JSON Lines as defined in corpus/GUIDELINES.md, section 3.

Beside the keys defined there a document may have ``source``, where the text is from. The ``meta``
of a raw page may have ``clean_text``: the page as a person would retype it, which page repair is
scored against.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.schema import Label, RelationType, Status

__all__ = [
    "QUALIFIERS",
    "GoldDocument",
    "GoldTriple",
    "gold_line",
    "gold_lines",
    "parse_gold",
    "read_gold",
    "write_gold",
]

ISO_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
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

    @property
    def clean_text(self) -> str | None:
        """The true repaired text where ``text`` is a raw page."""
        text = self.meta.get("clean_text")
        return text if isinstance(text, str) else None


def read_gold(path: Path) -> Iterator[GoldDocument]:
    """Read a native gold file lazily, one document a line; blank lines are skipped.

    A document without ``id`` gets FILE:LINE as its id.
    RAISES BadInputError: the file cannot be read, a line is malformed or an id comes twice; the
    message names the line.
    """
    seen: dict[str, str] = {}
    for where, line in gold_lines(path):
        document = parse_gold(line, where)
        if document.id in seen:
            number = seen[document.id].rpartition(":")[2]
            raise BadInputError(where, f"id '{document.id}' is already that of line {number}")
        seen[document.id] = where
        yield document


def gold_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield FILE:LINE and the line, blank ones left out.

    RAISES BadInputError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}:{number}", line
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInputError(str(path), reason or "cannot be read") from error


def write_gold(documents: Iterable[GoldDocument], path: Path) -> None:
    """Write documents as native JSON Lines, in the order given; the file appears whole.

    RAISES BadInputError: the file cannot be written.
    """
    with write_whole(path) as out:
        for document in documents:
            out.write((gold_line(document) + "\n").encode("utf-8"))


def gold_line(document: GoldDocument) -> str:
    """Return a document as one line of JSON, without its line end."""
    row: dict[str, Any] = {"id": document.id, "text": document.text}
    if document.meta:
        row["meta"] = document.meta
    if document.source is not None:
        row["source"] = document.source
    row["entities"] = [[start, end, str(label)] for start, end, label in document.entities]
    row["triples"] = [[t.head, str(t.relation), t.tail, t.qualifiers] for t in document.triples]
    return json.dumps(row, ensure_ascii=False)


def parse_gold(line: str, where: str) -> GoldDocument:
    """Return the document of one line.

    where: FILE:LINE, for messages, and as the id of a document that has none.
    RAISES BadInputError: the line is malformed.
    """
    try:
        row = json.loads(line.strip())
    except json.JSONDecodeError as error:
        raise BadInputError(where, f"not JSON: {error.msg}, column {error.colno}") from error
    except RecursionError as error:
        raise BadInputError(where, "not a document: JSON nested too deep") from error
    try:
        return _document(row, where)
    except ValueError as error:
        raise BadInputError(where, str(error)) from error


def _document(row: object, where: str) -> GoldDocument:
    """Make the document of a JSON value. RAISES ValueError: with the reason, in one line."""
    if not isinstance(row, dict):
        raise ValueError(f"a document must be a JSON object, not {_kind(row)}")
    if "text" not in row:
        raise ValueError("key 'text' is missing")
    text = _string(row["text"], "text")
    identifier = row.get("id", where)
    if isinstance(identifier, int) and not isinstance(identifier, bool):
        identifier = str(identifier)
    meta = row.get("meta") or {}
    if not isinstance(meta, dict):
        raise ValueError(f"meta must be an object, not {_kind(meta)}")
    _check_meta(meta)
    source = row.get("source")
    return GoldDocument(
        id=_string(identifier, "id"),
        text=text,
        entities=tuple(_entity(item, text) for item in _list(row.get("entities"), "entities")),
        triples=tuple(_triple(item) for item in _list(row.get("triples"), "triples")),
        meta=meta,
        source=None if source is None else _string(source, "source"),
    )


def _check_meta(meta: dict[str, object]) -> None:
    """RAISES ValueError: a key that is read by the program has a value of the wrong kind."""
    for key in ("issue_date", "home_place", "newspaper", "clean_text"):
        if meta.get(key) is not None:
            _string(meta[key], f"meta.{key}")
    date = meta.get("issue_date")
    if date is not None and not ISO_DATE.fullmatch(str(date)):
        raise ValueError(f"meta.issue_date '{date}' is not ISO 8601 (2014-04-24)")


def _entity(item: object, text: str) -> tuple[int, int, Label]:
    if not isinstance(item, list) or len(item) != 3:
        raise ValueError(f"an entity must be [start, end, label], not {_short(item)}")
    start, end, name = item
    if not all(isinstance(offset, int) and not isinstance(offset, bool) for offset in (start, end)):
        raise ValueError(f"offsets of an entity must be whole numbers, not {_short(item)}")
    if name not in tuple(Label):
        raise ValueError(f"unknown label {_short(name)}; known: {', '.join(Label)}")
    if not 0 <= start < end <= len(text):
        at = f"{name} at [{start}, {end})"
        if start >= end:
            raise ValueError(f"{at} holds no character")
        raise ValueError(f"{at} is outside the text of {len(text)} characters")
    return start, end, Label(name)


def _triple(item: object) -> GoldTriple:
    if not isinstance(item, list) or len(item) not in {3, 4}:
        reason = "a triple must be [head, relation, tail] or [head, relation, tail, qualifiers]"
        raise ValueError(f"{reason}, not {_short(item)}")
    head, relation, tail = (_string(part, "an end or relation of a triple") for part in item[:3])
    if relation not in tuple(RelationType):
        raise ValueError(f"unknown relation '{relation}'; known: {', '.join(RelationType)}")
    if not head or not tail:
        raise ValueError(f"a {relation} triple has an empty end")
    given = item[3] if len(item) == 4 else {}
    if not isinstance(given, dict):
        raise ValueError(f"qualifiers must be an object, not {_kind(given)}")
    unknown = set(given) - set(QUALIFIERS)
    if unknown:
        raise ValueError(f"unknown qualifier '{min(unknown)}'; known: {', '.join(QUALIFIERS)}")
    qualifiers = {k: _string(v, f"qualifier '{k}'") for k, v in given.items() if v is not None}
    if qualifiers.get("status", "current") not in tuple(Status):
        raise ValueError(f"unknown status '{qualifiers['status']}'; known: {', '.join(Status)}")
    return GoldTriple(head, RelationType(relation), tail, qualifiers)


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string, not {_kind(value)}")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} holds half a character (a lone surrogate)")
    return value


def _list(value: object, name: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}
    return "null" if value is None else names.get(type(value), "a number")


def _short(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 60 else written[:57] + "..."
