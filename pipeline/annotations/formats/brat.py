"""brat standoff: a folder with one ``.txt`` and one ``.ann`` file a document.

Relations are ``R`` lines; their details are a JSON note on them (``#1 AnnotatorNotes R1 {…}``).
brat forbids a line break inside a span, so a mention over one is written in fragments and read back
as a whole. The file name is the document's id, percent-escaped where it is no file name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline.annotations.formats.base import Format, Losses, Names, check_spans, read_text
from pipeline.annotations.formats.links import Mention, details, link, triple_of
from pipeline.annotations.markup import ENDS
from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.errors import BadInputError
from pipeline.files import write_whole_folder
from pipeline.schema import Label

__all__ = ["BRAT"]

_MENTION = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t.*)?")
_RELATION = re.compile(r"R\d+\t(\S+) \S+?:(T\d+) \S+?:(T\d+)\s*")
_NOTE = re.compile(r"#\d+\tAnnotatorNotes (R\d+)\t(.*)")
_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^\.')
_LINE = re.compile(r"[^\r\n]+")


def read(path: Path, names: Names, losses: Losses) -> Iterator[GoldDocument]:
    """Read a brat folder, its documents in the order of their file names."""
    if not path.is_dir():
        raise BadInputError(str(path), "not a folder of .txt and .ann files")
    texts = sorted(path.glob("*.txt"))
    if not texts:
        raise BadInputError(str(path), "holds no .txt file")
    for file in texts:
        annotations = file.with_suffix(".ann")
        document = GoldDocument(unquote(file.stem), read_text(file, bom=False))
        if annotations.exists():
            document = _annotated(document, annotations, names, losses)
        yield document


def write(documents: Iterable[GoldDocument], path: Path, losses: Losses) -> None:
    """Write a folder, with the annotation.conf that brat needs; it must not exist yet."""
    if path.exists():
        raise BadInputError(str(path), "exists already")
    with write_whole_folder(path) as folder:
        (folder / "annotation.conf").write_bytes(configuration().encode())
        for document in documents:
            stem = _NOT_IN_FILE_NAMES.sub(lambda found: f"%{ord(found[0]):02X}", document.id)
            text, annotations = (folder / f"{stem}{suffix}" for suffix in (".txt", ".ann"))
            if not stem or len(stem.encode()) > 240 or text.exists():
                raise BadInputError(str(path), f"no file name can be made of id '{document.id}'")
            text.write_bytes(document.text.encode())
            lines = "".join(f"{line}\n" for line in _lines(document, losses))
            annotations.write_bytes(lines.encode())
            for key in ("meta", "source"):
                if getattr(document, key) not in (None, {}):
                    losses[f"'{key}' of documents"] += 1


def configuration() -> str:
    """Return brat's annotation.conf: our labels, and what each relation joins."""
    relations = [
        f"{relation}\tArg1:{head}, Arg2:{tail}"
        for relation, (pairs, _) in ENDS.items()
        for head, tail in sorted(pairs)
    ]
    overlap = "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"
    parts = (("entities", [*Label]), ("relations", [overlap, *relations]))
    text = "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in parts)
    return text + "[events]\n[attributes]\n"


def _lines(document: GoldDocument, losses: Losses) -> Iterator[str]:
    names: dict[int, str] = {}
    for index, (start, end, label) in enumerate(document.entities):
        pieces = [
            (start + piece.start(), start + piece.end())
            for piece in _LINE.finditer(document.text[start:end])
        ]
        if not pieces or (pieces[0][0], pieces[-1][1]) != (start, end):
            losses["mentions that begin or end with a line break"] += 1
            continue
        names[index] = f"T{index + 1}"
        places = ";".join(f"{first} {last}" for first, last in pieces)
        surface = " ".join(document.text[first:last] for first, last in pieces)
        yield f"{names[index]}\t{label} {places}\t{surface}"
    number = 0
    for one in link(document, losses):
        head, tail = names.get(one.head), names.get(one.tail)
        if head is None or tail is None:
            losses["triples with an end that was left out"] += 1
            continue
        number += 1
        yield f"R{number}\t{one.triple.relation} Arg1:{head} Arg2:{tail}"
        if kept := details(document, one):
            yield f"#{number}\tAnnotatorNotes R{number}\t{json.dumps(kept, ensure_ascii=False)}"


def _annotated(document: GoldDocument, path: Path, names: Names, losses: Losses) -> GoldDocument:
    lines = list(enumerate(read_text(path).split("\n"), start=1))
    for _, line in lines:
        if line[:1] in {"E", "A", "M", "*", "N"}:
            losses["brat events, attributes, equivalences and normalisations"] += 1
    mentions: dict[str, Mention] = {}
    for number, line in lines:
        if line.startswith("T"):
            found = _MENTION.fullmatch(line.rstrip("\r"))
            if found is None:
                raise BadInputError(f"{path}:{number}", "not a brat mention (T1<tab>LABEL 0 3)")
            if (label := names.label(found[2], losses)) is not None:
                places = [int(offset) for offset in re.split("[ ;]", found[3])]
                mentions[found[1]] = (min(places), max(places), label)
                mention = replace(document, entities=(mentions[found[1]],))
                check_spans(mention, f"{path}:{number}")
    triples = tuple(_triples(document.text, lines, str(path), mentions, names, losses))
    return replace(document, entities=tuple(mentions.values()), triples=triples)


def _triples(
    text: str,
    lines: list[tuple[int, str]],
    name: str,
    mentions: dict[str, Mention],
    names: Names,
    losses: Losses,
) -> Iterator[GoldTriple]:
    notes = {found[1]: _note(found[2]) for _, line in lines if (found := _NOTE.fullmatch(line))}
    for number, line in lines:
        if not line.startswith("R"):
            continue
        found = _RELATION.fullmatch(line)
        if found is None:
            raise BadInputError(f"{name}:{number}", "not a brat relation (R1<tab>name Arg1:T1 …)")
        relation = names.relation(found[1], losses)
        head, tail = mentions.get(found[2]), mentions.get(found[3])
        if relation is None:
            continue
        if head is None or tail is None:
            losses["triples with an end that was left out"] += 1
            continue
        yield triple_of(text, head, relation, tail, notes.get(line.split("\t")[0], {}))


def _note(text: str) -> dict[str, Any]:
    """Return a note's details; a person's own note has none."""
    try:
        row = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


BRAT = Format("brat", "a folder of brat standoff files (.txt and .ann)", read, write)
