"""What went wrong, case by case: which mention or triple, why, where, and what did it.

The kinds: ``boundary`` (right label, wrong border), ``type`` (right place, wrong label),
``missed``, ``invented``, ``repair`` (the page's repair broke or failed to join the text there),
``link`` (the mentions are right, but tied to the wrong entity or organisation), ``status``. A wrong
triple whose end is a wrong mention has that mention's kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from pipeline.annotations.formats import Losses
from pipeline.annotations.formats.links import link
from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.surfaces import plain, surfaces_of
from pipeline.evaluation.damage import Damage
from pipeline.evaluation.names import Names
from pipeline.evaluation.scorer import (
    Key,
    PredictedDocument,
    PredictedTriple,
    gold_keys,
    org_agreement,
    predicted_keys,
    status_agreement,
    surface_key,
)
from pipeline.output.triples import SENTENCE_END
from pipeline.schema import Annotation, Entity, Label, RelationType, Span, Triple

__all__ = ["Case", "Kind", "Piece", "cases"]

_CONTEXT = 120

Mention = tuple[int, int, Label]


class Kind(StrEnum):
    """Why an answer is wrong."""

    BOUNDARY = "boundary"
    TYPE = "type"
    MISSED = "missed"
    INVENTED = "invented"
    REPAIR = "repair"
    LINK = "link"
    STATUS = "status"


@dataclass(frozen=True)
class Piece:
    """A run of a sentence; mark: "gold", "found", "both" or "" for neither."""

    text: str
    mark: str


@dataclass(frozen=True)
class Case:
    """One wrong answer.

    subject: "entity" or "triple". name: its label or relation. gold, found: the two answers in
    words, None where there is none. by: the rule, model or component that gave the answer.
    start: offset in the raw text. sentence: where it stands, both answers marked.
    """

    kind: Kind
    subject: str
    name: str
    document: str
    gold: str | None
    found: str | None
    by: str | None
    score: float | None
    note: str
    start: int
    sentence: tuple[Piece, ...]


def cases(gold: GoldDocument, annotation: Annotation) -> list[Case]:
    """Return every wrong mention, then every wrong triple of one document."""
    damage = Damage.of(gold, annotation.text)
    entities = list(_entity_cases(gold, annotation, damage))
    kinds = {span: case.kind for span, case in entities}
    return [*(case for _, case in _once(entities)), *_triple_cases(gold, annotation, kinds)]


def _once(entities: Iterable[tuple[Mention, Case]]) -> Iterator[tuple[Mention, Case]]:
    """A wrong pair is listed under both its mentions and told once."""
    last: Case | None = None
    for span, case in entities:
        if case != last:
            yield span, case
        last = case


def _entity_cases(
    gold: GoldDocument, annotation: Annotation, damage: Damage
) -> Iterator[tuple[Mention, Case]]:
    """Yield each wrong mention, gold or found, with its case."""
    by_span = {_raw(entity): entity for entity in annotation.entities}
    surfaces = dict(zip(gold.entities, surfaces_of(gold), strict=True))
    wanted = sorted(set(gold.entities) - by_span.keys())
    given = sorted(by_span.keys() - set(gold.entities))
    for one, other in _pairs(wanted, given):
        if one is None:
            kind, note = Kind.INVENTED, ""
        elif other is None:
            kind, note = Kind.MISSED, ""
        elif one[2] is other[2]:
            kind, note = Kind.BOUNDARY, ""
        else:
            kind, note = Kind.TYPE, "" if one[:2] == other[:2] else "the border differs too"
        spans = [span for span in (one, other) if span is not None]
        if reason := damage.at(min(s[0] for s in spans), max(s[1] for s in spans)):
            kind, note = Kind.REPAIR, reason
        entity = by_span[other] if other is not None else None
        case = Case(
            kind=kind,
            subject="entity",
            name=str((one or other or spans[0])[2]),
            document=gold.id,
            gold=None if one is None else f"{one[2]} {surfaces[one]}",
            found=None if entity is None else f"{entity.label} {plain(entity.text)}",
            by=entity.origin if entity else None,
            score=entity.score if entity else None,
            note=note,
            start=spans[0][0],
            sentence=_sentence(gold.text, [one[:2]] if one else [], [other[:2]] if other else []),
        )
        for span in spans:
            yield span, case


def _pairs(
    wanted: list[Mention], given: list[Mention]
) -> Iterator[tuple[Mention | None, Mention | None]]:
    """Pair wrong answers: first by label and overlap, then by place, the largest overlap first.

    A ROLE and another label may overlap in a right answer, so those are paired at the same border
    only.
    """
    found = []
    for one in wanted:
        for other in given:
            shared = min(one[1], other[1]) - max(one[0], other[0])
            role = (one[2] is Label.ROLE) != (other[2] is Label.ROLE)
            if shared > 0 and (not role or one[:2] == other[:2]):
                found.append((one[2] is not other[2], -shared, one, other))
    used: set[tuple[str, Mention]] = set()
    for _, _, one, other in sorted(found):
        if ("gold", one) not in used and ("found", other) not in used:
            used |= {("gold", one), ("found", other)}
            yield one, other
    yield from ((one, None) for one in wanted if ("gold", one) not in used)
    yield from ((None, other) for other in given if ("found", other) not in used)


def _triple_cases(
    gold: GoldDocument, annotation: Annotation, kinds: Mapping[Mention, Kind]
) -> Iterator[Case]:
    names = Names.of_gold(gold)
    found = _Found.of(gold, annotation, kinds)
    wanted = gold_keys(gold, names)
    given = predicted_keys(PredictedDocument.from_annotation(annotation), names)
    by_surface = {surface_key(triple, names) for rows in given.values() for triple in rows}
    for key, rows in given.items():
        if key not in wanted:
            yield _invented(found, key, rows[0], wanted, names)
        elif key[1] is RelationType.HOLDS_POST:
            yield from _wrong_qualifiers(found, wanted[key], rows, names)
    for key, triples in wanted.items():
        if key not in given:
            yield _missed(found, triples[0], linked=key in by_surface)


@dataclass(frozen=True)
class _Found:
    """One document's answers, looked up by id.

    kinds: the wrong mentions, gold and found. right: the spans of the right ones.
    """

    gold: GoldDocument
    entities: Mapping[str, Entity]
    triples: Mapping[str, Triple]
    kinds: Mapping[Mention, Kind]
    right: frozenset[Mention]

    @classmethod
    def of(
        cls, gold: GoldDocument, annotation: Annotation, kinds: Mapping[Mention, Kind]
    ) -> _Found:
        return cls(
            gold,
            {entity.id: entity for entity in annotation.entities},
            {triple.id: triple for triple in annotation.triples},
            kinds,
            frozenset(gold.entities) & {_raw(entity) for entity in annotation.entities},
        )

    def of_prediction(self, row: PredictedTriple) -> tuple[Triple, Entity, Entity]:
        triple = self.triples[row.id or ""]
        return triple, self.entities[triple.head], self.entities[triple.tail]


def _invented(
    found: _Found,
    key: Key,
    row: PredictedTriple,
    wanted: Mapping[Key, Sequence[GoldTriple]],
    names: Names,
) -> Case:
    triple, head, tail = found.of_prediction(row)
    kind, note = Kind.INVENTED, ""
    wrong = [span for span in map(_raw, (head, tail)) if span not in found.right]
    if surface_key(row, names) in wanted:
        kind = Kind.LINK
        note = f"{head.text} was taken for {head.name}, {tail.text} for {tail.name}"
    elif wrong:
        kind = found.kinds.get(wrong[0], Kind.INVENTED)
        note = "an end is a wrong mention"
    else:
        others = [k for k in wanted if k[1] is key[1] and (k[0] == key[0]) != (k[2] == key[2])]
        if others:
            note = "the gold joins " + "; ".join(f"{k[0]} → {k[2]}" for k in others[:3])
    return _triple_case(found, kind, note, None, triple)


def _missed(found: _Found, triple: GoldTriple, *, linked: bool) -> Case:
    gold = found.gold
    one = next(
        iter(link(GoldDocument(gold.id, gold.text, gold.entities, (triple,)), Losses())), None
    )
    kind, note = Kind.MISSED, ""
    if linked:
        kind, note = Kind.LINK, "found, but tied to another entity"
    elif one is not None:
        surfaces = surfaces_of(gold)
        for index in (one.head, one.tail):
            mentions = {
                m for m, s in zip(gold.entities, surfaces, strict=True) if s == surfaces[index]
            }
            if not mentions & found.right:
                kind = found.kinds.get(gold.entities[index], Kind.MISSED)
                note = f"{surfaces[index]} was not found"
    return _triple_case(found, kind, note, triple, None)


def _wrong_qualifiers(
    found: _Found,
    wanted: Sequence[GoldTriple],
    rows: Sequence[PredictedTriple],
    names: Names,
) -> Iterator[Case]:
    one, other = [t.qualifiers for t in wanted], [t.qualifiers for t in rows]
    triple, _, _ = found.of_prediction(rows[0])
    agreement = org_agreement(one, other, names)
    if agreement.right < agreement.total:
        yield _triple_case(found, Kind.LINK, "wrong organisation", wanted[0], triple)
    agreement = status_agreement(one, other)
    if agreement.right < agreement.total:
        yield _triple_case(found, Kind.STATUS, "wrong status", wanted[0], triple)


def _triple_case(
    found: _Found, kind: Kind, note: str, wanted: GoldTriple | None, given: Triple | None
) -> Case:
    gold = found.gold
    wanted_spans: list[Span] = []
    if wanted is not None:
        one = GoldDocument(gold.id, gold.text, gold.entities, (wanted,))
        for pair in link(one, Losses()):
            wanted_spans = [gold.entities[index][:2] for index in (pair.head, pair.tail)]
    given_spans: list[Span] = []
    if given is not None:
        given_spans = [_raw(found.entities[end])[:2] for end in (given.head, given.tail)]
    relation = wanted.relation if wanted else given.relation if given else None
    return Case(
        kind=kind,
        subject="triple",
        name=str(relation),
        document=gold.id,
        gold=_gold_words(wanted) if wanted else None,
        found=_found_words(given, found.entities) if given else None,
        by=given.rule if given else None,
        score=given.score if given else None,
        note=note,
        start=min((s for s, _ in (*wanted_spans, *given_spans)), default=0),
        sentence=_sentence(gold.text, wanted_spans, given_spans),
    )


def _raw(entity: Entity) -> Mention:
    return entity.raw_spans[0][0], entity.raw_spans[-1][1], entity.label


def _gold_words(triple: GoldTriple) -> str:
    return _triple_words(triple.head, triple.relation, triple.tail, triple.qualifiers)


def _found_words(triple: Triple, entities: Mapping[str, Entity]) -> str:
    qualifiers = triple.qualifiers.model_dump(mode="json", exclude={"org_id"}, exclude_none=True)
    head, tail = entities[triple.head], entities[triple.tail]
    return _triple_words(head.name, triple.relation, tail.name, qualifiers)


def _triple_words(head: str, relation: RelationType, tail: str, row: Mapping[str, str]) -> str:
    details = ", ".join(f"{key}: {value}" for key, value in row.items())
    return f"{head} {relation} {tail}" + (f" ({details})" if details else "")


def _sentence(raw: str, wanted: Sequence[Span], given: Sequence[Span]) -> tuple[Piece, ...]:
    """Return the sentences around the spans; the middle is cut out where they lie far apart."""
    spans = sorted({*wanted, *given})
    if not spans:
        return ()
    windows: list[list[int]] = []
    for start, end in spans:
        before = [m.end() for m in SENTENCE_END.finditer(raw, max(0, start - _CONTEXT), start)]
        after = SENTENCE_END.search(raw, max(start, end - 1), end + _CONTEXT)
        first = before[-1] if before else max(0, start - _CONTEXT)
        last = after.end() if after else min(len(raw), end + _CONTEXT)
        if windows and first <= windows[-1][1]:
            windows[-1][1] = max(windows[-1][1], last)
        else:
            windows.append([first, last])
    pieces: list[Piece] = []
    for first, last in windows:
        if pieces:
            pieces.append(Piece(" … ", ""))
        cuts = sorted({first, last, *(o for span in spans for o in span if first < o < last)})
        for start, end in pairwise(cuts):
            marks = (_covers(wanted, start), _covers(given, start))
            mark = {(True, True): "both", (True, False): "gold", (False, True): "found"}
            pieces.append(Piece(raw[start:end], mark.get(marks, "")))
    return tuple(pieces)


def _covers(spans: Sequence[Span], offset: int) -> bool:
    return any(start <= offset < end for start, end in spans)
