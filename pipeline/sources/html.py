"""HTML pages: the main text as trafilatura finds it, without menus and advertisements."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from pipeline.errors import BadInputError
from pipeline.sources.encodings import decode, decode_as, is_utf8

__all__ = ["HtmlText", "parse_html"]

DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
HEAD_BYTES = 4096
DATE = re.compile(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})")
# Chinese government sites must carry these (政府网站发展指引), newspapers mostly do.
DATE_NAMES = ("pubdate", "publishdate", "article:published_time")
SITE_NAMES = ("sitename", "og:site_name")
# pages that say gb2312 or gbk also use characters that only gb18030 has
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}


@dataclass(frozen=True)
class HtmlText:
    """The main text, the encoding of the page, and what its head says: issue_date, title, site."""

    text: str
    encoding: str
    meta: dict[str, str]


def parse_html(data: bytes, name: str, encoding: str | None = None) -> HtmlText:
    """Main text of a page, one paragraph a line; offsets count its characters.

    The encoding is the one given, else UTF-8 if the bytes are that, else the declared one if it
    fits, else recognised.
    RAISES BadInputError: the page is binary or has no main text.
    """
    import trafilatura
    from lxml import html
    from lxml.etree import LxmlError

    page, used = _decode(data, name, encoding)
    try:
        tree = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page))
    except (LxmlError, ValueError) as error:
        raise BadInputError(name, f"is no HTML that can be read: {error}") from error
    named = {
        (element.get("name") or element.get("property") or "").lower(): element.get("content", "")
        for element in tree.iter("meta")
    }
    meta = _meta(named, tree.findtext(".//title"))
    text = trafilatura.extract(
        tree, include_comments=False, include_tables=True, favor_recall=True, config=_settings()
    )
    if not text or not text.strip():
        raise BadInputError(name, "has no main text (a page of links, or made by scripts?)")
    return HtmlText(text, used, meta)


@cache
def _settings() -> ConfigParser:
    """The settings of trafilatura with sizes for Chinese, which needs fewer characters."""
    from trafilatura.settings import use_config

    settings: ConfigParser = deepcopy(use_config())
    settings.set("DEFAULT", "MIN_EXTRACTED_SIZE", "50")
    settings.set("DEFAULT", "MIN_OUTPUT_SIZE", "1")
    return settings


def _decode(data: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    if encoding:
        return decode_as(data, encoding, name)
    if is_utf8(data):  # what pages say is left over from before they were converted
        return decode_as(data, "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8", name)
    declared = DECLARED.search(data[:HEAD_BYTES])
    if declared:
        wanted = declared[1].decode("ascii").lower()
        try:
            return decode_as(data, WIDER.get(wanted, wanted), name)
        except BadInputError:
            pass  # many pages declare what they are not
    return decode(data, name)


def _meta(named: dict[str, str], title: str | None) -> dict[str, str]:
    meta = {}
    for key in DATE_NAMES:
        match = DATE.search(named.get(key, ""))
        date = _date(match) if match else None
        if date and "issue_date" not in meta:
            meta["issue_date"] = date
    if title and title.strip():
        meta["title"] = " ".join(title.split())
    for key in SITE_NAMES:
        if named.get(key, "").strip():
            meta.setdefault("site", named[key].strip())
    return meta


def _date(match: re.Match[str]) -> str | None:
    """ISO 8601 date of a match of DATE, or None where a page was left with 0000-00-00."""
    try:
        return dt.date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None
