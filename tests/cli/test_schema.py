"""`renzhi schema` and `renzhi info`."""

from __future__ import annotations

import json

from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.schema import Annotation

RUNNER = CliRunner()


def test_the_schema_is_valid_and_takes_an_annotation() -> None:
    schema = json.loads(RUNNER.invoke(app, ["schema"]).stdout)
    Draft202012Validator.check_schema(schema)
    document = Annotation(id="d", sha256="0" * 64, source="a.txt", text="").model_dump(mode="json")
    assert not list(Draft202012Validator(schema).iter_errors(document))


def test_info_names_the_model_and_the_extras() -> None:
    result = RUNNER.invoke(app, ["info"])
    assert result.exit_code == 0, result.output
    for word in ("renzhi", "spacy", "model", "extra train", "extra serve"):
        assert word in result.output
