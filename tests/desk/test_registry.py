"""Tests that every verb has a name of noun and verb, typed shapes, and an answer that travels."""

import inspect
import typing

import msgspec
import pytest

from comity.desk.registry import VERBS
from comity.desk.verb import Verb


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: str(verb.name))
def test_a_verb_is_what_its_entry_says(verb: Verb) -> None:
    assert VERBS[verb.name] is verb
    hints = typing.get_type_hints(verb.function)
    names = list(inspect.signature(verb.function).parameters)
    assert names[:3] == ["node", "actor", "request"]
    assert hints["request"] is verb.request
    assert hints["return"] is verb.answer


@pytest.mark.parametrize("verb", VERBS.values(), ids=lambda verb: str(verb.name))
def test_requests_and_answers_have_a_schema(verb: Verb) -> None:
    for shape in (verb.request, verb.answer):
        assert msgspec.json.schema(shape)["$ref"]
