"""Paths, folders and globs to the files below them, in sorted order and bounded memory."""

from __future__ import annotations

import fnmatch
import glob
import heapq
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.sources.items import FORMATS, Reject
from pipeline.sources.metadata import SIDECAR_SUFFIX
from pipeline.sources.opening import NOT_A_FILE, open_file

__all__ = ["Found", "Ignored", "Meant", "display_name", "find_files", "format_of", "is_gone"]

MAGIC_SIZE = 1024
COMPRESSED = (".gz", ".zst")
SORT_CHUNK = 100_000
KINDS = 20  # of ignored files that are told apart, so that names like page.0001 cost no memory
EXAMPLES = 3


@dataclass(frozen=True)
class Found:
    """A file to read. name: for people; named: whether it was itself an argument."""

    name: str
    path: Path
    format: str
    named: bool


@dataclass(frozen=True)
class _Unknown:
    """A file in a folder or glob whose kind is not read."""

    name: str
    path: Path


Met = Found | Reject | _Unknown


class Ignored:
    """Counts the files of folders and globs that are not read because of their kind.

    It keeps a few names of the first kinds only and does not grow with the corpus.
    files: how many there were.
    """

    def __init__(self) -> None:
        self.files = 0
        self._counts: dict[str | None, int] = {}
        self._examples: dict[str | None, list[str]] = {}

    def add(self, name: str) -> None:
        """Count one file. name: for people."""
        kind: str | None = _suffix(name)
        if kind not in self._counts and len(self._counts) >= KINDS:
            kind = None
        self.files += 1
        self._counts[kind] = self._counts.get(kind, 0) + 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(name)

    def text(self) -> str:
        """What was ignored, as one line without an end: the most frequent kinds first."""
        ranked = sorted(self._counts.items(), key=lambda one: (one[0] is None, -one[1], one[0]))
        return ", ".join(f"{count:,} {self._kind(kind)}" for kind, count in ranked)

    def _kind(self, kind: str | None) -> str:
        word = "others" if kind is None else kind or "without a suffix"
        names = self._examples[kind]
        more = ", …" if self._counts[kind] > len(names) else ""
        return f"{word} ({', '.join(names)}{more})"


def find_files(
    paths: Sequence[str],
    format_: str | None = None,
    exclude: str | None = None,
    ignored: Ignored | None = None,
) -> Iterator[Found | Reject]:
    """Every readable file that the arguments mean; ``-`` is stdin.

    A folder means all files of a known suffix in it and below it, without hidden ones and
    sidecars. A path that does not exist and has one of ``*?[`` in it is a glob; ``**`` crosses
    folders. Links to folders are followed unless they lead back into what is walked. Names are
    file names for files and paths below the folder for folders; where several arguments could be
    confused, the path as it was given. What stands at or below ``exclude`` is left out.
    ignored: counts the other files of the folders and globs, without hidden ones and sidecars.
    RAISES BadInputError: an argument does not exist, or means no readable file.
    """
    if not paths:
        raise BadInputError("-", "no input was given")
    _check_exist(paths)
    shut = None if exclude is None else os.path.realpath(exclude)
    basenames = [Path(path).name for path in paths]
    for argument in paths:
        path = Path(argument)
        if shut is not None and argument != "-" and _inside(path, shut):
            raise BadInputError(argument, "is the output, or below it; it cannot be read as well")
        if argument == "-":
            yield Found("-", path, format_ or "text", named=True)
        elif path.is_dir():
            prefix = f"{argument.rstrip('/')}/" if len(paths) > 1 else ""
            yield from _some(argument, _walk(path, prefix, format_, shut), ignored)
        elif path.exists():
            name = path.name if basenames.count(path.name) == 1 else argument
            yield _named(path, display_name(name), format_, argument)
        else:
            yield from _some(argument, _glob(argument, format_, shut), ignored)


def _named(path: Path, name: str, format_: str | None, argument: str) -> Found | Reject:
    if not path.is_file():
        return Reject(
            display_name(argument), "find", f"{NOT_A_FILE}; - reads standard input", str(path)
        )
    try:
        return Found(name, path, format_ or format_of(path), named=True)
    except BadInputError as error:
        return Reject(name, "find", error.reason, str(path))


class Meant:
    """Tells whether arguments would mean a file, also one that does not exist any more."""

    def __init__(self, paths: Sequence[str]) -> None:
        real = [os.path.abspath(path) for path in paths if path != "-"]  # noqa: PTH100
        self._globs = [Path(path).parts for path in real if not os.path.lexists(path)]
        self._roots = [path for path in real if os.path.lexists(path)]

    def covers(self, path: str) -> bool:
        """Whether a path is one of the arguments, is below a folder, or fits a glob."""
        path = os.path.abspath(path)  # noqa: PTH100
        below = any(
            path == root or os.path.commonpath((path, root)) == root for root in self._roots
        )
        return below or any(_fits(Path(path).parts, pattern) for pattern in self._globs)


def is_gone(path: str) -> bool:
    """Whether a file does not exist; not where only its folder cannot be looked into."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def format_of(path: Path) -> str:
    """Format of a file that the user named, by its suffix, else by its first bytes.

    RAISES BadInputError: the file cannot be read.
    """
    known = _format_of_suffix(path.name)
    if known:
        return known
    try:
        with open_file(path) as file:
            head = file.read(MAGIC_SIZE)
    except OSError as error:
        raise BadInputError(str(path), f"cannot be read: {error.strerror}") from error
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if head.startswith(b"PAR1"):
        return "parquet"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html")) else "text"


def display_name(name: str) -> str:
    """A file name as text that can be written; old archives name files in GBK bytes."""
    raw = os.fsencode(name)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return raw.decode(errors="backslashreplace")


def _format_of_suffix(name: str) -> str | None:
    path = Path(name.lower())
    if path.suffix in COMPRESSED:
        inner = FORMATS.get(Path(path.stem).suffix)
        return inner if inner in {"jsonl", "csv"} else None
    return FORMATS.get(path.suffix)


def _suffix(name: str) -> str:
    """A name's suffix in small letters, with what a compressed file is without compression."""
    path = Path(name.lower())
    inner = Path(path.stem).suffix if path.suffix in COMPRESSED else ""
    return inner + path.suffix


def _check_exist(paths: Sequence[str]) -> None:
    for argument in paths:
        is_glob = glob.has_magic(argument)
        if argument != "-" and not os.path.lexists(argument) and not is_glob:
            raise BadInputError(argument, "no such file or folder")
        if argument != "-" and os.path.lexists(argument) and not Path(argument).exists():
            raise BadInputError(argument, "is a link to a file that does not exist")
    if paths.count("-") > 1:
        raise BadInputError("-", "stdin can be given only once")


def _some(argument: str, met: Iterator[Met], ignored: Ignored | None) -> Iterator[Found | Reject]:
    empty = True
    for one in met:
        if isinstance(one, _Unknown):
            if ignored is not None:
                ignored.add(one.name)
            continue
        empty = False
        yield one
    if empty:
        kinds = ", ".join(sorted(FORMATS))
        raise BadInputError(argument, f"holds no readable file (known are {kinds})")


def _walk(root: Path, prefix: str, format_: str | None, shut: str | None) -> Iterator[Met]:
    """Depth first, each folder's names sorted; a stack of open folders instead of recursion."""
    opened = {os.path.realpath(root)}
    stack = [("", _sorted_names(root))]
    while stack:
        below, names = stack[-1]
        name = next(names, None)
        if isinstance(name, OSError):
            label = f"{prefix}{below}".rstrip("/") or str(root)
            yield Reject(
                display_name(label),
                "find",
                f"folder cannot be read: {name.strerror}",
                str(root / below),
            )
            name = None
        if name is None:
            stack.pop()
            continue
        path, label = root / below / name, f"{below}{name}"
        if shut is not None and os.path.realpath(path) == shut:
            continue
        if path.is_dir():
            real = os.path.realpath(path)
            if path.is_symlink():
                if any(_overlap(real, other) for other in opened):
                    continue
                opened.add(real)
            stack.append((f"{label}/", _sorted_names(path)))
        else:
            yield from _file(path, prefix + label, format_)


def _inside(path: Path, shut: str) -> bool:
    return os.path.commonpath((os.path.realpath(path), shut)) == shut


def _overlap(one: str, other: str) -> bool:
    """Whether one of two folders is the other or holds it, so that a link would repeat files."""
    return os.path.commonpath((one, other)) in {one, other}


def _file(path: Path, name: str, format_: str | None) -> Iterator[Met]:
    known = _format_of_suffix(path.name)
    name = display_name(name)
    if path.name.lower().endswith(SIDECAR_SUFFIX):
        return
    if known is None:
        yield _Unknown(name, path)
    elif not path.exists():
        yield Reject(name, "find", "is a link to a file that does not exist", str(path))
    elif not path.is_file():
        yield Reject(name, "find", NOT_A_FILE, str(path))
    else:
        yield Found(name, path, format_ or known, named=False)


def _glob(argument: str, format_: str | None, shut: str | None) -> Iterator[Met]:
    fixed = Path(argument)
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    below = Path(argument).parts[len(fixed.parts) :]
    if "**" in below:
        if fixed.is_dir():
            yield from _deep_glob(fixed, below, format_, shut)
        return
    matches = glob.iglob(argument, recursive=True)  # noqa: PTH207 (Path has no lazy one with **)
    for match in _sorted_strings(match for match in matches if Path(match).is_file()):
        path = Path(match)
        if shut is not None and _inside(path, shut):
            continue
        yield from _file(path, path.relative_to(fixed).as_posix(), format_)


def _deep_glob(
    root: Path, pattern: Sequence[str], format_: str | None, shut: str | None
) -> Iterator[Met]:
    """What a walk finds that fits; unlike glob's own walk it ends where links make a loop."""
    for one in _walk(root, "", format_, shut):
        path = Path(one.path)
        if _fits(path.relative_to(root).parts, pattern) or path.is_dir():
            yield one


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the names of a path fit those of a glob, in which ** is any number of folders."""
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        rest = pattern[1:]
        return not rest or any(_fits(parts[start:], rest) for start in range(len(parts)))
    return fnmatch.fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _sorted_names(folder: Path) -> Iterator[str | OSError]:
    """Names in a folder; a folder that cannot be read gives its error as the last element."""
    try:
        with os.scandir(folder) as entries:
            visible = (entry.name for entry in entries if not entry.name.startswith("."))
            yield from _sorted_strings(visible)
    except OSError as error:
        yield error


def _sorted_strings(strings: Iterator[str]) -> Iterator[str]:
    """Sort in chunks that beyond the first are kept on disk: a folder may hold millions."""
    chunk: list[str] = []
    with ExitStack() as stack:
        runs: list[Iterator[str]] = []
        for string in strings:
            chunk.append(string)
            if len(chunk) == SORT_CHUNK:
                run = stack.enter_context(
                    tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape")
                )
                run.writelines(
                    f"{line.encode('unicode_escape').decode()}\n" for line in sorted(chunk)
                )
                run.seek(0)
                runs.append(line[:-1].encode().decode("unicode_escape") for line in run)
                chunk = []
        yield from heapq.merge(*runs, sorted(chunk)) if runs else sorted(chunk)
