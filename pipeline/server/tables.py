"""Uploaded tables of documents, read row by row by the readers of the command line."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request

from pipeline.server.options import ServerOptions
from pipeline.server.uploads import Table
from pipeline.sources.items import Item, ReadOptions, Reject
from pipeline.sources.read import find_items

__all__ = ["table_rows"]


async def table_rows(
    request: Request, table: Table, options: ServerOptions
) -> AsyncGenerator[tuple[int, Item | str]]:
    """Every row by its number, counted as on the command line, or why it cannot be read.

    Ends early where the client has left, or where the unpacked rows pass the size of a batch.
    RAISES HTTPException: 422 not one row can be read, because the file is none of its kind.
    """
    read = ReadOptions(max_row_bytes=options.max_body)
    number = size = 0
    with tempfile.TemporaryDirectory(prefix="renzhi-") as folder:
        path = Path(folder) / f"table{table.ending}"
        await asyncio.to_thread(path.write_bytes, table.data)
        rows = find_items([str(path)], read)
        while (row := await asyncio.to_thread(next, rows, None)) is not None:
            if isinstance(row, Reject):
                reason = row.reason.removesuffix("; see --text-column")
                if row.row is None and number == 0:
                    raise HTTPException(422, f"{table.name}: {reason}")
                number = row.row or number + 1
                yield number, f"{table.name}: {reason}"
                continue
            number = row.row or number + 1
            size += len(row.payload or b"")
            if size > options.max_batch:
                yield number, f"{table.name}: is larger than {options.max_batch} bytes unpacked"
                return
            yield number, replace(row, name=table.name, path="-", sidecar=table.sidecar)
            if await request.is_disconnected():
                return
