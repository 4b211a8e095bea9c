"""The workbench in headless Chromium, as a person uses it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services import Service, start

from pipeline.annotations.native import read_gold

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra 'dev'")

CHROMIUM = os.environ.get("RENZHI_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = Path(__file__).parents[2] / "corpus" / "pages"
RAW = (PAGES / "binzhou-daily-2014-04-25.txt").read_text(encoding="utf-8")
META = json.loads((PAGES / "binzhou-daily-2014-04-25.meta.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as driver:
        open_browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield open_browser
        open_browser.close()


@pytest.fixture
def page(browser: Any, service: Service) -> Iterator[Any]:
    context = browser.new_context(locale="en-GB", viewport={"width": 1360, "height": 860})
    open_page = context.new_page()
    open_page.set_default_timeout(60_000)
    open_page.troubles = []
    open_page.on(
        "console", lambda said: said.type == "error" and open_page.troubles.append(said.text)
    )
    open_page.on("pageerror", lambda error: open_page.troubles.append(str(error)))
    open_page.on("dialog", lambda dialog: open_page.troubles.append(dialog.message))
    open_page.goto(service.url)
    yield open_page
    assert open_page.troubles == []
    context.close()


def read(page: Any, text: str, meta: dict[str, str] | None = None) -> None:
    page.locator("textarea").fill(text)
    for key, value in (meta or {}).items():
        page.fill(f"#meta-{key}", value)
    page.click("button.primary")
    page.wait_for_selector(".document")


def sign(page: Any) -> None:
    page.locator("dialog input").fill("Chen")
    page.click("dialog button")


def marked(page: Any) -> str:
    """Raw characters of the runs that are marked, by their offsets."""
    rows = page.locator(".text .on").evaluate_all(
        "runs => runs.map(run => [Number(run.dataset.start), run.textContent])"
    )
    for at, text in rows:
        assert RAW[at : at + len(text)] == text
    return "".join(text for _, text in rows)


def axe(page: Any) -> list[str]:
    axe_module = pytest.importorskip("axe_playwright_python", reason="carries axe-core")
    script = Path(axe_module.__file__).parent / "axe.min.js"
    page.evaluate(script.read_text(encoding="utf-8") + "\n;0")
    found = page.evaluate("axe.run()")
    return [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def test_from_a_pasted_page_to_gold(page: Any, service: Service, tmp_path: Path) -> None:
    read(page, RAW, {key: META[key] for key in ("issue_date", "home_place", "newspaper")})
    shown = page.locator(".text").evaluate("node => node.textContent")
    assert shown == RAW
    fact = (
        page
        .locator(".fact")
        .filter(has=page.get_by_text("张光峰"))
        .filter(has=page.get_by_text("市委书记", exact=True))
    )
    fact.locator(".say").click()
    assert marked(page) == "市委书记张光峰"

    fact.get_by_role("button", name="Reject").click()
    sign(page)
    page.wait_for_selector(".fact.rejected")
    page.reload()
    page.wait_for_selector(".fact.rejected")
    assert page.locator(".fact.rejected").count() == 1
    page.keyboard.press("u")
    page.wait_for_selector(".fact.rejected", state="detached")

    page.keyboard.press("r")
    assert page.locator(".text").evaluate("node => node.textContent") != RAW
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector(".fact.accepted")
    page.click("text=Export")
    with page.expect_download() as download:
        page.click("text=This document, gold JSONL")
    gold = tmp_path / "gold.jsonl"
    download.value.save_as(gold)
    (document,) = read_gold(gold)
    assert document.text == RAW
    assert document.meta["review"]["by"] == ["Chen"]
    assert any((t.head, t.tail) == ("张光峰", "市委书记") for t in document.triples)


def test_marks_and_links_by_hand(page: Any) -> None:
    page.evaluate("localStorage.setItem('renzhi.who', 'Chen')")
    read(page, "昨日，镇长周明远到会，随后走访群众。")
    page.locator(".text span", has_text="走访").evaluate(
        """run => {
          const node = run.firstChild, at = node.data.indexOf("走访"), range = new Range();
          range.setStart(node, at);
          range.setEnd(node, at + 2);
          document.getSelection().removeAllRanges();
          document.getSelection().addRange(range);
          run.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
        }"""
    )
    pop = page.locator(".pop")
    pop.get_by_role("button", name="programme").click()
    page.wait_for_selector(".text .PROGRAMME")
    page.locator(".text .PER").first.click()
    pop.get_by_role("button", name="Draw a relation").click()
    page.locator(".text .PROGRAMME").click()
    pop.locator("[data-relation=organises]").click()
    page.wait_for_selector(".fact.added")
    assert "走访" in page.locator(".fact.added").inner_text()
    page.locator(".text .PROGRAMME").click()
    pop.get_by_role("button", name="Reject").click()
    page.wait_for_selector(".fact.added.dead")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["中文", "English"])
def test_has_no_serious_finding_of_axe(page: Any, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme=scheme)
    if page.get_by_role("button", name=language).count():
        page.get_by_role("button", name=language).click()
    assert axe(page) == []
    read(page, RAW[:600])
    page.locator(".fact .say").first.click()
    assert axe(page) == []
    page.locator(".text .PER").first.click()
    assert axe(page) == []
    page.goto(page.url.split("#")[0] + "#/documents")
    page.wait_for_selector(".rows")
    assert axe(page) == []


def test_never_runs_what_a_text_says(page: Any) -> None:
    evil = '<img src=x onerror=alert(1)><script>alert(2)</script>"><svg onload=alert(3)>'
    read(page, f"县长{evil}周明远\n{evil}", {"home_place": evil, "newspaper": evil})
    assert evil in page.locator(".text").evaluate("node => node.textContent")
    assert page.locator(".text img, .text script, .strip svg").count() == 0
    page.goto(page.url.split("#")[0] + "#/documents")
    page.wait_for_selector(".rows")


def test_asks_for_a_token(browser: Any, tmp_path: Path) -> None:
    running = start("--token", "open-sesame", store=tmp_path / "store")
    try:
        page = browser.new_page(locale="en-GB")
        page.goto(running.url)
        page.locator("dialog input").fill("open-sesame")
        page.click("dialog button")
        page.wait_for_selector("dialog", state="detached")
        read(page, "县长周明远到会。")
    finally:
        running.process.terminate()
        running.process.wait(60)
