"""Plain text files."""

from __future__ import annotations

from pipeline.errors import BadInputError
from pipeline.sources.encodings import control_reason, decode, decode_as, looks_binary

__all__ = ["parse_text"]


def parse_text(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Text of a file and the encoding it was read in; line ends stay as they are.

    RAISES BadInputError: the file is binary, or not in the given encoding.
    """
    text, used = decode_as(data, encoding, name) if encoding else decode(data, name)
    if looks_binary(text):
        raise BadInputError(name, control_reason(text))
    return text, used
