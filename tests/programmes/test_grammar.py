from __future__ import annotations

import re
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from casework.programmes import grammar
from casework.programmes.values import Keyed
from casework.programmes.vocabulary import CHECKS, EVENTS, PLACEHOLDERS, REQUIRED_LISTS, ROLES, WORDS

DOCS = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text(encoding="utf-8")
# The keys as the reference shows them; the example alone does not explain a key.
SPANS = re.findall(r"`([^`\n]+)`", DOCS.partition("## Every key")[2])
EXPLAINED = {word for span in SPANS for word in re.findall(r"[a-z_0-9]+", span)}


def keys_of(shape: type[Schema]) -> set[str]:
    keys: set[str] = set()
    for name, field in shape._declared_fields.items():
        keys.add(field.data_key or name)
        inner = field
        while isinstance(inner, fields.List | Keyed):
            inner = inner.inner
        if isinstance(inner, fields.Nested):
            keys |= keys_of(type(inner.schema))
    return keys


@pytest.mark.parametrize("key", sorted(keys_of(grammar.ProgrammeShape) | keys_of(grammar.CommonShape)))
def test_the_documentation_explains_every_key(key):
    assert key in EXPLAINED


@pytest.mark.parametrize("word", sorted({*CHECKS, *EVENTS, *PLACEHOLDERS, *REQUIRED_LISTS, *ROLES, *WORDS}))
def test_the_documentation_names_every_word_a_key_may_hold(word):
    assert word in EXPLAINED


def test_a_key_path_reads_like_the_file():
    assert grammar.join(grammar.join(grammar.join("stage", 2), "moves"), 0) == "stage[2].moves[0]"
