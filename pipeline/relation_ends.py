"""Which labels each relation joins (corpus/GUIDELINES.md, section 2): the one table of them."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.schema import Label, RelationType

__all__ = ["ENDS", "heads", "may_join", "tails"]

PER, ROLE, ORG, LOC, PROGRAMME = Label.PER, Label.ROLE, Label.ORG, Label.LOC, Label.PROGRAMME

ENDS: Mapping[RelationType, tuple[tuple[tuple[Label, Label], ...], str]] = {
    RelationType.HOLDS_POST: (((PER, ROLE),), "PER → ROLE"),
    RelationType.AFFILIATED_WITH: (((PER, ORG),), "PER → ORG"),
    RelationType.POST_OF: (((ROLE, ORG),), "ROLE → ORG"),
    RelationType.PART_OF: (((ORG, ORG),), "ORG → ORG"),
    RelationType.LOCATED_IN: (((ORG, LOC), (LOC, LOC)), "ORG or LOC → LOC"),
    RelationType.ORGANISES: (((PER, PROGRAMME), (ORG, PROGRAMME)), "PER or ORG → PROGRAMME"),
    RelationType.PARTICIPATES_IN: (
        ((PER, PROGRAMME), (ORG, PROGRAMME), (ROLE, PROGRAMME)),
        "PER, ORG or ROLE → PROGRAMME",
    ),
    RelationType.HELD_AT: (((PROGRAMME, LOC), (PROGRAMME, ORG)), "PROGRAMME → LOC or ORG"),
    RelationType.COMMENTS_ON: (((PER, PROGRAMME),), "PER → PROGRAMME"),
    RelationType.SUCCEEDS: (((PER, PER),), "PER → PER"),
    RelationType.ALIAS_OF: (
        ((ORG, ORG), (PROGRAMME, PROGRAMME)),
        "ORG → ORG or PROGRAMME → PROGRAMME",
    ),
}
"""The pairs of labels that each relation may join, head first, and the same in words."""


def heads(relation: RelationType) -> tuple[Label, ...]:
    """The labels that the head may have, each once, in the order of the table."""
    return tuple(dict.fromkeys(head for head, _ in ENDS[relation][0]))


def tails(relation: RelationType) -> tuple[Label, ...]:
    """The labels that the tail may have, each once, in the order of the table."""
    return tuple(dict.fromkeys(tail for _, tail in ENDS[relation][0]))


def may_join(relation: RelationType, head: Label, tail: Label) -> bool:
    """Whether the relation joins these two: ``alias_of`` no ORG to a PROGRAMME."""
    return (head, tail) in ENDS[relation][0]
