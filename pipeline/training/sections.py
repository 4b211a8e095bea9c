"""Configuration files (.cfg) read into checked models; an error is one line with file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from thinc.config import Config

from pipeline.errors import BadInputError, ConfigError

__all__ = ["Section", "read_sections"]


class Section(BaseModel):
    """Base of all sections: immutable, and an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=Section)


def read_sections(path: Path, model: type[Model], within: str | None = None) -> Model:
    """Read a configuration file into a model of its sections.

    within: the one section that holds the others, where the file has it.
    RAISES BadInputError: the file cannot be read. ConfigError: an unknown key, or a value of the
    wrong kind.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), "not UTF-8 text") from error
    except OSError as error:
        raise BadInputError(str(path), str(error.strerror)) from error
    try:
        plain: dict[str, Any] = Config().from_str(text)
    except ValueError as error:
        first_line = next(iter(str(error).strip().splitlines()), "not a config file")
        raise ConfigError(f"{path}: {first_line}") from error
    try:
        return model.model_validate(plain.get(within, plain) if within else plain)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        kind = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].lower()
        raise ConfigError(f"{path}: {key}: {kind}") from error
