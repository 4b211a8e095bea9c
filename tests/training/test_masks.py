from __future__ import annotations

import numpy as np

from pipeline.annotations.datasets import Region, Sample
from pipeline.components.recogniser.labels import LABELS, tag_count, tags_of
from pipeline.training.masks import is_consistent, tag_mask

ALL = frozenset(LABELS)


def names(row: np.ndarray) -> set[str]:
    tags = {"O": 0} | {
        f"{kind}-{label}": tag
        for label in LABELS
        for kind, tag in zip("BIES", tags_of(label), strict=True)
    }
    return {name for name, tag in tags.items() if row[tag]}


def test_complete_labels_leave_o_outside_and_one_tag_inside() -> None:
    mask = tag_mask(Sample("赴海州市", ((1, 4, "LOC"),), ALL, "d"))
    assert [names(row) for row in mask] == [{"O"}, {"B-LOC"}, {"I-LOC"}, {"E-LOC"}]


def test_an_unannotated_label_is_unknown_and_never_o_alone() -> None:
    mask = tag_mask(Sample("县长", (), ALL - {"TITLE"}, "d"))
    assert names(mask[0]) == {"O", "B-TITLE", "I-TITLE", "E-TITLE", "S-TITLE"}


def test_a_choice_of_labels_keeps_the_borders() -> None:
    mask = tag_mask(Sample("海州", ((0, 2, "LOC|ORG"),), frozenset(), "d"))
    assert [names(row) for row in mask] == [{"B-LOC", "B-ORG"}, {"E-LOC", "E-ORG"}]


def test_word_borders_rule_out_names_that_cut_words() -> None:
    sample = Sample("海州教育", (), frozenset(), "d", borders=frozenset({0, 2, 4}))
    mask = tag_mask(sample)
    assert "B-ORG" in names(mask[0])
    assert "S-ORG" not in names(mask[0])
    assert "B-ORG" not in names(mask[1])
    assert "E-ORG" in names(mask[1])


def test_regions_that_are_not_free_must_be_named() -> None:
    sample = Sample("海州", (), frozenset(), "d", (Region(0, 2, frozenset({"LOC"}), free=False),))
    assert all("O" not in names(row) for row in tag_mask(sample))


def test_consistency_needs_a_legal_path() -> None:
    mask = np.zeros((2, tag_count()), dtype=bool)
    mask[0, tags_of("PER")[0]] = True
    mask[1, 0] = True
    assert not is_consistent(mask)
    mask[1, tags_of("PER")[2]] = True
    assert is_consistent(mask)
