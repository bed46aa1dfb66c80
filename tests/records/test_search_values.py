import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.records.search_values import LONGEST_VALUE, MOST_VALUES, search_values
from comity.values import Json


def of_pattern(pattern: str) -> tuple[tuple[str, str], ...]:
    return search_values({"type": "indicator", "pattern": pattern, "pattern_type": "stix"})


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[domain-name:value = 'Example.COM']", (("domain-name:value", "example.com"),)),
        (
            "[ipv4-addr:value IN ('198.51.100.1', '198.51.100.2') OR url:value='https://example.com/']",
            (
                ("ipv4-addr:value", "198.51.100.1"),
                ("ipv4-addr:value", "198.51.100.2"),
                ("url:value", "https://example.com/"),
            ),
        ),
        (
            "[file:hashes.MD5 = 'AB' AND file:hashes.'SHA-256' = 'cd']",
            (("file:hashes.'MD5'", "ab"), ("file:hashes.'SHA-256'", "cd")),
        ),
        (r"[file:name = 'it\'s [url:value = x' ]", (("file:name", "it's [url:value = x"),)),
        ("[file:name NOT LIKE 'a%'] FOLLOWED BY [mutex:name = 'm']", (("file:name", "a%"), ("mutex:name", "m"))),
        ("[windows-registry-key:values[*].data = 'x']", (("windows-registry-key:values[*].data", "x"),)),
        ("[domain-name:value = 'example[.]com']", (("domain-name:value", "example[.]com"),)),
        ("[file:size > 10]", ()),
        ("[url:value = 'never ends", ()),
    ],
)
def test_the_texts_that_a_pattern_compares_with_are_found(pattern: str, values: tuple[tuple[str, str], ...]) -> None:
    assert of_pattern(pattern) == values


def test_a_pattern_of_another_language_is_not_read() -> None:
    assert search_values({"type": "indicator", "pattern": "[url:value = 'x']", "pattern_type": "sigma"}) == ()


def test_names_aliases_and_catalogue_ids_are_found() -> None:
    values = search_values(
        {
            "type": "intrusion-set",
            "name": " APT 0 ",
            "aliases": ["Quiet Otter", "APT 0"],
            "external_references": [
                {"source_name": "mitre-attack", "external_id": "G0001"},
                {"source_name": "cve", "external_id": "CVE-2031-0001"},
                {"source_name": "blog"},
            ],
        }
    )

    assert values == (
        ("external-id", "g0001"),
        ("external-id", "cve-2031-0001"),
        ("name", "apt 0"),
        ("name", "quiet otter"),
    )


def test_an_observable_and_its_hashes_are_found_under_the_paths_of_patterns() -> None:
    values = search_values({"type": "file", "name": "A.exe", "hashes": {"MD5": "AB", "ssdeep": "3:a"}})

    assert values == (("file:name", "a.exe"), ("file:hashes.'MD5'", "ab"), ("file:hashes.'SSDEEP'", "3:a"))


def test_observables_inside_observed_data_are_found() -> None:
    objects: Json = {
        "0": {"type": "ipv4-addr", "value": "198.51.100.1"},
        "1": {"type": "autonomous-system", "number": 5},
    }

    assert search_values({"type": "observed-data", "objects": objects}) == (
        ("ipv4-addr:value", "198.51.100.1"),
        ("autonomous-system:number", "5"),
    )


def test_an_item_gives_at_most_sixty_four_values_of_bounded_length() -> None:
    aliases: list[Json] = [f"alias {n}" for n in range(500)]

    assert len(search_values({"type": "tool", "name": "t", "aliases": aliases})) == MOST_VALUES
    assert len(of_pattern("[" + " OR ".join(f"url:value = '{n}'" for n in range(500)) + "]")) == MOST_VALUES
    assert search_values({"type": "tool", "name": "x" * (LONGEST_VALUE + 1)}) == ()


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        "\\'",
        "a",
        "a:",
        "a-",
        "a:a.",
        "a:[0]",
        "a:b = '",
        "a:b IN (",
        "'x',",
        "a:'",
        "a:'b:'",
        "Aa",
        " ",
        "\\",
        "a:b=",
    ],
)
@pytest.mark.parametrize("start", ["", "[a:b = '", "[a:b IN (", "'", "a:"])
def test_a_hostile_pattern_of_a_million_characters_takes_linear_time(start: str, unit: str) -> None:
    pattern = start + unit * (1_000_000 // len(unit))
    began = time.perf_counter()

    of_pattern(pattern)

    assert time.perf_counter() - began < 1.0


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["name", "aliases", "external_references", "pattern", "pattern_type", "hashes", "objects", "value", "number"]


@given(
    st.sampled_from(["indicator", "file", "observed-data", "ipv4-addr", "x"]),
    st.dictionaries(st.sampled_from(KEYS), anything),
)
def test_values_of_any_object_are_in_normal_form(kind: str, properties: dict[str, Json]) -> None:
    for name, value in search_values({"type": kind, **properties}):
        assert name
        assert value == value.strip()
        assert value == value.lower()
