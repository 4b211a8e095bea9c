"""The ASGI application: service and page in one process, workers beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from pipeline.errors import RenzhiError
from pipeline.model import find_model, read_meta
from pipeline.runner.work import ANNOTATOR, Job
from pipeline.server import api, corpus, documents
from pipeline.server.answers import misfit
from pipeline.server.batch import Places
from pipeline.server.database import StoreError
from pipeline.server.guard import Guard
from pipeline.server.metrics import Metrics
from pipeline.server.options import ServerOptions
from pipeline.server.pool import AnnotationPool
from pipeline.server.results import Results
from pipeline.server.store import Store
from pipeline.sources.items import ReadOptions
from pipeline.vendor import cytoscape

__all__ = ["create_app"]


def create_app(options: ServerOptions) -> FastAPI:
    """Make the application; its workers start with its lifespan and end with it.

    RAISES ModelError: the model is missing, or does not say what it is. BadInputError: the
    results are none, or the store cannot be used. The lifespan, as it begins, raises StoreError:
    the store cannot be used; and RenzhiError: a worker cannot be set up.
    """
    store = Store(options.store)
    results = None if options.results is None else Results(options.results, options.store)
    folder = find_model(options.model.get("model"))
    about = read_meta(folder)
    model = {key: value for key, value in about.items() if key in {"lang", "name", "version"}}
    metrics, places = Metrics(), Places(options.batches)
    pool = AnnotationPool(
        Job(ANNOTATOR, options.model, ReadOptions(max_characters=options.max_characters)),
        size=options.workers,
        timeout=options.timeout,
        waiting=options.waiting,
        metrics=metrics,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(store.prepare)
        await asyncio.to_thread(pool.start)
        if results is not None:
            results.refresh_soon()
        try:
            yield
        finally:
            await asyncio.to_thread(pool.close)

    app = FastAPI(
        title="renzhi (任职)",
        description="Who holds which post, read off Chinese government and newspaper pages.",
        version=version("renzhi"),
        lifespan=lifespan,
        docs_url=None,  # the pages of FastAPI load scripts from elsewhere
        redoc_url=None,
    )
    app.add_middleware(Guard, options=options, metrics=metrics)
    app.add_exception_handler(RenzhiError, _tell)
    app.add_exception_handler(RequestValidationError, _tell_misfit)
    app.include_router(api.make_router(pool, places, options, metrics, model))
    app.include_router(documents.make_router(pool, places, store, options))
    if results is not None:
        app.include_router(corpus.make_router(results, store))
    _add_page(app)
    return app


def _tell(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 503 if isinstance(error, StoreError) else 422)


def _tell_misfit(_: Request, error: Exception) -> JSONResponse:
    """Like every other failure one line, where FastAPI would send a list of objects."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": misfit(error.errors()[0], skip=1)}, 422)


def _add_page(app: FastAPI) -> None:
    script = cytoscape()

    @app.get("/vendor/cytoscape.min.js", include_in_schema=False)
    async def vendored() -> Response:
        return Response(script, media_type="text/javascript")

    static: Any = files("pipeline.server").joinpath("static")
    app.mount("/", StaticFiles(directory=Path(str(static)), html=True))
