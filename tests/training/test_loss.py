from __future__ import annotations

from itertools import pairwise, product

import pytest

from pipeline.components.recogniser.labels import legal_transitions, tag_count

torch = pytest.importorskip("torch")


def test_loss_and_gradient_equal_enumeration_of_all_paths() -> None:
    from pipeline.training.loss import partial_crf_loss

    torch.manual_seed(0)
    count = tag_count()
    pairs, opens, closes = legal_transitions()
    move, first, last = (
        torch.randn(*size, requires_grad=True) for size in ((count, count), (count,), (count,))
    )
    emissions = torch.randn(2, 3, count, requires_grad=True)
    lengths = torch.tensor([3, 2])
    mask = torch.rand(2, 3, count) < 0.5
    mask[:, :, 0] = True
    leaves = (emissions, move, first, last)
    loss = partial_crf_loss(emissions, mask, lengths, (move, first, last))
    gradients = torch.autograd.grad(loss.sum(), leaves)

    expected = []
    for row, length in enumerate(lengths.tolist()):
        legal, allowed = [], []
        for path in product(range(count), repeat=length):
            steps = list(pairwise(path))
            if not (opens[path[0]] and closes[path[-1]] and all(pairs[a, b] for a, b in steps)):
                continue
            score = first[path[0]] + last[path[-1]] + sum(move[a, b] for a, b in steps)
            score = score + sum(emissions[row, t, tag] for t, tag in enumerate(path))
            legal.append(score)
            if all(mask[row, t, tag] for t, tag in enumerate(path)):
                allowed.append(score)
        expected.append(
            torch.logsumexp(torch.stack(legal), 0) - torch.logsumexp(torch.stack(allowed), 0)
        )
    assert torch.allclose(loss, torch.stack(expected), atol=1e-5)
    for got, wanted in zip(gradients, torch.autograd.grad(sum(expected), leaves), strict=True):
        assert torch.allclose(got, wanted, atol=1e-5)


def test_nothing_known_costs_nothing() -> None:
    from pipeline.training.loss import partial_crf_loss

    emissions = torch.randn(1, 5, tag_count())
    mask = torch.ones(1, 5, tag_count(), dtype=torch.bool)
    scores = (torch.zeros(tag_count(), tag_count()), torch.zeros(tag_count()))
    loss = partial_crf_loss(emissions, mask, torch.tensor([5]), (*scores, scores[1]))
    assert float(loss) == pytest.approx(0.0, abs=1e-6)
