"""Clean gold documents as raw pages, one a document."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from pipeline.annotations.native import GoldDocument
from pipeline.annotations.noise import add_noise, carry
from pipeline.errors import BadInputError

__all__ = ["raw_pages"]


def raw_pages(documents: Iterable[GoldDocument], *, seed: int) -> Iterator[GoldDocument]:
    """Yield each document on a noisy page, the same for the same id, text and seed.

    RAISES BadInputError: a document is a raw page already.
    """
    for document in documents:
        if document.clean_text is not None:
            raise BadInputError(f"gold document '{document.id}'", "is a raw page already")
        dice = zlib.crc32(f"{seed} {document.id}".encode())
        yield carry(document, add_noise(document.text, seed=dice))
