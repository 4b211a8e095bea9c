"""Predictions for gold documents: from a model, from a model on gold mentions, or from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.annotations.native import GoldDocument
from pipeline.annotations.surfaces import plain, surfaces_of
from pipeline.annotator import Annotator, article_row
from pipeline.errors import BadInputError
from pipeline.evaluation.gold_docs import gold_doc, on_repaired_text
from pipeline.model import add_words
from pipeline.schema import Annotation, Entity, Label, Meta, Source

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from pipeline.page import ArticleSpan, Repaired

__all__ = [
    "Run",
    "from_file",
    "from_gold_mentions",
    "from_model",
    "on_gold_prints",
    "source_of",
]


@dataclass(frozen=True)
class Run:
    """One model's annotations of all gold documents, in their order. name: for people to read."""

    name: str
    annotations: tuple[Annotation, ...]


def source_of(gold: GoldDocument) -> Source:
    """Return a gold document as an input, with the meta data that a user could have given.

    RAISES BadInputError: the meta data is malformed, such as an issue date that is no date.
    """
    known = {key: gold.meta.get(key) for key in ("issue_date", "home_place", "newspaper")}
    try:
        meta = Meta.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"meta.{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise BadInputError(f"gold document '{gold.id}'", reason) from error
    return Source(text=gold.text, name=gold.id, id=gold.id, meta=meta)


def from_model(annotator: Annotator, gold: Iterable[GoldDocument]) -> Iterator[Annotation]:
    """Annotate the gold texts as any input would be."""
    return annotator.pipe(map(source_of, gold))


def from_gold_mentions(
    gold: Iterable[GoldDocument], *, min_score: float | None = None, words: bool = False
) -> Iterator[Annotation]:
    """Annotate with the gold mentions given, so that only what comes behind is measured.

    min_score: triples scored lower are left out; None takes the default of the rule component.
    words: take the words of the shipped segmenter as evidence.

    Posts, identity and relations run; the recogniser and the programme finder do not, so no model
    is needed.
    """
    nlp = _rules_alone(min_score)
    if words:
        add_words(nlp)
    for document in gold:
        yield _GoldAnnotator(nlp, document)(source_of(document))


def from_file(path: Path, gold: Iterable[GoldDocument]) -> Iterator[Annotation]:
    """Read what `renzhi annotate` wrote, one document a line, and match it to the gold by id.

    RAISES BadInputError: a line is no annotation, a gold document has none, or one of another text.
    """
    found: dict[str, Annotation] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    annotation = _parsed(line, f"{path}:{number}")
                    found[annotation.id] = annotation
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInputError(str(path), reason or "cannot be read") from error
    for document in gold:
        if document.id not in found:
            raise BadInputError(str(path), f"has no annotation of gold document '{document.id}'")
        annotation = found[document.id]
        if annotation.sha256 != hashlib.sha256(document.text.encode()).hexdigest():
            raise BadInputError(str(path), f"annotation '{document.id}' is of another text")
        yield annotation


def on_gold_prints(annotation: Annotation, gold: GoldDocument) -> Annotation:
    """Return the annotation with its mentions on the same prints of doubled glyphs as the gold's.

    Which print of 团团 a name begins with is nobody's mistake: a mention that overlaps a gold one
    of its label and surface takes its raw span. Only raw pages whose clean text is known have such.
    """
    if gold.clean_text is None:
        return annotation
    spans = {(e.raw_spans[0][0], e.raw_spans[-1][1], e.label) for e in annotation.entities}
    open_mentions = [
        (mention, surface)
        for mention, surface in zip(gold.entities, surfaces_of(gold), strict=True)
        if mention not in spans
    ]
    entities = tuple(_on_print(entity, open_mentions) for entity in annotation.entities)
    return annotation.model_copy(update={"entities": entities})


def _on_print(entity: Entity, mentions: Iterable[tuple[tuple[int, int, Label], str]]) -> Entity:
    start, end = entity.raw_spans[0][0], entity.raw_spans[-1][1]
    for (first, last, label), surface in mentions:
        same = label is entity.label and surface == plain(entity.text)
        if same and start < last and first < end:
            return entity.model_copy(update={"raw_spans": ((first, last),)})
    return entity


def _parsed(line: str, where: str) -> Annotation:
    try:
        return Annotation.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "line"
        reason = f"not an annotation: {place}: {first['msg']}"
        raise BadInputError(where, reason) from error


class _GoldAnnotator(Annotator):
    """Annotates one gold document from its own mentions."""

    def __init__(self, nlp: Language, gold: GoldDocument) -> None:
        super().__init__(nlp)
        self.gold = gold

    def _doc(self, page: Repaired, spans: list[ArticleSpan], meta: Meta) -> Doc:
        doc = gold_doc(self.nlp, on_repaired_text(self.gold, page.text, page.alignment))
        doc._.meta = meta.model_dump(mode="json")
        doc._.articles = [article_row(span) for span in spans]
        del doc.spans["roles"]  # posts composes them
        for _, component in self.nlp.pipeline:
            doc = component(doc)
        return doc


def _rules_alone(min_score: float | None) -> Language:
    import spacy

    from pipeline.components import identity, posts, relations  # noqa: F401 - registers them
    from pipeline.components.tokenizer import CharTokenizer

    nlp = spacy.blank("zh")
    nlp.tokenizer = CharTokenizer(nlp.vocab)
    for name in ("posts", "identity"):
        nlp.add_pipe(name)
    nlp.add_pipe("relations", config={} if min_score is None else {"min_score": min_score})
    return nlp
