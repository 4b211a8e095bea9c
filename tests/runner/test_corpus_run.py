from __future__ import annotations

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.errors import BadInputError, ConfigError, ModelError, RenzhiError
from pipeline.runner import Job, RunOptions, Summary, run
from pipeline.runner.sizes import parse_size

JOB = Job("hands:annotator")


def text(number: int) -> str:
    return f"第{number}号：水利局局长何启{chr(0x4E00 + number % 2000)}，到会。" * (1 + number % 3)


def make_pages(folder: Path, count: int) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"p{number:04d}.txt").write_text(text(number), encoding="utf-8")
    return folder


def make_rows(path: Path, count: int) -> Path:
    rows = (json.dumps({"id": f"n{i}", "text": text(i)}, ensure_ascii=False) for i in range(count))
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def go(source: Path | list[Path], output: Path, job: Job = JOB, **options: Any) -> Summary:
    paths = source if isinstance(source, list) else [source]
    return run([str(path) for path in paths], output, job, RunOptions(**options))


def lines(output: Path, folder: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted((output / folder).glob("part-*")):
        if path.suffix == ".parquet":
            rows += pq.read_table(path).to_pylist()
        else:
            rows += [json.loads(line) for line in path.read_bytes().splitlines()]
    return rows


def raw(output: Path) -> list[bytes]:
    """Everything that was found, in an order that does not depend on shards."""
    return sorted(
        line
        for folder in ("documents", "triples")
        for path in (output / folder).glob("part-*")
        for line in path.read_bytes().splitlines()
    )


def records(output: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / name).read_bytes().splitlines()]


def reasons(output: Path) -> dict[str, str]:
    return {row["source"]: row["reason"] for row in records(output, "rejects.jsonl")}


def test_results_are_the_same_bytes_for_any_number_of_workers(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages", 90)
    one, three = tmp_path / "one", tmp_path / "three"
    summary = go(pages, one, shard_documents=25)
    go(pages, three, workers=3, shard_documents=25)
    assert summary.counts.documents == 90
    names = sorted(str(path.relative_to(one)) for path in one.rglob("part-*"))
    assert len(names) == 8
    for name in names:
        assert (one / name).read_bytes() == (three / name).read_bytes()
    assert len(lines(one, "triples")) == sum(1 + n % 3 for n in range(90))
    manifest = records(one, "manifest.jsonl")
    assert [row["source"] for row in manifest] == [f"p{n:04d}.txt" for n in range(90)]
    assert {row["shard"] for row in manifest} == {f"part-{n:06d}" for n in range(1, 5)}


def test_running_again_does_only_what_is_new_or_changed(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 30), tmp_path / "out"
    go(pages, out, shard_documents=10)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("part-*")}
    again = go(pages, out, shard_documents=10)
    assert (again.counts.documents, again.counts.skipped) == (0, 30)
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("part-*")}

    (pages / "p0003.txt").write_text("改了：财政局局长郭晓莉，到会。", encoding="utf-8")
    (pages / "p0031.txt").write_text("新来的。", encoding="utf-8")
    (pages / "p0004.meta.json").write_text('{"newspaper": "某报"}')
    os.utime(pages / "p0005.txt")
    assert go(pages, out, dry_run=True).planned == 3
    changed = go(pages, out, shard_documents=10)
    assert (changed.counts.documents, changed.counts.skipped) == (3, 28)
    documents = {row["source"]: row for row in lines(out, "documents")}
    assert len(lines(out, "documents")) == len(documents) == 31
    assert documents["p0003.txt"]["text"].startswith("改了")
    assert documents["p0004.txt"]["meta"]["newspaper"] == "某报"
    heads = Counter(row["source"] for row in lines(out, "triples"))
    assert heads["p0003.txt"] == 1
    assert sum(heads.values()) == sum(1 + n % 3 for n in range(30)) - 1 + 1
    assert len(records(out, "manifest.jsonl")) == 31


def test_force_does_everything_again_and_leaves_nothing_twice(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 12), tmp_path / "out"
    go(pages, out)
    expected = raw(out)
    assert go(pages, out, force=True).counts.documents == 12
    assert raw(out) == expected
    assert len(records(out, "manifest.jsonl")) == 12


def test_another_configuration_or_format_does_everything_again(tmp_path: Path) -> None:
    rows, out = make_rows(tmp_path / "rows.jsonl", 12), tmp_path / "out"
    go(rows, out)
    other = replace(JOB, config={"pause": 0.0})
    assert go(rows, out, other).counts.documents == 12
    assert go(rows, out, other, format="parquet").counts.documents == 12
    assert len(lines(out, "documents")) == 12
    assert {path.suffix for path in out.rglob("part-*")} == {".parquet"}
    assert [row["id"] for row in lines(out, "documents")] == [f"n{i}" for i in range(12)]


def test_parquet_and_json_lines_say_the_same(tmp_path: Path) -> None:
    rows = make_rows(tmp_path / "rows.jsonl", 12)
    (tmp_path / "rows.meta.json").write_text('{"newspaper": "某报", "page": 4}')
    go(rows, tmp_path / "j")
    go(rows, tmp_path / "p", format="parquet")
    plain, table = lines(tmp_path / "j", "documents"), lines(tmp_path / "p", "documents")
    for row in table:
        row["meta"] = json.loads(row["meta"])
    assert plain == table
    assert plain[0]["meta"]["page"] == 4
    assert lines(tmp_path / "j", "triples") == lines(tmp_path / "p", "triples")
    # one changed row: the Parquet shard is written anew without the old one
    changed = rows.read_text(encoding="utf-8").replace("第3号", "第三号")
    rows.write_text(changed, encoding="utf-8")
    assert go(rows, tmp_path / "p", format="parquet").counts.documents == 1
    texts = {row["id"]: row["text"] for row in lines(tmp_path / "p", "documents")}
    assert len(texts) == 12
    assert texts["n3"].startswith("第三号")


def test_poison_documents_are_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 40), tmp_path / "out"
    bad = {"p0003.txt": "KILL", "p0011.txt": "HANG", "p0012.txt": "RAISE", "p0013.txt": "MEMORY"}
    for name, harm in {**bad, "p0020.txt": "SPIN"}.items():
        (pages / name).write_text(harm, encoding="utf-8")
    marker = tmp_path / "marker"
    (pages / "p0030.txt").write_text(f"ONCE {marker}", encoding="utf-8")
    summary = go(pages, out, workers=2, timeout=1)
    assert summary.counts.documents == 35
    why = reasons(out)
    assert set(why) == {*bad, "p0020.txt"}
    assert why["p0003.txt"] == "its worker was killed by SIGKILL (out of memory?), twice"
    assert why["p0011.txt"] == why["p0020.txt"] == "took longer than 1 s (see --timeout)"
    assert why["p0012.txt"] == "ValueError: a bug"
    assert why["p0013.txt"] == "needs more memory than a worker may take"
    assert marker.exists()
    again = go(pages, out, timeout=1)
    assert (again.counts.documents, again.counts.skipped, again.counts.rejects) == (0, 40, 0)
    (pages / "p0011.txt").write_text("好了。", encoding="utf-8")
    (pages / "p0012.txt").write_text("好了。", encoding="utf-8")
    assert go(pages, out).counts.documents == 2
    assert set(reasons(out)) == {"p0003.txt", "p0013.txt", "p0020.txt"}
    retried = go(pages, out, retry_rejects=True, timeout=0.5)
    assert retried.counts.rejects == 3
    assert len(records(out, "rejects.jsonl")) == 3


def test_rejects_of_every_stage_and_their_repair(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 3), tmp_path / "out"
    (pages / "empty.txt").write_bytes(b"")
    (pages / "link.txt").symlink_to("gone.txt")
    (pages / "rows.jsonl").write_text('{"text": "甲"}\n{bad\n{"text": "乙"}', encoding="utf-8")
    (pages / "table.csv").write_text("a,b\n1,2", encoding="utf-8")
    summary = go(pages, out)
    assert summary.counts.documents == 5
    assert summary.stages == {"read": 3, "find": 1}
    assert reasons(out)["table.csv"].startswith("has no column 'text'")
    assert go(pages, out).counts.documents == 0
    assert len(records(out, "rejects.jsonl")) == 4
    (pages / "gone.txt").write_text("在了。", encoding="utf-8")
    (pages / "table.csv").write_text("text\n丙", encoding="utf-8")
    (pages / "rows.jsonl").write_text('{"text": "甲"}\n{"text": "丁"}', encoding="utf-8")
    go(pages, out)
    assert set(reasons(out)) == {"empty.txt"}


def test_the_output_is_never_its_own_input(tmp_path: Path) -> None:
    make_pages(tmp_path, 3)
    assert go(tmp_path, tmp_path / "out").counts.documents == 3
    assert go(tmp_path, tmp_path / "out").counts.skipped == 3
    with pytest.raises(BadInputError, match="is the output"):
        go(tmp_path / "out" / "documents", tmp_path / "out")


def test_the_same_file_given_twice_is_done_once(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 3), tmp_path / "out"
    go([pages, pages / "p0001.txt"], out)
    assert len(lines(out, "documents")) == 3


def test_a_folder_moved_with_its_output_is_not_done_again(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    pages = make_pages(tmp_path / "a" / "pages", 3)
    go(pages, tmp_path / "a" / "out")
    (tmp_path / "a").rename(tmp_path / "b")
    assert go(tmp_path / "b" / "pages", tmp_path / "b" / "out").counts.skipped == 3


@pytest.mark.parametrize("harm", ["delete", "shorten", "orphan", "journal"])
def test_damage_to_the_output_is_mended(tmp_path: Path, harm: str) -> None:
    pages, out = make_pages(tmp_path / "pages", 30), tmp_path / "out"
    go(pages, out, shard_documents=10)
    expected = raw(out)
    part = out / "documents" / "part-000002.jsonl"
    if harm == "delete":
        part.unlink()
    elif harm == "shorten":
        part.write_bytes(part.read_bytes()[:-5])
    elif harm == "orphan":
        (out / "documents" / "part-000009.jsonl").write_bytes(b"{}\n")
        (out / "triples" / ".part-000009.jsonl.x1y2").write_bytes(b"{")
    else:
        (out / "manifest.jsonl").unlink()
    go(pages, out, shard_documents=10)
    assert raw(out) == expected
    assert len(records(out, "manifest.jsonl")) == 30
    assert not list(out.rglob(".part-*"))


def test_shards_without_a_ledger_are_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "documents").mkdir(parents=True)
    (out / "documents" / "part-000001.jsonl").write_bytes(b"{}\n")
    with pytest.raises(BadInputError, match="holds shards but no ledger"):
        go(make_pages(tmp_path / "pages", 1), out)


def test_a_second_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 1), tmp_path / "out"
    go(pages, out)
    other = sqlite3.connect(out / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(RenzhiError, match="another run is writing"):
        go(pages, out)
    other.close()


def test_a_model_that_cannot_be_loaded_ends_the_run(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages", 1)
    with pytest.raises(ModelError, match="no such model"):
        go(pages, tmp_path / "out", replace(JOB, config={"fail": "start"}))
    with pytest.raises(RenzhiError, match="workers die one after another"):
        go(pages, tmp_path / "out", replace(JOB, config={"fail": "die"}))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched on Linux")
def test_a_document_that_takes_too_much_memory_is_set_aside(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 20), tmp_path / "out"
    (pages / "p0003.txt").write_text("GROW", encoding="utf-8")
    summary = go(pages, out, replace(JOB, memory_limit=300 << 20), workers=2)
    assert (summary.counts.documents, summary.counts.rejects) == (19, 1)
    reason = "its worker took more than 0.293 GiB of memory (see --memory-limit), twice"
    assert reasons(out) == {"p0003.txt": reason}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is watched on Linux")
def test_a_memory_limit_below_the_model_alone_is_refused(tmp_path: Path) -> None:
    pages = make_pages(tmp_path / "pages", 3)
    job = replace(JOB, config={"hold": 200 << 20}, memory_limit=100 << 20)
    with pytest.raises(ConfigError, match="too small: the model alone takes"):
        go(pages, tmp_path / "out", job)


@pytest.mark.parametrize(
    ("text", "size"), [("4GiB", 4 << 30), ("500MB", 5 * 10**8), ("1.5 k", 1500), ("77", 77)]
)
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text, "--x") == size


@pytest.mark.parametrize("text", ["", "0", "many", "-4GB", "4 apples", "4GiBB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--x: .* is no size"):
        parse_size(text, "--x")


def test_documents_whose_input_is_gone_stay_unless_they_are_pruned(tmp_path: Path) -> None:
    pages, other, out = tmp_path / "pages", tmp_path / "other", tmp_path / "out"
    make_pages(pages, 25)
    make_pages(other, 3)
    rows = make_rows(pages / "rows.jsonl", 10)
    gone_rows = make_rows(pages / "more.jsonl", 4)
    (pages / "empty.txt").write_text("")
    go([pages, other], out, shard_documents=10)
    (pages / "p0003.txt").unlink()
    (pages / "empty.txt").unlink()
    gone_rows.unlink()
    (other / "p0001.txt").unlink()
    rows.write_text("\n".join(rows.read_text(encoding="utf-8").split("\n")[:7]), encoding="utf-8")
    go(pages, out, shard_documents=10)
    assert len(lines(out, "documents")) == 42
    dry = go(pages, out, prune=True, dry_run=True)
    assert (dry.planned, dry.counts.pruned) == (0, 9)
    summary = go(pages, out, prune=True, shard_documents=10)
    assert (summary.counts.documents, summary.counts.pruned) == (0, 9)
    # what was not among the sources stays, though it is gone
    assert len(lines(out, "documents")) == 24 + 7 + 3
    manifest = records(out, "manifest.jsonl")
    assert len(manifest) == 34
    assert reasons(out) == {}
    fresh = tmp_path / "fresh"
    (other / "p0001.txt").write_text(text(1), encoding="utf-8")
    go([pages, other], fresh)
    assert raw(out) == raw(fresh)
    assert go(pages, out, prune=True).counts.pruned == 0


PRUNE = """
import os, sys
from pathlib import Path
from pipeline.runner import Job, RunOptions, run
module = sys.modules["pipeline.runner.run"]
def die_at(name, count):
    whole, calls = getattr(module, name), []
    def part(*arguments):
        calls.append(name)
        if len(calls) == count:
            os._exit(9)  # as kill -9 does: nothing is closed or flushed
        return whole(*arguments)
    setattr(module, name, part)
if __name__ == "__main__":
    die_at(sys.argv[3], int(sys.argv[4]))
    options = RunOptions(shard_documents=10, prune=True)
    run([sys.argv[1]], Path(sys.argv[2]), Job("hands:annotator"), options)
"""


@pytest.mark.parametrize(
    ("name", "count"), [("copy_shard", 1), ("copy_shard", 2), ("ShardFiles", 4)]
)
def test_a_kill_while_documents_are_pruned_leaves_nothing_half_done(
    tmp_path: Path, name: str, count: int
) -> None:
    pages, out, fresh = make_pages(tmp_path / "pages", 30), tmp_path / "out", tmp_path / "fresh"
    go(pages, out, shard_documents=10)
    for number in (3, 4, 14, 27):
        (pages / f"p{number:04d}.txt").unlink()
    program = tmp_path / "prune.py"
    program.write_text(PRUNE, encoding="utf-8")
    command = [sys.executable, str(program), str(pages), str(out), name, str(count)]
    root = Path(__file__).parent
    paths = os.pathsep.join([str(root), str(root.parent.parent)])
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, check=False)
    assert killed.returncode == 9
    go(pages, out, prune=True, shard_documents=10)
    go(pages, fresh, shard_documents=10)
    assert raw(out) == raw(fresh)
    assert len(records(out, "manifest.jsonl")) == 26
    assert not list(out.rglob(".part-*"))


def test_a_file_that_cannot_be_looked_at_is_not_gone(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 4), tmp_path / "out"
    rows = make_rows(pages / "rows.jsonl", 6)
    packed = pages / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(rows.read_bytes()))
    go(pages, out)
    (pages / "p0001.txt").rename(pages / "p0001.bak")
    (pages / "p0001.txt").symlink_to("p0009.txt")  # it is there, though what it means is not
    packed.write_bytes(packed.read_bytes()[:-20])
    summary = go(pages, out, prune=True)
    assert summary.counts.pruned == 0
    (pages / "p0001.txt").unlink()
    assert go(pages, out, prune=True).counts.pruned == 1


def test_a_glob_prunes_only_what_it_would_mean(tmp_path: Path) -> None:
    pages, out = make_pages(tmp_path / "pages", 12), tmp_path / "out"
    go(pages, out)
    (pages / "p0001.txt").unlink()
    (pages / "p0011.txt").unlink()
    assert go(Path(f"{pages}/**/p000*.txt"), out, prune=True).counts.pruned == 1
    assert {row["source"] for row in records(out, "manifest.jsonl")} >= {"p0011.txt"}


# --- processes that are stopped from outside -------------------------------------------------

PROGRAM = """
import sys
from pathlib import Path
from pipeline.errors import RenzhiError
from pipeline.runner import Job, RunOptions, run
if __name__ == "__main__":
    job = Job("hands:annotator", {"pause": float(sys.argv[3])})
    options = RunOptions(workers=2, shard_documents=20)
    try:
        summary = run([sys.argv[1]], Path(sys.argv[2]), job, options)
    except RenzhiError as error:
        sys.exit(f"renzhi: {error}")
    print(summary.counts.documents, summary.counts.stopped)
"""


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return [sys.executable, str(path)]


def start(program: list[str], pages: Path, out: Path, pause: float = 0.0) -> subprocess.Popen[str]:
    root = Path(__file__).parent
    paths = os.pathsep.join([str(root), str(root.parent.parent)])
    return subprocess.Popen(
        [*program, str(pages), str(out), str(pause)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_shards(out: Path, count: int) -> None:
    end = time.monotonic() + 60
    while len(list(out.glob("documents/part-*"))) < count:
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_soon_and_keeps_what_is_done(
    tmp_path: Path, program: list[str], number: signal.Signals
) -> None:
    pages, out = make_pages(tmp_path / "pages", 300), tmp_path / "out"
    process = start(program, pages, out, pause=0.2)  # the whole of it would take 30 s
    wait_for_shards(out, 1)
    began = time.monotonic()
    os.killpg(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - began < 2
    assert process.returncode == 0
    assert stdout.endswith(" True\n")
    assert not stderr
    kept = len(lines(out, "documents"))
    assert 20 <= kept < 300
    assert len(records(out, "manifest.jsonl")) == kept
    # what open shards had was kept too: more than the whole shards of 20
    assert int(stdout.split()[0]) == kept
    summary = go(pages, out, replace(JOB, config={"pause": 0.2}), workers=2, dry_run=True)
    assert summary.counts.skipped == kept
    assert summary.planned == 300 - kept


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_and_doubles_nothing(
    tmp_path: Path, program: list[str]
) -> None:
    import random

    pages = make_pages(tmp_path / "pages", 400)
    calm, out = tmp_path / "calm", tmp_path / "out"
    job = replace(JOB, config={"pause": 0.002})
    go(pages, calm, job, shard_documents=20)
    luck = random.Random(7)
    killed = 0
    while killed < 12:
        process = start(program, pages, out, pause=0.002)
        try:
            process.wait(luck.uniform(0.3, 1.6))
        except subprocess.TimeoutExpired:
            killed += 1
        else:
            break
        process.kill()
        process.communicate()
    final = start(program, pages, out, pause=0.002)
    _, stderr = final.communicate(timeout=120)
    assert final.returncode == 0, stderr
    assert raw(out) == raw(calm)
    assert len(records(out, "manifest.jsonl")) == 400
    assert not list(out.rglob(".*part*"))


def test_a_full_disk_ends_the_run_with_one_line_and_the_next_goes_on(
    tmp_path: Path, program: list[str]
) -> None:
    pages, out = make_pages(tmp_path / "pages", 100), tmp_path / "out"
    limited = ["bash", "-c", 'ulimit -f 20; exec "$@"', "-", *program]
    process = start(limited, pages, out)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stderr.startswith("renzhi: ")
    assert "what is finished is kept" in stderr
    assert len(stderr.splitlines()) == 1
    go(pages, out, replace(JOB, config={"pause": 0.0}), shard_documents=20)
    assert len(lines(out, "documents")) == 100
