"""JSON Lines in, JSON Lines out, in order, in memory that does not grow with the stream.

What arrives is put on disk at once and read from there, so that a client which sends all before
it reads anything is never blocked, and one that reads slowly holds up nobody.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from typing import IO

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

__all__ = ["BatchResponse", "annotate_lines"]


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


async def annotate_lines(
    request: Request, pool: AnnotationPool, max_line: int
) -> AsyncIterator[bytes]:
    """Annotate each line of the body; a line that cannot be is answered by its reason.

    Yields ``{"line": 3, "detail": "…"}`` for such a line, and as the last one where the stream
    itself broke off.
    """
    pending: deque[tuple[int, Item, Future[Outcome]] | tuple[int, str]] = deque()
    number = 0
    with tempfile.TemporaryFile() as file:
        spool = _Spool(file, max_line)
        filling = asyncio.create_task(spool.fill(request))
        try:
            async for line in spool.lines():
                number += 1
                if line is None or line.strip():
                    long = f"is longer than {max_line} bytes"
                    pending.append((number, long) if line is None else _sent(number, line, pool))
                while len(pending) > 2 * pool.size:
                    yield await _answer(pending.popleft())
                if filling.done() and await request.is_disconnected():
                    return
            while pending:
                yield await _answer(pending.popleft())
        except HTTPException as error:
            while pending:
                yield await _answer(pending.popleft())
            yield _reason(number + 1, error.detail)
        finally:
            filling.cancel()
            for one in pending:
                if len(one) == 3:
                    one[2].cancel()


def _sent(
    number: int, line: bytes, pool: AnnotationPool
) -> tuple[int, Item, Future[Outcome]] | tuple[int, str]:
    try:
        item = text_item(parse_model(AnnotateRequest, line))
        return number, item, pool.submit(item, patient=True)
    except HTTPException as error:
        return number, error.detail
    except Busy:
        return number, "the service stops"


async def _answer(one: tuple[int, Item, Future[Outcome]] | tuple[int, str]) -> bytes:
    if len(one) == 2:
        return _reason(*one)
    number, item, future = one
    try:
        return checked(item, await asyncio.wrap_future(future)) + b"\n"
    except HTTPException as error:
        return _reason(number, error.detail)
    except (TookTooLong, RenzhiError) as error:
        return _reason(number, str(error))


def _reason(number: int, detail: str) -> bytes:
    return orjson.dumps({"line": number, "detail": detail}) + b"\n"


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
