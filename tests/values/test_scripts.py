import pytest

from comity.values.scripts import hidden_in, scripts_of, visible


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("Freedonia CSIRT 7", ("LATIN",)),
        ("\u0421SIRT", ("CYRILLIC", "LATIN")),
        ("\u039f\u0394\u03a5", ("GREEK",)),
        ("\u6771\u4eac\u306e\u30c6", ("EAST ASIAN",)),
        ("2031 \u2013 7", ()),
    ],
)
def test_the_scripts_of_a_name_are_told(name: str, scripts: tuple[str, ...]) -> None:
    assert scripts_of(name) == scripts


def test_what_is_not_seen_is_shown_by_its_code() -> None:
    assert hidden_in("a\u202eb\u200b\n") == ("U+000A", "U+200B", "U+202E")
    assert visible("a\u202eb") == "a<U+202E>b"
    assert (hidden_in("Freedonia CSIRT"), visible("Freedonia CSIRT")) == ((), "Freedonia CSIRT")
