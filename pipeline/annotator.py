"""From a source to its annotation: repair, articles, the spaCy pipeline, the document object."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.model import load_pipeline
from pipeline.page import ArticleSpan, Repaired, repair, split_articles
from pipeline.page.alignment import Alignment
from pipeline.page.deletions import deletions
from pipeline.schema import (
    Annotation,
    Article,
    Dateline,
    Entity,
    Evidence,
    Label,
    Meta,
    Qualifiers,
    Source,
    Span,
    Triple,
)
from pipeline.sources.layout import locate

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["Annotator", "article_row"]

Mention = tuple[int, int, str]


class Annotator:
    """Annotates sources one by one; memory stays flat however many there are.

    Threads may share one: they take turns, because a memory zone is the whole vocabulary's.
    nlp: a pipeline as `pipeline.model.load_pipeline` gives it.
    """

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self._characters: set[str] = set()
        self._turn = Lock()

    @classmethod
    def load(
        cls,
        model: str | Path | None = None,
        *,
        rules: Iterable[Path] = (),
        min_score: float | None = None,
        words: bool = False,
    ) -> Annotator:
        """Load the shipped model, or the one of this name or path, with the rule components.

        words: take the words of the shipped segmenter as evidence.
        RAISES ModelError: the model is missing or damaged. RAISES ConfigError: a rule file is bad.
        """
        return cls(load_pipeline(model, rules=tuple(rules), min_score=min_score, words=words))

    def __call__(self, source: Source) -> Annotation:
        """Annotate one source."""
        with self._turn:
            page = repair(source.text)
            self._keep_characters(page.text)
            with self.nlp.memory_zone():  # strings of this document are forgotten with it
                spans = split_articles(page.text, source.meta.issue_date, source.meta.newspaper)
                return _assemble(source, page, spans, self._doc(page, spans, source.meta))

    def pipe(self, sources: Iterable[Source]) -> Iterator[Annotation]:
        """Annotate a stream of sources lazily, in order."""
        return map(self, sources)

    def _keep_characters(self, text: str) -> None:
        """Look Chinese characters up outside the memory zone: they are few and come again.

        To forget them with each document costs ten times what it takes to make the Doc.
        """
        new = {c for c in set(text) - self._characters if "\u4e00" <= c <= "\u9fff"}
        for character in sorted(new):
            self.nlp.vocab[character]
        self._characters |= new

    def _doc(self, page: Repaired, spans: list[ArticleSpan], meta: Meta) -> Doc:
        doc = self.nlp.make_doc(page.text)
        doc._.meta = meta.model_dump(mode="json")
        doc._.articles = [article_row(span) for span in spans]
        return self.nlp(doc)


def article_row(span: ArticleSpan) -> dict[str, Any]:
    """Return an article as the plain dict that `doc._.articles` holds."""
    row = asdict(span)
    row["dateline"] = {"place": row.pop("dateline_place"), "date": row.pop("dateline_date")}
    row["byline_spans"] = [list(pair) for pair in span.byline_spans]
    return row


def _assemble(source: Source, page: Repaired, spans: list[ArticleSpan], doc: Doc) -> Annotation:
    entities = _entities(doc, page)
    ids: dict[Mention, str] = {(e.start, e.end, e.label): e.id for e in entities}
    triples = _triples(doc, page.alignment, ids)
    digest = hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()
    return Annotation(
        id=source.id if source.id is not None else digest,
        sha256=digest,
        source=source.name,
        meta=source.meta,
        text=page.text,
        deleted=deletions(source.text, page.alignment),
        articles=tuple(_article(span, ids) for span in spans),
        entities=entities,
        triples=triples,
        encoding=source.encoding,
        row=source.row,
        pages=source.pages,
        locations=locate(source, _raw_spans(entities, triples)),
    )


def _raw_spans(entities: tuple[Entity, ...], triples: tuple[Triple, ...]) -> Iterator[Span]:
    """What a reader may want to see on the page: mentions, evidence and cues."""
    for entity in entities:
        yield from entity.raw_spans
    for triple in triples:
        yield from triple.evidence.raw_spans
        yield from triple.evidence.cues


def _entities(doc: Doc, page: Repaired) -> tuple[Entity, ...]:
    scores = {(s, e, label): (score, origin) for s, e, label, score, origin in doc._.mention_scores}
    known = {
        (start, end, group["label"]): group
        for group in doc._.entities
        for start, end in group["mentions"]
    }
    found = {
        (span.start_char, span.end_char, span.label_)
        for span in (*doc.ents, *doc.spans.get("roles", ()))
        if span.label_ in Label.__members__
    }
    rows = []
    for number, (start, end, label) in enumerate(sorted(found), start=1):
        group = known[start, end, label]
        score, origin = scores[start, end, label]
        rows.append(
            Entity(
                id=f"e{number}",
                label=Label(label),
                text=page.text[start:end],
                start=start,
                end=end,
                raw_spans=page.alignment.raw_spans(start, end),
                name=group["name"],
                entity=group["id"],
                score=round(score, 4),
                origin=origin,
            )
        )
    return tuple(rows)


def _article(span: ArticleSpan, ids: dict[Mention, str]) -> Article:
    byline = (
        entity
        for (start, end, label), entity in ids.items()
        if label == Label.PER and any(s <= start and end <= e for s, e in span.byline_spans)
    )
    return Article(
        id=span.id,
        title=span.title,
        dateline=Dateline(place=span.dateline_place, date=span.dateline_date),
        byline=tuple(byline),
        start=span.start,
        end=span.end,
    )


def _triples(doc: Doc, alignment: Alignment, ids: dict[Mention, str]) -> tuple[Triple, ...]:
    rows = []
    for number, row in enumerate(doc._.triples, start=1):
        start, end = row["evidence"]
        org_span = row.get("org_span")
        rows.append(
            Triple(
                id=f"t{number}",
                head=ids[_mention(row["head"])],
                relation=row["relation"],
                tail=ids[_mention(row["tail"])],
                qualifiers=Qualifiers(
                    org=row.get("org"),
                    org_id=ids.get((org_span[0], org_span[1], Label.ORG)) if org_span else None,
                    status=row.get("status"),
                    date=row.get("date"),
                    start=row.get("start"),
                    end=row.get("end"),
                ),
                evidence=Evidence(
                    start=start,
                    end=end,
                    raw_spans=alignment.raw_spans(start, end),
                    cues=tuple(raw for cue in row["cues"] for raw in alignment.raw_spans(*cue)),
                ),
                rule=row["rule"],
                score=round(row["score"], 4),
            )
        )
    return tuple(rows)


def _mention(row: list[Any]) -> Mention:
    return (row[0], row[1], row[2])
