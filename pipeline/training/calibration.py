"""Calibration of span probabilities: two numbers a label, fitted on held-out training text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_calibration"]

Judged = tuple[str, float, bool]
PRIOR = 10.0  # pull of a label towards the fit of all labels, in units of observations
ROUNDS = 100
PLAIN = (1.0, 0.0)


def fit_calibration(judged: Sequence[Judged]) -> dict[str, tuple[float, float]]:
    """Fit slope and offset on the log odds for each label (Platt scaling).

    All labels together are fitted first, with a pull towards leaving the probabilities as they are;
    each label is then pulled towards that fit, so that a rare one does not go astray.
    judged: (label, probability, is right) of spans that the model found in held-out text.
    """
    common = _fit(judged, PLAIN)
    return {
        label: _fit([row for row in judged if row[0] == label], common)
        for label in sorted({label for label, *_ in judged})
    }


def _fit(rows: Sequence[Judged], start: tuple[float, float]) -> tuple[float, float]:
    raw = np.clip([p for _, p, _ in rows], 1e-6, 1 - 1e-6)
    inputs = np.stack([np.log(raw / (1 - raw)), np.ones(len(raw))], axis=1)
    target = np.array([right for *_, right in rows], dtype=float)
    prior = np.array(start)
    weights = prior.copy()
    cost = _cost(weights, inputs, target, prior)
    for _ in range(ROUNDS):
        guess = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (guess - target) + PRIOR * (weights - prior)
        curve = (inputs * (guess * (1 - guess))[:, None]).T @ inputs + PRIOR * np.eye(2)
        step = np.linalg.solve(curve, slope)
        # Newton's step overshoots where nearly all spans are right: shorten it until it helps
        while (after := _cost(weights - step, inputs, target, prior)) > cost:
            step /= 2
            if np.abs(step).max() < 1e-9:
                return float(weights[0]), float(weights[1])
        weights, cost = weights - step, after
        if np.abs(step).max() < 1e-8:
            break
    return float(weights[0]), float(weights[1])


def _cost(
    weights: NDArray[np.float64],
    inputs: NDArray[np.float64],
    target: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> float:
    odds = inputs @ weights
    loss = np.logaddexp(0, odds) - target * odds
    return float(loss.sum() + PRIOR * ((weights - prior) ** 2).sum() / 2)
