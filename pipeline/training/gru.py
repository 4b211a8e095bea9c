"""A bidirectional GRU layer over packed sequences, with its own backward pass.

PyTorch's GRU forms the gradient of the weights step by step on a CPU, which makes training four
times slower than this: here a step only carries the state's gradient, and each weight gradient is
one product over all steps. Steps run in NumPy, whose calls cost less than PyTorch's; the two
directions run in a thread each.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["run_layer"]


def run_layer(
    gates: tuple[torch.Tensor, torch.Tensor],
    recurrent: tuple[torch.Tensor, torch.Tensor],
    candidate: tuple[torch.Tensor, torch.Tensor],
    steps: NDArray[np.int64],
) -> torch.Tensor:
    """Give the states (N, 2H) of packed rows (`components.recogniser.packing`).

    Each pair is forwards, backwards. gates: (N, 3H), inputs times weights plus all biases but the
    one inside the reset gate, in the order r, z, n. recurrent: (3H, H). candidate: (H,), that last
    bias. steps: (T + 1,).
    """
    result: torch.Tensor = _function().apply(*gates, *recurrent, *candidate, steps)
    return result


@cache
def _function() -> Any:
    import torch

    pool = ThreadPoolExecutor(2)

    class Layer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *inputs):  # type: ignore[no-untyped-def]
            gates, gates_b, recurrent, recurrent_b, candidate, candidate_b, steps = inputs
            weights = [np.ascontiguousarray(w.numpy().T) for w in (recurrent, recurrent_b)]
            kept = list(
                pool.map(
                    partial(_forward, steps=steps),
                    [gates.numpy(), gates_b.numpy()],
                    weights,
                    [candidate.numpy(), candidate_b.numpy()],
                    [False, True],
                )
            )
            ctx.kept, ctx.weights, ctx.steps = kept, weights, steps
            return torch.from_numpy(np.concatenate([kept[0][0], kept[1][0]], axis=1))

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            width = len(ctx.weights[0])
            halves = [np.ascontiguousarray(half) for half in (grad[:, :width], grad[:, width:])]
            results = list(
                pool.map(
                    partial(_backward, steps=ctx.steps),
                    halves,
                    ctx.weights,
                    ctx.kept,
                    [False, True],
                )
            )
            by_kind = zip(*results, strict=True)
            return (*(torch.from_numpy(array) for pair in by_kind for array in pair), None)

    return Layer


def _order(steps: NDArray[np.int64], backwards: bool) -> list[tuple[int, int]]:
    bounds = steps.tolist()
    slices = list(pairwise(bounds))
    return slices[::-1] if backwards else slices


def _forward(
    gates: NDArray[np.float32],
    weights: NDArray[np.float32],
    candidate: NDArray[np.float32],
    backwards: bool,
    *,
    steps: NDArray[np.int64],
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
    backwards: bool,
    *,
    steps: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Give the gradients of the gates (N, 3H), the weights (3H, H) and the inner bias (H,)."""
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
    return into, pushed.T @ before, pushed[:, 2 * width :].sum(axis=0)
