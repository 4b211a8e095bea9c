"""The training loss: a linear-chain CRF over partly known labels.

The loss of a sentence is the negative log probability of all tag paths that its mask allows
(Tsuboi et al., COLING 2008): log Z of all legal paths minus log Z of the allowed ones. Its gradient
is the difference of two sets of marginals, computed here by scaled forward and backward sums in
double precision; autograd would keep every step of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.components.recogniser.labels import legal_transitions

if TYPE_CHECKING:
    import torch

__all__ = ["partial_crf_loss"]


def partial_crf_loss(
    emissions: torch.Tensor,
    mask: torch.Tensor,
    lengths: torch.Tensor,
    scores: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """Give the loss (B,) of emissions (B, T, L) under a mask (B, T, L) of possible tags.

    scores: transitions (L, L), first (L,), last (L,). Illegal BIOES moves count as impossible.
    A mask must leave at least one legal path (`masks.is_consistent`).
    """
    return _function().apply(emissions, mask, lengths, *scores)  # type: ignore[no-any-return]


def _function() -> Any:
    import torch

    class PartialCrf(torch.autograd.Function):
        @staticmethod
        def forward(ctx, emissions, mask, lengths, transitions, first, last):  # type: ignore[no-untyped-def]
            pairs, opens, closes = (torch.from_numpy(array) for array in legal_transitions())
            move = transitions.double().exp() * pairs
            begin = first.double().exp() * opens
            close = last.double().exp() * closes
            top = emissions.max(dim=2, keepdim=True).values
            free = (emissions - top).double().exp()
            known_top = emissions.masked_fill(~mask, -1e9).max(dim=2, keepdim=True).values
            known = (emissions - known_top).double().exp() * mask
            live = (torch.arange(emissions.shape[1])[None, :] < lengths[:, None]).double()
            total = _sums(free, live, lengths, move, begin, close)
            allowed = _sums(known, live, lengths, move, begin, close)
            gap = ((top - known_top).squeeze(2).double() * live).sum(dim=1)
            ctx.save_for_backward(
                (total[1] - allowed[1]).float(),
                (total[2] - allowed[2]).float(),
                (total[3] - allowed[3]).float(),
                (total[4] - allowed[4]).float(),
            )
            return (total[0] - allowed[0] + gap).float()

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            marginals, moves, begins, closes = ctx.saved_tensors
            return (
                marginals * grad[:, None, None],
                None,
                None,
                torch.einsum("b,bij->ij", grad, moves),
                torch.einsum("b,bi->i", grad, begins),
                torch.einsum("b,bi->i", grad, closes),
            )

    return PartialCrf


def _sums(emit: Any, live: Any, lengths: Any, move: Any, begin: Any, close: Any) -> tuple[Any, ...]:
    """Give log Z (B,), tag marginals (B, T, L), expected moves, first and last tags."""
    import torch

    size, span, _ = emit.shape
    alpha = torch.zeros_like(emit)
    beta = torch.zeros_like(emit)
    scale = torch.ones(size, span, dtype=emit.dtype)
    state = begin * emit[:, 0]
    counts = [int((lengths > t).sum()) for t in range(span)]
    for t in range(span):
        n = counts[t]
        if t:
            state = (alpha[:n, t - 1] @ move) * emit[:n, t]
        norm = state.sum(dim=1)
        scale[:n, t] = norm
        alpha[:n, t] = state / norm[:, None]
    rows = torch.arange(size)
    final = alpha[rows, lengths - 1] * close
    ending = final.sum(dim=1)
    beta[rows, lengths - 1] = close / ending[:, None]
    for t in range(span - 2, -1, -1):
        n = counts[t + 1]
        beta[:n, t] = (beta[:n, t + 1] * emit[:n, t + 1] / scale[:n, t + 1, None]) @ move.T
    log_z = (scale.log() * live).sum(dim=1) + ending.log()
    marginals = alpha * beta
    after = beta[:, 1:] * emit[:, 1:] * (live[:, 1:] / scale[:, 1:])[:, :, None]
    moves = torch.einsum("bti,btj->bij", alpha[:, :-1], after) * move
    return log_z, marginals, moves, marginals[:, 0], final / ending[:, None]
