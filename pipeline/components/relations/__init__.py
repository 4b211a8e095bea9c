"""The component ``relations``: rules over mentions make the document's triples.

It sets ``doc._.triples`` from ``doc.ents``, ``doc.spans["roles"]``, ``doc._.posts`` and
``doc._.entities``. The rules are data (pipeline/rules/relations, docs/rules.md). Where a segmenter
ran before, no cue of a rule may cut through one of ``doc._.known_words``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from pipeline.components.extensions import register_extensions
from pipeline.components.relations.engine import find_relations
from pipeline.components.relations.matching import CueWords, without_cut_cues
from pipeline.components.relations.mentions import Folded
from pipeline.components.relations.rules import RuleSet, load_rules
from pipeline.components.relations.writing import fold_doc, rows_of_findings
from pipeline.schema import RelationType

__all__ = ["DEFAULT_MIN_SCORE", "MIN_SCORES", "Relations", "make_relations"]

DEFAULT_MIN_SCORE = 0.35
"""Triples scored lower are left out; relations with a threshold of their own stand below."""

MIN_SCORES: Mapping[RelationType, float] = {RelationType.HOLDS_POST: 0.5}
"""A wrong office is worse than a missing one: here 98 of 100 are right (gov_gold/dev)."""


class Relations:
    """Finds the triples of a Doc (`match`) and writes them to it (`set_annotations`).

    rules: the rules to run. min_score: in [0, 1]; triples scored lower are left out. None takes
    `MIN_SCORES` and `DEFAULT_MIN_SCORE`.
    """

    def __init__(self, rules: RuleSet, *, min_score: float | None = None) -> None:
        self.rules = rules
        self.min_score = min_score

    def __call__(self, doc: Doc) -> Doc:
        return self.set_annotations(doc, self.match(doc))

    def match(self, doc: Doc) -> list[dict[str, Any]]:
        """Return the rows for ``doc._.triples``; the Doc stays as it is."""
        findings = find_relations(self.fold(doc), self.rules)
        return rows_of_findings(findings, doc._.mention_scores, self.threshold)

    def fold(self, doc: Doc) -> Folded:
        """Return the Doc as the rules see it."""
        folded = fold_doc(doc, self.rules.lexicon)
        words = doc._.known_words
        return without_cut_cues(folded, words, self._cues) if words else folded

    @cached_property
    def _cues(self) -> CueWords:
        return CueWords(self.rules)

    def threshold(self, relation: RelationType) -> float:
        """The score below which a triple of this relation is left out."""
        if self.min_score is not None:
            return self.min_score
        return MIN_SCORES.get(relation, DEFAULT_MIN_SCORE)

    def set_annotations(self, doc: Doc, triples: list[dict[str, Any]]) -> Doc:
        """Write the rows."""
        doc._.triples = triples
        return doc


@Language.factory(
    "relations",
    assigns=["doc._.triples"],
    default_config={"rules": [], "min_score": None},
)
def make_relations(
    nlp: Language,  # noqa: ARG001  (spaCy calls factories with both)
    name: str,  # noqa: ARG001
    rules: Sequence[str],
    min_score: float | None,
) -> Relations:
    """Create the component; ``rules`` are paths of rule files read beside the shipped ones."""
    register_extensions()
    return Relations(load_rules(tuple(Path(path) for path in rules)), min_score=min_score)
