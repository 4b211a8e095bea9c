"""Third-party browser code, shipped so that every page works offline: cytoscape.js 3.34.4 (MIT)."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["cytoscape"]


def cytoscape() -> str:
    """Return the source of cytoscape.js, minified."""
    return files(__name__).joinpath("cytoscape.min.js").read_text(encoding="utf-8")
