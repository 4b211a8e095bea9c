"""Writing files and folders that appear whole or not at all."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.errors import BadInputError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "CannotWriteError",
    "CheckedFile",
    "check_target",
    "make_folder",
    "sync_folder",
    "write_whole",
    "write_whole_folder",
]

BUFFER = 1 << 20


class CannotWriteError(BadInputError, OSError):
    """An output cannot be written; an OSError too, for callers who have more to say about that.

    name: the file, as the user gave it. cause: why, such as "No space left on device".
    """

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(name, f"cannot be written: {cause}")
        self.filename = name
        self.strerror = cause

    def __str__(self) -> str:
        return str(self.args[0])  # an OSError would put its own form in place of ours

    def __reduce__(self) -> tuple[type[CannotWriteError], tuple[str, str]]:
        return (type(self), (self.name, str(self.strerror)))


class CheckedFile(io.FileIO):
    """An open file whose write errors name it. A reader that has gone stays a BrokenPipeError.

    handle: the open file. label: what messages call it. closefd: whether closing closes it.
    """

    def __init__(self, handle: int, label: str, *, closefd: bool = True) -> None:
        super().__init__(handle, "wb", closefd=closefd)
        self._label = label

    def write(self, data: Buffer, /) -> int:
        """Write bytes; gives how many. RAISES CannotWriteError: they cannot be written."""
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _cannot(self._label, error) from error


def check_target(path: Path) -> None:
    """See whether a file of this name can be written, before the work for it begins.

    RAISES CannotWriteError: it is a folder, a device or a pipe, or its folder is missing or
    cannot be written to.
    """
    _target(path)


@contextmanager
def write_whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside ``path`` that takes its name only when the block succeeds.

    Data and name are on disk (fsync) then. A symbolic link stays one: the file that it names is
    written. A file that is written over keeps its mode, a new one gets that of the umask.
    RAISES CannotWriteError: as `check_target`, before the block; or the disk is full or fails.
    """
    target, mode = _target(path)
    temporary = _beside(target)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with _naming(path):
        handle = os.open(temporary, flags, 0o666)
    try:
        with io.BufferedWriter(CheckedFile(handle, str(path)), BUFFER) as out:
            yield out
            out.flush()
            with _naming(path):
                os.fsync(handle)
        with _naming(path):
            if mode is not None:
                temporary.chmod(mode)
            temporary.replace(target)
            sync_folder(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def write_whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder that takes the name ``path`` only when the block succeeds.

    All below it and its name are on disk (fsync) then.
    RAISES BadInputError: the name is taken by anything but an empty folder; before the block.
    CannotWriteError: the folder cannot be made, or the disk is full or fails.
    """
    target = _followed(path)
    with _naming(path):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise BadInputError(str(path), "is there already; name a new folder")
        _check_parent(path, target)
        temporary = _beside(target)
        temporary.mkdir()
    try:
        with _naming(path, below=temporary):
            yield temporary
            _sync_below(temporary)
            temporary.replace(target)
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where there is none.

    RAISES CannotWriteError: the name is taken by a file, or the folder cannot be made.
    """
    with _naming(path):
        path.mkdir(parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk; not every system can open a folder."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _cannot(name: str, error: OSError) -> CannotWriteError:
    return CannotWriteError(name, error.strerror or " ".join(str(error).split()))


@contextmanager
def _naming(path: Path, below: Path | None = None) -> Iterator[None]:
    """Turn errors of the system into one that names the output.

    below: a folder; then errors about files outside it, which are no output, stay what they are.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if below is not None and error.filename and below not in Path(error.filename).parents:
            raise
        raise _cannot(str(path), error) from error


def _followed(path: Path) -> Path:
    """What a symbolic link leads to, so that the link is not replaced; other names stay."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _target(path: Path) -> tuple[Path, int | None]:
    """The file to write, and its mode where there is one. RAISES as `check_target`."""
    target = _followed(path)
    with _naming(path):
        try:
            mode = target.stat().st_mode
        except FileNotFoundError:
            mode = None
    if mode is not None and not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe"
        raise CannotWriteError(str(path), f"it is {what}, not a file")
    _check_parent(path, target)
    return target, None if mode is None else stat.S_IMODE(mode)


def _check_parent(path: Path, target: Path) -> None:
    with _naming(path):
        there = target.parent.is_dir()
    if not there:
        raise CannotWriteError(str(path), f"there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise CannotWriteError(str(path), "no permission to write to its folder")


def _beside(target: Path) -> Path:
    """A hidden name in the same folder, that nothing has yet."""
    return target.parent / f".{target.name}.{secrets.token_hex(4)}"


def _sync_below(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_dir():
            sync_folder(file)
        else:
            with file.open("rb") as written:
                os.fsync(written.fileno())
    sync_folder(folder)
