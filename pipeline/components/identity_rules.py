"""What ``rules/identity.toml`` says of posts whose organisation is not right before them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["IdentityRules", "identity_rules"]


@dataclass(frozen=True)
class IdentityRules:
    """The word lists of rules/identity.toml, which explains each."""

    between: frozenset[str]
    deputy: re.Pattern[str]
    heads_of_members: Mapping[str, tuple[str, ...]]
    chiefs: tuple[str, ...]
    whole_endings: tuple[str, ...]
    origin: tuple[str, ...]
    study_before: tuple[str, ...]
    study_behind: tuple[str, ...]
    no_levels: tuple[str, ...]
    department_ends: tuple[str, ...]
    never_begin: tuple[str, ...]
    longest_department: int
    institutions: tuple[str, ...]
    parties: Mapping[str, str]


@cache
def identity_rules() -> IdentityRules:
    """Read the rules; the file is read once."""
    path = resources.files("pipeline.rules").joinpath("identity.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    heads, departments = table["heads"], table["departments"]
    return IdentityRules(
        between=frozenset(table["stack"]["between"]),
        deputy=re.compile(heads["deputy"]),
        heads_of_members={title: tuple(words) for title, words in heads["members"].items()},
        chiefs=tuple(heads["chiefs"]),
        whole_endings=tuple(table["endings"]["whole"]),
        origin=tuple(table["origin"]["words"]),
        study_before=tuple(table["study"]["before"]),
        study_behind=tuple(table["study"]["behind"]),
        no_levels=tuple(table["levels"]["never"]),
        department_ends=tuple(departments["ends"]),
        never_begin=tuple(departments["never_begin"]),
        longest_department=departments["longest"],
        institutions=tuple(departments["institutions"]),
        parties=table["parties"],
    )
