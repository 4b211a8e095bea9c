"""Make the shipped table of administrative divisions from the public code list.

Source: the 2023 national code list of modood/Administrative-divisions-of-China (WTFPL), as a TSV
of name, level, code. Run ``python -m pipeline.training.divisions SOURCE.tsv TARGET.txt.gz``.

The table is a gzipped text, one division a line: its depth (1 province, 2 prefecture, 3 county,
4 township), a space and its name; a division belongs to the nearest line above of lower depth, and
where that line has no name to the one above it.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["build_table", "main"]

DEPTHS = {"province": 1, "prefecture": 2, "county": 3, "township": 4}
# The list has no codes for these; they get the first two digits that the standard reserves.
UNCODED_PROVINCES = {"台湾省": "71", "香港特别行政区": "81", "澳门特别行政区": "82"}


def build_table(rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Turn (name, level, code) rows into the lines of the table, in the order of the codes.

    Uncoded divisions below a province are left out, except the prefectures of Taiwan.
    """
    coded = []
    taiwan = 0
    for name, level, given in rows:
        depth, code = DEPTHS[level], given
        if not code and depth == 1:
            code = UNCODED_PROVINCES.get(name, "")
        elif not code and depth == 2 and name.endswith(("市", "县")):
            taiwan += 1
            code = f"71{taiwan:02d}"
        if code:
            coded.append((code, depth, name))
    prefecture = ""
    for code, depth, name in sorted(coded):
        if depth <= 2:
            prefecture = code if depth == 2 else ""
        elif depth == 3 and prefecture not in {"", code[:4]}:
            prefecture = ""
            yield "2 "  # a county right under its province, behind the last prefecture
        yield f"{depth} {name}"


def main(source: Path, target: Path) -> None:
    """Read the TSV ``source`` and write the gzipped table ``target``, the same bytes each time."""
    with source.open(encoding="utf-8", newline="") as lines:
        rows = [(row[0], row[1], row[2]) for row in csv.reader(lines, delimiter="\t")]
    text = "\n".join(build_table(rows)) + "\n"
    target.write_bytes(gzip.compress(text.encode("utf-8"), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
