"""What keeps the service from starting is said in one line; nothing starts half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from services import COMMAND
from starlette.testclient import TestClient

from pipeline.errors import BadInputError, ModelError, RenzhiError
from pipeline.server.app import create_app
from pipeline.server.database import StoreError
from pipeline.server.options import ServerOptions
from pipeline.server.results import Results
from pipeline.server.serve import serve
from pipeline.server.store import Store


def run(*options: str) -> tuple[int, list[str]]:
    """The exit code and the lines of `renzhi serve`, which must end by itself."""
    arguments = [sys.executable, "-c", COMMAND, "serve", "--port", "0", "--workers", "1", *options]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def test_a_missing_rule_file_is_one_line(tmp_path: Path) -> None:
    code, lines = run("--store", str(tmp_path), "--rules", "nofile")
    assert (code, len(lines)) == (2, 1), lines
    assert lines[0].startswith("renzhi: ")
    assert "nofile: " in lines[0]


def test_a_store_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.touch()
    code, lines = run("--store", str(store))
    reason = f"renzhi: {store}: cannot be used as a store: it is no folder"
    assert (code, lines) == (2, [reason])


def damaged(folder: Path) -> Path:
    folder.mkdir()
    (folder / "workbench.sqlite").write_bytes(b"not a database, but long enough" * 99)
    return folder


def blocked(folder: Path) -> Path:
    folder.touch()
    return folder / "below a file"


@pytest.mark.parametrize("make", [damaged, blocked])
def test_a_store_that_cannot_be_used_fails_the_start(make, tmp_path: Path) -> None:
    store = make(tmp_path / "store")
    with pytest.raises(StoreError, match=r"store.*cannot be used") as raised:
        serve(ServerOptions(store=store, workers=1), port=0)
    assert "\n" not in str(raised.value)


def test_a_database_damaged_later_is_a_503(tmp_path: Path) -> None:
    client = TestClient(create_app(ServerOptions(store=damaged(tmp_path / "store"))))
    answer = client.get("/v1/documents")
    assert answer.status_code == 503
    assert "workbench.sqlite: cannot be used" in answer.json()["detail"]


def test_a_store_is_ready_before_the_first_document(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "store")
    store.prepare()
    assert store.rows(0, 9) == (0, [])


def test_an_index_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    (tmp_path / "results" / "documents").mkdir(parents=True)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BadInputError, match="file: cannot be used as a store"):
        Results(tmp_path / "results", file)
    Results(tmp_path / "results", tmp_path / "store")
    (index,) = (tmp_path / "store").glob("results-*.sqlite")
    index.write_bytes(b"not a database, but long enough" * 99)
    with pytest.raises(BadInputError, match=index.name):
        Results(tmp_path / "results", tmp_path / "store")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read"), ("{", "is no JSON"), ("[]", "is no JSON object")],
)
def test_a_model_must_say_what_it_is(content: str | None, reason: str, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.cfg").touch()
    if content is not None:
        (model / "meta.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=f"meta.json: {reason}") as raised:
        create_app(ServerOptions(store=tmp_path / "store", model={"model": str(model)}))
    assert "\n" not in str(raised.value)


def test_a_worker_that_cannot_be_set_up_fails_the_lifespan(tmp_path: Path) -> None:
    options = ServerOptions(store=tmp_path, model={"rules": [str(tmp_path / "none")]}, workers=1)
    with pytest.raises(RenzhiError, match="none: "), TestClient(create_app(options)):
        pass
