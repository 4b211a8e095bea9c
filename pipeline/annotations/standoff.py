"""Stand-off gold: annotations kept without the text they belong to, which others publish.

The annotation file is JSON Lines: ``{"source", "sha256", "entities"}``, offsets into the article of
that id. The texts are gzip files of articles, each behind a line ``## id``, one paragraph a line.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.annotations.native import gold_lines
from pipeline.errors import BadInputError

__all__ = ["attach", "read_articles"]

KEYS = (("source", str, "a text"), ("sha256", str, "a text"), ("entities", list, "a list"))


def attach(standoff: Path, texts: Path) -> Iterator[dict[str, Any]]:
    """Join annotations with their texts into rows of the native gold format, in file order.

    texts: folder of ``*.txt.gz`` files of articles.
    RAISES BadInputError: a file cannot be read, a line is no annotation, an article is missing, or
    its text is not the one that was annotated.
    """
    articles = dict(read_articles(texts))
    for where, line in gold_lines(standoff):
        row = _row(line, where)
        text = articles.get(row["source"])
        if text is None:
            raise BadInputError(where, f"no article '{row['source']}' under {texts}")
        if hashlib.sha256(text.encode("utf-8")).hexdigest() != row["sha256"]:
            raise BadInputError(where, f"article '{row['source']}' is not the annotated text")
        yield {"id": row["source"], "text": text, "entities": row["entities"], "triples": []}


def _row(line: str, where: str) -> dict[str, Any]:
    """One line of annotations. RAISES BadInputError: it is none."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInputError(where, f"not JSON: {error.msg}, column {error.colno}") from error
    except RecursionError as error:
        raise BadInputError(where, "not an annotation: JSON nested too deep") from error
    if not isinstance(row, dict):
        raise BadInputError(where, "an annotation must be a JSON object")
    for key, kind, words in KEYS:
        if not isinstance(row.get(key), kind):
            raise BadInputError(where, f"'{key}' must be {words}")
    return row


def read_articles(texts: Path) -> Iterator[tuple[str, str]]:
    """Yield (id, text) of every article in the ``*.txt.gz`` files of a folder, sorted by file.

    RAISES BadInputError: there is no such file, or one is damaged.
    """
    files = sorted(texts.glob("*.txt.gz"))
    if not files:
        raise BadInputError(str(texts), "holds no .txt.gz file of articles")
    for file in files:
        try:
            yield from _articles(file)
        except (OSError, EOFError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BadInputError(str(file), reason) from error


def _articles(file: Path) -> Iterator[tuple[str, str]]:
    identifier: str | None = None
    paragraphs: list[str] = []
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            content = line.rstrip("\n")
            if content.startswith("## "):
                if identifier is not None:
                    yield identifier, "\n".join(paragraphs)
                identifier, paragraphs = content[3:].strip(), []
            elif content.strip():
                paragraphs.append(content)
    if identifier is not None:
        yield identifier, "\n".join(paragraphs)
