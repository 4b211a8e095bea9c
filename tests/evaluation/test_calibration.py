from __future__ import annotations

import pytest

from pipeline.evaluation.calibration import Bin, calibrate
from pipeline.evaluation.page_repair import RepairScore, Slip, score_repair, slips


def test_perfectly_calibrated_answers_have_no_error() -> None:
    answers = [(0.75, index < 3) for index in range(4)] + [(1.0, True)] * 5
    found = calibrate(answers)
    assert found.ece == pytest.approx(0)
    assert found.bins == [Bin(0.7, 0.8, 4, 0.75, 0.75), Bin(0.9, 1.0, 5, 1.0, 1.0)]


def test_overconfidence_is_the_weighted_gap() -> None:
    found = calibrate([(0.95, True), (0.95, False), (0.15, False), (0.15, False)])
    assert found.ece == pytest.approx(0.5 * 0.45 + 0.5 * 0.15)
    assert calibrate([]).ece == 0.0


def test_repair_accuracy_counts_wrong_characters() -> None:
    assert score_repair("滨河市 委", "滨河市委") == RepairScore(1, 4)
    assert score_repair("", "滨河") == RepairScore(2, 2)
    assert (RepairScore(1, 4) + RepairScore(1, 6)).accuracy == pytest.approx(0.8)
    assert slips("滨河市 委来", "滨河市委说") == [Slip(3, 4, " ", ""), Slip(5, 6, "来", "说")]
