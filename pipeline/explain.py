"""Explaining one place of a source: what the relation rules made of it, and why not more."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from pipeline.annotator import article_row
from pipeline.components.relations.explaining import Verdict, explain
from pipeline.errors import BadInputError
from pipeline.page import repair, split_articles
from pipeline.schema import Source

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["explain_source"]


def explain_source(source: Source, offset: int, nlp: Language) -> tuple[str, list[Verdict]]:
    """Annotate a source and explain the sentence at a raw offset.

    offset: counts characters of the raw text. nlp: as `pipeline.model.load_pipeline` gives it.
    RETURN the repaired text, in which the verdicts' evidence counts, and the verdicts.
    RAISES BadInputError: the offset is not in the text.
    """
    from pipeline.components.relations import Relations

    if not 0 <= offset < len(source.text):
        reason = f"offset {offset} is outside the text of {len(source.text)} characters"
        raise BadInputError(source.name, reason)
    page = repair(source.text)
    spans = split_articles(page.text, source.meta.issue_date, source.meta.newspaper)
    doc = nlp.make_doc(page.text)
    doc._.meta = source.meta.model_dump(mode="json")
    doc._.articles = [article_row(span) for span in spans]
    for _, component in nlp.pipeline:
        if isinstance(component, Relations):
            folded = component.fold(doc)
            place = min(bisect_left(page.alignment.offsets, offset), max(0, len(page.text) - 1))
            return page.text, explain(folded, component.rules, place, component.threshold)
        doc = component(doc)
    return page.text, []
