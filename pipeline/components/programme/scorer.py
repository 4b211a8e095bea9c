"""The learned scorer of PROGRAMME candidates: a table of feature weights, applied to a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.components.programme.candidates import Candidate, Text, find_candidates
from pipeline.components.programme.features import (
    character_features,
    end_features,
    pair_features,
    start_features,
)
from pipeline.components.programme.lattice import best_set, marginals
from pipeline.components.programme.resources import ProgrammeLists

__all__ = ["FoundName", "Scorer", "repeated_spans"]


@dataclass(frozen=True, slots=True)
class FoundName:
    """A PROGRAMME name: characters [start, end) and the probability that it is one."""

    start: int
    end: int
    score: float


def repeated_spans(text: Text, candidates: Iterable[Candidate]) -> set[tuple[int, int]]:
    """Give the spans whose characters are those of another candidate of the same text."""
    candidates = list(candidates)
    counts = Counter(text.folded[c.start : c.end] for c in candidates)
    return {(c.start, c.end) for c in candidates if counts[text.folded[c.start : c.end]] > 1}


class Scorer:
    """Finds the most probable set of non-overlapping names.

    weights: feature name -> weight; a feature that is not in it weighs 0.
    bias: added to the weight of every candidate; lower values find fewer names.
    """

    def __init__(
        self, weights: Mapping[str, float], lists: ProgrammeLists, bias: float = 0.0
    ) -> None:
        self.weights = dict(weights)
        self.lists = lists
        self.bias = bias

    def find(self, text: str, blocked: Iterable[tuple[int, int]] = ()) -> list[FoundName]:
        """Give the names in a text, in order.

        blocked: spans of other names, characters [start, end); a candidate that is a part of one,
        or equal to one, is left out.
        """
        page = Text(text, self.lists)
        owner = {position: end for start, end in blocked for position in range(start, end)}
        candidates = [c for c in find_candidates(page) if owner.get(c.start, -1) < c.end]
        return self.choose(page, candidates)

    def choose(self, text: Text, candidates: list[Candidate]) -> list[FoundName]:
        """Weigh candidates, ordered by end, and give the best set of them in order."""
        spans = [(c.start, c.end) for c in candidates]
        weights = self.weigh(text, candidates)
        picked = best_set(spans, weights)
        if not picked:
            return []
        probabilities, _ = marginals(spans, weights)
        return [FoundName(*spans[i], probabilities[i]) for i in picked]

    def weigh(self, text: Text, candidates: list[Candidate]) -> list[float]:
        """Give the weight of each candidate on the scale of log-odds."""
        get = self.weights.get
        inside = [0.0]
        needed = bytearray(len(text.folded) + 1)
        for c in candidates:
            needed[c.start : c.end] = b"\1" * (c.end - c.start)
        for position in range(len(text.folded)):
            value = inside[-1]
            if needed[position]:
                for name in character_features(text, position):
                    value += get(name, 0.0)
            inside.append(value)
        starts: dict[int, float] = {}
        ends: dict[tuple[int, int], float] = {}
        repeated = repeated_spans(text, candidates)
        result = []
        for c in candidates:
            if c.start not in starts:
                starts[c.start] = sum(get(name, 0.0) for name in start_features(text, c.start))
            key = (c.end, c.category)
            if key not in ends:
                features = end_features(text, c.end, c.category, c.category_end)
                ends[key] = sum(get(name, 0.0) for name in features)
            pair = sum(
                get(name, 0.0) for name in pair_features(text, c, (c.start, c.end) in repeated)
            )
            result.append(
                self.bias + starts[c.start] + ends[key] + inside[c.end] - inside[c.start] + pair
            )
        return result
