"""Page furniture (版面附件): mastheads, page numbers, editors' lines; part of no article."""

from __future__ import annotations

import re

__all__ = ["is_furniture"]

_FURNITURE = re.compile(
    r"""
    [-—–·•\s]*\d{1,3}[-—–·•\s]*                                      # a page number alone
    | 第?\s*[A-Da-d]?[0-9〇零一二三四五六七八九十]{1,3}\s*版.{0,8}        # 第3版, A2版 要闻
    | [A-D]\d{1,2}(\s*[一-鿿]{2,6})?                                   # A02 要闻
    | 副刊|要闻|综合|时政|民生|社会|国内|国际|(本地|综合|国内|国际|社会|民生|经济|时政)(新闻|要闻)
    | (今日|本期)[一-鿿]{2,4}                                           # a section's name
    | (值班)?(责任|本版|版面|执行|美术|值班|图片)?\s*(编辑|校对|美编|责编|主编|编审|版式|排版)
      \s*[:：/／\s].{1,40}
    | (\d{4}年)?\d{1,2}月\d{1,2}日[，,\s]*(农历.{0,12})?星期[一二三四五六日天].{0,30}
    | 星期[一二三四五六日天][，,\s]*\d{4}年\d{1,2}月\d{1,2}日.{0,20}
    | .{0,16}(国内统一(连续)?(刊号|出版物号)|邮发代号|CN\s?\d{2}-\d{4}).{0,40}
    | (新闻热线|热线电话|投稿邮箱|广告热线|发行热线|E-?mail)\s*[:：].{1,60}
    | [一-鿿]{2,8}(日报|晚报|早报|晨报|都市报|商报|周报|时报)(社)?(\s*(数字报|电子版))?
    """,
    re.VERBOSE,
)


def is_furniture(line: str) -> bool:
    """Whether a whole line is page furniture."""
    return len(line) <= 80 and _FURNITURE.fullmatch(line.strip()) is not None
