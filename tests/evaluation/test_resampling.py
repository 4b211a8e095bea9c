from __future__ import annotations

import pytest

from pipeline.evaluation.counts import Counts
from pipeline.evaluation.resampling import compare, interval


def test_interval_holds_the_score_and_is_the_same_for_a_seed() -> None:
    documents = [Counts(i % 5, (i * 7) % 3, (i * 3) % 2) for i in range(40)]
    low, high = interval(documents, seed=3)
    assert low < sum(documents, Counts()).f1 < high
    assert (low, high) == interval(documents, seed=3)
    assert (low, high) != interval(documents, seed=4)


def test_interval_of_equal_documents_is_a_point() -> None:
    low, high = interval([Counts(2, 1, 1)] * 10)
    assert low == pytest.approx(high) == pytest.approx(2 / 3)


def test_nothing_to_score() -> None:
    assert interval([]) == (0.0, 0.0)
    assert interval([Counts()] * 3) == (0.0, 0.0)
    assert compare([Counts()], [Counts()]).p == 1.0


def test_the_same_predictions_do_not_differ() -> None:
    documents = [Counts(3, 1, i % 3) for i in range(20)]
    difference = compare(documents, documents)
    assert (difference.f1, difference.p) == (0.0, 1.0)


def test_a_clear_difference_is_significant_and_a_slip_is_not() -> None:
    good, bad = [Counts(5, 0, 0)] * 30, [Counts(3, 2, 2)] * 30
    clear = compare(good, bad)
    assert clear.f1 == pytest.approx(0.4)
    assert clear.p < 0.001
    assert clear.low > 0
    slip = compare([*good[:29], Counts(4, 1, 1)], good)
    assert slip.f1 < 0
    assert slip.p > 0.5


def test_p_values_agree_with_all_swaps_of_few_documents() -> None:
    from itertools import product

    first = [Counts(4, 1, 0), Counts(2, 2, 1), Counts(3, 0, 2), Counts(1, 1, 1), Counts(5, 0, 0)]
    second = [Counts(3, 1, 1), Counts(2, 1, 1), Counts(1, 2, 4), Counts(1, 0, 1), Counts(4, 2, 1)]
    observed = sum(first, Counts()).f1 - sum(second, Counts()).f1
    extreme = 0
    for swaps in product((False, True), repeat=5):
        one = sum((b if s else a for a, b, s in zip(first, second, swaps, strict=True)), Counts())
        other = sum((a if s else b for a, b, s in zip(first, second, swaps, strict=True)), Counts())
        extreme += abs(one.f1 - other.f1) >= abs(observed) - 1e-12
    assert compare(first, second, rounds=20_000).p == pytest.approx(extreme / 32, abs=0.02)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="same documents"):
        compare([Counts()], [])
