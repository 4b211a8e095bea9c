r"""Column files with one character a line: BIO, BIOES, and a CoNLL variant with several layers.

``bio`` and ``bioes`` have the character and one tag; documents are parted by a blank line. They
hold mentions that do not overlap and nothing else. ``conll`` has a tag column for each layer of
overlapping mentions, and the id and meta data in comments (``# id = …``). White space and the
backslash cannot stand in a column, so they are written as ``\n``, ``\s``, ``\u3000``, ``\\``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.annotations.formats.base import Format, Losses, Names, read_text
from pipeline.annotations.formats.links import Mention, empty_document
from pipeline.annotations.formats.tags import Tagged, layers, mentions_of, tags_of
from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError
from pipeline.files import write_whole

__all__ = ["BIO", "BIOES", "CONLL", "read_columns"]

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", " ": "\\s", "\\": "\\\\"}
_NAMED = {written: character for character, written in _ESCAPES.items()}
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|.)")


def read_columns(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a column file: the token first, then one column or more of tags.

    Columns are parted by a tab, or by blanks where a line has no tab. Tokens of several characters
    are joined as they stand.
    """
    rows: list[tuple[str, list[str]]] = []
    comments: dict[str, str] = {}
    first = 1
    lines = read_text(path).split("\n")
    for number, raw in enumerate((*lines, ""), start=1):
        line = raw.removesuffix("\r")
        columns = line.split("\t") if "\t" in line else line.split()
        if line.startswith("# ") and " = " in line:
            key, _, value = line[2:].partition(" = ")
            comments[key] = value
        elif columns and columns != [""]:
            if len(columns) < 2:
                raise BadInputError(f"{path}:{number}", "a line needs a character and a tag")
            if rows and len(rows[0][1]) != len(columns) - 1:
                raise BadInputError(
                    f"{path}:{number}", "more or fewer columns than the line before"
                )
            rows.append((columns[0], columns[1:]))
        else:
            if rows or comments:
                yield _document(rows, comments, f"{path}:{first}", names, losses)
            rows, comments, first = [], {}, number + 1


def write_flat(
    documents: Iterable[GoldDocument], path: Path, losses: Losses, *, ends: bool
) -> None:
    """Write one tag column; what overlaps a flat or longer mention is left out and counted."""
    with write_whole(path) as out:
        for document in documents:
            _count_lost(document, ("source", "meta"), losses)
            losses["ids of documents"] += 1
            losses["empty documents"] += not document.text
            first, *others = layers(_tagged(document)) or [[]]
            losses["overlapping mentions"] += sum(len(layer) for layer in others)
            tags = tags_of(len(document.text), first, ends=ends)
            out.write(_table(document.text, [tags]).encode())


def write_layers(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write a tag column for each layer, behind the id and meta data as comments."""
    with write_whole(path) as out:
        for document in documents:
            _count_lost(document, (), losses)
            found = layers(_tagged(document)) or [[]]
            columns = [tags_of(len(document.text), layer) for layer in found]
            row = {"id": document.id, "meta": document.meta or None}
            row["source"] = document.source
            for key, value in row.items():
                if value is not None:
                    out.write(f"# {key} = {json.dumps(value, ensure_ascii=True)}\n".encode())
            out.write(_table(document.text, columns).encode())


def _tagged(document: GoldDocument) -> list[Tagged]:
    return [(start, end, str(label)) for start, end, label in document.entities]


def _count_lost(document: GoldDocument, keys: Iterable[str], losses: Losses) -> None:
    losses["triples"] += len(document.triples)
    losses["mentions annotated twice"] += len(document.entities) - len(set(document.entities))
    for key in keys:
        losses[f"'{key}' of documents"] += getattr(document, key) not in (None, {})


def _table(text: str, columns: list[list[str]]) -> str:
    rows = zip(map(_escaped, text), *columns, strict=True)
    return "".join("\t".join(row) + "\n" for row in rows) + "\n"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    hidden = character.isspace() or not character.isprintable()
    return f"\\u{ord(character):04x}" if hidden and ord(character) < 0x10000 else character


def _plain(token: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _NAMED.get(m[0], m[0]), token)


def _document(
    rows: list[tuple[str, list[str]]],
    comments: dict[str, str],
    where: str,
    names: Names,
    losses: Losses,
) -> GoldDocument:
    tokens = [_plain(token) for token, _ in rows]
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    mentions: list[Mention] = []
    for column in zip(*(tags for _, tags in rows), strict=True):
        try:
            found = list(mentions_of(column))
        except ValueError as error:
            raise BadInputError(where, f"document of this line: {error}") from error
        for first, last, name in found:
            if (label := names.label(name, losses)) is not None:
                mentions.append((starts[first], starts[last], label))
    row = {key: _json(value) for key, value in comments.items()}
    row["document"] = row.get("id", where)
    document = empty_document(row, where)
    return replace(document, text="".join(tokens), entities=tuple(sorted(mentions)))


def _json(value: str) -> object:
    try:
        parsed: object = json.loads(value)
    except json.JSONDecodeError:
        return value  # another tool's comment, such as sent_id = s1
    return parsed


BIO = Format(
    "bio", "one character and its BIO tag a line", read_columns, partial(write_flat, ends=False)
)
BIOES = Format(
    "bioes", "one character and its BIOES tag a line", read_columns, partial(write_flat, ends=True)
)
CONLL = Format(
    "conll",
    "characters with a BIO column for each layer, ids as comments",
    read_columns,
    write_layers,
)
