"""Sizes as people write them: 4GiB, 500MB."""

from __future__ import annotations

import re

from pipeline.errors import ConfigError

__all__ = ["parse_size"]

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12} | {
    f"{letter}I": 1 << 10 * power for power, letter in enumerate("KMGT", start=1)
}
SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]I?|)B?", re.IGNORECASE)


def parse_size(text: str, option: str) -> int:
    """Bytes of a size such as ``4GiB``, ``1.5 GB``, ``300M`` or ``1000000``.

    RAISES ConfigError: it is no size, or 0; option is what the message names.
    """
    match = SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * UNITS[match[2].upper()]) if match else 0
    if size < 1:
        raise ConfigError(f"{option}: '{text}' is no size (write 4GiB or 500MB)")
    return size
