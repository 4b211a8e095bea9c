"""A wheel of this repository works in a fresh environment, outside the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_carries_the_model_and_annotates(tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [str(part) for part in command], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "-c", ROOT / "requirements.lock", wheel)

    page = tmp_path / "page.txt"
    page.write_text("青石市教育局局长韩立山到校。\n", encoding="utf-8")
    document = json.loads(run(tmp_path / "venv" / "bin" / "renzhi", "annotate", page))
    assert "韩立山" in {entity["text"] for entity in document["entities"]}
    assert "holds_post" in {triple["relation"] for triple in document["triples"]}
    place = run(python, "-c", "import pipeline; print(pipeline.__file__)")
    assert place.startswith(str(tmp_path))
