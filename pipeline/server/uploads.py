"""From a request to an item that a worker reads, by the same readers as the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from pipeline.schema import Meta
from pipeline.server.answers import misfit
from pipeline.sources.items import FORMATS, ROW, Item

__all__ = [
    "AnnotateRequest",
    "Table",
    "json_body",
    "parse_model",
    "read_upload",
    "request_schema",
    "text_item",
]

M = TypeVar("M", bound=BaseModel)
CONTAINERS = {"jsonl", "csv", "parquet"}
COMPRESSED = {".gz", ".zst"}
MAGIC = ((b"%PDF-", "pdf"), (b"PK\x03\x04", "docx"), (b"PAR1", "parquet"))
NAME_LENGTH = 200


class AnnotateRequest(BaseModel):
    """A text to annotate. id: becomes the document's id; name: its ``source``."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1)]
    meta: Meta = Meta()
    id: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)] | None = None


def request_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a body that is read by hand; its parts are those of the answers."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


@dataclass(frozen=True)
class Table:
    """An uploaded table of documents: JSON Lines, CSV or Parquet.

    ending: of its file name, such as ``.csv`` or ``.jsonl.gz``. sidecar: metadata of every row.
    """

    name: str
    ending: str
    data: bytes
    sidecar: bytes | None


async def read_upload(request: Request) -> Item | Table:
    """Read a JSON body, or the ``file`` (with ``meta``) of a multipart form.

    RAISES HTTPException: 400 the body is malformed, 415 its type is unknown, 422 it does not fit.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return text_item(parse_model(AnnotateRequest, await request.body()))
    if kind == "multipart/form-data":
        return await _file(request)
    raise HTTPException(415, "send application/json or multipart/form-data with a 'file'")


def text_item(given: AnnotateRequest) -> Item:
    """The item of a text. RAISES HTTPException: 422 the text is blank."""
    if not given.text.strip():
        raise HTTPException(422, "text: is empty")
    row: dict[str, Any] = {"text": given.text, "meta": given.meta.model_dump(exclude_none=True)}
    if given.id is not None:
        row["id"] = given.id
    return Item(_display(given.name), "-", ROW, payload=orjson.dumps(row))


async def json_body(request: Request) -> bytes:
    """The body of a request that must say it is JSON: a form of another site cannot."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "send application/json")
    return await request.body()


def parse_model(model: type[M], body: bytes) -> M:
    """Read a model from JSON. RAISES HTTPException: 400 no JSON, 422 it does not fit."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error}") from error
    return _validated(model, value)


def _validated(model: type[M], value: Any) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise HTTPException(422, misfit(first)) from error


async def _file(request: Request) -> Item | Table:
    async with request.form(max_files=1, max_fields=4) as form:
        file, meta = form.get("file"), form.get("meta")
        if not isinstance(file, UploadFile):
            raise HTTPException(422, "file: is missing")
        data, name = await file.read(), _display(file.filename)
    sidecar = None
    if isinstance(meta, str) and meta.strip():
        sidecar = parse_model(Meta, meta.encode()).model_dump_json(exclude_none=True).encode()
    format_ = _format(name, data)
    if format_ in CONTAINERS:
        return Table(name, _ending(name, format_), data, sidecar)
    return Item(name, "-", format_, payload=data, sidecar=sidecar)


def _display(name: str | None) -> str:
    """A file name as a label: without its folders and control characters; never opened."""
    base = PurePosixPath((name or "").replace("\\", "/")).name
    clean = "".join(char for char in base if char.isprintable())
    return clean.encode("utf-8", "replace").decode()[-NAME_LENGTH:] or "-"


def _format(name: str, data: bytes) -> str:
    path = PurePosixPath(name.lower())
    known = FORMATS.get(path.suffix)
    if path.suffix in COMPRESSED:
        known = FORMATS.get(PurePosixPath(path.stem).suffix)
        if known not in {"jsonl", "csv"}:
            raise HTTPException(
                415, f"{name}: of compressed files only JSON Lines and CSV are read"
            )
    if known is not None:
        return known
    for magic, format_ in MAGIC:
        if data.startswith(magic):
            return format_
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "text"


def _ending(name: str, format_: str) -> str:
    """The ending by which a reader knows the table; what a client names is not a path here."""
    endings = [suffix.lower() for suffix in PurePosixPath(name).suffixes[-2:]]
    known = [one for one in endings if FORMATS.get(one) == format_]
    packed = [one for one in endings[-1:] if one in COMPRESSED]
    return "".join([*(known[-1:] or [f".{format_}"]), *packed])
