"""Tests that a mail is kept byte for byte and once, and that what was taken out of it stays named."""

from comity.records.mail_items import artifact_of, body_in, grouping_id, grouping_of
from comity.values import instant

NOW, LATER = instant("2031-03-01T12:00:00Z"), instant("2031-03-02T12:00:00Z")
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
MAIL = "artifact--1"
BODY = b"From: a\r\n\r\n\xff\0"


def test_an_artifact_holds_the_very_bytes_under_red() -> None:
    artifact = artifact_of("freedonia-csirt", BODY, "eml", {"from": "a", "to": ""})
    assert body_in(artifact) == BODY
    assert (artifact["object_marking_refs"], artifact["x_comity_mail"]) == ([RED], {"from": "a"})
    assert artifact == artifact_of("freedonia-csirt", BODY, "eml", {"from": "a"})
    assert artifact["id"] != artifact_of("ruritania-csirt", BODY, "eml", {})["id"]


def test_what_is_no_mail_of_ours_gives_no_bytes() -> None:
    artifact = artifact_of("freedonia-csirt", BODY, "eml", {})
    assert body_in(artifact | {"payload_bin": "%%%"}) is None
    assert body_in({key: value for key, value in artifact.items() if key != "x_comity_mail"}) is None
    assert body_in({"x_comity_mail": {}}) is None


def test_a_grouping_keeps_what_it_named_before() -> None:
    first = grouping_of("freedonia-csirt", BODY, MAIL, "Locker", [("indicator--1", "one.")], None, NOW)
    assert first["id"] == grouping_id("freedonia-csirt", BODY) and first["object_marking_refs"] == [RED]
    assert grouping_of("freedonia-csirt", BODY, MAIL, "Locker", [("indicator--1", "one.")], first, LATER) == first
    more = grouping_of("freedonia-csirt", BODY, MAIL, "Locker", [("indicator--2", "two.")], first, LATER)
    assert [str(ref)[:12] for ref in more["object_refs"]][1:] == ["indicator--1", "indicator--2"]  # type: ignore[union-attr]
    assert (more["description"], more["created"]) == ("one.\ntwo.", first["created"])
    assert grouping_of("freedonia-csirt", BODY, MAIL, "", [], None, NOW)["name"] == "(no subject)"
