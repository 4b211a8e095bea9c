"""The ledger for people and other programs: manifest.jsonl and rejects.jsonl.

Lines are added as shards are finished. Where the ledger and the files may differ (a run was
killed, a document was done again) both are written anew from the ledger, whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from pipeline.files import write_whole
from pipeline.runner.fingerprint import Fingerprint
from pipeline.runner.ledger import Ledger, Record

__all__ = ["IN_STEP", "MANIFEST", "REJECTS", "Journal"]

MANIFEST = "manifest.jsonl"
REJECTS = "rejects.jsonl"
IN_STEP = "files_in_step"  # setting: whether both files say exactly what the ledger says


class Journal:
    """Keeps the two files of an output folder in step with its ledger."""

    def __init__(self, root: Path, ledger: Ledger, fingerprint: Fingerprint) -> None:
        self._root, self._ledger, self._fingerprint = root, ledger, fingerprint
        there = all((root / name).is_file() for name in (MANIFEST, REJECTS))
        self._in_step = there and ledger.get(IN_STEP) == "yes"
        if not self._in_step:
            self.rewrite()
        with ledger.transaction():
            ledger.set(IN_STEP, "no")

    def add(self, records: Iterable[Record], replaced: int) -> None:
        """Append what a shard's transaction has put into the ledger; replaced: how many of old."""
        if replaced:
            self.outdate()
        lines = list(records)
        self._append(MANIFEST, (_manifest_line(record, self._fingerprint) for record in lines))
        self._append(REJECTS, (_reject_line(record) for record in lines if record.stage))

    def outdate(self) -> None:
        """Note that the ledger has lost or changed what the files already say."""
        self._in_step = False

    def close(self) -> None:
        """Bring both files in step with the ledger and note it."""
        if not self._in_step:
            self.rewrite()
        self._note()

    def leave(self) -> None:
        """Note whether a stopped run, which has no time to write, leaves both files in step."""
        if self._in_step:
            self._note()

    def _note(self) -> None:
        for name in (MANIFEST, REJECTS):
            with (self._root / name).open("ab") as file:
                os.fsync(file.fileno())
        with self._ledger.transaction():
            self._ledger.set(IN_STEP, "yes")

    def rewrite(self) -> None:
        """Write both files anew from the ledger."""
        with (
            write_whole(self._root / MANIFEST) as manifest,
            write_whole(self._root / REJECTS) as rejects,
        ):
            for record, fingerprint in self._ledger.records():
                manifest.write(_line(_manifest_line(record, fingerprint)))
                if record.stage:
                    rejects.write(_line(_reject_line(record)))
        self._in_step = True

    def _append(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        with (self._root / name).open("ab") as file:
            file.writelines(map(_line, rows))


def _manifest_line(record: Record, fingerprint: Fingerprint) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": record.name,
        "row": record.part or None,
        "id": record.id,
        "input": record.digest,
        "model": fingerprint.model,
        "rules": fingerprint.rules,
        "config": fingerprint.config,
        "shard": None if record.shard is None else f"part-{record.shard:06d}",
        "characters": record.characters,
        "entities": record.entities,
        "triples": record.triples,
        "seconds": round(record.seconds, 4),
    }
    if record.stage:
        row["rejected"] = record.stage
    return row


def _reject_line(record: Record) -> dict[str, Any]:
    return {
        "source": record.name,
        "row": record.part or None,
        "stage": record.stage,
        "reason": record.reason,
    }


def _line(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row) + b"\n"
