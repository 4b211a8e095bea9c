"""The picture in headless Chromium, opened from disk without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from written import Held, document, folder

from pipeline.graph.build import build
from pipeline.graph.picture import show

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra 'dev'")

CHROMIUM = os.environ.get("RENZHI_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
EVIL = "<img src=x onerror=alert(1)>"
PLACE_OF_EDGE = """relation => {
  const edge = cy.edges().filter(e => e.data("relation") === relation)[0];
  const box = cy.container().getBoundingClientRect(), at = edge.renderedMidpoint();
  return [box.x + at.x, box.y + at.y];
}"""
PLACE_OF_NODE = """name => {
  const node = cy.nodes().filter(n => n.data("name") === name)[0];
  const box = cy.container().getBoundingClientRect(), at = node.renderedPosition();
  return [box.x + at.x, box.y + at.y];
}"""
# painted points of all layers of the drawing, by how far they are from white
PAINTED = """() => [...cy.container().querySelectorAll("canvas")].reduce((sum, canvas) => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let at = 3; at < data.length; at += 4) count += data[at] > 128;
  return sum + count;
}, 0)"""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium here")
    held = [
        Held("林知远", "局长", "滨州市教育局", status="appointed", date="2012-03-01"),
        Held("林知远", "市长", "滨州市政府", date="2014-04-25"),
        Held("周望舒", "局长", "滨州市教育局", date="2014-05"),
        Held("何映雪", "副市长", "滨州市政府"),
        Held(EVIL, "副局长", "滨州市教育局"),
    ]
    documents = [document(f"paper-{at}", one, "陈怀瑾") for at, one in enumerate(held[2:])]
    documents.append(document("paper-both", *held[:2]))
    build([folder(tmp_path / "out", *documents)], tmp_path / "g")
    show(tmp_path / "g", "林知远", tmp_path / "p.html", steps=4)
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = browser.new_context(viewport={"width": 1360, "height": 860}, offline=True)
        opened = context.new_page()
        opened.set_default_timeout(60_000)
        troubles: list[str] = []
        opened.on("console", lambda said: said.type == "error" and troubles.append(said.text))
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("dialog", lambda dialog: (troubles.append("a dialog"), dialog.dismiss()))
        opened.goto((tmp_path / "p.html").as_uri())
        yield opened
        browser.close()
    assert troubles == []


def test_nodes_are_drawn_and_a_fact_shows_its_sentence_and_source(page):
    count = page.evaluate("cy.nodes().length")
    assert count == page.evaluate("data.nodes.length") >= 9
    assert page.evaluate(PAINTED) > 2000
    inside = "cy.nodes().every(n => { const b = n.renderedBoundingBox(), c = cy.container();"
    inside += " return b.x1 >= 0 && b.y1 >= 0 && b.x2 <= c.clientWidth && b.y2 <= c.clientHeight })"
    assert page.evaluate(inside)
    page.mouse.click(*page.evaluate(PLACE_OF_EDGE, "holds_post"))
    said = page.locator("#side .said").first
    said.wait_for()
    assert page.locator("#side mark").first.inner_text().startswith("滨州市")
    assert "出席会议。" in said.inner_text()
    assert "paper-" in said.locator("small").inner_text()
    if target := os.environ.get("RENZHI_SHOTS"):
        page.screenshot(path=Path(target) / "graph-show.png", full_page=True)


def test_a_person_and_a_tenure_show_what_is_known(page):
    page.mouse.click(*page.evaluate(PLACE_OF_NODE, "林知远"))
    page.locator("#side h2", has_text="林知远").wait_for()
    assert page.locator("#side .said").count() == 2
    bars = page.locator("#times .bar")
    assert bars.count() == page.evaluate("data.tenures.length")
    page.get_by_role("button", name="林知远 滨州市政府市长").click()
    assert "滨州市政府市长林知远" in page.locator("#side .said").inner_text()


def test_a_hostile_name_is_only_text(page):
    assert page.evaluate("document.images.length") == 0
    page.mouse.click(*page.evaluate(PLACE_OF_NODE, EVIL))
    page.locator("#side h2", has_text=EVIL).wait_for()
    assert page.evaluate("document.images.length") == 0
