from __future__ import annotations

import numpy as np
import pytest

from pipeline.training.calibration import fit_calibration
from pipeline.training.scores import calibration_error


def test_overconfident_probabilities_are_mended() -> None:
    generator = np.random.default_rng(1)
    true = generator.uniform(0.5, 0.98, 3000)
    right = generator.random(3000) < true
    claimed = 1 / (1 + np.exp(-2.5 * np.log(true / (1 - true))))
    judged = [("ORG", float(p), bool(r)) for p, r in zip(claimed, right, strict=True)]
    slope, offset = fit_calibration(judged)["ORG"]
    odds = slope * np.log(claimed / (1 - claimed)) + offset
    mended = [
        ("ORG", float(p), bool(r)) for p, r in zip(1 / (1 + np.exp(-odds)), right, strict=True)
    ]
    assert slope == pytest.approx(0.4, abs=0.05)
    assert calibration_error(mended) < 0.03 < calibration_error(judged)


def test_a_rare_label_that_is_always_right_stays_near_the_others() -> None:
    judged = [("PER", 0.9, number % 10 > 0) for number in range(300)]
    judged += [("LOC", p, True) for p in (0.999999, 0.7, 0.8)]
    fitted = fit_calibration(judged)
    for one, other in zip(fitted["PER"], fitted["LOC"], strict=True):
        assert one == pytest.approx(other, abs=0.5)


def test_nothing_found_gives_nothing() -> None:
    assert fit_calibration([]) == {}
