"""Scores of predictions against gold documents, as corpus/GUIDELINES.md section 3 defines them.

Entities count by exact span and label in raw offsets. Triples count by (head, relation, tail),
once a document, where any annotated surface of an entity stands for it (`pipeline.evaluation.names`
says which surfaces those are). Organisation and status of ``holds_post`` are scored apart, over the
triples that are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.annotations.native import GoldDocument, GoldTriple
from pipeline.annotations.surfaces import plain
from pipeline.evaluation.counts import Accuracy, Counts
from pipeline.evaluation.names import Names
from pipeline.relation_ends import heads, tails
from pipeline.schema import Annotation, Label, RelationType, Status

__all__ = [
    "Accuracy",
    "Counts",
    "Key",
    "PredictedDocument",
    "PredictedTriple",
    "Scores",
    "gold_keys",
    "org_agreement",
    "predicted_keys",
    "score",
    "score_document",
    "status_agreement",
    "surface_key",
]

Key = tuple[str, RelationType, str]


@dataclass(frozen=True)
class PredictedTriple:
    """A triple by the fullest names of its ends.

    head_surface, tail_surface: the mentions' own text where it differs from the name: it decides
    where the name is no surface of the gold document, and for ``alias_of``. id: the triple's id in
    its annotation, if it has one.
    """

    head: str
    relation: RelationType
    tail: str
    qualifiers: Mapping[str, str | None] = field(default_factory=dict)
    head_surface: str | None = None
    tail_surface: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class PredictedDocument:
    """What was found in one document; entities are (start, end, label) in raw characters."""

    entities: Sequence[tuple[int, int, Label]] = ()
    triples: Sequence[PredictedTriple] = ()

    @classmethod
    def from_annotation(cls, annotation: Annotation) -> PredictedDocument:
        """The part of the document object that is scored."""
        entities = {entity.id: entity for entity in annotation.entities}
        triples = []
        for triple in annotation.triples:
            head, tail = entities[triple.head], entities[triple.tail]
            qualifiers = triple.qualifiers.model_dump(exclude={"org_id"}, exclude_none=True)
            triples.append(
                PredictedTriple(
                    head.name,
                    triple.relation,
                    tail.name,
                    qualifiers,
                    head.text,
                    tail.text,
                    triple.id,
                )
            )
        spans = [(e.raw_spans[0][0], e.raw_spans[-1][1], e.label) for e in annotation.entities]
        return cls(spans, triples)


@dataclass(frozen=True)
class Scores:
    """Counts per label and relation, and accuracies of the qualifiers; scores add up.

    org: the organisation is right, any surface of it; org_full: it is right to the letter.
    """

    entities: Mapping[Label, Counts] = field(default_factory=dict)
    relations: Mapping[RelationType, Counts] = field(default_factory=dict)
    org: Accuracy = field(default_factory=Accuracy)
    org_full: Accuracy = field(default_factory=Accuracy)
    status: Accuracy = field(default_factory=Accuracy)

    def __add__(self, other: Scores) -> Scores:
        return Scores(
            entities={k: self.entity(k) + other.entity(k) for k in Label},
            relations={k: self.relation(k) + other.relation(k) for k in RelationType},
            org=self.org + other.org,
            org_full=self.org_full + other.org_full,
            status=self.status + other.status,
        )

    def entity(self, label: Label) -> Counts:
        return self.entities.get(label, Counts())

    def relation(self, relation: RelationType) -> Counts:
        return self.relations.get(relation, Counts())

    @property
    def all_entities(self) -> Counts:
        """Micro total over the labels."""
        return sum(self.entities.values(), Counts())

    @property
    def all_relations(self) -> Counts:
        """Micro total over the relations."""
        return sum(self.relations.values(), Counts())


def score(gold: Sequence[GoldDocument], predicted: Sequence[PredictedDocument]) -> Scores:
    """Score predictions, one for each gold document, in the same order.

    RAISES ValueError: the two have different lengths.
    """
    pairs = zip(gold, predicted, strict=True)
    return sum((score_document(one, other) for one, other in pairs), Scores())


def score_document(gold: GoldDocument, predicted: PredictedDocument) -> Scores:
    """Score one document."""
    spans, found = set(gold.entities), set(predicted.entities)
    names = Names.of_gold(gold)
    keys, found_keys = gold_keys(gold, names), predicted_keys(predicted, names)
    org, org_full, status = Accuracy(), Accuracy(), Accuracy()
    for key in keys.keys() & found_keys.keys():
        if key[1] is RelationType.HOLDS_POST:
            wanted = [triple.qualifiers for triple in keys[key]]
            given = [triple.qualifiers for triple in found_keys[key]]
            org += org_agreement(wanted, given, names)
            org_full += _agreement(_orgs(wanted), _orgs(given), _same_but_government)
            status += status_agreement(wanted, given)
    return Scores(
        entities={
            label: _counts(
                {span for span in spans if span[2] == label},
                {span for span in found if span[2] == label},
            )
            for label in Label
        },
        relations={
            relation: _counts(
                {key for key in keys if key[1] == relation},
                {key for key in found_keys if key[1] == relation},
            )
            for relation in RelationType
        },
        org=org,
        org_full=org_full,
        status=status,
    )


def gold_keys(gold: GoldDocument, names: Names) -> dict[Key, list[GoldTriple]]:
    """Return the gold triples by the key they are compared with."""
    keys: dict[Key, list[GoldTriple]] = {}
    for triple in gold.triples:
        head, tail = plain(triple.head), plain(triple.tail)
        if triple.relation is not RelationType.ALIAS_OF:
            head = _canonical(names, heads(triple.relation), head)
            tail = _canonical(names, tails(triple.relation), tail)
        keys.setdefault((head, triple.relation, tail), []).append(triple)
    return keys


def predicted_keys(predicted: PredictedDocument, names: Names) -> dict[Key, list[PredictedTriple]]:
    """Return the predicted triples by the key they are compared with.

    An alias declares two surfaces, so it is compared by the surfaces themselves.
    """
    keys: dict[Key, list[PredictedTriple]] = {}
    for triple in predicted.triples:
        if triple.relation is RelationType.ALIAS_OF:
            head = plain(triple.head_surface or triple.head)
            tail = plain(triple.tail_surface or triple.tail)
        else:
            head = _end(names, heads(triple.relation), triple.head, triple.head_surface)
            tail = _end(names, tails(triple.relation), triple.tail, triple.tail_surface)
        keys.setdefault((head, triple.relation, tail), []).append(triple)
    return keys


def surface_key(triple: PredictedTriple, names: Names) -> Key:
    """Return the key that a predicted triple has by the text of its mentions alone."""
    head = _canonical(names, heads(triple.relation), plain(triple.head_surface or triple.head))
    tail = _canonical(names, tails(triple.relation), plain(triple.tail_surface or triple.tail))
    return head, triple.relation, tail


def org_agreement(
    gold: Iterable[Mapping[str, str | None]],
    found: Iterable[Mapping[str, str | None]],
    names: Names,
) -> Accuracy:
    """Compare the organisations in the qualifiers of one post; "none" is an answer too."""
    return _agreement(_orgs(gold), _orgs(found), names.same_organisation)


def status_agreement(
    gold: Iterable[Mapping[str, str | None]], found: Iterable[Mapping[str, str | None]]
) -> Accuracy:
    """Compare the status in the qualifiers of one post; a missing one is ``current``."""
    return _agreement(_statuses(gold), _statuses(found), str.__eq__)


def _end(names: Names, labels: Iterable[Label], name: str, surface: str | None) -> str:
    name, surface = plain(name), plain(surface or name)
    annotated = any(names.annotated(label, name) for label in labels)
    return _canonical(names, labels, name if annotated else surface)


def _canonical(names: Names, labels: Iterable[Label], surface: str) -> str:
    for label in labels:
        if names.known(label, surface):
            return names.canonical(label, surface)
    return surface


def _counts(gold: set[tuple[object, ...]], found: set[tuple[object, ...]]) -> Counts:
    right = len(gold & found)
    return Counts(right, len(found) - right, len(gold) - right)


def _agreement(gold: set[str], found: set[str], same: Callable[[str, str], bool]) -> Accuracy:
    """One post may be held in several organisations: all of them count, and each invented one."""
    left = sorted(found)
    for value in sorted(gold):
        match = next((other for other in left if same(value, other)), None)
        if match is not None:
            left.remove(match)
    return Accuracy(len(found) - len(left), max(len(gold), len(found)))


def _orgs(rows: Iterable[Mapping[str, str | None]]) -> set[str]:
    return {plain(row.get("org") or "") for row in rows}


def _statuses(rows: Iterable[Mapping[str, str | None]]) -> set[str]:
    return {row.get("status") or Status.CURRENT.value for row in rows}


def _same_but_government(one: str, other: str) -> bool:
    return _without_government(one) == _without_government(other)


def _without_government(org: str) -> str:
    return org.removesuffix("政府").removesuffix("人民")
