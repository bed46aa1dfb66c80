import msgspec
import pytest

from comity.records import codec, reference
from comity.records.base import kind_of
from comity.records.kinds import KINDS, Act, Agreement, Retraction

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)


@EVERY_KIND
def test_every_kind_has_an_example_that_keeps_its_own_rules(kind: type[Act]) -> None:
    act = reference.example(kind)
    assert type(act) is kind
    assert codec.decode(codec.encode(act)) == act
    assert act.exercise, "an example is never live"


@EVERY_KIND
def test_every_page_names_every_field_with_its_meaning(kind: type[Act]) -> None:
    page = reference.page(kind)
    assert page.startswith(f"# `{kind_of(kind)}`\n")
    assert kind.extension in page
    for field in kind.__struct_fields__:
        row = next(line for line in page.splitlines() if line.startswith(f"| `{field}` |"))
        assert len(row.split("|")[4].strip()) > 5, f"{field} has no meaning in the page"


def test_a_page_shows_the_parts_a_kind_is_made_of() -> None:
    page = reference.page(Retraction)
    assert "## `RetractedItem`" in page
    assert "| `items` | list of `RetractedItem` | yes |" in page


def test_a_schema_says_the_formats_and_that_fields_may_be_added() -> None:
    schema = reference.schema(Agreement)
    text = msgspec.json.encode(schema).decode()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "^[0-9a-f]{64}" in text
    assert "additionalProperties" not in text
