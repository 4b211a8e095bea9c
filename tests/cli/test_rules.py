from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import main
from pipeline.cli.rules import rules_app
from pipeline.errors import ConfigError

GOOD = """
[[rule]]
id = "house-of"
relation = "affiliated_with"
pattern = "{PER:head}之家{ORG:tail}"
score = 0.9
examples = ["[李海明|PER#h]之家[云山社|ORG#t]。 => h affiliated_with t",
            "[王新竹|PER#h]之家[海州社|ORG#t]。 => h affiliated_with t"]
counter_examples = ["[李海明|PER]回家，[云山社|ORG]说。"]
"""


def run(*args):
    return CliRunner().invoke(rules_app, args)


def test_list_names_every_rule():
    result = run("list")
    assert result.exit_code == 0
    assert "title-before-name" in result.output


def test_own_file_passes(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    result = run("test", str(path))
    assert result.exit_code == 0
    assert "1 rules, 3 examples, 0 failures" in result.output


def test_failing_example_is_told(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace("之家[海州社", "的[海州社"), encoding="utf-8")
    result = run("test", str(path))
    assert result.exit_code == 1
    assert "house-of" in result.output


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("score =", "scroe =", "rule 'house-of': unknown key 'scroe'"),
        ("之家{ORG", "之家{ORGAN", "rule 'house-of': no label 'ORGAN'"),
        ("之家{ORG", "(之家{ORG", "rule 'house-of': not a regular expression"),
        ("{ORG:tail}", "{nothing}", "rule 'house-of': no lexicon class 'nothing'"),
        (":tail}", "}", "rule 'house-of': the pattern binds no 'tail'"),
        ("PER:head", "LOC:head", "the head of affiliated_with cannot be LOC"),
        ('counter_examples = ["', 'notes = ["', "rule 'house-of': unknown key 'notes'"),
        ('id = "house-of"', 'id = "serves-as"', "rule 'serves-as' is defined twice"),
        ("score = 0.9", 'score = 0.9\nblockers = ["none"]', "rule 'house-of': no blocker 'none'"),
        ('pattern = "', 'finder = "nobody"\npatter = "', "rule 'house-of'"),
        ("[[rule]]", "[[rule", "not TOML"),
    ],
)
def test_bad_file_gives_one_line(tmp_path, old, new, told):
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    result = run("test", str(path))
    assert isinstance(result.exception, ConfigError)
    message = str(result.exception)
    assert message.startswith(str(path))
    assert told in message
    assert "\n" not in message


def test_missing_file_and_place():
    assert isinstance(run("test", "no-such.toml").exception, ConfigError)
    for place in ("page.txt", "page.txt:", "page.txt:x", "page.txt:²"):
        assert isinstance(run("explain", place).exception, ConfigError)


def test_command_leaves_with_two(tmp_path, monkeypatch, capsys):
    path = tmp_path / "own.toml"
    path.write_text("rule = 3", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["renzhi", "rules", "test", str(path)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"renzhi: {path}")
    assert len(told.splitlines()) == 1
