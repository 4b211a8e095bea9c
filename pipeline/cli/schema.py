"""`renzhi schema`: the JSON Schema of the document object."""

from __future__ import annotations

import json

import typer

__all__ = ["schema"]


def schema() -> None:
    """Print the JSON Schema of the document object that `renzhi annotate` writes."""
    from pipeline.schema import Annotation

    typer.echo(json.dumps(Annotation.model_json_schema(mode="serialization"), indent=2))
