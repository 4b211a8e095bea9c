"""The workbench in headless Chromium, as a person uses it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from services import COMMAND, Service, start

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

CORPUS = {  # invented pages
    "a.txt": "平平川川县县农农业业会会议议召召开开\n本报3月8日讯 (记者 陈小禾 )\n"
    "昨日，平川县农业工作会议在柳河镇召开，县\n委书记周明远出席并讲话，县农业农村局\n局长何田通报了“千村增收”工程的进展。\n",
    "b.txt": "今天下了小雨，田里的人都回了家。\n",
    "c.txt": "石桥市教育局局长李明秋说，要把学校办\n好，让家长放心，也让孩子们高高兴\n兴地上学。\n",
}


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
    with opened(browser, service.url) as open_page:
        yield open_page


@contextmanager
def opened(browser: Any, url: str) -> Iterator[Any]:
    """A page of the service on which nothing may go wrong unseen."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1360, "height": 860})
    open_page = context.new_page()
    open_page.set_default_timeout(60_000)
    open_page.troubles = []
    open_page.on(
        "console", lambda said: said.type == "error" and open_page.troubles.append(said.text)
    )
    open_page.on("pageerror", lambda error: open_page.troubles.append(str(error)))
    open_page.on("dialog", lambda dialog: open_page.troubles.append(dialog.message))
    open_page.goto(url)
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


def marked(page: Any, raw: str = RAW) -> str:
    """Raw characters of the runs that are marked, by their offsets."""
    rows = page.locator(".text .on").evaluate_all(
        "runs => runs.map(run => [Number(run.dataset.start), run.textContent])"
    )
    for at, text in rows:
        assert raw[at : at + len(text)] == text
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


def drag(page: Any, first: str, last: str) -> None:
    """Select from the first character to the last one with the mouse."""
    left, right = (
        page.locator(".text").evaluate(
            """(node, char) => {
              const runs = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
              while (!runs.nextNode().data.includes(char));
              const range = new Range(), at = runs.currentNode.data.indexOf(char);
              range.setStart(runs.currentNode, at);
              range.setEnd(runs.currentNode, at + 1);
              return range.getBoundingClientRect().toJSON();
            }""",
            char,
        )
        for char in (first, last)
    )
    page.mouse.move(left["left"] + 2, (left["top"] + left["bottom"]) / 2)
    page.mouse.down()
    page.mouse.move(right["right"] - 2, (right["top"] + right["bottom"]) / 2, steps=5)
    page.mouse.up()


def mentions(page: Any) -> list[str]:
    return page.locator(".text [data-m]").evaluate_all(
        "runs => runs.map(run => `${run.className.replace(' on', '')} ${run.textContent}`)"
    )


def test_changes_a_span_by_mouse_and_takes_it_back(page: Any) -> None:
    page.evaluate("localStorage.setItem('renzhi.who', 'Chen')")
    read(page, "昨日，镇长周明远到会，随后走访了各个村庄的群众。")
    before = mentions(page)
    assert "PER 周明远" in before
    page.locator(".text .PER").click()
    drag(page, "周", "到")
    page.locator(".pop").get_by_role("button", name="Use the selected characters").click()
    page.wait_for_selector(".text .PER:text-is('周明远到')")
    assert "PER 周明远到" in mentions(page)
    page.reload()
    page.wait_for_selector(".document")
    assert "PER 周明远到" in mentions(page)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector("text=Taken back")
    assert mentions(page) == before


def test_changes_a_span_and_a_label_by_keyboard_and_takes_it_back(page: Any) -> None:
    page.evaluate("localStorage.setItem('renzhi.who', 'Chen')")
    read(page, "昨日，副镇长周明远到会，随后走访了各个村庄的群众。")
    before = mentions(page)
    keys = page.keyboard
    keys.press("n")
    pop = page.locator(".pop")
    assert "post" in pop.inner_text()

    def tab_to(name: str) -> None:
        for _ in range(30):
            if name == page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.textContent"
            ):
                return
            keys.press("Tab")
        raise AssertionError(f"{name} cannot be reached by Tab")

    tab_to("Begin one character later")
    keys.press("Enter")
    tab_to("Save")
    keys.press("Enter")
    page.wait_for_selector(".text .ROLE:text-is('镇长')")
    assert "ROLE 镇长" in mentions(page)
    keys.press("u")
    page.wait_for_selector("text=Taken back")
    assert mentions(page) == before
    page.locator(".fact .say").first.focus()
    keys.press("x")  # no fact is chosen yet: nothing happens
    keys.press("j")
    keys.press("x")
    page.wait_for_selector(".fact.rejected")
    keys.press("p")
    tab_to("organisation")
    keys.press("Enter")
    page.wait_for_selector(".text .ORG:text-is('副镇长')")
    keys.press("u")
    page.wait_for_selector(".text .ORG", state="detached")
    keys.press("u")
    page.wait_for_selector(".fact.rejected", state="detached")
    assert mentions(page) == before


def test_a_dropped_table_gives_a_list_of_documents(page: Any) -> None:
    rows = "".join(
        json.dumps({"text": text}) + "\n" for text in ("区长陆平到会。", " ", "县长何田到会。")
    )
    table = {"name": "rows.jsonl", "mimeType": "", "buffer": rows.encode()}
    page.set_input_files("input[type=file]", [table])
    page.wait_for_selector(".rows")
    assert page.locator(".rows .title").all_inner_texts() == ["rows.jsonl:1", "rows.jsonl:3"]
    assert "2: rows.jsonl: row 2" in page.locator(".failed").inner_text()
    page.click("text=rows.jsonl:3")
    page.wait_for_selector(".document")
    assert page.locator(".text").inner_text() == "县长何田到会。"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over the results of a real corpus run."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "pages").mkdir()
    for name, text in CORPUS.items():
        (folder / "pages" / name).write_text(text, encoding="utf-8")
    arguments = ["annotate", str(folder / "pages"), "-o", str(folder / "results")]
    subprocess.run([sys.executable, "-c", COMMAND, *arguments], check=True, timeout=300)
    running = start(store=folder / "store", results=folder / "results")
    yield running
    running.process.terminate()
    running.process.wait(60)


@pytest.fixture
def corpus_page(browser: Any, corpus: Service) -> Iterator[Any]:
    with opened(browser, corpus.url) as open_page:
        open_page.click("text=Corpus")
        while open_page.locator(".rows li").count() < len(CORPUS):  # the index is being made
            open_page.wait_for_timeout(200)
            found(open_page, "", "any")
        yield open_page


def found(page: Any, query: str, field: str) -> list[str]:
    """What the corpus view finds, as the titles of documents."""
    page.get_by_label("In", exact=True).select_option(field)
    page.fill("input[type=search]", query)
    page.click("form button")
    page.wait_for_selector("[aria-busy=false]")
    return page.locator(".rows .title").all_inner_texts()


def test_searches_a_corpus_and_opens_a_raw_page(corpus_page: Any) -> None:
    page = corpus_page
    farms, school, rain = page.locator(".rows .title").all_inner_texts()
    scores = page.locator(".rows .side").all_inner_texts()
    assert scores == [*sorted(scores[:2]), ""]  # the least certain first, those without facts last
    assert (farms, school[:6], rain[:6]) == ("平川县农业会议召开", "石桥市教育局", "今天下了小雨")
    for query, field in {
        "周明远": "person",
        "县委书记": "post",
        "农业农村局": "organisation",
        "柳河镇": "place",
        "千村增收": "programme",
    }.items():
        assert found(page, query, field) == [farms], query
        assert found(page, "李明秋", field) == ([school] if field == "person" else [])
    page.get_by_label("Order").select_option("name")
    assert found(page, "", "any") == [farms, rain, school]
    page.click(f"text={farms}")
    page.wait_for_selector(".document")
    raw = CORPUS["a.txt"]
    text = page.locator(".text")
    assert text.evaluate("node => node.textContent") == raw
    assert page.locator(".text .cut").first.inner_text() == "平"
    fact = page.locator(".fact").filter(has_text="周明远").filter(has_text="县委书记")
    fact.locator(".say").click()
    assert marked(page, raw) == "县委书记周明远"
    page.get_by_role("button", name="Repaired").click()
    shown = text.evaluate("node => node.textContent")
    assert "县委书记周明远出席" in shown
    assert marked(page, raw) == "县委书记周明远"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_corpus_view_has_no_serious_finding_of_axe(corpus_page: Any, scheme: str) -> None:
    corpus_page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert axe(corpus_page) == []
    found(corpus_page, "nothing of this name", "any")
    assert axe(corpus_page) == []
    found(corpus_page, "周明远", "person")
    corpus_page.click(".rows .title")
    corpus_page.wait_for_selector(".document")
    assert axe(corpus_page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["中文", "English"])
def test_has_no_serious_finding_of_axe(page: Any, scheme: str, language: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
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
