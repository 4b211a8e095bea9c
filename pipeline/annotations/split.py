"""Sharing documents out over train, dev and test, so that nothing leaks between them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from pipeline.annotations.likeness import groups
from pipeline.annotations.native import GoldDocument
from pipeline.errors import ConfigError

__all__ = ["parse_ratios", "split"]


def parse_ratios(text: str) -> dict[str, float]:
    """Read ``train=8,dev=1,test=1``: names of parts and their shares, in any unit.

    RAISES ConfigError: a part has no name or no positive share, or there is only one.
    """
    ratios: dict[str, float] = {}
    for item in text.split(","):
        name, _, share = item.partition("=")
        try:
            ratios[name.strip()] = float(share)
        except ValueError as error:
            raise ConfigError(f"--parts: '{item}' must be like train=8") from error
    if len(ratios) < 2 or not all(ratios) or not all(share > 0 for share in ratios.values()):
        raise ConfigError(f"--parts: '{text}' must give two parts or more a positive share each")
    return ratios


def split(
    documents: Sequence[GoldDocument], ratios: Mapping[str, float], *, seed: int = 0
) -> dict[str, list[GoldDocument]]:
    """Share documents out by ratio; documents that are alike stay together.

    The same documents, ratios and seed give the same parts, whatever the order of the documents;
    each part keeps their order.
    """
    bundles = groups([document.clean_text or document.text for document in documents])
    bundles.sort(key=lambda bundle: min(documents[index].id for index in bundle))
    random.Random(seed).shuffle(bundles)
    bundles.sort(key=len, reverse=True)  # large bundles first: small ones fill what is left
    total = sum(ratios.values())
    wanted = {name: share / total * len(documents) for name, share in ratios.items()}
    parts: dict[str, list[int]] = {name: [] for name in ratios}
    for bundle in bundles:
        name = max(ratios, key=lambda name: wanted[name] - len(parts[name]))
        parts[name] += bundle
    return {name: [documents[i] for i in sorted(indices)] for name, indices in parts.items()}
