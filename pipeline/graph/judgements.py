"""The log of judgements: who is the same as whom, said by the machine or by a person.

One SQLite table that is only ever appended to; of two lines on one pair the later one counts,
and a person's line counts before every machine's. Pairs are written as mentions, DOCUMENT/LOCAL,
which stay the same when documents are added or annotated again. Data is never edited.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import BadInputError
from pipeline.files import write_whole
from pipeline.graph.identity import Judgement
from pipeline.graph.state import check_size

__all__ = ["COLUMNS", "MACHINE", "LogLine", "open_log", "read_csv", "write_csv"]

COLUMNS = ("judgement", "left", "right", "left_name", "right_name", "score", "why", "by", "at")
SCHEMA = """
CREATE TABLE IF NOT EXISTS judgement (
  line INTEGER PRIMARY KEY, kind TEXT NOT NULL, left TEXT NOT NULL, right TEXT NOT NULL,
  judgement TEXT NOT NULL CHECK (judgement IN ('same', 'not same', 'unsure')),
  score REAL, why TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL, block TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS judgement_block ON judgement (kind, block, by);
CREATE INDEX IF NOT EXISTS judgement_pair ON judgement (left, right);
"""
MACHINE = "machine"  # who judges, of lines that no person wrote
BY_MACHINE, BY_PEOPLE = f"by = '{MACHINE}'", f"by <> '{MACHINE}'"
OPEN = (
    f"{BY_MACHINE} AND NOT EXISTS (SELECT 1 FROM judgement AS other WHERE"
    f" other.left = judgement.left AND other.right = judgement.right AND other.{BY_PEOPLE})"
)


@dataclass(frozen=True)
class LogLine:
    """One judgement. kind, block: what kind of entity and which block; by: ``machine`` or a name.

    left, right: mentions, in order. score, why: the machine's points and features; a remark.
    """

    kind: str
    block: str
    left: str
    right: str
    judgement: Judgement
    by: str
    score: float | None = None
    why: str = ""
    at: str = ""


class JudgementLog:
    """The open log of a store."""

    def __init__(self, path: Path, *, write: bool) -> None:
        self._path = path
        try:
            if write:
                self._log = sqlite3.connect(path, isolation_level=None)
                self._log.executescript(SCHEMA)
            elif path.exists():
                uri = f"{path.absolute().as_uri()}?mode=ro"
                self._log = sqlite3.connect(uri, uri=True, isolation_level=None)
            else:
                self._log = sqlite3.connect(":memory:")
                self._log.executescript(SCHEMA)
            self._log.execute("SELECT count(*) FROM judgement").fetchone()
            if path.exists():
                check_size(path, self._log)
        except sqlite3.Error as error:
            raise BadInputError(str(path), f"is damaged or cannot be opened ({error})") from error

    def close(self) -> None:
        self._log.close()

    def add(self, lines: Iterable[LogLine]) -> None:
        """Append lines, dated now where they have no date."""
        self._log.execute("BEGIN")
        self._insert(lines)
        self._log.execute("COMMIT")

    def _insert(self, lines: Iterable[LogLine]) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._log.executemany(
            "INSERT INTO judgement (kind, block, left, right, judgement, score, why, by, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    line.kind,
                    line.block,
                    *sorted((line.left, line.right)),
                    line.judgement.value,
                    line.score,
                    line.why,
                    line.by,
                    line.at or now,
                )
                for line in lines
            ),
        )

    def replace_machine(self, blocks: Iterable[tuple[str, str]], lines: Iterable[LogLine]) -> None:
        """Take the machine's old lines of blocks out and put the new ones in their place."""
        self._log.execute("BEGIN")
        self._log.executemany(
            f"DELETE FROM judgement WHERE kind = ? AND block = ? AND {BY_MACHINE}", blocks
        )
        self._insert(lines)
        self._log.execute("COMMIT")

    def human(self, kind: str | None = None, block: str | None = None) -> list[LogLine]:
        """What people have judged, the last word on each pair, in order of writing."""
        where, values = [BY_PEOPLE], []
        for column, value in (("kind", kind), ("block", block)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        query = f"SELECT * FROM judgement WHERE {' AND '.join(where)} ORDER BY line"
        last: dict[tuple[str, str], LogLine] = {}
        for row in self._log.execute(query, values):
            line = _line(row)
            last.pop((line.left, line.right), None)
            last[line.left, line.right] = line
        return list(last.values())

    def human_mentions(self, after: int = 0) -> list[tuple[str, str]]:
        """(kind, mention) of judgements by people written after a line."""
        return self._log.execute(
            f"SELECT kind, left FROM judgement WHERE {BY_PEOPLE} AND line > ?1"
            f" UNION SELECT kind, right FROM judgement WHERE {BY_PEOPLE} AND line > ?1",
            (after,),
        ).fetchall()

    def last_line(self) -> int:
        """Number of the last line by a person; 0 in an empty log."""
        row = self._log.execute(f"SELECT max(line) FROM judgement WHERE {BY_PEOPLE}").fetchone()
        return int(row[0] or 0)

    def count_open(self) -> int:
        """How many pairs the machine is unsure of and nobody has judged."""
        query = f"SELECT count(*) FROM judgement WHERE judgement = 'unsure' AND {OPEN}"
        return int(self._log.execute(query).fetchone()[0])

    def lines(
        self, judgement: Judgement | None = None, *, open_only: bool = False
    ) -> Iterator[LogLine]:
        """All lines, or those of one judgement; open_only: the machine's that nobody has judged."""
        where, values = ["1"], []
        if judgement is not None:
            where.append("judgement = ?")
            values.append(judgement.value)
        if open_only:
            where.append(OPEN)
        query = f"SELECT * FROM judgement WHERE {' AND '.join(where)} ORDER BY score DESC, line"
        for row in self._log.execute(query, values):
            yield _line(row)


def open_log(path: Path, *, write: bool = False) -> JudgementLog:
    """Open a store's log. RAISES BadInputError: it is damaged."""
    return JudgementLog(path, write=write)


def _line(row: tuple[int, str, str, str, str, float | None, str, str, str, str]) -> LogLine:
    _, kind, left, right, judgement, score, why, by, at, block = row
    return LogLine(kind, block, left, right, Judgement(judgement), by, score, why, at)


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Iterable[dict[str, str]], path: Path) -> int:
    """Write judgements for a spreadsheet, whole; gives the number of rows.

    A cell that a spreadsheet would compute (``=…``, ``+…``, ``-…``, ``@…``) gets a ``'`` in
    front, which reading takes away again.
    """
    count = 0
    with write_whole(path) as out:
        out.write("\ufeff".encode())
        lines = _Encoder(out)
        writer = csv.DictWriter(lines, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: _tame(value) for key, value in row.items()})
            count += 1
    return count


class _Encoder:
    """A text file over a binary one, for `csv`."""

    def __init__(self, out: object) -> None:
        self._out = out

    def write(self, text: str) -> None:
        self._out.write(text.encode("utf-8", "surrogatepass"))  # type: ignore[attr-defined]


def _tame(value: str) -> str:
    return f"'{value}" if value.startswith((*FORMULA, "'")) else value


def read_csv(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield FILE:LINE and the row of a file that `write_csv` made and a person has edited.

    RAISES BadInputError: it cannot be read, a column is missing or a judgement is none.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = {"judgement", "left", "right"} - set(reader.fieldnames or ())
            if missing:
                raise BadInputError(f"{path}:1", f"column '{min(missing)}' is missing")
            for row in reader:
                where = f"{path}:{reader.line_num}"
                cells = {key: (value or "") for key, value in row.items() if key}
                plain = {k: v.removeprefix("'") for k, v in cells.items()}
                if plain["judgement"] not in tuple(Judgement):
                    known = ", ".join(Judgement)
                    reason = f"unknown judgement {plain['judgement']!r}; known: {known}"
                    raise BadInputError(where, reason)
                yield where, plain
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or f"not a CSV file in UTF-8: {error}"
        raise BadInputError(str(path), reason) from error
