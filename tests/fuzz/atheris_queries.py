"""Feeds mutated query strings to the TAXII door's reader; what is read must lie within its limits.

Run by test_fuzz_taxii_query, or by hand: `python tests/fuzz/atheris_queries.py -max_total_time=600 CORPUS`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["comity.taxii.query", "comity.values"]):
    from comity.errors import UsageError
    from comity.taxii.query import MAX_TOKEN_CHARS, MAX_VALUES, read_query

PAGE_LIMIT = 1000


def one_input(content: bytes) -> None:
    """Read the bytes as a query string."""
    try:
        found = read_query(content, page_limit=PAGE_LIMIT)
    except UsageError as refusal:
        assert str(refusal)
        return
    assert 1 <= found.limit <= PAGE_LIMIT
    assert found.added_after_ms is None or abs(found.added_after_ms) < 2**50
    assert found.after is None or 0 < len(found.after) <= MAX_TOKEN_CHARS
    assert found.versions
    assert all(isinstance(one, int) or one in {"first", "last", "all"} for one in found.versions)
    for values in (found.ids, found.types, found.versions, found.spec_versions):
        assert len(values) == len(set(values)) <= MAX_VALUES
    for text in (*found.ids, *found.types, *found.spec_versions):
        assert text and text == text.strip() and "," not in text and text.encode()


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
