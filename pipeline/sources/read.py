"""From paths to Source objects, in two steps: find (cheap, in order) and open (costly, anywhere).

A corpus run finds in one process and opens in its workers; `read_sources` does both in turn.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from pipeline.errors import BadInputError
from pipeline.schema import Meta, Source
from pipeline.sources.containers import RowError, csv_rows, json_lines, parquet_rows
from pipeline.sources.docx import parse_docx
from pipeline.sources.html import parse_html
from pipeline.sources.items import ROW, Item, ReadOptions, Reject
from pipeline.sources.listing import Found, Ignored, find_files
from pipeline.sources.metadata import (
    build_meta,
    compile_pattern,
    flat_meta,
    join_meta,
    match_pattern,
    read_sidecar,
    sidecar_paths,
)
from pipeline.sources.opening import open_file
from pipeline.sources.pdf import parse_pdf
from pipeline.sources.text import parse_text

__all__ = ["Loaded", "find_items", "input_hash", "load", "parse", "read_sources", "stamp_of_item"]

BLOCK = 1 << 20
CONTAINERS = {"jsonl": json_lines, "csv": csv_rows, "parquet": parquet_rows}


@dataclass(frozen=True)
class Loaded:
    """An item with its bytes. digest: sha256 (hex) of the bytes and of the metadata beside them.

    stamp: size and times of the file that was read, to see later that it has not changed.
    """

    item: Item
    data: bytes
    sidecar: bytes | None
    digest: str
    stamp: str | None


def read_sources(
    paths: Sequence[str], options: ReadOptions | None = None, ignored: Ignored | None = None
) -> Iterator[Source | Reject]:
    """Read every document that the paths mean, in order, one at a time.

    A document that cannot be read is a Reject and the others follow. ignored: as in `find_items`.
    RAISES BadInputError: a path does not exist, a folder has no readable file, the only path
    given is a file that cannot be read, or in the end not one document could be read.
    """
    options = options or ReadOptions()
    first: Reject | None = None
    some = False
    alone = len(paths) == 1 and Path(paths[0]).exists() and not Path(paths[0]).is_dir()
    alone = alone or list(paths) == ["-"]
    for item in find_items(paths, options, ignored):
        if isinstance(item, Reject):
            reject = item
        else:
            try:
                yield parse(load(item, options), options)
                some = True
                continue
            except BadInputError as error:
                reject = Reject(item.name, "read", error.reason, item.path, item.row)
        if alone and not some and reject.row is None:
            raise BadInputError(reject.name, reject.reason)
        first = first or reject
        yield reject
    if first and not some:
        raise BadInputError(", ".join(paths), f"no document could be read: {first.reason}")


def find_items(
    paths: Sequence[str], options: ReadOptions, ignored: Ignored | None = None
) -> Iterator[Item | Reject]:
    """Every document that the paths mean, unread; containers are cut into rows.

    ignored: counts, on the way, the files of a kind that is not read.
    RAISES BadInputError: a path does not exist, or a folder has no readable file.
    """
    if options.meta_pattern is not None:
        compile_pattern(options.meta_pattern)
    for found in find_files(paths, options.format, options.exclude, ignored):
        if isinstance(found, Reject):
            yield found
            continue
        form = found.format
        if found.name == "-" and options.stdin_format:
            form = options.stdin_format
        if form in CONTAINERS:
            yield from _rows(replace(found, format=form), options)
        elif found.name == "-":
            yield Item("-", "-", form, payload=_read_stdin(options))
        else:
            yield Item(found.name, str(found.path), found.format)


def input_hash(item: Item, options: ReadOptions) -> str:
    """The digest that `load` gives.

    RAISES BadInputError: the file cannot be read.
    """
    return load(item, options).digest


def load(item: Item, options: ReadOptions) -> Loaded:
    """Read an item's bytes and those of its sidecar.

    RAISES BadInputError: the file cannot be read, is changed meanwhile, or is too large.
    """
    path = Path(item.path)
    if item.payload is not None:
        data, sidecar, stamp = item.payload, item.sidecar, None
    else:
        data, stamp = _read_file(path, item.name, options.max_file_bytes)
        sidecar = read_sidecar(path)
        stamp = f"{stamp} {_sidecar_stamp(path)}"
    digest = hashlib.sha256(data)
    if sidecar:
        digest.update(b"\0" + sidecar)
    return Loaded(item, data, sidecar, digest.hexdigest(), stamp)


def parse(loaded: Loaded, options: ReadOptions) -> Source:
    """Make the Source of an item's bytes.

    RAISES BadInputError: they are damaged, hold no text, or too much of it.
    """
    item = loaded.item
    if not loaded.data.strip():
        raise BadInputError(item.name, "is empty")
    source = _parse_row(loaded, options) if item.format == ROW else _parse_file(loaded, options)
    if not source.text.strip():
        raise BadInputError(item.name, "holds no text")
    if len(source.text) > options.max_characters:
        reason = (
            f"has {len(source.text)} characters, more than {options.max_characters} "
            "(see --max-characters)"
        )
        raise BadInputError(item.name, reason)
    return source


def _parse_file(loaded: Loaded, options: ReadOptions) -> Source:
    item, name = loaded.item, loaded.item.name
    own: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    match item.format:
        case "text":
            text, fields["encoding"] = parse_text(loaded.data, name, options.encoding)
        case "pdf":
            pdf = parse_pdf(loaded.data, name, options.max_characters)
            text, own, fields["pages"], fields["layout"] = pdf.text, pdf.meta, pdf.pages, pdf.layout
        case "html":
            html = parse_html(loaded.data, name, options.encoding)
            text, own, fields["encoding"] = html.text, html.meta, html.encoding
        case "docx":
            limits = options.max_unpacked_bytes, options.max_characters
            docx = parse_docx(loaded.data, name, *limits)
            text, own = docx.text, docx.meta
        case other:
            raise BadInputError(name, f"unknown format '{other}'")
    meta = _meta(loaded, options, own)
    return Source(text=text, name=name, meta=meta, **fields)


def _parse_row(loaded: Loaded, options: ReadOptions) -> Source:
    item = loaded.item
    try:
        row = orjson.loads(loaded.data)
    except orjson.JSONDecodeError as error:
        raise BadInputError(item.name, f"row {item.row} is not JSON: {error.msg}") from error
    where = f"row {item.row}"
    if not isinstance(row, dict):
        raise BadInputError(item.name, f"{where} is not a JSON object")
    text, own_id, own = (row.get(options.text_column), row.get(options.id_column), row.get("meta"))
    if not isinstance(text, str):
        missing = "has no" if text is None else "has no text in its"
        raise BadInputError(item.name, f"{where} {missing} '{options.text_column}'")
    if not text.strip():
        raise BadInputError(item.name, f"{where} has an empty '{options.text_column}'")
    if isinstance(own_id, bool | dict | list | float) or own_id == "":
        raise BadInputError(item.name, f"{where} has an id that is neither a string nor a number")
    if own is not None and not isinstance(own, dict):
        raise BadInputError(item.name, f"{where} has a 'meta' that is not an object")
    id_ = None if own_id is None else str(own_id)
    meta = _meta(loaded, options, {}, join_meta(own or {}, flat_meta(row)))
    return Source(text=text, name=item.name, id=id_, meta=meta, row=item.row)


def _meta(
    loaded: Loaded, options: ReadOptions, own: dict[str, Any], row: dict[str, Any] | None = None
) -> Meta:
    item = loaded.item
    pattern = options.meta_pattern
    named = match_pattern(pattern, Path(item.name)) if pattern else {}
    return build_meta(item.name, row, loaded.sidecar, named, own)


def _rows(found: Found, options: ReadOptions) -> Iterator[Item | Reject]:
    path = str(found.path)
    try:
        if found.name == "-" and found.format == "parquet":
            raise BadInputError("-", "parquet cannot be read from stdin")
        sidecar = None if found.name == "-" else read_sidecar(found.path)
        rows = CONTAINERS[found.format](found.path, found.name, options)
        empty = True
        for number, row in rows:
            empty = False
            if isinstance(row, RowError):
                yield Reject(found.name, "read", f"row {number} {row}", path, number)
            else:
                yield Item(found.name, path, ROW, number, row, sidecar)
        if empty:
            yield Reject(found.name, "read", "is empty", path)
    except BadInputError as error:
        yield Reject(found.name, "read", error.reason, path)


def _read_file(path: Path, name: str, limit: int) -> tuple[bytes, str]:
    try:
        with open_file(path) as file:
            status = os.fstat(file.fileno())
            data = _read_over(file, limit)
            changed = _stamp(os.fstat(file.fileno())) != _stamp(status)
    except OSError as error:
        raise BadInputError(name, f"cannot be read: {error.strerror or error}") from error
    if len(data) > limit:
        raise BadInputError(name, f"is larger than {limit} bytes (see --max-file-bytes)")
    if changed:
        raise BadInputError(name, "was changed while it was read")
    return data, _stamp(status)


def _read_over(file: IO[bytes], limit: int) -> bytes:
    """All of a file, or more than ``limit`` bytes of a longer one.

    In blocks, as a read of so many bytes at once would ask for the memory of all of them.
    """
    data = bytearray()
    while len(data) <= limit and (block := file.read(BLOCK)):
        data += block
    return bytes(data)


def stamp_of_item(item: Item) -> str | None:
    """The stamp that `load` gives, without reading; None where there is no file to look at."""
    if item.payload is not None:
        return None
    path = Path(item.path)
    try:
        return f"{_stamp(path.stat())} {_sidecar_stamp(path)}"
    except OSError:
        return None


def _sidecar_stamp(path: Path) -> str:
    for sidecar in sidecar_paths(path):
        try:
            return _stamp(sidecar.stat())
        except OSError:
            continue
    return "-"


def _stamp(status: os.stat_result) -> str:
    """Size and times of a file as one string; an untouched file keeps it."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def _read_stdin(options: ReadOptions) -> bytes:
    data = _read_over(sys.stdin.buffer, options.max_file_bytes)
    if len(data) > options.max_file_bytes:
        raise BadInputError("-", f"is larger than {options.max_file_bytes} bytes")
    return data
