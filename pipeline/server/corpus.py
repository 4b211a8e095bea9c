"""The routes of the corpus view."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from pipeline.server.answers import ERRORS
from pipeline.server.documents import NOT_FOUND, DocumentView, view
from pipeline.server.results import ResultRow, Results
from pipeline.server.store import NoDocumentError, Store
from pipeline.server.uploads import json_body

__all__ = ["make_router"]


class ResultList(BaseModel):
    """Documents found; indexing: whether the index is still being made; failure: why it is not."""

    total: int
    indexing: bool
    failure: str | None
    documents: list[ResultRow]


def make_router(results: Results, store: Store) -> APIRouter:
    """Make the routes over one corpus."""
    router = APIRouter(responses=ERRORS)

    @router.get("/v1/results")
    async def search(
        q: Annotated[str, Query(max_length=100, description="words that names must hold")] = "",
        field: Literal["any", "person", "post", "organisation", "place", "programme"] = "any",
        sort: Literal["doubt", "date", "name"] = "doubt",
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ResultList:
        """Search the corpus by the names in it; the least certain documents come first."""
        results.refresh_soon()
        total, rows = await asyncio.to_thread(results.search, q, field, sort, offset, limit)
        return ResultList(
            total=total, indexing=results.indexing, failure=results.failure, documents=rows
        )

    @router.post("/v1/results/{number}/open", response_model=DocumentView, responses=NOT_FOUND)
    async def open_result(
        number: Annotated[int, PathParameter(ge=1, le=2**53)], request: Request
    ) -> Response:
        """Take a document of the corpus to the workbench."""
        await json_body(request)
        try:
            return await asyncio.to_thread(_open, results, store, number)
        except NoDocumentError as error:
            raise HTTPException(404, "there is no such document") from error

    return router


def _open(results: Results, store: Store, number: int) -> Response:
    return view(store.open(results.read(number)))
