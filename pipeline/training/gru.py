"""One direction of a GRU layer over packed sequences, with its own backward pass.

PyTorch's GRU forms the gradient of the weights step by step on a CPU, which makes training four
times slower than this: here a step only carries the state's gradient, and each weight gradient is
one product over all steps. Steps run in NumPy, whose calls cost less than PyTorch's.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["run_direction"]


def run_direction(
    gates: torch.Tensor,
    recurrent: torch.Tensor,
    candidate: torch.Tensor,
    steps: NDArray[np.int64],
    *,
    backwards: bool,
) -> torch.Tensor:
    """Give the states (N, H) of packed rows (`components.recogniser.packing`).

    gates: (N, 3H), inputs times weights plus all biases but the one inside the reset gate, in the
    order r, z, n. recurrent: (3H, H). candidate: (H,), that last bias. steps: (T + 1,).
    """
    result: torch.Tensor = _function().apply(gates, recurrent, candidate, steps, backwards)
    return result


@cache
def _function() -> Any:
    import torch

    class Direction(torch.autograd.Function):
        @staticmethod
        def forward(ctx, gates, recurrent, candidate, steps, backwards):  # type: ignore[no-untyped-def]
            weights = np.ascontiguousarray(recurrent.numpy().T)
            kept = _forward(gates.numpy(), weights, candidate.numpy(), steps, backwards)
            ctx.kept = kept
            ctx.weights = weights
            ctx.steps, ctx.backwards = steps, backwards
            return torch.from_numpy(kept[0])

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            into, pushed = _backward(
                np.ascontiguousarray(grad.numpy()), ctx.weights, ctx.kept, ctx.steps, ctx.backwards
            )
            before = ctx.kept[4]
            width = before.shape[1]
            return (
                torch.from_numpy(into),
                torch.from_numpy(pushed.T @ before),
                torch.from_numpy(pushed[:, 2 * width :].sum(axis=0)),
                None,
                None,
            )

    return Direction


def _order(steps: NDArray[np.int64], backwards: bool) -> list[tuple[int, int]]:
    bounds = steps.tolist()
    slices = list(pairwise(bounds))
    return slices[::-1] if backwards else slices


def _forward(
    gates: NDArray[np.float32],
    weights: NDArray[np.float32],
    candidate: NDArray[np.float32],
    steps: NDArray[np.int64],
    backwards: bool,
) -> tuple[NDArray[np.float32], ...]:
    """Give states, r and z together, n, the candidate's push, and each row's state before."""
    width = len(weights)
    total = len(gates)
    states, fresh, inner, before = (np.empty((total, width), np.float32) for _ in range(4))
    keep = np.empty((total, 2 * width), np.float32)
    slices = _order(steps, backwards)
    widest = max(end - start for start, end in slices)
    state = np.zeros((widest, width), np.float32)
    pushed = np.empty((widest, 3 * width), np.float32)
    for start, end in slices:
        count = end - start
        h, p, k = state[:count], pushed[:count], keep[start:end]
        before[start:end] = h
        np.matmul(h, weights, out=p)
        np.add(gates[start:end, : 2 * width], p[:, : 2 * width], out=k)
        k *= 0.5
        np.tanh(k, out=k)
        k *= 0.5
        k += 0.5
        q, n = inner[start:end], fresh[start:end]
        np.add(p[:, 2 * width :], candidate, out=q)
        np.multiply(q, k[:, :width], out=n)
        n += gates[start:end, 2 * width :]
        np.tanh(n, out=n)
        h -= n
        h *= k[:, width:]
        h += n
        states[start:end] = h
    return states, keep, fresh, inner, before


def _backward(
    grad: NDArray[np.float32],
    weights: NDArray[np.float32],
    kept: tuple[NDArray[np.float32], ...],
    steps: NDArray[np.int64],
    backwards: bool,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the gradients of the gates and of what the state before pushed, both (N, 3H)."""
    _, keep, fresh, inner, before = kept
    width = len(weights)
    reset, update = keep[:, :width], keep[:, width:]
    on_update = (before - fresh) * update * (1 - update)
    on_fresh = (1 - update) * (1 - fresh * fresh)
    on_reset = inner * reset * (1 - reset)
    pushed = np.empty((len(grad), 3 * width), np.float32)
    plain = np.empty((len(grad), width), np.float32)
    back = np.ascontiguousarray(weights.T)
    slices = _order(steps, backwards)[::-1]
    widest = max(end - start for start, end in slices)
    carry = np.zeros((widest, width), np.float32)
    moved = np.empty((widest, width), np.float32)
    live = 0
    for start, end in slices:
        count = end - start
        # rows that join have nothing after them; rows that left began here from a zero state
        carry[live:count] = 0
        live = count
        d = carry[:count]
        d += grad[start:end]
        g, n = pushed[start:end], plain[start:end]
        np.multiply(d, on_fresh[start:end], out=n)
        np.multiply(n, on_reset[start:end], out=g[:, :width])
        np.multiply(d, on_update[start:end], out=g[:, width : 2 * width])
        np.multiply(n, reset[start:end], out=g[:, 2 * width :])
        d *= update[start:end]
        np.matmul(g, back, out=moved[:count])
        d += moved[:count]
    into = pushed.copy()
    into[:, 2 * width :] = plain
    return into, pushed
