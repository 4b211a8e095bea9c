"""From a sample to the tags that each of its characters may have: partial labels for the CRF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.annotations.datasets import Sample
from pipeline.components.recogniser.labels import LABELS, legal_transitions, tag_count, tags_of

__all__ = ["is_consistent", "tag_mask"]


def tag_mask(sample: Sample) -> NDArray[np.bool_]:
    """Give (length, tags) of what is possible: a known span its tags, an unknown label any.

    Where nothing is known of a label, O and every tag of it stand open; the loss then sums over all
    paths that agree with what is known.
    """
    size = len(sample.text)
    mask = np.zeros((size, tag_count()), dtype=bool)
    mask[:, 0] = True
    for label in LABELS:
        if label not in sample.complete:
            mask[:, list(tags_of(label))] = True
    for region in sample.regions:
        stretch = mask[region.start : region.end]
        stretch[:] = False
        stretch[:, 0] = region.free
        for label in region.labels:
            stretch[:, list(tags_of(label))] = True
    if sample.borders is not None:
        _respect_borders(mask, sample.borders)
    for start, end, choice in sample.spans:
        mask[start:end] = False
        for label in choice.split("|"):
            begin, inside, last, single = tags_of(label)
            if end - start == 1:
                mask[start, single] = True
            else:
                mask[start, begin] = True
                mask[start + 1 : end - 1, inside] = True
                mask[end - 1, last] = True
    return mask


def is_consistent(mask: NDArray[np.bool_]) -> bool:
    """Tell whether any legal tag path runs through the mask."""
    pairs, opens, closes = legal_transitions()
    if not len(mask):
        return True
    live = mask[0] & opens
    for row in mask[1:]:
        live = (live @ pairs) & row
    return bool((live & closes).any())


def _respect_borders(mask: NDArray[np.bool_], borders: frozenset[int]) -> None:
    marks = np.zeros(len(mask) + 1, dtype=bool)
    marks[sorted(borders)] = True
    starts, ends = marks[:-1], marks[1:]
    for label in LABELS:
        begin, _, last, single = tags_of(label)
        mask[:, begin] &= starts
        mask[:, last] &= ends
        mask[:, single] &= starts & ends
