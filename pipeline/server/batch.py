"""Many documents in, JSON Lines out, in order, in memory that does not grow with the stream.

What arrives is put on disk at once and read from there, so that a client which sends all before
it reads anything is never blocked, and one that reads slowly holds up nobody.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import Future
from contextlib import aclosing
from typing import IO, TypeVar

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pipeline.errors import RenzhiError
from pipeline.runner.work import Outcome
from pipeline.server.answers import checked
from pipeline.server.pool import AnnotationPool, Busy, TookTooLong
from pipeline.server.uploads import AnnotateRequest, parse_model, text_item
from pipeline.sources.items import Item

__all__ = ["BatchResponse", "Places", "Row", "annotate_lines", "annotate_rows", "answer_line"]

T = TypeVar("T")
Row = tuple[int, Item | str]  # a line or row by its number, or why it is none


class _Spool:
    """A file that one task appends to and another reads lines from."""

    def __init__(self, file: IO[bytes], max_line: int) -> None:
        self._file, self._max_line = file, max_line
        self._written = self._read = 0
        self._news = asyncio.Event()
        self._end: BaseException | None = None
        self._done = False

    async def fill(self, request: Request) -> None:
        try:
            async for chunk in request.stream():
                self._file.seek(self._written)
                self._file.write(chunk)
                self._written += len(chunk)
                self._news.set()
        except (HTTPException, ClientDisconnect) as error:
            self._end = error
        except OSError as error:
            self._end = HTTPException(503, f"the lines cannot be put on disk: {error.strerror}")
        finally:
            self._done = True
            self._news.set()

    async def lines(self) -> AsyncIterator[bytes | None]:
        """Every line without its end; None for one that is too long.

        RAISES HTTPException, ClientDisconnect: the stream broke off.
        """
        rest, skipping = b"", False
        while True:
            while self._read == self._written and not self._done:
                self._news.clear()
                await self._news.wait()
            if self._end is not None:
                raise self._end
            if self._read == self._written:
                break
            self._file.seek(self._read)
            chunk = self._file.read(min(1 << 16, self._written - self._read))
            self._read += len(chunk)
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield None if skipping or len(line) > self._max_line else line
                skipping = False
            if len(rest) > self._max_line:
                rest, skipping = b"", True
        if skipping or rest:
            yield None if skipping else rest


class Places:
    """How many batches may run at a time."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    async def take(self, lines: AsyncGenerator[T]) -> AsyncGenerator[T]:
        """Take a place until the lines end or their reader leaves.

        RAISES HTTPException: 429 as many batches run as may.
        """
        if self._free.locked():
            raise HTTPException(429, "too many batches run; try again", {"retry-after": "10"})
        await self._free.acquire()
        return self._until_the_end(lines)

    async def _until_the_end(self, lines: AsyncGenerator[T]) -> AsyncGenerator[T]:
        try:
            async with aclosing(lines):
                async for line in lines:
                    yield line
        finally:
            self._free.release()


async def annotate_lines(
    request: Request, pool: AnnotationPool, max_line: int
) -> AsyncGenerator[bytes]:
    """Annotate each line of the body; a line that cannot be is answered by its reason.

    Yields ``{"line": 3, "detail": "…"}`` for such a line, and as the last one where the stream
    itself broke off. RAISES ClientDisconnect: nobody reads any more.
    """
    with tempfile.TemporaryFile() as file:
        spool = _Spool(file, max_line)
        filling = asyncio.create_task(spool.fill(request))

        async def rows() -> AsyncGenerator[Row]:
            number = 0
            try:
                async for line in spool.lines():
                    number += 1
                    if line is None:
                        yield number, f"is longer than {max_line} bytes"
                    elif line.strip():
                        yield number, _item(line)
                    if filling.done() and await request.is_disconnected():
                        raise ClientDisconnect
            except HTTPException as error:
                yield number + 1, error.detail

        try:
            async with aclosing(annotate_rows(rows(), pool)) as answers:
                async for number, answer in answers:
                    yield answer_line(number, answer)
        finally:
            filling.cancel()


async def annotate_rows(
    rows: AsyncGenerator[Row], pool: AnnotationPool
) -> AsyncGenerator[tuple[int, bytes | str]]:
    """Annotate numbered items in their order, a few ahead of the reader.

    Yields each number with its document object, or with the reason why there is none.
    """
    pending: deque[tuple[int, Item, Future[Outcome]] | tuple[int, str]] = deque()
    try:
        async with aclosing(rows):
            async for number, item in rows:
                pending.append(_sent(number, item, pool))
                while len(pending) > 2 * pool.size:
                    yield await _answer(pending.popleft())
        while pending:
            yield await _answer(pending.popleft())
    finally:
        for one in pending:
            if len(one) == 3:
                one[2].cancel()


def answer_line(number: int, answer: bytes | str) -> bytes:
    """The line that answers a line or row: its document object, or why there is none."""
    if isinstance(answer, bytes):
        return answer + b"\n"
    return orjson.dumps({"line": number, "detail": answer}) + b"\n"


def _item(line: bytes) -> Item | str:
    try:
        return text_item(parse_model(AnnotateRequest, line))
    except HTTPException as error:
        return error.detail


def _sent(
    number: int, item: Item | str, pool: AnnotationPool
) -> tuple[int, Item, Future[Outcome]] | tuple[int, str]:
    if isinstance(item, str):
        return number, item
    try:
        return number, item, pool.submit(item, patient=True)
    except Busy:
        return number, "the service stops"


async def _answer(
    one: tuple[int, Item, Future[Outcome]] | tuple[int, str],
) -> tuple[int, bytes | str]:
    if len(one) == 2:
        return one
    number, item, future = one
    try:
        return number, checked(item, await asyncio.wrap_future(future))
    except HTTPException as error:
        return number, error.detail
    except (TookTooLong, RenzhiError) as error:
        return number, str(error)


class BatchResponse(Response):
    """Sends lines as they come.

    Unlike a StreamingResponse it leaves ``receive`` alone, which the lines are still read from.
    """

    media_type = "application/x-ndjson"

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        super().__init__()
        self._lines = lines
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        begin = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(begin)
        try:
            async for line in self._lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
        except ClientDisconnect:
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
