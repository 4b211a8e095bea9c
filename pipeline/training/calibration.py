"""Calibration of span probabilities: two numbers a label, fitted on held-out training text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["fit_calibration"]

PRIOR = 4.0  # pull towards leaving the probabilities as they are, in units of observations
ROUNDS = 50


def fit_calibration(
    judged: Sequence[tuple[str, float, bool]],
) -> dict[str, tuple[float, float]]:
    """Fit slope and offset on the log odds for each label (Platt scaling, with a prior at (1, 0)).

    judged: (label, probability, is right) of spans that the model found in held-out text.
    """
    result = {}
    for label in sorted({label for label, *_ in judged}):
        rows = [(p, right) for other, p, right in judged if other == label]
        raw = np.clip([p for p, _ in rows], 1e-6, 1 - 1e-6)
        inputs = np.stack([np.log(raw / (1 - raw)), np.ones(len(raw))], axis=1)
        target = np.array([right for _, right in rows], dtype=float)
        start = np.array([1.0, 0.0])
        weights = start.copy()
        for _ in range(ROUNDS):
            guess = 1 / (1 + np.exp(-inputs @ weights))
            slope = inputs.T @ (guess - target) + PRIOR * (weights - start)
            curve = (inputs * (guess * (1 - guess))[:, None]).T @ inputs + PRIOR * np.eye(2)
            step = np.linalg.solve(curve, slope)
            weights -= step
            if np.abs(step).max() < 1e-8:
                break
        result[label] = (float(weights[0]), float(weights[1]))
    return result
