"""Tests that the form of content is told by its name and beginning."""

import pytest

from comity.desk.input_forms import form_of


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("drop.json", b'{"type":"bundle"}', "stix"),
        ("drop.json", b'{"Event":{"info":"x"}}', "misp"),
        ("pasted", b'[{"Event":{}}]', "misp"),
        ("pasted", b"locker.example", "csv"),
        ("drop.csv", b"value\n", "csv"),
        ("drop.json", b"no stix at all", "stix"),
    ],
)
def test_the_form_is_told(name: str, body: bytes, form: str) -> None:
    assert form_of(name, body) == form
