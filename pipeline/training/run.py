"""The folder beside a model in training: what a killed run goes on from, and what is finished.

Everything in it belongs to one key, the hash of the configuration and of all files that are
learned from. A run with another key begins with an empty folder.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import BadInputError
from pipeline.files import write_whole

__all__ = ["Run", "fingerprint", "run_folder"]

Arrays = Mapping[str, NDArray[Any]]
RECORD = "run.json"
KEY = "key"


def run_folder(output: Path) -> Path:
    """Give the folder that keeps the state of a training that writes ``output``."""
    return output.with_name(f"{output.name}.training")


def fingerprint(facts: object, files: Iterable[Path] = ()) -> str:
    """Hash facts (as JSON) and the contents of files; their places do not count.

    RAISES BadInputError: a file cannot be read.
    """
    whole = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for path in files:
        whole.update(_checksum(path).encode())
    return whole.hexdigest()


@dataclass(frozen=True)
class Run:
    """A training under way. folder: see `run_folder`; key: see `fingerprint`."""

    folder: Path
    key: str

    def begin(self) -> bool:
        """Make the folder; what a run with another key left there goes.

        Tells whether there is something to go on from. RAISES BadInputError: it cannot be written.
        """
        record = self._record()
        if record.get(KEY) == self.key:
            return not record.get("files")
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise BadInputError(str(self.folder), f"cannot be made: {error.strerror}") from error
        self._note({})
        return False

    def finished(self, output: Path) -> bool:
        """Tell whether this run has ended and what it wrote is still there, unchanged."""
        record = self._record()
        if record.get(KEY) != self.key or not record.get("files"):
            return False
        files = {output / name: digest for name, digest in record["files"].items()}
        return all(path.is_file() and _checksum(path) == digest for path, digest in files.items())

    def finish(self, output: Path, files: Iterable[Path]) -> None:
        """Note the files written below the folder ``output``; drop the state, which is large."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != RECORD:
                path.unlink()
        self._note({str(path.relative_to(output)): _checksum(path) for path in files})

    def read(self, name: str) -> dict[str, NDArray[Any]] | None:
        """Give the arrays that were kept under a name; None if none are, or of another key."""
        try:
            with np.load(self.folder / f"{name}.npz", allow_pickle=False) as arrays:
                kept = {part: arrays[part] for part in arrays.files}
        except (OSError, ValueError, EOFError, BadZipFile):
            return None
        key = kept.pop(KEY, None)
        return kept if key is not None and key.tobytes().decode() == self.key else None

    def write(self, name: str, arrays: Arrays) -> None:
        """Keep arrays under a name; they replace the ones before whole or not at all.

        RAISES BadInputError: the folder cannot be written.
        """
        key = np.frombuffer(self.key.encode(), dtype=np.uint8)
        path = self.folder / f"{name}.npz"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with write_whole(path) as out:
                np.savez(out, allow_pickle=False, **{KEY: key, **arrays})
        except OSError as error:
            raise BadInputError(str(path), f"cannot be written: {error.strerror}") from error

    def _record(self) -> dict[str, Any]:
        try:
            record = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}

    def _note(self, files: dict[str, str]) -> None:
        with write_whole(self.folder / RECORD) as out:
            out.write(json.dumps({KEY: self.key, "files": files}, indent=1).encode())


def _checksum(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise BadInputError(str(path), str(error.strerror or error)) from error
