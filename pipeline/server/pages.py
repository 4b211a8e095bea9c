"""An annotation with its raw page, which the browser marks facts on."""

from __future__ import annotations

import hashlib
from functools import cached_property

from pipeline.page.alignment import Alignment
from pipeline.page.deletions import restore
from pipeline.schema import Annotation, Span

__all__ = ["PageDocument", "page_of"]


BEGINNING = 24  # characters


class PageDocument(Annotation):
    """An annotation that can say what its raw page was."""

    @property
    def display_name(self) -> str:
        """Its source, with the row where that is a table; of a pasted text what it begins with."""
        if self.source == "-":
            return next(filter(None, (one.title for one in self.articles)), self._beginning)
        return self.source if self.row is None else f"{self.source}:{self.row}"

    @property
    def _beginning(self) -> str:
        return self.text.strip().partition("\n")[0][:BEGINNING]

    @cached_property
    def _restored(self) -> tuple[str, Alignment]:
        return restore(self.text, self.deleted)

    @property
    def raw(self) -> str:
        """The raw page."""
        return self._restored[0]

    @cached_property
    def kept(self) -> tuple[Span, ...]:
        """Spans of the raw page whose characters, joined, are the repaired ``text``."""
        return self._restored[1].raw_spans(0, len(self.text))


def page_of(annotation: Annotation) -> PageDocument:
    """The page document of an annotation that renzhi wrote some time.

    Where the document does not say what repair deleted (schema version 1.0), its repaired text
    stands in for the raw page.
    RAISES ValueError: its deletions do not fit its text.
    """
    page = PageDocument.model_construct(**dict(annotation))
    digest = hashlib.sha256(page.raw.encode("utf-8", "surrogatepass")).hexdigest()
    return page if digest == annotation.sha256 else _unrepaired(annotation)


def _unrepaired(annotation: Annotation) -> PageDocument:
    row = annotation.model_dump()
    for entity in row["entities"]:
        entity["raw_spans"] = [(entity["start"], entity["end"])]
    for triple in row["triples"]:
        evidence = triple["evidence"]
        evidence["raw_spans"], evidence["cues"] = [(evidence["start"], evidence["end"])], []
    row["deleted"] = row["locations"] = []  # locations speak of raw characters
    return PageDocument.model_validate(row)
