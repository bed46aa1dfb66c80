"""Clauses are read by their kind; a condition that the kind does not have is refused, never ignored."""

import pytest

from comity.errors import AgreementRejected
from comity.rooms.release.clauses import CARRIED_KINDS, WORKING_KINDS, read_clause
from comity.rooms.release.fields import TomlTable
from comity.values import Instant, Tlp

PARTIES = frozenset({"freedonia", "ruritania", "northwind"})
NEEDED: dict[str, TomlTable] = {
    "share": {"tlp_at_most": "amber"},
    "forward": {"tlp_at_most": "TLP:AMBER+STRICT"},
    "withhold": {"personal_data": True},
    "use_limit": {"purpose": "network defence"},
    "redact": {"properties": ["description"]},
}


def read(kind: str, **conditions: object) -> object:
    return read_clause({"article": "1", "kind": kind, **conditions}, "agr", "clause[0]", PARTIES)


@pytest.mark.parametrize("kind", WORKING_KINDS)
def test_each_working_kind_is_read_with_what_it_needs(kind: str) -> None:
    clause = read_clause({"article": "1", "kind": kind, **NEEDED[kind]}, "agr", "clause[0]", PARTIES)

    assert (clause.id, clause.kind, clause.works) == ("agr/1", kind, True)


@pytest.mark.parametrize("kind", CARRIED_KINDS)
def test_each_carried_kind_keeps_its_words_and_fields(kind: str) -> None:
    table: TomlTable = {
        "article": "9",
        "kind": kind,
        "text": {"en": "Each party names a point of contact."},
        "deadline": "PT24H",
        "hours": 24,
        "binding": True,
        "who": ["a", "b"],
    }
    clause = read_clause(table, "agr", "clause[0]", PARTIES)

    assert not clause.works
    assert dict(clause.text)["en"] == "Each party names a point of contact."
    assert clause.extra == (("deadline", "PT24H"), ("hours", "24"), ("binding", "true"), ("who", "a, b"))


BAD: tuple[tuple[str, TomlTable, str, str], ...] = (
    ("gift", {}, "kind", "one of: share"),
    ("share", {"tlp_at_most": None}, "tlp_at_most", "required"),
    ("forward", {"tlp_at_most": None}, "tlp_at_most", "required"),
    ("share", {"tlp_at_most": "pink"}, "tlp_at_most", "clear, green, amber"),
    ("share", {"tlp_at_most": 3}, "tlp_at_most", "clear, green, amber"),
    ("share", {"tlp_at_most": "red"}, "tlp_at_most", "named persons"),
    ("share", {"by": ["ruritania"]}, "by", "unknown key"),
    ("share", {"tlp_atmost": "amber"}, "tlp_atmost", "did you mean tlp_at_most"),
    ("share", {"originators": ["ruritania"]}, "originators", "unknown key"),
    ("share", {"types": ["x-custom"]}, "types[0]", "other"),
    ("share", {"types": []}, "types", "at least one"),
    ("share", {"types": "indicator"}, "types", "list"),
    ("share", {"types": [1]}, "types[0]", "quotes"),
    ("share", {"types": ["file", "file"]}, "types", "twice"),
    ("share", {"categories": ["thing"]}, "categories[0]", "one of"),
    ("share", {"to": ["syldavia"]}, "to[0]", "not among the parties"),
    ("share", {"from": ["ruritania"], "to": ["ruritania"]}, "to", "concerns nobody"),
    ("share", {"classification_at_most": 5}, "classification_at_most", "0 to 4"),
    ("share", {"classification_at_most": True}, "classification_at_most", "0 to 4"),
    ("share", {"personal_data": "no"}, "personal_data", "true or false"),
    ("share", {"text": "words"}, "text", "name the language"),
    ("share", {"text": {"en": ""}}, "text.en", "quotes"),
    ("withhold", {"personal_data": None}, "kind", "needs a condition"),
    ("withhold", {"personal_data": False}, "personal_data", "only true"),
    ("withhold", {"tlp_at_most": "amber"}, "tlp_at_most", "unknown key"),
    ("use_limit", {"purpose": None}, "purpose", "required"),
    ("redact", {"properties": None}, "properties", "required"),
    ("redact", {"properties": ["object_marking_refs"]}, "properties[0]", "cannot be dropped"),
    ("redact", {"properties": ["Name"]}, "properties[0]", "as STIX has it"),
    ("poc", {"nested": {"a": 1}}, "nested", "plain value"),
    ("poc", {"nested": [[1]]}, "nested", "plain value"),
    ("poc", {"number": float("nan")}, "number", "finite"),
)


@pytest.mark.parametrize(("kind", "conditions", "key", "advice"), BAD, ids=lambda value: repr(value)[:40])
def test_what_is_not_sound_is_refused_with_its_place(kind: str, conditions: TomlTable, key: str, advice: str) -> None:
    given = {**NEEDED.get(kind, {}), **conditions}
    with pytest.raises(AgreementRejected, match=advice) as refused:
        read(kind, **{name: value for name, value in given.items() if value is not None})
    assert refused.value.path == f"clause[0].{key}"


@pytest.mark.parametrize("article", [None, 4, "", " 4", 'a"b', "a\\b", "a\nb", "x" * 61, "a\u202eb"])
def test_an_article_is_a_short_printable_text(article: object) -> None:
    table: TomlTable = {"article": article, "kind": "poc"}
    with pytest.raises(AgreementRejected):
        read_clause({key: value for key, value in table.items() if value is not None}, "agr", "clause[0]", PARTIES)


def test_articles_of_any_script_are_read() -> None:
    table: TomlTable = {"article": "ст. 4/§ 2", "kind": "share", "tlp_at_most": "clear"}

    assert read_clause(table, "agr", "clause[0]", PARTIES).tlp_at_most is Tlp.CLEAR


def test_a_clause_ends_after_it_starts() -> None:
    from datetime import date

    clause = read_clause(
        {"article": "1", "kind": "withhold", "types": ["file"], "starts": date(2026, 1, 1), "ends": date(2026, 1, 2)},
        "agr",
        "clause[0]",
        PARTIES,
    )
    assert clause.ends == Instant((clause.starts or 0) + 86_400_000)
    with pytest.raises(AgreementRejected, match="after starts"):
        read("share", tlp_at_most="amber", starts=date(2026, 1, 2), ends=date(2026, 1, 2))
