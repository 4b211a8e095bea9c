"""Make the screenshots of the README: `python docs/screenshots.py [URL]`, needs Chromium.

Starts a service of its own with the example page of `corpus/pages/`, unless a URL is given.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "corpus" / "pages" / "binzhou-daily-2014-04-25.txt"
CHROMIUM = os.environ.get("RENZHI_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
COMMAND = "from pipeline.cli.main import main; main()"
SHOTS = (("workbench-light.png", "light", "en-GB"), ("workbench-dark.png", "dark", "zh-CN"))


def main() -> None:
    """Take the screenshots from the service at a URL, or from one started here."""
    if len(sys.argv) > 1:
        take_all(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as store:
        arguments = ["serve", "--port", "0", "--workers", "1", "--store", store]
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *arguments], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        line = next(line for line in process.stderr if "open http://" in line)
        try:
            take_all(line.split()[2])
        finally:
            process.terminate()
            process.wait()


def take_all(url: str) -> None:
    """Take every screenshot."""
    (ROOT / "docs" / "img").mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for name, scheme, locale in SHOTS:
            take(browser, url, ROOT / "docs" / "img" / name, scheme, locale)
            print(f"docs/img/{name}")
        browser.close()


def take(browser: Any, url: str, path: Path, scheme: str, locale: str) -> None:
    """Read the example page, choose a fact, and save what is seen."""
    page = browser.new_page(
        viewport={"width": 1400, "height": 860}, color_scheme=scheme, locale=locale
    )
    page.goto(url, timeout=120_000)
    page.locator("textarea").fill(PAGE.read_text(encoding="utf-8"))
    meta = json.loads(PAGE.with_suffix(".meta.json").read_text(encoding="utf-8"))
    for key in ("issue_date", "home_place", "newspaper"):
        page.fill(f"#meta-{key}", meta[key])
    page.click("button.primary")
    page.wait_for_selector(".fact", timeout=120_000)
    fact = page.locator(".fact").filter(has=page.get_by_text("张光峰"))
    fact.filter(has=page.get_by_text("市委书记", exact=True)).locator(".say").click()
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
