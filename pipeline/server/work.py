"""What a worker of the server does beyond one of a corpus run: it gives the raw page back too.

The page in the browser marks facts on the raw characters, which an annotation does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.annotator import Annotator
from pipeline.page import repair
from pipeline.runner.work import annotator as make_plain
from pipeline.schema import Annotation, Source, Span

__all__ = ["ANNOTATOR", "PageDocument", "annotator"]

ANNOTATOR = "pipeline.server.work:annotator"


class PageDocument(Annotation):
    """An annotation with the page that it was read from.

    raw: the raw text. kept: spans of it whose characters, joined, are the repaired ``text``.
    """

    raw: str
    kept: tuple[Span, ...]


def annotator(config: Mapping[str, Any]) -> Callable[[Source], PageDocument]:
    """Like `pipeline.runner.work.annotator`, for page documents."""
    plain = make_plain(config)
    assert isinstance(plain, Annotator)

    def annotate(source: Source) -> PageDocument:
        page = repair(source.text)
        found = plain.annotate_page(source, page)
        kept = page.alignment.raw_spans(0, len(page.text))
        return PageDocument.model_construct(**dict(found), raw=source.text, kept=kept)

    return annotate
