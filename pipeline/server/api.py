"""The routes that annotate and tell about the service; nothing of theirs is kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from pipeline.schema import SCHEMA_VERSION, Annotation, Label, RelationType
from pipeline.server.answers import ERRORS, annotate_item
from pipeline.server.batch import (
    BatchResponse,
    Places,
    Row,
    annotate_lines,
    annotate_rows,
    answer_line,
)
from pipeline.server.guard import BATCH
from pipeline.server.metrics import Metrics
from pipeline.server.options import ServerOptions
from pipeline.server.pool import AnnotationPool
from pipeline.server.tables import table_rows
from pipeline.server.uploads import AnnotateRequest, Table, read_upload, request_schema

__all__ = ["BODY", "Health", "Info", "make_router"]

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": request_schema(AnnotateRequest)},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": (
                                "text, PDF, HTML, DOCX, or a table of documents "
                                "(JSON Lines, CSV, Parquet), told by name and content"
                            ),
                        },
                        "meta": {
                            "type": "string",
                            "description": "a JSON object of metadata, for every row of a table",
                        },
                    },
                }
            },
        },
    }
}
ANSWERED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
}
LINES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
}


class Health(BaseModel):
    """status: ``ok`` while documents are taken."""

    status: str


class Info(BaseModel):
    """Versions, the model, the labels and relations it knows, and the limits that hold here."""

    renzhi: str
    schema_version: str
    model: dict[str, Any]
    labels: list[str]
    relations: list[str]
    limits: dict[str, float]
    token: bool
    results: str | None


def make_router(
    pool: AnnotationPool,
    places: Places,
    options: ServerOptions,
    metrics: Metrics,
    model: dict[str, Any],
) -> APIRouter:
    """Make the routes. model: what `info` says of the model."""
    router = APIRouter(responses=ERRORS)

    @router.post("/v1/annotate", response_model=Annotation, responses=ANSWERED, openapi_extra=BODY)
    async def annotate(request: Request) -> Response:
        """Annotate one text or file: the document object that `renzhi annotate` writes.

        A table of documents (JSON Lines, CSV, Parquet) is answered like a batch: by JSON Lines,
        one document object a row, ``{"line": 3, "detail": "the reason"}`` for a row without one.
        """
        upload = await read_upload(request)
        if isinstance(upload, Table):
            lines = await places.take(_answers(table_rows(request, upload, options), pool))
            first = await anext(lines, b"")  # a file that cannot be read at all raises here
            return BatchResponse(_chain(first, lines))
        document = await annotate_item(pool, upload)
        return Response(document, media_type="application/json")

    @router.post(BATCH, response_class=Response, responses=ANSWERED, openapi_extra=LINES)
    async def annotate_batch(request: Request) -> Response:
        """Annotate JSON Lines of texts: one document object a line, in their order.

        A line that cannot be annotated is answered by ``{"line": 3, "detail": "the reason"}``.
        """
        return BatchResponse(await places.take(annotate_lines(request, pool, options.max_body)))

    @router.get("/v1/health")
    async def health() -> Health:
        """Say whether documents are taken."""
        return Health(status="ok")

    @router.get("/v1/info")
    async def info() -> Info:
        """Tell versions, model and limits."""
        return Info(
            renzhi=version("renzhi"),
            schema_version=SCHEMA_VERSION,
            model=model,
            labels=list(Label),
            relations=list(RelationType),
            limits={
                "body_bytes": options.max_body,
                "batch_bytes": options.max_batch,
                "characters": options.max_characters,
                "seconds": options.timeout,
                "waiting": options.waiting,
                "workers": options.workers,
            },
            token=options.token is not None,
            results=None if options.results is None else options.results.resolve().name,
        )

    @router.get("/metrics", response_class=Response)
    async def prometheus() -> Response:
        """Numbers about the service for Prometheus."""
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


async def _answers(rows: AsyncGenerator[Row], pool: AnnotationPool) -> AsyncGenerator[bytes]:
    async with aclosing(annotate_rows(rows, pool)) as answers:
        async for number, answer in answers:
            yield answer_line(number, answer)


async def _chain(first: bytes, lines: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(lines):
        yield first
        async for line in lines:
            yield line
