"""Variants of annotated samples: other names in the same places, so that contexts are learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.annotations.datasets import Entity, Sample

__all__ = ["NamePool", "vary"]

CHANCE = 0.6  # of a person or place name being swapped; the rest keeps real names in the mix


@dataclass(frozen=True)
class NamePool:
    """Names to draw from. places: short or full names by their last character (``市``, ``县``)."""

    persons: Sequence[str]
    places: dict[str, Sequence[str]]


def vary(sample: Sample, pool: NamePool, generator: np.random.Generator) -> Sample:
    """Give a copy with persons swapped, and places too, also at the head of bodies' names.

    One name is swapped for the same other name throughout, and spans move with the text. Samples
    with regions or word borders are given back as they are: these would not move along.
    """
    if sample.regions or sample.borders is not None:
        return sample
    swaps: dict[str, str] = {}
    pieces: list[str] = []
    spans: list[Entity] = []
    last = length = 0
    for start, end, label in sample.spans:
        gap = sample.text[last:start]
        name = _swapped(sample.text[start:end], label, pool, generator, swaps)
        pieces += [gap, name]
        begin = length + len(gap)
        length = begin + len(name)
        spans.append((begin, length, label))
        last = end
    pieces.append(sample.text[last:])
    return replace(sample, text="".join(pieces), spans=tuple(spans))


def _swapped(
    name: str, label: str, pool: NamePool, generator: np.random.Generator, swaps: dict[str, str]
) -> str:
    if label == "PER" and 2 <= len(name) <= 3 and "·" not in name:
        return _draw(name, pool.persons, generator, swaps)
    if label in {"LOC", "ORG"}:
        head = _place_head(name, pool)
        if head:
            other = _draw(head, pool.places[head[-1]], generator, swaps)
            return other + name[len(head) :]
    return name


def _place_head(name: str, pool: NamePool) -> str:
    """Give the division name that a name begins with, up to its 省, 市, 县, 区, 镇 or 乡."""
    for position, char in enumerate(name[:6]):
        if position >= 2 and char in pool.places:
            return name[: position + 1]
    return ""


def _draw(
    name: str, names: Sequence[str], generator: np.random.Generator, swaps: dict[str, str]
) -> str:
    if name not in swaps:
        chosen = names[int(generator.integers(len(names)))]
        swaps[name] = chosen if generator.random() < CHANCE else name
    return swaps[name]
