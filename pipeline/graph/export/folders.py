"""The folder of an export, which must not hold anything yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.files import write_whole_folder

__all__ = ["whole_folder"]


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that takes its name only when the block succeeds.

    RAISES BadInputError: the name is taken by a file or a folder that is not empty, or the folder
    cannot be made.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInputError(str(path), "is there already; name a new folder")
    with write_whole_folder(path) as folder:
        yield folder
