"""Mentions as tags of characters (BIO, BIOES) and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Tagged", "layers", "mentions_of", "tags_of"]

Tagged = tuple[int, int, str]
"""(start, end, label) in characters, end exclusive."""


def layers(mentions: Iterable[Tagged]) -> list[list[Tagged]]:
    """Share mentions out over layers in which none overlap.

    The flat labels come before ROLE, longer mentions before shorter ones, so that the first layer
    is the one that a tool with a single layer wants.
    """
    found: list[list[Tagged]] = []
    ordered = sorted(set(mentions), key=lambda m: (m[2] == "ROLE", m[0] - m[1], m[0], m[2]))
    for start, end, label in ordered:
        for layer in found:
            if all(end <= other[0] or other[1] <= start for other in layer):
                layer.append((start, end, label))
                break
        else:
            found.append([(start, end, label)])
    return [sorted(layer) for layer in found]


def tags_of(length: int, mentions: Iterable[Tagged], *, ends: bool = False) -> list[str]:
    """Return the BIO tags of mentions that do not overlap; BIOES when ``ends`` is true."""
    tags = ["O"] * length
    for start, end, label in mentions:
        tags[start:end] = [f"I-{label}"] * (end - start)
        tags[start] = f"B-{label}"
        if ends:
            tags[end - 1] = f"S-{label}" if end - start == 1 else f"E-{label}"
    return tags


def mentions_of(tags: Sequence[str]) -> Iterator[Tagged]:
    """Yield the mentions of BIO, BIOES or BMES tags.

    A mention without its beginning starts where it is first seen, as conlleval reads it.
    RAISES ValueError: a tag is of none of these schemes.
    """
    start, label = 0, ""
    for index, tag in enumerate((*tags, "O")):
        prefix, _, name = tag.partition("-")
        if prefix not in {"B", "I", "M", "E", "S", "O"} or (prefix == "O") != (not name):
            raise ValueError(f"'{tag}' is no tag of BIO or BIOES")
        if label and (prefix in {"B", "S", "O"} or name != label):
            yield start, index, label
            label = ""
        if name and not label:
            start, label = index, name
        if label and prefix in {"E", "S"}:
            yield start, index + 1, label
            label = ""
