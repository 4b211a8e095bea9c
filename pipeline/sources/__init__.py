"""Readers: one input format a module, from bytes to Source objects; nothing is cleaned here."""

from __future__ import annotations

from pipeline.sources.items import Item, ReadOptions, Reject
from pipeline.sources.read import read_sources

__all__ = ["Item", "ReadOptions", "Reject", "read_sources"]
