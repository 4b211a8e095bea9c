"""What every format module gives, and the parts that several of them share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pipeline.annotations.native import GoldDocument
from pipeline.errors import BadInputError
from pipeline.schema import Label, RelationType, Span

__all__ = [
    "Format",
    "Losses",
    "Names",
    "check_spans",
    "offsets",
    "read_json_lines",
    "read_rows",
    "read_text",
]

T = TypeVar("T")
Losses = Counter[str]
"""How often something could not be kept, by a plain description of it."""


@dataclass(frozen=True)
class Names:
    """What a foreign file calls our labels and relations; our own names always hold.

    given: foreign name → ours, such as ``{"人物": "PER", "任职": "holds_post"}``.
    """

    given: Mapping[str, str] = field(default_factory=dict)

    def label(self, name: str, losses: Losses) -> Label | None:
        """Return the label, or count a mention that is left out."""
        ours = self.given.get(name, name)
        if ours in tuple(Label):
            return Label(ours)
        losses[f"mentions of the label '{name}', which is none of ours"] += 1
        return None

    def relation(self, name: str, losses: Losses) -> RelationType | None:
        """Return the relation, or count a triple that is left out."""
        ours = self.given.get(name, name)
        if ours in tuple(RelationType):
            return RelationType(ours)
        losses[f"triples of the relation '{name}', which is none of ours"] += 1
        return None


Reader = Callable[[Path, Names, Losses], Iterator[GoldDocument]]
Writer = Callable[[Iterable[GoldDocument], Path, Losses], None]


@dataclass(frozen=True)
class Format:
    """One gold format.

    read: path, names and losses → documents; raises BadInputError with file and line.
    write: documents, path, losses; what the format cannot hold is counted in losses.
    about: one line for `--help`.
    """

    name: str
    about: str
    read: Reader
    write: Writer


def check_spans(document: GoldDocument, where: str) -> GoldDocument:
    """Return the document when each mention lies in its text.

    RAISES BadInputError: one lies outside or holds no character.
    """
    for start, end, label in document.entities:
        if not 0 <= start < end <= len(document.text):
            size = len(document.text)
            reason = f"{label} at [{start}, {end}) does not lie in the text of {size} characters"
            raise BadInputError(where, reason)
    return document


def read_rows(
    rows: Iterable[tuple[str, T]], make: Callable[[T, str], GoldDocument], kind: str
) -> Iterator[GoldDocument]:
    """Make a document of each row, a place in a file and what stands there.

    make: gives the document of a row at a place. kind: what a row ought to be, for the message.
    RAISES BadInputError: a row is of another build, or a mention lies outside of the text.
    """
    for where, row in rows:
        try:
            document = make(row, where)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"not {kind}: {type(error).__name__} {error}"
            raise BadInputError(where, reason) from error
        yield check_spans(document, where)


def read_text(path: Path, *, bom: bool = True) -> str:
    """Return a UTF-8 file's text, its line ends untouched.

    bom: whether a byte order mark at the start is left out.

    RAISES BadInputError: it cannot be read or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig" if bom else "utf-8")
    except UnicodeDecodeError as error:
        raise BadInputError(str(path), "not UTF-8 text") from error
    except OSError as error:
        raise BadInputError(str(path), error.strerror or "cannot be read") from error


def read_json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield FILE:LINE and the object of each line that is not blank.

    RAISES BadInputError: the file cannot be read, or a line is no JSON object with a text.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            row = json.loads(line.strip())
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInputError(where, "not JSON") from error
        if not isinstance(row, dict):
            raise BadInputError(where, "a document must be a JSON object")
        if not isinstance(row.get("text"), str):
            raise BadInputError(where, "key 'text' is missing or no string")
        yield where, row


def offsets(where: str, start: object, end: object) -> Span:
    """Return both offsets. RAISES BadInputError: one is no whole number."""
    if not (isinstance(start, int) and isinstance(end, int)) or isinstance(start, bool):
        raise BadInputError(where, f"offsets must be whole numbers, not {start!r} and {end!r}")
    return start, end
