"""Identifiers: short hashes of what a thing is, the same on every machine."""

from __future__ import annotations

import hashlib
from functools import lru_cache

__all__ = ["LETTERS", "entity_id", "tenure_id"]

LETTERS = {
    "person": "P",
    "organisation": "O",
    "place": "L",
    "programme": "G",
    "post": "T",
    "role": "R",
    "tenure": "M",
    "document": "D",
}


@lru_cache(maxsize=262144)
def entity_id(kind: str, text: str) -> str:
    """A letter for the kind and 16 hexadecimal digits of the text's hash."""
    return LETTERS[kind] + _digits(f"{kind}\0{text}")


def tenure_id(person: str, post: str, number: int) -> str:
    """The id of the nth tenure of a person in a post, counted from 1."""
    return LETTERS["tenure"] + _digits(f"{person}\0{post}\0{number}")


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
