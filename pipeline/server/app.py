"""The ASGI application: service and page in one process, workers beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from pipeline.errors import RenzhiError
from pipeline.model import find_model
from pipeline.runner.work import ANNOTATOR, Job
from pipeline.server import api, corpus, documents
from pipeline.server.batch import Places
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

    RAISES ModelError: the model is missing. BadInputError: the results are none.
    """
    store = Store(options.store)
    results = None if options.results is None else Results(options.results, options.store)
    folder = find_model(options.model.get("model"))
    about = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    model = {key: about[key] for key in ("lang", "name", "version") if key in about}
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
    app.include_router(api.make_router(pool, places, options, metrics, model))
    app.include_router(documents.make_router(pool, places, store, options))
    if results is not None:
        app.include_router(corpus.make_router(results, store))
    _add_page(app)
    return app


def _tell(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 422)


def _add_page(app: FastAPI) -> None:
    script = cytoscape()

    @app.get("/vendor/cytoscape.min.js", include_in_schema=False)
    async def vendored() -> Response:
        return Response(script, media_type="text/javascript")

    static: Any = files("pipeline.server").joinpath("static")
    app.mount("/", StaticFiles(directory=Path(str(static)), html=True))
