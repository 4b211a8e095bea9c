"""Writing a folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BadInputError

__all__ = ["whole_folder"]


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that takes its name only when the block succeeds.

    RAISES BadInputError: the name is taken by a file or a folder that is not empty, or the folder
    cannot be made.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInputError(str(path), "is there already; name a new folder")
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise BadInputError(str(path), f"cannot be made: {error.strerror}") from error
    try:
        yield temporary
        temporary.chmod(0o755)
        temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
