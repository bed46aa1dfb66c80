"""Tests that a guest finds by words what stands in what is released to the party, and nothing by what does not."""

import json

import pytest

from comity.desk.list_released import ListReleasedRequest, list_released
from comity.errors import NotPermitted, UsageError
from tests.support.guests import BEACON, CANARY, WIPER, guest_of, shares
from tests.support.nodes import OFFICER, Freedonia, an_id, an_object


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", 3),
        ("beacon", 1),
        ("  BEACON ", 1),
        ("bad1.example", 1),
        ("it <b>wipes", 1),
        ("type", 0),
        ("created_by_ref", 0),
        ("\x00", 0),
        ("%", 0),
        ("it  <b>wipes</b>.", 1),
    ],
)
def test_words_are_found_in_values_and_not_in_names_of_properties(hub: Freedonia, words: str, found: int) -> None:
    shares(hub)
    listed = list_released(hub.node, guest_of(hub), ListReleasedRequest(words=words))
    assert len(listed.items) == found and listed.before is None


def test_what_is_written_with_escapes_is_found(hub: Freedonia) -> None:
    shares(hub)
    body = b'{"type":"tool","spec_version":"2.1","id":"tool--00000000-0000-4000-8000-000000000008",'
    body += b'"created":"2031-02-01T00:00:00.000Z","modified":"2031-02-01T00:00:00.000Z","name":"Gr\\u00FCn"}'
    hub.put(body)
    actor = guest_of(hub)
    assert [one.label for one in list_released(hub.node, actor, ListReleasedRequest(words="GRÜN")).items] == ["Grün"]


def test_words_apart_by_more_than_a_blank_are_found(hub: Freedonia) -> None:
    shares(hub)
    hub.put(json.dumps(an_object("tool", 8, name="red \u3000door"), ensure_ascii=False).encode())
    found = list_released(hub.node, guest_of(hub), ListReleasedRequest(words="red  door")).items
    assert [one.id for one in found] == [an_id("tool", 8)]


def test_a_search_for_what_is_hidden_answers_as_for_what_is_not_there(hub: Freedonia) -> None:
    shares(hub)
    hub.put(an_object("tool", 9, name="seen", created_by_ref="identity--00000000-0000-4000-8000-000000000005"))
    actor = guest_of(hub)
    for words in (CANARY, "canary", "identity--00000000-0000-4000-8000-000000000005"):
        assert list_released(hub.node, actor, ListReleasedRequest(words=words)).items == ()


def test_types_and_pages_narrow_the_list(hub: Freedonia) -> None:
    shares(hub)
    actor = guest_of(hub)
    asked = ListReleasedRequest(types=("indicator", "malware"), limit=1)
    first = list_released(hub.node, actor, asked)
    second = list_released(hub.node, actor, ListReleasedRequest(types=asked.types, limit=1, before=first.before))
    assert [one.id for one in (*first.items, *second.items)] == [WIPER, BEACON]
    assert first.before is not None and second.before is None
    with pytest.raises(UsageError):
        list_released(hub.node, actor, ListReleasedRequest(types=("a\0b",)))


def test_only_guests_ask(hub: Freedonia) -> None:
    with pytest.raises(NotPermitted):
        list_released(hub.node, OFFICER, ListReleasedRequest())
