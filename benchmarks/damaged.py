"""A folder with 5% damaged files of every kind: all others done, each damaged one with its reason.

python benchmarks/damaged.py --documents 400
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
import zipfile
from itertools import cycle
from pathlib import Path

from fpdf import FPDF
from made_up import piece, write_files

from pipeline.runner import Job, RunOptions, run

EXPECTED = {
    "truncated PDF": "is not a whole PDF file",
    "encrypted PDF": "is encrypted",
    "scanned PDF": "is a scan without a text layer",
    "ZIP bomb DOCX": "a ZIP bomb",
    "truncated DOCX": "is damaged",
    "binary as .txt": "is binary",
    "empty file": "is empty",
    "50 MB single line": "is longer than|is larger than|has .* characters, more than",
    "invalid JSON line": "is not JSON",
}


def pdf(text: str | None, password: str | None = None) -> bytes:
    page = FPDF()
    page.add_page()
    page.set_font("helvetica")
    if text is None:
        page.rect(20, 20, 100, 100, style="F")
    else:
        page.text(20, 20, text)
    if password:
        page.set_encryption(owner_password="o", user_password=password)
    return bytes(page.output())


def bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as member,
    ):
        for _ in range(100):
            member.write(bytes(1 << 20))


def damage(folder: Path, kind: str, number: int) -> str:
    """Put a damaged file of this kind into a folder; gives its name."""
    luck = random.Random(number)
    suffixes = {"PDF": ".pdf", "DOCX": ".docx", "line": ".jsonl"}
    suffix = suffixes.get(kind.rsplit(maxsplit=1)[-1], ".txt")
    path = folder / f"bad{number:05d}{suffix}"
    if kind == "truncated PDF":
        path.write_bytes(pdf("Qinghe County")[:-300])
    elif kind == "encrypted PDF":
        path.write_bytes(pdf("Qinghe County", password="secret"))
    elif kind == "scanned PDF":
        path.write_bytes(pdf(None))
    elif kind == "ZIP bomb DOCX":
        bomb(path)
    elif kind == "truncated DOCX":
        bomb(path)
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "binary as .txt":
        path.write_bytes(luck.randbytes(20_000))
    elif kind == "empty file":
        path.write_bytes(b"")
    elif kind == "50 MB single line":
        path.write_bytes(b'{"text": "' + "长".encode() * 17_000_000 + b'"}\n')
    else:
        good = json.dumps({"text": piece(number, 200)}, ensure_ascii=False)
        path.write_text(f"{good}\n{{bad\n{good}\n", encoding="utf-8")
    return path.name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--characters", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    bad = max(len(EXPECTED), arguments.documents // 20)
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "pages", Path(name) / "out"
        write_files(folder, arguments.documents - bad, arguments.characters)
        kinds = {
            damage(folder, kind, n): kind
            for n, kind in zip(range(bad), cycle(EXPECTED), strict=False)
        }
        summary = run([str(folder)], out, Job(), RunOptions(workers=arguments.workers))
        rows = [json.loads(line) for line in (out / "rejects.jsonl").read_bytes().splitlines()]
    reasons = {row["source"]: row["reason"] for row in rows}
    both = 2 * sum(kind == "invalid JSON line" for kind in kinds.values())  # the lines beside it
    print("| damage | files | rejected with its reason | reason |")
    print("|---|---:|---:|---|")
    for kind, pattern in EXPECTED.items():
        names = [name for name, other in kinds.items() if other == kind]
        true = [name for name in names if re.search(pattern, reasons.get(name, ""))]
        example = reasons.get(names[0], "NOT REJECTED")[:90]
        print(f"| {kind} | {len(names)} | {len(true)} | {example} |")
    whole = arguments.documents - bad + both
    print(f"\n{summary.counts.documents:,} of {whole:,} good documents done, ", end="")
    print(f"{len(rows)} rejects for {bad} damaged files")


if __name__ == "__main__":
    main()
