"""Containers of many documents: JSON Lines, CSV and Parquet become rows of one JSON object each.

Rows are read in a stream; a row that cannot be read is a Reject and the next one goes on.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import orjson
import zstandard

from pipeline.errors import BadInputError
from pipeline.sources.encodings import SAMPLE_BYTES, sniff_encoding
from pipeline.sources.items import ReadOptions
from pipeline.sources.metadata import META_KEYS, flat_meta, join_meta
from pipeline.sources.opening import open_file

__all__ = ["RowError", "csv_rows", "json_lines", "parquet_rows"]

BLOCK = 1 << 20
META_COLUMN = "meta"
CSV_FIELD_LIMIT = (1 << 31) - 1  # the most that the csv module takes on every platform
Rows = Iterator[tuple[int, "bytes | RowError"]]


class RowError(str):
    """Why one row cannot be used; a string, so that it is not raised by accident."""

    __slots__ = ()


@contextmanager
def opened(path: Path, name: str) -> Iterator[IO[bytes]]:
    """A container's bytes, unpacked where its name ends in .gz or .zst; ``-`` is stdin.

    RAISES BadInputError: the file cannot be opened, or is damaged while it is read.
    """
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with open_file(path) as raw:
            if path.suffix.lower() == ".gz":
                yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
            elif path.suffix.lower() == ".zst":
                unpacker = zstandard.ZstdDecompressor()
                yield cast("IO[bytes]", unpacker.stream_reader(raw, read_across_frames=True))
            else:
                yield raw
    except OSError as error:
        raise BadInputError(name, f"cannot be read: {error.strerror or error}") from error
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        raise BadInputError(name, f"its compressed data is damaged: {error}") from error


def json_lines(path: Path, name: str, options: ReadOptions) -> Rows:
    """Lines of a JSON Lines file, numbered from 1, blank ones left out."""
    with opened(path, name) as file:
        yield from _stream_lines(file, options)


def _stream_lines(file: IO[bytes], options: ReadOptions) -> Rows:
    """Lines of a byte stream; of one that is longer than max_row_bytes nothing is kept."""
    limit = options.max_row_bytes
    parts: list[bytes] = []
    size, number = 0, 1

    def line() -> bytes | RowError:
        if size > limit:
            return RowError(f"is longer than {limit} bytes (see --max-row-bytes)")
        joined = b"".join(parts)
        return joined.removeprefix(codecs.BOM_UTF8) if number == 1 else joined

    while block := file.read(BLOCK):
        *ends, rest = block.split(b"\n")
        for end in ends:
            size += len(end)
            parts.append(end if size <= limit else b"")
            whole = line()
            if whole.strip():
                yield number, whole
            parts, size, number = [], 0, number + 1
        size += len(rest)
        if size <= limit:
            parts.append(rest)
        else:
            parts = []
    if size and (whole := line()).strip():
        yield number, whole


def csv_rows(path: Path, name: str, options: ReadOptions) -> Rows:
    """Rows of a CSV or TSV file with a header; row 1 is the first below the header.

    RAISES BadInputError: there is no text column, or a quote is never closed.
    """
    _lift_field_limit()
    with opened(path, name) as file:
        sample = file.read(SAMPLE_BYTES)
        if not sample.strip():
            raise BadInputError(name, "is empty")
        encoding = options.encoding or sniff_encoding(sample, name)
        limit = options.max_row_bytes
        lines = _CsvLines(_text_lines(sample, file, encoding, limit), limit)
        reader = csv.reader(lines, delimiter=_delimiter(path, sample, encoding))
        try:
            header = [column.strip() for column in next(reader, [])]
            _require(name, options.text_column, header)
            lines.begin_row()
            for number, cells in enumerate(reader, start=1):
                lines.begin_row()
                if any(cells):
                    yield number, _csv_row(header, cells, options)
        except csv.Error as error:
            line = reader.line_num
            reason = f"no CSV from line {line} on (a quote that is never closed?): {error}"
            raise BadInputError(name, reason) from error
        except UnicodeError as error:
            raise BadInputError(
                name, f"is not {encoding} from line {reader.line_num} on"
            ) from error


def parquet_rows(path: Path, name: str, options: ReadOptions) -> Rows:
    """Rows of a Parquet file, numbered from 1; only the columns that are needed are read.

    RAISES BadInputError: the file is damaged or has no text column.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path, pre_buffer=False, buffer_size=BLOCK) as table:
            columns = table.schema_arrow.names
            _require(name, options.text_column, columns)
            wanted = {options.text_column, options.id_column, META_COLUMN, *META_KEYS}
            used = [column for column in columns if column in wanted]
            number = 0
            for batch in table.iter_batches(batch_size=64, columns=used, use_threads=False):
                for row in batch.to_pylist():
                    number += 1
                    yield number, _row(row, options)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(name, f"is no readable Parquet file: {reason}") from error


def _require(name: str, column: str, columns: list[str]) -> None:
    if column not in columns:
        there = ", ".join(columns[:10]) or "none"
        raise BadInputError(name, f"has no column '{column}' (columns: {there}); see --text-column")


def _delimiter(path: Path, sample: bytes, encoding: str) -> str:
    header = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    first = header.splitlines()[0] if header else ""
    if ".tsv" in [suffix.lower() for suffix in path.suffixes]:
        return "\t"
    return max(",;\t|", key=first.count)


def _lift_field_limit() -> None:
    """Let fields of any length pass: the limit holds for the whole process, so it is no reader's.

    It is only ever raised to the same value, so that readers in other threads do not notice.
    """
    if csv.field_size_limit() < CSV_FIELD_LIMIT:
        csv.field_size_limit(CSV_FIELD_LIMIT)


class _CsvLines:
    """Lines for the csv module, which asks for more of them until a row is whole.

    A quote that is never closed would make it keep the rest of the file.
    RAISES csv.Error: the lines since `begin_row` have more than ``limit`` characters.
    """

    def __init__(self, lines: Iterator[str], limit: int) -> None:
        self._lines, self._limit = lines, limit
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += len(line)
        if self._size > self._limit:
            raise csv.Error(f"a row is longer than {self._limit} characters (see --max-row-bytes)")
        return line

    def begin_row(self) -> None:
        """Count from here on."""
        self._size = 0


def _text_lines(sample: bytes, file: IO[bytes], encoding: str, limit: int) -> Iterator[str]:
    """Lines with their ends, as the csv module wants them; one over the limit is cut there."""
    # keeps a \r at the end of a block back until it is clear whether a \n follows
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)(errors="strict"), translate=False
    )
    buffer = io.StringIO(newline="")
    block = sample
    while True:
        text = decoder.decode(block, final=not block)
        pieces = text.splitlines(keepends=True) if text else []
        for piece in pieces:
            buffer.write(piece)
            if piece.endswith(("\n", "\r")) or buffer.tell() > limit:
                yield buffer.getvalue()
                buffer = io.StringIO(newline="")
        if not block:
            if buffer.tell():
                yield buffer.getvalue()
            return
        block = file.read(BLOCK)


def _csv_row(header: list[str], cells: list[str], options: ReadOptions) -> bytes | RowError:
    if len(cells) != len(header):
        return RowError(f"has {len(cells)} cells where the header has {len(header)}")
    return _row({k: v or None for k, v in zip(header, cells, strict=True)}, options)


def _row(values: dict[str, Any], options: ReadOptions) -> bytes | RowError:
    own = values.get(META_COLUMN)
    try:
        if isinstance(own, str) and own.strip():
            own = orjson.loads(own)
        if isinstance(own, list):  # a Parquet map
            own = dict(own)
        row = {options.text_column: values.get(options.text_column)}
        if values.get(options.id_column) is not None:
            row[options.id_column] = values[options.id_column]
        if meta := join_meta(own or {}, flat_meta(values)):
            row[META_COLUMN] = meta
        data = orjson.dumps(row, default=str)
    except (TypeError, ValueError) as error:
        return RowError(f"cannot be read as a document: {error}")
    if len(data) > options.max_row_bytes:
        return RowError(f"is longer than {options.max_row_bytes} bytes (see --max-row-bytes)")
    return data
