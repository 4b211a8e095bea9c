"""Metadata beside a document: the sidecar file, a table's columns, the pattern of a file name.

What stands closest to the document wins: its own row, then the sidecar, then the file name, then
what the file says of itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from pipeline.errors import BadInputError, ConfigError
from pipeline.schema import NO_SUCH_DATE, Meta
from pipeline.sources.opening import open_file

__all__ = [
    "META_KEYS",
    "SIDECAR_SUFFIX",
    "build_meta",
    "compile_pattern",
    "flat_meta",
    "iso_date",
    "join_meta",
    "match_pattern",
    "read_sidecar",
    "sidecar_paths",
]

SIDECAR_SUFFIX = ".meta.json"
META_KEYS = ("issue_date", "home_place", "newspaper")
DIGITS = {"%Y": r"\d{4}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%%": "%"}


def sidecar_paths(path: Path) -> tuple[Path, Path]:
    """Where the sidecar of ``page.txt`` may be: ``page.meta.json`` or ``page.txt.meta.json``."""
    return (
        path.with_name(path.stem + SIDECAR_SUFFIX),
        path.with_name(path.name + SIDECAR_SUFFIX),
    )


def read_sidecar(path: Path, max_bytes: int = 1_000_000) -> bytes | None:
    """Bytes of the document's sidecar, or None where it has none.

    RAISES BadInputError: a sidecar is there and cannot be read.
    """
    for sidecar in sidecar_paths(path):
        try:
            with open_file(sidecar) as file:
                data = file.read(max_bytes + 1)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            reason = f"its {sidecar.name} cannot be read: {error.strerror}"
            raise BadInputError(str(path), reason) from error
        if len(data) > max_bytes:
            raise BadInputError(str(path), f"its {sidecar.name} is longer than {max_bytes} bytes")
        return data
    return None


def build_meta(name: str, *layers: Mapping[str, Any] | bytes | None) -> Meta:
    """One Meta out of layers of metadata, the first that has a key wins; bytes are JSON objects.

    RAISES BadInputError: a layer is no JSON object, or a value does not fit.
    """
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        if layer:
            values = layer if isinstance(layer, Mapping) else _load_object(name, layer)
            merged |= {key: value for key, value in values.items() if value is not None}
    try:
        return Meta.model_validate(merged)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        reason = (
            f"metadata '{key}' is {first['input']!r}: {_plain(key, first['type'], first['msg'])}"
        )
        raise BadInputError(name, reason) from error


def flat_meta(row: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata that a table's row has in columns of its own; an empty cell is none."""
    return {
        key: iso_date(row[key]) for key in META_KEYS if row.get(key) is not None and row[key] != ""
    }


def join_meta(nested: Mapping[str, Any], flat: Mapping[str, Any]) -> dict[str, Any]:
    """One object of a row's ``meta`` and its columns; where both say something, ``meta`` wins.

    RAISES TypeError: ``nested`` is no mapping.
    """
    joined = {**nested}
    for key, value in flat.items():
        if joined.get(key) is None:
            joined[key] = value
    return joined


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Regular expression of a file-name pattern such as ``{newspaper}-{issue_date:%Y-%m-%d}``.

    A field is any text, or a date in the directives %Y, %m and %d; it becomes a metadata key.
    The pattern describes the name without its suffix; with a ``/`` in it, also folders above.
    RAISES ConfigError: the pattern is malformed.
    """
    return _compile(pattern)


def match_pattern(pattern: str, path: Path) -> dict[str, str]:
    """Metadata that a file's name holds; empty where the name does not fit the pattern.

    RAISES BadInputError: the name holds a date that does not exist. ConfigError: as above.
    """
    depth = pattern.count("/") + 1
    stem = "/".join((*path.parts[:-1], path.stem)[-depth:])
    match = _compile(pattern).fullmatch(stem)
    if match is None:
        return {}
    groups = {key: value for key, value in match.groupdict().items() if value is not None}
    found = {key[2:]: value for key, value in groups.items() if key.startswith("v_")}
    dates = {key[4:] for key in groups if key.startswith("y_y_")}
    for field in sorted(dates):
        parts = [groups.get(f"{unit}_{unit}_{field}") for unit in "ymd"]
        found[field] = _join_date(parts, str(path))
    return found


def iso_date(value: Any) -> Any:
    """A column's date or timestamp as ISO 8601 text; other values as they are."""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


@cache
def _compile(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    for index, piece in enumerate(re.split(r"\{([^{}]*)\}", pattern)):
        if index % 2 == 0:
            if "{" in piece or "}" in piece:
                raise ConfigError(f"--meta-pattern '{pattern}': a brace is not closed")
            parts.append(re.escape(piece))
            continue
        field, _, spec = piece.partition(":")
        if not field.isidentifier():
            raise ConfigError(f"--meta-pattern '{pattern}': '{field}' is not a name")
        parts.append(_date_regex(pattern, field, spec) if spec else f"(?P<v_{field}>[^/]+?)")
    try:
        return re.compile("".join(parts))
    except re.error as error:
        raise ConfigError(f"--meta-pattern '{pattern}': {error.msg}") from error


def _date_regex(pattern: str, field: str, spec: str) -> str:
    out = []
    for literal, directive in re.findall(r"([^%]+)|(%.?)", spec):
        if literal:
            out.append(re.escape(literal))
        elif directive not in DIGITS:
            raise ConfigError(f"--meta-pattern '{pattern}': only %Y, %m and %d, not '{directive}'")
        elif directive == "%%":
            out.append("%")
        else:
            # without separators a month or a day has two digits, or 20140425 could be cut anywhere
            digits = DIGITS[directive] if re.search(r"%\w[^%]", spec) else r"\d\d"
            digits = DIGITS["%Y"] if directive == "%Y" else digits
            unit = directive[1].lower()
            out.append(f"(?P<{unit}_{unit}_{field}>{digits})")
    if "%Y" not in spec:
        raise ConfigError(f"--meta-pattern '{pattern}': the date '{field}' needs %Y")
    return "".join(out)


def _join_date(parts: list[str | None], name: str) -> str:
    year, month, day = parts
    text = "-".join(part.zfill(2) for part in (year, month, day if month else None) if part)
    try:
        dt.date(int(year or 0), int(month or 1), int(day or 1))
    except ValueError as error:
        raise BadInputError(name, f"its name gives the date {text}: {error}") from error
    return text


def _load_object(name: str, data: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise BadInputError(name, f"its metadata is not JSON: {error.msg}") from error
    if not isinstance(value, dict):
        raise BadInputError(name, "its metadata is not a JSON object")
    return value


def _plain(key: str, kind: str, message: str) -> str:
    if key == "issue_date" and kind != NO_SUCH_DATE:
        return "a date is written 2014-04-25, 2014-04 or 2014"
    return message[0].lower() + message[1:]
