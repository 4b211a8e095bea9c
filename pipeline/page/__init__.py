"""Page repair with alignment, one repair a module, then articles; no spaCy here."""

from __future__ import annotations

from pipeline.page.alignment import Alignment, Repaired
from pipeline.page.articles import ArticleSpan, split_articles
from pipeline.page.repair import repair

__all__ = ["Alignment", "ArticleSpan", "Repaired", "repair", "split_articles"]
