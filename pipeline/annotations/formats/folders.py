"""Writing a folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BadInputError

__all__ = ["write_folder"]


@contextmanager
def write_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the name ``path`` only when the block succeeds.

    RAISES BadInputError: the path is there already, or cannot be made.
    """
    if path.exists():
        raise BadInputError(str(path), "exists already")
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise BadInputError(str(path), f"cannot be written: {error.strerror}") from error
    try:
        yield temporary
        for file in temporary.iterdir():
            with file.open("rb") as written:
                os.fsync(written.fileno())
        temporary.chmod(0o755)
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
