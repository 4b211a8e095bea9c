"""The same input gives the same bytes in every process, whatever order its sets have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GOLD = Path(__file__).parent.parent / "corpus" / "gold" / "dev.jsonl"
SCRIPT = """
import json, sys, pipeline
for line in open(sys.argv[1], encoding="utf-8"):
    print(pipeline.annotate(json.loads(line)["text"]).model_dump_json())
print(pipeline.annotate("临江市思茅区思茅镇昨日开会，思茅各界参加。思茅区委书记何启明到会。").model_dump_json())
"""


def test_answers_do_not_depend_on_the_hash_seed() -> None:
    answers = set()
    for seed in ("1", "2", "5"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(GOLD)],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        answers.add(done.stdout)
    assert len(answers) == 1
