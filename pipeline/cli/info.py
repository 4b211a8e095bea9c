"""`renzhi info`: versions, the model, and what is installed."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

__all__ = ["info"]

EXTRAS = {
    "train": ("torch",),
    "hanlp": ("hanlp",),
    "ray": ("ray",),
    "serve": ("fastapi", "uvicorn"),
}


def info(
    model: Annotated[
        str | None, typer.Option(help="Model name or folder; the shipped one.")
    ] = None,
) -> None:
    """Show versions, the model, its components and scores, and which extras are installed."""
    from rich.console import Console
    from rich.table import Table

    from pipeline.model import find_model, read_meta

    folder = find_model(model)
    meta = read_meta(folder)
    table = Table(show_header=False, box=None)
    table.add_row("renzhi", version("renzhi"))
    table.add_row("Python", platform.python_version())
    for package in ("spacy", "numpy", "pydantic"):
        table.add_row(package, version(package))
    lang, name, number = (meta.get(key, "?") for key in ("lang", "name", "version"))
    table.add_row("model", f"{lang}_{name} {number}")
    table.add_row("model folder", str(folder))
    table.add_row("components", ", ".join(meta.get("pipeline", ())))
    for extra, packages in EXTRAS.items():
        table.add_row(f"extra {extra}", ", ".join(map(_installed, packages)))
    Console().print(table)


def _installed(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"
