"""What a person, or a log collector, sees of a corpus run."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import IO, Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from pipeline.errors import RenzhiError
from pipeline.sources.items import ReadOptions, Reject
from pipeline.sources.listing import find_files

__all__ = ["Counts", "JsonLog", "Terminal", "Watcher", "summary_table"]


@dataclass
class Counts:
    """Numbers of a run so far. characters, seconds: of this run; bytes: of inputs passed.

    skipped: documents done before; skipped_bytes: size of their inputs. pruned: documents taken out
    because their input is gone. stopped: by a signal.
    """

    documents: int = 0
    skipped: int = 0
    rejects: int = 0
    triples: int = 0
    characters: int = 0
    bytes: int = 0
    skipped_bytes: int = 0
    pruned: int = 0
    seconds: float = 0.0
    stopped: bool = False

    @property
    def speed(self) -> float:
        """Characters a second."""
        return self.characters / self.seconds if self.seconds else 0.0


class Watcher:
    """Is told what happens, and shows nothing; its methods must return quickly."""

    def begin(self) -> None:
        """Called once, before anything is read."""

    def update(self, counts: Counts) -> None:
        """Called several times a second."""

    def reject(self, name: str, row: int, stage: str, reason: str) -> None:
        """Called for each document that is set aside; row is 0 outside containers."""

    def end(self, counts: Counts) -> None:
        """Called once, however the run ends."""


class JsonLog(Watcher):
    """One JSON object a line: ``start``, ``progress`` every few seconds, ``reject``, ``end``."""

    def __init__(self, out: IO[str] | None = None, every: float = 10.0) -> None:
        self._out, self._every = out or sys.stderr, every
        self._last = time.monotonic()

    def begin(self) -> None:
        self._write("start", {})

    def update(self, counts: Counts) -> None:
        if time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._write("progress", _numbers(counts))

    def reject(self, name: str, row: int, stage: str, reason: str) -> None:
        self._write(
            "reject", {"source": name, "row": row or None, "stage": stage, "reason": reason}
        )

    def end(self, counts: Counts) -> None:
        self._write("end", _numbers(counts))

    def _write(self, event: str, fields: dict[str, Any]) -> None:
        row = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event, **fields}
        self._out.write(orjson.dumps(row).decode() + "\n")
        self._out.flush()


class Terminal(Watcher):
    """A line that moves on a terminal and nothing elsewhere.

    paths, read: the run's inputs, whose size is measured in the background for the time left.
    """

    def __init__(self, paths: Sequence[str], read: ReadOptions, console: Console) -> None:
        self._console = console
        self._size = _InputSize(paths, read)
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[line]}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, line="starting", left="")

    def begin(self) -> None:
        if self._console.is_terminal:
            self._size.start()
        self._bar.start()

    def update(self, counts: Counts) -> None:
        total = self._size.total
        self._bar.update(
            self._task,
            line=_line(counts),
            left=_time_left(counts, total),
            completed=counts.bytes,
            total=total,
        )

    def reject(self, name: str, row: int, stage: str, reason: str) -> None:
        if self._console.is_terminal:
            place = f"{name}:{row}" if row else name
            text = f"{escape(place)}: {escape(reason)}"
            self._bar.console.print(f"[yellow]set aside ({stage})[/] {text}")

    def end(self, counts: Counts) -> None:
        self.update(counts)
        self._bar.stop()


class _InputSize(threading.Thread):
    """Adds up the bytes of all inputs. total: None until, or unless, it is known."""

    def __init__(self, paths: Sequence[str], read: ReadOptions) -> None:
        super().__init__(daemon=True)
        self._paths, self._read = paths, read
        self.total: int | None = None

    def run(self) -> None:
        size = 0
        try:
            for found in find_files(self._paths, self._read.format, self._read.exclude):
                if isinstance(found, Reject):
                    continue
                unpacked = found.path.suffix.lower() not in {".gz", ".zst"}
                if found.name == "-" or not unpacked or found.format == "parquet":
                    return
                size += found.path.stat().st_size
        except (RenzhiError, OSError):
            return
        self.total = size


def summary_table(counts: Counts, stages: Mapping[str, int]) -> Table:
    """The closing table of a run; stages: how many rejects there are of each stage."""
    title = "Stopped; the same command goes on from here" if counts.stopped else "Done"
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("documents annotated", f"{counts.documents:,}")
    table.add_row("skipped, done before", f"{counts.skipped:,}")
    if counts.pruned:
        table.add_row("taken out, input is gone", f"{counts.pruned:,}")
    for stage, number in sorted(stages.items()):
        table.add_row(f"rejects, stage '{stage}'", f"{number:,}")
    table.add_row("triples", f"{counts.triples:,}")
    table.add_row("characters", f"{counts.characters:,}")
    table.add_row("characters a second", f"{counts.speed:,.0f}")
    table.add_row("time", _clock(counts.seconds))
    return table


def _numbers(counts: Counts) -> dict[str, Any]:
    row = asdict(replace(counts, seconds=round(counts.seconds, 3)))
    return {**row, "characters_per_second": round(counts.speed)}


def _line(counts: Counts) -> str:
    parts = [f"{counts.documents:,} documents", f"{counts.speed:,.0f} characters/s"]
    parts.append(f"{counts.triples:,} triples")
    if counts.skipped:
        parts.append(f"{counts.skipped:,} skipped")
    if counts.rejects:
        parts.append(f"[yellow]{counts.rejects:,} rejects[/]")
    return " · ".join(parts)


def _time_left(counts: Counts, total: int | None) -> str:
    done = counts.bytes - counts.skipped_bytes
    if total is None or not counts.documents or done <= 0:
        return ""
    return f"about {_clock(max(0, total - counts.bytes) * counts.seconds / done)} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
