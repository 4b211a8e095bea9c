"""The learned scorer of PROGRAMME candidates: a table of feature weights, applied to a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.components.programme.candidates import Candidate, Text, find_candidates
from pipeline.components.programme.features import (
    end_features,
    pair_features,
    start_features,
)
from pipeline.components.programme.lattice import best_set, marginals
from pipeline.components.programme.resources import ProgrammeLists, WordFinder

__all__ = ["Evidence", "FoundName", "Scorer", "count_places"]

ECHO_FROM = 0.5  # probability from which a found name lends weight to its other places
SHORTEST_ECHO = 3

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FoundName:
    """A PROGRAMME name: characters [start, end) and the probability that it is one."""

    start: int
    end: int
    score: float


def count_places(text: Text, candidates: Iterable[Candidate]) -> list[int]:
    """Give for each candidate how many candidates of the text have its characters."""
    names = [text.folded[c.start : c.end] for c in candidates]
    counts = Counter(names)
    return [counts[name] for name in names]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What counts beside the learned features, on the scale of log-odds.

    bias: added to every candidate; lower values find fewer names. echo: added to a span whose
    characters are those of a name found elsewhere in the text. recogniser: added to a span that the
    recogniser calls PROGRAMME, times its probability; recogniser_alone: the weight of such a span
    that no structure proposes. cut_word: added for each end of a span that lies inside a word,
    where words are known. carried_out: added to what a document of the text is to carry out, where
    structure proposes it. temperature: divides the weights before they become probabilities.
    """

    bias: float = 0.0
    echo: float = 0.0
    recogniser: float = 0.0
    recogniser_alone: float = -10.0
    cut_word: float = 0.0
    carried_out: float = 0.0
    temperature: float = 1.0


class Scorer:
    """Finds the most probable set of non-overlapping names.

    weights: feature name -> weight; a feature that is not in it weighs 0.
    """

    def __init__(
        self, weights: Mapping[str, float], lists: ProgrammeLists, evidence: Evidence
    ) -> None:
        self.weights = dict(weights)
        self.lists = lists
        self.evidence = evidence

    def find(
        self,
        text: str,
        blocked: Iterable[Span] = (),
        recognised: Mapping[Span, float] | None = None,
        words: Iterable[Sequence[int]] = (),
    ) -> list[FoundName]:
        """Give the names in a text, in order.

        blocked: spans of other names, characters [start, end); a candidate that is a part of one,
        or equal to one, is left out. recognised: span -> probability of PROGRAMME, from elsewhere.
        words: (start, end) of the words of the text, where a segmenter gives them.
        """
        recognised = recognised or {}
        page = Text(text, self.lists)
        owner = {position: end for start, end in blocked for position in range(start, end)}
        candidates = [c for c in find_candidates(page) if owner.get(c.start, -1) < c.end]
        weights = dict(zip(map(_span, candidates), self.weigh(page, candidates), strict=True))
        for span, probability in recognised.items():
            alone = self.evidence.recogniser_alone
            weights[span] = weights.get(span, alone) + self.evidence.recogniser * probability
        for span in {*page.carried_out()} & weights.keys():
            weights[span] += self.evidence.carried_out
        inside = {position for start, end in words for position in range(start + 1, end)}
        for span in weights if inside else ():
            weights[span] += self.evidence.cut_word * sum(end in inside for end in span)
        found = _choose(weights, self.evidence.temperature)
        if found and self.evidence.echo and (echoes := self._echoes(page, found) & weights.keys()):
            for span in echoes:
                weights[span] += self.evidence.echo
            found = _choose(weights, self.evidence.temperature)
        return found

    @staticmethod
    def _echoes(page: Text, found: list[FoundName]) -> set[Span]:
        """Give the other places of names that were found, and of the quoted part of a name."""
        folded = page.folded
        sure = {(n.start, n.end) for n in found if n.score >= ECHO_FROM}
        names = {folded[start:end]: "" for start, end in sure}
        names |= {name.partition("”")[0]: "" for name in names if "”" in name}
        finder = WordFinder({name: "" for name in names if len(name) >= SHORTEST_ECHO})
        return set(finder.matches(folded)) - sure if finder.classes else set()

    def weigh(self, text: Text, candidates: list[Candidate]) -> list[float]:
        """Give the weight of each candidate."""
        get = self.weights.get
        starts: dict[int, float] = {}
        ends: dict[Span, float] = {}
        result = []
        for c, places in zip(candidates, count_places(text, candidates), strict=True):
            if c.start not in starts:
                starts[c.start] = sum(get(name, 0.0) for name in start_features(text, c.start))
            key = (c.end, c.category)
            if key not in ends:
                features = end_features(text, c.end, c.category, c.category_end)
                ends[key] = sum(get(name, 0.0) for name in features)
            pair = pair_features(text, c, places)
            weight = sum(get(name, 0.0) for name in pair)
            result.append(self.evidence.bias + starts[c.start] + ends[key] + weight)
        return result


def _choose(weights: Mapping[Span, float], temperature: float) -> list[FoundName]:
    spans = sorted(weights, key=lambda span: (span[1], span[0]))
    values = [weights[span] for span in spans]
    picked = best_set(spans, values)
    if not picked:
        return []
    probabilities, _ = marginals(spans, [value / temperature for value in values])
    return [FoundName(*spans[i], probabilities[i]) for i in picked]


def _span(candidate: Candidate) -> Span:
    return candidate.start, candidate.end
