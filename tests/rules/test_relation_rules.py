from __future__ import annotations

import pytest

from pipeline.components.relations.check import check_rule
from pipeline.components.relations.rules import load_rules
from pipeline.schema import RelationType

RULES = load_rules()


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.spec.id)
def test_examples_of_rule(rule):
    assert check_rule(RULES, rule) == []


def test_every_relation_has_a_rule():
    assert {rule.spec.relation for rule in RULES.rules} == set(RelationType)
