import pytest

from comity.catalogue.read import load_catalogue
from comity.records.personal import PersonalRule, index_rules, personal_data
from comity.values import Json, JsonObject

RULES = load_catalogue().personal


def an_indicator(pattern: str, **fields: Json) -> JsonObject:
    return {"type": "indicator", "pattern": pattern, "pattern_type": "stix", **fields}


@pytest.mark.parametrize(
    "obj",
    [
        {"type": "email-addr", "value": "jo@example.com"},
        {"type": "email-message", "is_multipart": False},
        {"type": "user-account", "user_id": "jo"},
        {"type": "identity", "identity_class": "individual", "name": "Jo"},
        {"type": "identity", "identity_class": "organization", "contact_information": "desk@example.com"},
        {"type": "x-acme", "contact_information": "+1"},
        {"type": "note", "authors": ["Jo"]},
        {"type": "url", "value": "https://x.example/?mail=jo@example.com"},
        an_indicator("[email-addr:value = 'jo@example.com']"),
        an_indicator("[ email-message /* x */ : from_ref.value = 'x']"),
        an_indicator("[user-account:user_id = 'jo']"),
        an_indicator("[url:value = 'http://x/?m=jo@example.com']"),
    ],
)
def test_what_concerns_a_person_is_personal(obj: JsonObject) -> None:
    assert personal_data(obj, RULES) == "yes"


@pytest.mark.parametrize(
    "obj",
    [
        an_indicator("[ipv4-addr:value = '198.51.100.1']"),
        an_indicator("[domain-name:value = 'x-files.example' OR url:value = 'http://a/x-b:8/']"),
        {"type": "indicator", "pattern": "[file:name = 'a']"},
        an_indicator("rule a {}", pattern_type="yara"),
        {"type": "ipv4-addr", "value": "198.51.100.1"},
        {"type": "identity", "identity_class": "organization", "name": "Example"},
        {"type": "observed-data", "object_refs": ["ipv4-addr--1"]},
        {"type": "attack-pattern", "x_mitre_contributors": ["Jo"]},
    ],
)
def test_technical_facts_are_not_counted_as_personal(obj: JsonObject) -> None:
    assert personal_data(obj, RULES) == "no"


@pytest.mark.parametrize(
    "obj",
    [
        {},
        {"type": 5},
        {"type": "x-acme-person", "name": "Jo"},
        {"type": "identity", "name": "Jo"},
        {"type": "identity", "identity_class": "unknown"},
        {"type": "observed-data", "objects": {"0": {"type": "ipv4-addr", "value": "198.51.100.1"}}},
        {"type": "threat-actor", "resource_level": "individual"},
        {"type": "process", "command_line": "x"},
        {"type": "indicator", "pattern_type": "stix"},
        {"type": "indicator", "pattern": ["x"], "pattern_type": "acme"},
        an_indicator("x", pattern_type="acme-rules"),
        an_indicator("[x-acme-person:name = 'Jo']"),
        {"type": "language-content", "contents": {}},
    ],
)
def test_what_nobody_can_judge_is_undetermined(obj: JsonObject) -> None:
    assert personal_data(obj, RULES) == "undetermined"


def test_the_strictest_rule_wins_in_any_order() -> None:
    def rule(name: str, **fields: object) -> PersonalRule:
        return PersonalRule(id=name, reason="-", source="-", checked="2031-01-01", verified=True, **fields)  # type: ignore[arg-type]  # made by name

    rules = [
        rule("a", answer="no", types=("x",)),
        rule("b", answer="yes", has=("p",)),
        rule("c", answer="undetermined", types=("x",)),
    ]
    for order in (rules, rules[::-1]):
        assert personal_data({"type": "x"}, index_rules(order)) == "undetermined"
        assert personal_data({"type": "x", "p": 1}, index_rules(order)) == "yes"


def test_a_rule_for_every_type_must_ask_for_something() -> None:
    rule = PersonalRule(id="a", answer="no", reason="-", source="-", checked="2031-01-01", verified=True)
    with pytest.raises(ValueError, match="must ask for a property"):
        index_rules([rule])


def test_a_long_pattern_is_read_in_a_moment() -> None:
    assert personal_data(an_indicator("a@" * 1_000_000), RULES) == "no"
    assert personal_data(an_indicator(" x-" * 1_000_000), RULES) == "no"
