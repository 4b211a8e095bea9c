"""Between a spaCy Doc and the engine: reading mentions and posts, writing the triples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.components.extensions import text_of
from pipeline.components.relations.echoes import add_echoes
from pipeline.components.relations.engine import Finding
from pipeline.components.relations.events import with_reports
from pipeline.components.relations.mentions import Folded, Mention, Post, fold
from pipeline.schema import Label, RelationType, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["fold_doc", "rows_of_findings"]

_FLAT = frozenset({Label.PER, Label.ORG, Label.LOC, Label.PROGRAMME})


def fold_doc(doc: Doc, lexicon: Mapping[str, tuple[str, ...]]) -> Folded:
    """Fold a Doc whose ents, roles, posts and entities are set; the lexicon knows the echoes."""
    entity_of = {
        (start, end, group["label"]): group["id"]
        for group in doc._.entities
        for start, end in group["mentions"]
    }
    spans = [
        (span.start_char, span.end_char, Label(span.label_))
        for span in (*doc.ents, *doc.spans.get("roles", ()))
        if span.label_ in Label.__members__ and (span.label_ in _FLAT or span.label_ == Label.ROLE)
    ]
    text = text_of(doc)
    mentions = [
        Mention(index, start, end, label, text[start:end], entity_of.get((start, end, label)))
        for index, (start, end, label) in enumerate(sorted(set(spans)))
    ]
    posts = {(row["start"], row["end"]): _post(row) for row in doc._.posts}
    names = {group["id"]: group["name"] for group in doc._.entities}
    told = add_echoes(text, mentions, lexicon)
    folded = fold(text, told, posts, names, doc._.meta.get("issue_date"))
    return with_reports(folded, lexicon, (article["start"] for article in doc._.articles))


def rows_of_findings(
    findings: Iterable[Finding],
    mention_scores: Sequence[Sequence[Any]],
    threshold: Callable[[RelationType], float],
) -> list[dict[str, Any]]:
    """Rows for the Doc attribute ``triples``, in the order of their evidence.

    A triple's score is that of its rule times the geometric mean of its mentions' scores: words
    that fit a rule speak for the names between them too, so that a plain product is too low (its
    calibration error on gov_gold/dev is twice as high). Below the threshold of its relation a
    triple is left out.
    """
    sure = {(row[0], row[1], row[2]): float(row[3]) for row in mention_scores}
    rows = []
    for finding in findings:
        head, tail = (
            sure.get((end.start, end.end, end.label), 1.0) for end in (finding.head, finding.tail)
        )
        score = finding.score * math.sqrt(head * tail)
        if score >= threshold(finding.relation):
            rows.append(_row(finding, score))
    return sorted(rows, key=lambda row: (row["evidence"], row["head"], row["tail"]))


def _row(finding: Finding, score: float) -> dict[str, Any]:
    head, tail = finding.head, finding.tail
    return {
        "head": [head.start, head.end, str(head.label)],
        "relation": str(finding.relation),
        "tail": [tail.start, tail.end, str(tail.label)],
        "org": finding.org,
        "org_span": list(finding.org_span) if finding.org_span else None,
        "status": str(finding.status) if finding.status else None,
        "date": finding.date,
        "start": finding.start,
        "end": finding.end,
        "evidence": list(finding.evidence),
        "cues": [list(cue) for cue in finding.cues],
        "rule": finding.rule,
        "score": score,
    }


def _post(row: dict[str, Any]) -> Post:
    return Post(
        org=_span(row.get("org")),
        place=_span(row.get("place")),
        org_name=row.get("org_name"),
        status=row.get("status") or "current",
        cues=tuple((cue[0], cue[1]) for cue in row.get("cues") or ()),
    )


def _span(pair: Sequence[int] | None) -> Span | None:
    return (pair[0], pair[1]) if pair else None
