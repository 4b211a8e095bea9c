"""Files and folders that appear whole or not at all, and targets that are refused."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.errors import BadInputError
from pipeline.files import (
    CannotWriteError,
    check_target,
    make_folder,
    write_whole,
    write_whole_folder,
)


def write(path: Path, data: bytes = b"new") -> None:
    with write_whole(path) as out:
        out.write(data)


@pytest.fixture
def mask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@contextmanager
def small_disk() -> Iterator[None]:
    """Files may not grow beyond 4 KiB, as on a disk that is full.

    No fixture: what pytest itself writes between the parts of a test must not be cut off.
    """
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_folder_is_refused_before_the_work(tmp_path: Path) -> None:
    reason = r"^.*: cannot be written: it is a folder, not a file$"
    with pytest.raises(BadInputError, match=reason), write_whole(tmp_path):
        pytest.fail("the work has begun")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_refused_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(BadInputError, match="a device or a pipe"):
            check_target(path)
        with pytest.raises(BadInputError, match="a device or a pipe"), write_whole(path):
            pytest.fail("the work has begun")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"x\.txt: cannot be written: there is no folder .*no"):
        check_target(tmp_path / "no" / "x.txt")


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to("data/real.txt")
    for data in (b"first", b"second"):
        write(link, data)
        assert link.is_symlink()
        assert (tmp_path / "data" / "real.txt").read_bytes() == data
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["real.txt"]


@pytest.mark.usefixtures("mask")
def test_a_new_file_has_the_mode_of_the_umask_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o600)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with write_whole_folder(tmp_path / "folder"):
        pass
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o750


def test_a_full_disk_is_one_line_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    write(path, b"old")
    reason = r"x\.txt: cannot be written: File too large$"
    with small_disk(), pytest.raises(BadInputError, match=reason):
        write(path, b"x" * 10_000)
    assert path.read_bytes() == b"old"
    reason, new = r"/g: cannot be written: File too large$", tmp_path / "g"
    with (
        small_disk(),
        pytest.raises(BadInputError, match=reason),
        write_whole_folder(new) as folder,
    ):
        (folder / "part").write_bytes(b"x" * 10_000)
    assert list(tmp_path.iterdir()) == [path]


def test_errors_of_the_work_stay_what_they_are(tmp_path: Path) -> None:
    for whole in (write_whole, write_whole_folder):
        with pytest.raises(FileNotFoundError), whole(tmp_path / "x"):
            (tmp_path / "missing").read_bytes()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_hold_folders(tmp_path: Path) -> None:
    with write_whole_folder(tmp_path / "g") as folder:
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "x").write_bytes(b"x")
    assert (tmp_path / "g" / "deep" / "er" / "x").read_bytes() == b"x"


def test_a_folder_that_holds_something_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "mine").touch()
    for taken in (tmp_path / "g", tmp_path / "g" / "mine"):
        with pytest.raises(BadInputError, match="is there already"), write_whole_folder(taken):
            pytest.fail("the work has begun")


def test_a_folder_cannot_be_made_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(BadInputError, match="x: cannot be written: File exists"):
        make_folder(tmp_path / "x")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_new_name_is_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The folder is synced, and only when it has the name."""
    seen = []
    sync = os.fsync

    def fsync(handle: int) -> None:
        if os.fstat(handle).st_ino == tmp_path.stat().st_ino:
            seen.append((tmp_path / "x").exists())
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with (write_whole if kind == "file" else write_whole_folder)(tmp_path / "x"):
        pass
    assert seen == [True]


def test_the_error_goes_between_processes_and_is_an_error_of_the_system() -> None:
    error = pickle.loads(pickle.dumps(CannotWriteError("x.txt", "No space left on device")))
    assert isinstance(error, OSError)
    assert str(error) == "x.txt: cannot be written: No space left on device"
    assert (error.filename, error.strerror) == ("x.txt", "No space left on device")


def test_devices_are_never_replaced() -> None:
    script = (
        "import sys; from pathlib import Path; from pipeline.files import check_target\n"
        "check_target(Path('/dev/null'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert b"/dev/null: cannot be written: it is a device or a pipe" in done.stderr
