"""The two functions of the package, as the README shows them."""

from __future__ import annotations

import pipeline

TEXT = "青石市教育局局长韩立山到校。"


def posts(annotation: pipeline.Annotation) -> set[str]:
    entities = {entity.id: entity.text for entity in annotation.entities}
    return {entities[t.tail] for t in annotation.triples if t.relation == "holds_post"}


def test_annotate_may_be_called_again() -> None:
    first, second = pipeline.annotate(TEXT), pipeline.annotate(TEXT)
    assert first == second
    assert posts(first)


def test_metadata_and_a_loaded_annotator_give_the_same_answer() -> None:
    meta = pipeline.Meta(issue_date="2014-04-25", home_place="青石市")
    source = pipeline.Source(text=TEXT, meta=meta)
    assert pipeline.load()(source) == pipeline.annotate(TEXT, meta) == pipeline.annotate(source)
