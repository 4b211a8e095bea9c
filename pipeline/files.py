"""Writing files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import BadInputError

__all__ = ["write_whole", "write_whole_folder"]


@contextmanager
def write_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside ``path`` that takes its name only when the block succeeds.

    The data is on disk (fsync) before the rename.
    RAISES BadInputError: the folder cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise BadInputError(str(path), f"cannot be written: {error.strerror}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def write_whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the name ``path`` only when the block succeeds.

    Its files are on disk (fsync) before the rename; ``path`` must be free, or an empty folder.
    RAISES BadInputError: the folder cannot be made.
    """
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
