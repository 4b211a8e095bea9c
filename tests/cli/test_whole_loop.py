"""The whole loop of a user with a paper of their own: annotate, train, see what it buys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import main
from pipeline.model import DEFAULT_MODEL, MODEL_FOLDERS

pytestmark = pytest.mark.slow

CHROMIUM = Path("/usr/bin/chromium")
FAMILY = "赵钱孙李周吴郑王冯陈"
GIVEN = ("一鸣", "小红", "立山", "文", "建国")
HERDS = ("东", "西", "南", "北")


def doccano_rows() -> list[dict[str, Any]]:
    """Reports of a herders' paper; its posts (嘎拉达, 呼和尔) are made up: no model knows them."""
    rows = []
    for number in range(100):
        name = FAMILY[number % 10] + GIVEN[number % 5]
        org = f"{HERDS[number % 4]}滩牧业合作社"
        post = ("嘎拉达", "呼和尔")[number % 2]
        text = (
            f"{org}{post}{name}昨天说，今年第{number}批羔羊长势好。",
            f"记者在草原见到了{name}，他是{org}的{post}，今年{20 + number % 40}岁。",
            f"第{number}号牧场的{name}任{org}{post}已有多年。",
        )[number % 3]
        mentions = [
            {
                "id": 10 * number + place,
                "label": label,
                "start_offset": text.index(surface),
                "end_offset": text.index(surface) + len(surface),
            }
            for place, (label, surface) in enumerate((
                ("机构", org),
                ("职务", post),
                ("人物", name),
            ))
        ]
        relation = {
            "id": number,
            "from_id": 10 * number + 2,
            "to_id": 10 * number + 1,
            "type": "任职",
        }
        if number % 3 == 1:
            start = text.index("记者")
            mentions.append({
                "id": 10 * number + 3,
                "label": "职务",
                "start_offset": start,
                "end_offset": start + 2,
            })
        rows.append({"id": number, "text": text, "entities": mentions, "relations": [relation]})
    return rows


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["renzhi", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        main()
    assert (left.value.code or 0) == 0


@pytest.mark.timeout(1800)
def test_doccano_to_native_train_evaluate_and_open_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    if not any((folder / DEFAULT_MODEL / "config.cfg").is_file() for folder in MODEL_FOLDERS):
        pytest.skip("the shipped model is not here")
    export, native = tmp_path / "export.jsonl", tmp_path / "native.jsonl"
    export.write_text("\n".join(map(json.dumps, doccano_rows())), encoding="utf-8")
    names = [f"--name={pair}" for pair in ("机构=ORG", "职务=ROLE", "人物=PER", "任职=holds_post")]
    run(monkeypatch, "corpus", "convert", export, native, "--from", "doccano", *names)
    run(monkeypatch, "corpus", "split", native, tmp_path, "--parts", "own=7,dev=1,test=2")
    model, page, report = tmp_path / "herders", tmp_path / "report.html", tmp_path / "report.json"
    own, dev, test = (tmp_path / f"{part}.jsonl" for part in ("own", "dev", "test"))
    run(monkeypatch, "train", "--from", DEFAULT_MODEL, "--gold", own, "--dev", dev, "-o", model)
    options = ["--against", DEFAULT_MODEL, "--html", page, "--json", report]
    run(monkeypatch, "evaluate", test, "--model", model, *options)
    scores = json.loads(report.read_text(encoding="utf-8"))
    role = scores["entities"]["ROLE"]
    assert role["f1"] > 0.6
    assert role["against"]["f1"] > 0
    assert role["against"]["p"] < 0.05
    assert_opens(page)


def assert_opens(page: Path) -> None:
    """The report opens in a browser without a network, without an error, and shows its tables."""
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        tab = context.new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on(
            "request",
            lambda request: wrong.append(request.url) if request.url[:5] != "file:" else None,
        )
        tab.goto(page.as_uri())
        assert tab.locator("h1").inner_text().startswith("Scores on")
        assert tab.locator("table").first.locator("tbody tr").count() >= 3
        assert tab.locator("svg").count() == 2
        for group in tab.locator("details.group").all():
            group.evaluate("node => { node.open = true }")
            assert group.locator(".case .sentence").first.is_visible()
        assert wrong == []
        browser.close()
