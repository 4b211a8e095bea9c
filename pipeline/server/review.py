"""A document under review: what the machine said, and the corrections laid over it.

Nothing is overwritten: a correction is an edit in a log, the state of a document is the fold of
its log, and undoing leaves an edit out. All offsets here count raw characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.annotations.markup import ENDS
from pipeline.annotations.surfaces import plain
from pipeline.schema import Label, RelationType, Span, Status
from pipeline.server.pages import PageDocument

__all__ = [
    "AddMention",
    "AddTriple",
    "ChangeMention",
    "ChangeTriple",
    "Edit",
    "EditError",
    "Judge",
    "Mark",
    "Mention",
    "Review",
    "ReviewTriple",
    "fold",
]

Id = Annotated[str, Field(pattern=r"^[etu][0-9]{1,7}$")]
Offset = Annotated[int, Field(ge=0, le=100_000_000)]


class _Edit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Judge(_Edit):
    """Accept or reject a mention or a triple of this id."""

    op: Literal["accept", "reject"]
    target: Id


class AddMention(_Edit):
    """Mark raw characters [start, end) as a mention."""

    op: Literal["add_mention"]
    start: Offset
    end: Offset
    label: Label


class ChangeMention(_Edit):
    """Give a mention another span or label."""

    op: Literal["change_mention"]
    target: Id
    start: Offset
    end: Offset
    label: Label


class TripleQualifiers(_Edit):
    """What a person says of a holding of a post; see `pipeline.schema.Qualifiers`."""

    org: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    status: Status | None = None
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    start: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    end: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None


class AddTriple(_Edit):
    """Draw a relation from one mention to another."""

    op: Literal["add_triple"]
    head: Id
    relation: RelationType
    tail: Id
    qualifiers: TripleQualifiers = TripleQualifiers()


class ChangeTriple(_Edit):
    """Give a triple other qualifiers, or another relation."""

    op: Literal["change_triple"]
    target: Id
    relation: RelationType
    qualifiers: TripleQualifiers = TripleQualifiers()


class Mark(_Edit):
    """Say that the whole document has been checked, or take that back."""

    op: Literal["done", "reopen"]


Edit = Annotated[
    Judge | AddMention | ChangeMention | AddTriple | ChangeTriple | Mark,
    Field(discriminator="op"),
]

State = Literal["machine", "accepted", "rejected", "changed", "added"]


class EditError(ValueError):
    """An edit does not fit the document; one line, without the document's name."""


@dataclass(frozen=True)
class Mention:
    """A mention in raw characters [start, end); text: those of them that repair keeps.

    spans: the kept characters; entity, name: as in `Entity`, None and the text for one that a
    person added or changed. score, origin: None where a person says it.
    """

    id: str
    label: Label
    start: int
    end: int
    spans: tuple[Span, ...]
    text: str
    name: str
    entity: int | None
    score: float | None
    origin: str | None
    state: State = "machine"


@dataclass(frozen=True)
class ReviewTriple:
    """A triple between two mentions; rule, score: None where a person drew it.

    live: whether both of its ends still stand.
    """

    id: str
    head: str
    relation: RelationType
    tail: str
    qualifiers: dict[str, str]
    spans: tuple[Span, ...]
    cues: tuple[Span, ...]
    rule: str | None
    score: float | None
    state: State = "machine"
    live: bool = True


@dataclass
class Review:
    """The state of a document. done: a person says that all of it has been checked."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    triples: dict[str, ReviewTriple] = field(default_factory=dict)
    done: bool = False


def fold(page: PageDocument, edits: Iterable[tuple[int, Edit]]) -> Review:
    """Lay edits, each with its number, over what the machine said.

    RAISES EditError: one does not fit.
    """
    review = Review()
    for entity in page.entities:
        review.mentions[entity.id] = Mention(
            entity.id,
            entity.label,
            entity.raw_spans[0][0],
            entity.raw_spans[-1][1],
            entity.raw_spans,
            entity.text,
            entity.name,
            entity.entity,
            entity.score,
            entity.origin,
        )
    for triple in page.triples:
        given = triple.qualifiers.model_dump(mode="json", exclude_none=True, exclude={"org_id"})
        review.triples[triple.id] = ReviewTriple(
            triple.id,
            triple.head,
            triple.relation,
            triple.tail,
            given,
            triple.evidence.raw_spans,
            triple.evidence.cues,
            triple.rule,
            triple.score,
        )
    for number, edit in edits:
        _apply(review, page, f"u{number}", edit)
    for id_, drawn in review.triples.items():
        ends = (review.mentions[drawn.head], review.mentions[drawn.tail])
        if any(end.state == "rejected" for end in ends):
            review.triples[id_] = replace(drawn, live=False)
    return review


def _apply(review: Review, page: PageDocument, new: str, edit: Edit) -> None:
    match edit:
        case Judge():
            _judge(review, edit)
        case AddMention():
            added = _marked(page, new, edit, "added")
            _check_place(review, added)
            review.mentions[new] = added
        case ChangeMention():
            _mention(review, edit.target)
            changed = _marked(page, edit.target, edit, "changed")
            _check_place(review, changed)
            review.mentions[edit.target] = changed
            _check_triples(review, edit.target)
        case AddTriple():
            _draw(review, new, edit)
        case ChangeTriple():
            _qualify(review, edit)
        case Mark():
            review.done = edit.op == "done"


def _judge(review: Review, edit: Judge) -> None:
    state: State = "accepted" if edit.op == "accept" else "rejected"
    if edit.target in review.triples:
        review.triples[edit.target] = replace(review.triples[edit.target], state=state)
        return
    mention = replace(_mention(review, edit.target), state=state)
    if state == "accepted":
        _check_place(review, mention)
    review.mentions[edit.target] = mention


def _draw(review: Review, new: str, edit: AddTriple) -> None:
    head, tail = _mention(review, edit.head), _mention(review, edit.tail)
    _check_ends(head, edit.relation, tail)
    same = (edit.head, edit.relation, edit.tail)
    for other in review.triples.values():
        if (other.head, other.relation, other.tail) == same and other.state != "rejected":
            raise EditError(f"this relation is there already ({other.id})")
    review.triples[new] = ReviewTriple(
        new,
        edit.head,
        edit.relation,
        edit.tail,
        _given(edit.relation, edit.qualifiers),
        tuple(sorted((*head.spans, *tail.spans))),
        cues=(),
        rule=None,
        score=None,
        state="added",
    )


def _qualify(review: Review, edit: ChangeTriple) -> None:
    triple = review.triples.get(edit.target)
    if triple is None:
        raise EditError(f"there is no relation {edit.target}")
    _check_ends(review.mentions[triple.head], edit.relation, review.mentions[triple.tail])
    review.triples[edit.target] = replace(
        triple,
        relation=edit.relation,
        qualifiers=_given(edit.relation, edit.qualifiers),
        state="changed",
    )


def _mention(review: Review, target: str) -> Mention:
    if target not in review.mentions:
        raise EditError(f"there is no mention {target}")
    return review.mentions[target]


def _marked(
    page: PageDocument, new: str, edit: AddMention | ChangeMention, state: State
) -> Mention:
    """A mention of raw characters, without what repair deletes at its ends."""
    spans = tuple(
        (max(start, edit.start), min(end, edit.end))
        for start, end in page.kept
        if start < edit.end and end > edit.start
    )
    text = "".join(page.raw[start:end] for start, end in spans)
    if not plain(text):
        raise EditError(f"[{edit.start}, {edit.end}) marks no character of the text")
    if text != text.strip():
        raise EditError("a mention must not begin or end with white space")
    return Mention(
        new,
        edit.label,
        spans[0][0],
        spans[-1][1],
        spans,
        text,
        name=plain(text),
        entity=None,
        score=None,
        origin=None,
        state=state,
    )


def _check_place(review: Review, mention: Mention) -> None:
    """Only a ROLE and an ORG may overlap (guidelines, section 1)."""
    for other in review.mentions.values():
        if other.id == mention.id or other.state == "rejected":
            continue
        if mention.start < other.end and other.start < mention.end:
            if {mention.label, other.label} == {Label.ROLE, Label.ORG}:
                continue
            raise EditError(f"overlaps {other.label} {plain(other.text)}: reject or change that")


def _check_ends(head: Mention, relation: RelationType, tail: Mention) -> None:
    allowed, words = ENDS[relation]
    if (head.label, tail.label) not in allowed:
        raise EditError(f"{relation} joins {words}, not {head.label} → {tail.label}")
    if head.id == tail.id:
        raise EditError("a relation must join two mentions")


def _check_triples(review: Review, target: str) -> None:
    """A mention's new label must suit its relations."""
    for triple in review.triples.values():
        if target in {triple.head, triple.tail} and triple.state != "rejected":
            ends = review.mentions[triple.head], review.mentions[triple.tail]
            try:
                _check_ends(ends[0], triple.relation, ends[1])
            except EditError as error:
                raise EditError(f"{triple.id}: {error}; reject that first") from None


def _given(relation: RelationType, qualifiers: TripleQualifiers) -> dict[str, str]:
    given: dict[str, str] = qualifiers.model_dump(mode="json", exclude_none=True)
    if given and relation is not RelationType.HOLDS_POST:
        raise EditError("only holds_post has an organisation, a status and dates")
    return given
