"""An agreement is read strictly: what is not understood is refused with its place and what to write instead."""

import re
from pathlib import Path

import pytest

from comity.errors import AgreementRejected
from comity.rooms.release.agreements import LARGEST_TEXT_BYTES, read_agreement, said
from comity.values import Tlp, instant

GUIDE = (Path(__file__).parents[3] / "docs/guides/agreements.md").read_text(encoding="utf-8")

FULL = """
id = "free-ruri-2026"
title.en = "Freedonia-Ruritania arrangement on cyber threat information"
parties = ["freedonia-csirt", "ruritania-csirt"]
in_force_from = 2026-01-01
review_by = 2027-01-01

[[clause]]
article = "4(1)"
kind = "share"
from = ["freedonia-csirt"]
to = ["ruritania-csirt"]
types = ["indicator", "malware", "attack-pattern", "intrusion-set", "relationship", "identity"]
tlp_at_most = "amber"
text.en = "Freedonia's CSIRT provides indicators and related knowledge marked up to TLP:AMBER."

[[clause]]
article = "6"
kind = "withhold"
personal_data = true
text.en = "Personal data are not exchanged under this arrangement."
"""
HEAD = FULL.partition("[[clause]]")[0]
CLAUSE = '[[clause]]\narticle = "1"\nkind = "share"\ntlp_at_most = "amber"\n'


def test_the_example_of_the_guide_is_read() -> None:
    agreement = read_agreement(FULL.encode())

    share, withhold = agreement.clauses
    assert (agreement.id, agreement.form) == ("free-ruri-2026", "arrangement")
    assert agreement.in_force_from == instant("2026-01-01")
    assert (share.id, share.tlp_at_most, share.to) == ("free-ruri-2026/4(1)", Tlp.AMBER, ("ruritania-csirt",))
    assert withhold.personal_data is True
    assert said(withhold.text) == "Personal data are not exchanged under this arrangement."


def test_times_carry_their_zone_and_dates_mean_midnight() -> None:
    text = HEAD.replace("2026-01-01", "2026-01-01T02:00:00+02:00") + CLAUSE
    assert read_agreement(text.encode()).in_force_from == instant("2026-01-01")

    with pytest.raises(AgreementRejected, match="needs its zone"):
        read_agreement(text.replace("+02:00", "").encode())


def test_a_sharing_group_without_clauses_shares_its_members_own_holdings() -> None:
    text = HEAD.replace("review_by", 'form = "sharing-group"\ntlp_at_most = "green"\nreview_by')

    (membership,) = read_agreement(text.encode()).clauses

    assert (membership.id, membership.kind, membership.tlp_at_most) == (
        "free-ruri-2026/membership",
        "share",
        Tlp.GREEN,
    )


def test_every_clause_and_group_of_the_guide_is_read() -> None:
    head = HEAD.replace('"ruritania-csirt"]', '"ruritania-csirt", "northwind-energy"]')
    clauses = re.findall(r"```toml clause\n(.*?)```", GUIDE, re.DOTALL)
    (group,) = re.findall(r"```toml group\n(.*?)```", GUIDE, re.DOTALL)

    read = read_agreement((head + "".join(clauses)).encode()).clauses
    assert [clause.kind for clause in read] == ["share", "forward", "withhold", "use_limit", "redact"]
    assert read_agreement(group.encode()).clauses[0].article == "membership"


def changed(old: str, new: str) -> str:
    assert old in HEAD
    return HEAD.replace(old, new) + CLAUSE


BAD_HEADS = (
    (changed('id = "free-ruri-2026"', ""), "id", "required|lower-case"),
    (changed("free-ruri-2026", "Free Ruri"), "id", "lower-case"),
    (changed("free-ruri-2026", "handling"), "id", "reserved"),
    (changed("title.en", "titel.en"), "title", "required"),
    (changed("title.en", "title.English"), "title.English", "language"),
    (changed(', "ruritania-csirt"', ""), "parties", "at least two"),
    (changed("ruritania-csirt", "freedonia-csirt"), "parties", "twice"),
    (changed("ruritania-csirt", "Ruritania CSIRT"), "parties[1]", "ruritania-csirt"),
    (changed("2026-01-01", '"2026-01-01"'), "in_force_from", "without quotes"),
    (changed("in_force_from = 2026-01-01", ""), "in_force_from", "required"),
    (changed("review_by", "in_force_until = 2025-01-01\nreview_by"), "in_force_until", "after"),
    (changed("review_by", "revue_by"), "revue_by", "did you mean review_by"),
    (changed("review_by", 'form = "pact"\nreview_by'), "form", "one of"),
    (changed("review_by", 'tlp_at_most = "amber"\nreview_by'), "tlp_at_most", "only a sharing group"),
    (changed("review_by", 'form = "sharing-group"\ntlp_at_most = "red"\nreview_by'), "tlp_at_most", "RED"),
    (
        HEAD.replace("review_by", 'form = "sharing-group"\nreview_by') + CLAUSE.replace("share", "poc"),
        "tlp_at_most",
        "up to",
    ),
    (HEAD, "clause", "at least one"),
    (HEAD + "clause = 3", "clause", "two brackets"),
    (HEAD + "clause = [3]", "clause[0]", "own"),
    (HEAD + CLAUSE + CLAUSE, "clause[1].article", "already"),
    ("id = ", "", "not TOML"),
    ("x = " + "[" * 10_000, "", "not TOML"),
    ("x = " + "9" * 10_000, "", "not TOML"),
    (HEAD + "[[clause]]\n" * 2_001, "clause", "at most 2000"),
)


@pytest.mark.parametrize(("text", "path", "advice"), BAD_HEADS, ids=[f"{p}-{a}"[:40] for _, p, a in BAD_HEADS])
def test_what_is_not_sound_is_refused_with_its_place_and_advice(text: str, path: str, advice: str) -> None:
    with pytest.raises(AgreementRejected, match=advice) as refused:
        read_agreement(text.encode())
    assert refused.value.path == path


def test_text_that_is_too_large_or_not_utf8_is_refused() -> None:
    with pytest.raises(AgreementRejected, match="larger than"):
        read_agreement(b"#" * (LARGEST_TEXT_BYTES + 1))
    with pytest.raises(AgreementRejected, match="UTF-8"):
        read_agreement(b'id = "\xff"')


def test_words_are_given_in_the_language_asked_for_or_english_or_any() -> None:
    assert said((("fr", "oui"), ("en", "yes")), "fr") == "oui"
    assert said((("fr", "oui"), ("en", "yes")), "de") == "yes"
    assert said((("fr", "oui"),), "de") == "oui"
    assert said(()) == ""
