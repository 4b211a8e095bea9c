"""renzhi (任职): who holds which post, read off Chinese government and newspaper pages.

>>> import pipeline
>>> annotation = pipeline.annotate("滨州市教育局局长李明说，学校要办好。")
>>> annotation.triples[0].relation
<RelationType.HOLDS_POST: 'holds_post'>
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.annotator import Annotator
    from pipeline.schema import Annotation, Meta, Source

__all__ = ["Annotation", "Meta", "Source", "annotate", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the schema when it is asked for: the command line starts without it."""
    if name in {"Annotation", "Meta", "Source"}:
        from pipeline import schema

        return getattr(schema, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(
    model: str | Path | None = None,
    *,
    rules: Iterable[Path] = (),
    min_score: float | None = None,
    words: bool = False,
) -> Annotator:
    """Load an annotator: a callable from `Source` to `Annotation`.

    model: name or folder of a model, None for the shipped one. rules: rule files of your own.
    min_score: leave out triples scored lower; None takes the shipped default.
    words: take the words of the shipped segmenter as evidence; slower.
    """
    from pipeline.annotator import Annotator

    return Annotator.load(model, rules=rules, min_score=min_score, words=words)


def annotate(source: str | Source, meta: Meta | None = None) -> Annotation:
    """Annotate a text, or a `Source` with metadata, with the shipped model (loaded once).

    meta: what is known of a text given as a string, such as its issue date. Threads may call it;
    they take turns.
    """
    from pipeline.schema import Meta, Source

    if isinstance(source, str):
        source = Source(text=source, meta=meta or Meta())
    return _shared_annotator()(source)


_loading = Lock()


def _shared_annotator() -> Annotator:
    with _loading:  # a cache alone would let two threads load it twice
        return _loaded()


@cache
def _loaded() -> Annotator:
    return load()
