"""Tests that an answer names the clause and the fact, that the fact is the right one, and that ends are named."""

from pathlib import Path

import pytest

from comity.desk.add_reader import AddReaderRequest, add_reader
from comity.desk.explain_release import ExplainReleaseRequest, ReleaseExplained, explain_release
from comity.desk.import_items import ImportItemsRequest, import_items
from comity.desk.node_type import Node
from comity.errors import NotFound, UsageError
from comity.values import Json
from tests.support.desks import ARRANGEMENT, OFFICER, an_object, freedonia, take_in, under

PERSONAL = """
[[clause]]
article = "6"
kind = "withhold"
personal_data = true
text.en = "Personal data are not exchanged."
"""


def asked(node: Node, obj: dict[str, Json], to: str = "ruritania-csirt") -> ReleaseExplained:
    return explain_release(node, OFFICER, ExplainReleaseRequest(id=str(obj["id"]), to=to))


def test_a_release_names_its_clause(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, one)
        answer = asked(node, one)
    assert answer.released
    assert answer.explanation.decision.clauses == ("free-ruri-2031/4(1)",)
    assert "free-ruri-2031/4(1)" in answer.sentence


def test_a_marking_too_high_is_the_one_fact_and_mending_it_releases(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, one, tlp="amber")
        before = asked(node, one)
        take_in(node, tmp_path, one | {"modified": "2031-02-09T00:00:00.000Z"}, tlp="green")
        after = asked(node, one)
    (missing,) = before.explanation.missing
    assert (before.released, missing.fact, missing.is_now, missing.would_be) == (False, "tlp", "amber", "green")
    assert before.explanation.nearest == ("free-ruri-2031/4(1)",)
    assert after.released


def test_a_refusal_names_the_clause_that_forbids(tmp_path: Path) -> None:
    person = an_object("indicator", 1, pattern="[email-addr:value = 'a.person@ministry.example']")
    with freedonia(tmp_path) as node:
        under(node, ARRANGEMENT + PERSONAL)
        take_in(node, tmp_path, person)
        answer = asked(node, person)
    assert not answer.released
    assert answer.explanation.decision.clauses == ("free-ruri-2031/6",)
    assert answer.explanation.missing[0].fact == "personal"


def test_an_end_that_is_not_visible_is_named(tmp_path: Path) -> None:
    actor, malware = an_object("threat-actor", 1), an_object("malware", 2)
    link = an_object("relationship", 3, relationship_type="uses", source_ref=actor["id"], target_ref=malware["id"])
    lost = an_object("relationship", 4, relationship_type="uses", source_ref="malware--none", target_ref=malware["id"])
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, actor, malware, link, lost)
        hidden, dangling = asked(node, link), asked(node, lost)
    assert [(end.by, end.what) for end in hidden.hindered] == [("end-not-visible", actor["id"])]
    assert [(end.by, end.what) for end in dangling.hindered] == [("end-not-held", "malware--none")]
    assert not hidden.released
    assert str(actor["id"]) in hidden.sentence


def test_an_embargo_is_named_with_its_end(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, an_object("indicator", 9))
        file = tmp_path / "later.json"
        file.write_text((tmp_path / "taken.json").read_text().replace("000000000009", "000000000001"))
        request = ImportItemsRequest(paths=(str(file),), default_tlp="green", embargo_until="2031-05-01")
        import_items(node, OFFICER, request)
        answer = asked(node, one)
    assert [(hindrance.by, hindrance.what) for hindrance in answer.hindered] == [
        ("embargo", "2031-05-01T00:00:00.000Z")
    ]


def test_a_party_without_agreement_is_told_so(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        under(node)
        take_in(node, tmp_path, one)
        answer = asked(node, one, to="northwind-energy")
    assert not answer.released
    assert not answer.explanation.covered


def test_a_creator_goes_with_what_names_it(tmp_path: Path) -> None:
    creator = an_object("identity", 1, identity_class="organization")
    named = an_object("indicator", 2, created_by_ref=creator["id"])
    with freedonia(tmp_path) as node:
        under(node)
        add_reader(node, OFFICER, AddReaderRequest(party="ruritania-csirt"))
        take_in(node, tmp_path, creator)
        alone = asked(node, creator)
        take_in(node, tmp_path, named)
        along = asked(node, creator)
    assert (alone.released, alone.along) == (False, True)
    assert (along.released, along.along) == (True, True)


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    one = an_object("indicator", 1)
    with freedonia(tmp_path) as node:
        take_in(node, tmp_path, one)
        with pytest.raises(NotFound):
            asked(node, one, to="nobody")
        with pytest.raises(NotFound):
            asked(node, an_object("indicator", 2))
        with pytest.raises(UsageError):
            asked(node, one, to="freedonia-csirt")
