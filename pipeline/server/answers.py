"""What the routes share: annotating one item, and answers as OpenAPI describes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException

from pipeline.errors import RenzhiError
from pipeline.runner.work import Outcome
from pipeline.server.pool import AnnotationPool, Busy, TookTooLong
from pipeline.sources.items import Item

__all__ = ["ERRORS", "Problem", "annotate_item", "checked", "misfit"]


class Problem(BaseModel):
    """Why a request was not answered, in one line."""

    detail: str


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "the body is malformed",
        401: "the bearer token is missing or wrong",
        403: "the request comes from a page of another site",
        408: "the body arrived, or the document was annotated, too slowly",
        413: "the body is too large",
        415: "the body is of a kind that is not read here",
        421: "the service is not addressed by this host name",
        422: "the body or a parameter does not fit, or the document cannot be read",
        429: "too many documents wait; try again",
        503: "the service starts or stops, or cannot use its workers or its store",
    }.items()
}


async def annotate_item(pool: AnnotationPool, item: Item) -> bytes:
    """Annotate one item: the JSON of its document object.

    RAISES HTTPException: 408, 422, 429 or 503, as in ERRORS.
    """
    try:
        outcome = await asyncio.wrap_future(pool.submit(item))
    except Busy:
        raise HTTPException(
            429, "too many documents wait; try again", {"retry-after": "1"}
        ) from None
    except TookTooLong as error:
        raise HTTPException(408, f"{item.name}: {error}") from error
    except RenzhiError as error:
        raise HTTPException(503, str(error)) from error
    return checked(item, outcome)


def checked(item: Item, outcome: Outcome) -> bytes:
    """The document of an outcome. RAISES HTTPException: 422 it was rejected."""
    if outcome.stage is not None:
        raise HTTPException(422, f"{item.name}: {outcome.reason}")
    return outcome.document


def misfit(problem: Mapping[str, Any], *, skip: int = 0) -> str:
    """One of pydantic's errors as one line: what does not fit, and why.

    skip: how many steps of its place say nothing to who reads it.
    """
    where = ".".join(map(str, problem["loc"][skip:])) or "body"
    return " ".join(f"{where}: {problem['msg']}".split())
