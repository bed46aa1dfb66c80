import pytest

from comity.records.schemes import Meaning, Scheme, SchemeLevel, index_schemes, plain, strictest
from comity.values import Tlp


def a_scheme(name: str, *levels: SchemeLevel) -> Scheme:
    return Scheme(
        id=name, title=name, source="-", checked="2031-01-01", verified=True, levels=levels, definition_types=(name,)
    )


INDEX = index_schemes(
    (
        a_scheme("one", SchemeLevel(id="s", texts=("SECRET",), classification=3)),
        a_scheme("two", SchemeLevel(id="s", texts=("Secret", "S/X"), classification=2, originator_control=True)),
        a_scheme("three", SchemeLevel(id="no", texts=("NOFORN",), refuses=True)),
    )
)


@pytest.mark.parametrize("text", ["TRÈS  Secret", "tres secret", " Classification: Très Secret ", "TRE\u0300S SECRET"])
def test_case_accents_spaces_and_the_lead_do_not_matter(text: str) -> None:
    assert plain(text) == "tres secret"


def test_a_text_of_two_schemes_has_the_stricter_meaning() -> None:
    assert INDEX.of_statement("secret") == Meaning(classification=3, originator_control=True, flags=("one:s", "two:s"))


def test_an_announced_scheme_is_read_alone() -> None:
    assert INDEX.of_type("ONE", "secret") == Meaning(classification=3, flags=("one:s",))
    assert INDEX.of_type("one", "S/X") is None
    assert INDEX.of_type("four", "secret") is None


def test_a_caveat_that_nobody_knows_refuses() -> None:
    known = INDEX.of_statement("SECRET//NOFORN")
    assert known is not None and known.refuses and known.flags == ("one:s", "three:no", "two:s")
    unread = INDEX.of_statement("SECRET//SI/NOFORN")
    assert unread is not None and unread.refuses and "unread-caveat" in unread.flags


def test_prose_is_no_marking() -> None:
    assert INDEX.of_statement("It is a secret.") is None
    assert INDEX.of_statement("https://example.com//NOFORN") is None
    assert INDEX.of_statement("secret" + " " * 500) is None


def test_the_strictest_of_nothing_asks_nothing() -> None:
    assert strictest(()) == Meaning()
    assert strictest((Meaning(tlp=Tlp.GREEN), Meaning(tlp=Tlp.RED))).tlp is Tlp.RED
