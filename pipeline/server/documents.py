"""The routes of the workbench: documents that are kept, their corrections, and exports."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from pipeline.annotations.formats import FORMATS, Losses
from pipeline.annotations.native import gold_line
from pipeline.schema import Article, Label, Meta, RelationType, Span
from pipeline.server.answers import ERRORS, Problem, annotate_item
from pipeline.server.api import BODY
from pipeline.server.batch import Places, annotate_rows
from pipeline.server.options import ServerOptions
from pipeline.server.pages import PageDocument
from pipeline.server.pool import AnnotationPool
from pipeline.server.review import Edit, EditError
from pipeline.server.store import (
    DocumentRow,
    NoDocumentError,
    NothingToUndoError,
    Opened,
    Store,
    gold_of,
)
from pipeline.server.tables import table_rows
from pipeline.server.uploads import Table, json_body, parse_model, read_upload, request_schema

__all__ = ["DocumentView", "make_router", "view"]

T = TypeVar("T")
MAX_ROWS = 500  # of a table that is opened on the workbench
Key = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{24}$", description="of a document")]
Who = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "there is no such document"},
    409: {"model": Problem, "description": "the correction does not fit the document"},
}
SUFFIXES = {"native": ".jsonl", "doccano": ".jsonl", "label-studio": ".json", "brat": ""}


class MentionView(BaseModel):
    """A mention under review, in raw characters; state: what a person says of it."""

    id: str
    label: Label
    start: int
    end: int
    spans: list[Span]
    text: str
    name: str
    entity: int | None
    score: float | None
    origin: str | None
    state: str


class TripleView(BaseModel):
    """A triple under review; spans and cues in raw characters."""

    id: str
    head: str
    relation: RelationType
    tail: str
    qualifiers: dict[str, str]
    spans: list[Span]
    cues: list[Span]
    rule: str | None
    score: float | None
    state: str
    live: bool


class LogView(BaseModel):
    """One correction that stands: who made it and when (ISO 8601, UTC)."""

    number: int
    who: str
    at: str
    edit: Edit


class DocumentView(BaseModel):
    """A document on the workbench. raw: the page as given; kept: what repair keeps of it."""

    key: str
    name: str
    meta: Meta
    raw: str
    kept: list[Span]
    text: str
    articles: list[Article]
    mentions: list[MentionView]
    triples: list[TripleView]
    log: list[LogView]
    done: bool


class DocumentList(BaseModel):
    """Some of the documents, the last touched first."""

    total: int
    documents: list[DocumentRow]


class RowProblem(BaseModel):
    """Why a row of a table gave no document."""

    line: int
    detail: str


class OpenedTable(BaseModel):
    """The documents of an uploaded table, in its order, and the rows that gave none."""

    documents: list[DocumentRow]
    failed: list[RowProblem]


class EditRequest(BaseModel):
    """A correction and who makes it."""

    model_config = ConfigDict(extra="forbid")

    who: Who
    edit: Edit


class UndoRequest(BaseModel):
    """Who takes the last correction back."""

    model_config = ConfigDict(extra="forbid")

    who: Who


def view(opened: Opened) -> Response:
    """A document as the browser gets it."""
    page, review = opened.page, opened.review
    shown = DocumentView.model_validate({
        "key": opened.key,
        "name": page.display_name,
        "meta": page.meta,
        "raw": page.raw,
        "kept": page.kept,
        "text": page.text,
        "articles": page.articles,
        "mentions": [asdict(one) for one in review.mentions.values()],
        "triples": [asdict(one) for one in review.triples.values()],
        "log": [{"number": n, "who": who, "at": at, "edit": e} for n, who, at, e in opened.log],
        "done": review.done,
    })
    return Response(shown.model_dump_json(), media_type="application/json")


def make_router(
    pool: AnnotationPool, places: Places, store: Store, options: ServerOptions
) -> APIRouter:
    """Make the routes over a pool and a store."""
    router = APIRouter(responses=ERRORS)

    @router.post("/v1/documents", response_model=DocumentView | OpenedTable, openapi_extra=BODY)
    async def open_document(request: Request) -> Response:
        """Annotate a text or file and keep it, to be looked at and corrected.

        Of a table of documents every row is kept (the first 500), and the list of them answered.
        """
        upload = await read_upload(request)
        if isinstance(upload, Table):
            rows = annotate_rows(table_rows(request, upload, options), pool)
            return await _keep_rows(store, await places.take(rows))
        data = await annotate_item(pool, upload)
        return await asyncio.to_thread(_open, store, data)

    @router.get("/v1/documents")
    async def list_documents(
        offset: Annotated[int, Query(ge=0, le=2**40)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> DocumentList:
        """List the documents that are kept, the last touched first."""
        total, rows = await asyncio.to_thread(store.rows, offset, limit)
        return DocumentList(total=total, documents=rows)

    @router.get("/v1/documents/{key}", response_model=DocumentView, responses=NOT_FOUND)
    async def get_document(key: Key) -> Response:
        """Get a document with its corrections."""
        return await _run(_viewed, store.get, key)

    @router.delete("/v1/documents/{key}", status_code=204, responses=NOT_FOUND)
    async def delete_document(key: Key) -> None:
        """Forget a document, its corrections and its gold."""
        await _run(store.delete, key)

    @router.post(
        "/v1/documents/{key}/edits",
        response_model=DocumentView,
        responses=NOT_FOUND,
        openapi_extra=_json(EditRequest),
    )
    async def correct(key: Key, request: Request) -> Response:
        """Correct a document; every correction can be undone."""
        given = parse_model(EditRequest, await json_body(request))
        return await _run(_viewed, store.add, key, given.who, given.edit)

    @router.post(
        "/v1/documents/{key}/undo",
        response_model=DocumentView,
        responses=NOT_FOUND,
        openapi_extra=_json(UndoRequest),
    )
    async def undo(key: Key, request: Request) -> Response:
        """Take the last correction back; the log keeps who did so and when."""
        given = parse_model(UndoRequest, await json_body(request))
        return await _run(_viewed, store.undo, key, given.who)

    @router.get("/v1/documents/{key}/gold", response_class=Response, responses=NOT_FOUND)
    async def document_gold(key: Key) -> Response:
        """Get one document as a line of native gold."""
        opened = await _run(store.get, key)
        return _download(gold_line(gold_of(opened)) + "\n", f"{key}.jsonl")

    @router.get("/v1/export", response_class=FileResponse)
    async def export(
        format: Annotated[  # noqa: A002 - the name in the URL
            Literal["native", "doccano", "label-studio", "brat"], Query()
        ] = "native",
        checked: Annotated[bool, Query(description="only documents marked as checked")] = False,
    ) -> Response:
        """Download the gold of all corrected documents; brat comes as a ZIP archive."""
        folder, path = await asyncio.to_thread(_export, store, format, checked)
        sweep = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
        return FileResponse(path, filename=path.name, background=sweep)

    return router


def _open(store: Store, data: bytes) -> Response:
    return view(store.open(PageDocument.model_validate_json(data)))


async def _keep_rows(store: Store, rows: AsyncGenerator[tuple[int, bytes | str]]) -> Response:
    kept: dict[str, DocumentRow] = {}
    failed: list[RowProblem] = []
    async with aclosing(rows):
        async for number, answer in rows:
            if len(kept) + len(failed) == MAX_ROWS:
                reason = f"a table of more than {MAX_ROWS} documents is for `renzhi annotate`"
                failed.append(RowProblem(line=number, detail=f"{reason}; the rest was not read"))
                break
            if isinstance(answer, str):
                failed.append(RowProblem(line=number, detail=answer))
                continue
            row = await asyncio.to_thread(_keep, store, answer)
            kept[row.key] = row
    table = OpenedTable(documents=list(kept.values()), failed=failed)
    return Response(table.model_dump_json(), media_type="application/json")


def _keep(store: Store, data: bytes) -> DocumentRow:
    return store.row(store.open(PageDocument.model_validate_json(data)).key)


def _viewed(call: Callable[..., Opened], *args: Any) -> Response:
    return view(call(*args))


async def _run(call: Callable[..., T], *args: Any) -> T:
    try:
        return await asyncio.to_thread(call, *args)
    except EditError as error:
        raise HTTPException(409, str(error)) from error
    except NothingToUndoError as error:
        raise HTTPException(409, "there is nothing to undo") from error
    except NoDocumentError as error:
        raise HTTPException(404, "there is no such document") from error


def _json(model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": request_schema(model)}}
    return {"requestBody": {"required": True, "content": content}}


def _download(text: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/x-ndjson", headers=headers)


def _export(store: Store, name: str, checked: bool) -> tuple[Path, Path]:
    """Write an export below the store; gives the folder to remove and the file to send."""
    folder = Path(tempfile.mkdtemp(dir=store.scratch()))
    try:
        path = folder / f"renzhi-gold-{name}{SUFFIXES[name]}"
        FORMATS[name].write(store.gold(done=checked), path, Losses())
        return folder, _zipped(path) if path.is_dir() else path
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _zipped(folder: Path) -> Path:
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.iterdir()):
            out.write(path, path.name)
    return archive
