"""Tests that an agreement's text is held once, whole, and binds nobody by being held."""

from pathlib import Path

import pytest

from comity.desk.add_agreement import AddAgreementRequest, add_agreement
from comity.errors import AgreementRejected, Conflict, NotFound
from tests.support.desks import ARRANGEMENT, OFFICER, freedonia


def test_a_text_that_is_held_binds_nobody(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        view = add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode()))
    assert (view.state, view.adhered) == ("not-adhered", ())
    assert [clause.operational for clause in view.clauses] == [False]


def test_an_id_is_taken_once_and_the_answer_says_by_which_text(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode()))
        with pytest.raises(Conflict, match="with the same text"):
            add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode()))
        with pytest.raises(Conflict, match="with another text"):
            add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode() + b"\n# amended\n"))


def test_a_party_unknown_here_is_named(tmp_path: Path) -> None:
    text = ARRANGEMENT.replace('"ruritania-csirt"]', '"sylvania-csirt"]')
    with freedonia(tmp_path) as node, pytest.raises(NotFound, match="sylvania-csirt"):
        add_agreement(node, OFFICER, AddAgreementRequest(text=text.encode()))


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"id = 3", b"[[clause]]", b"x" * 2_000_000])
def test_an_unsound_text_is_rejected_and_nothing_is_kept(tmp_path: Path, text: bytes) -> None:
    with freedonia(tmp_path) as node:
        with pytest.raises(AgreementRejected):
            add_agreement(node, OFFICER, AddAgreementRequest(text=text))
        add_agreement(node, OFFICER, AddAgreementRequest(text=ARRANGEMENT.encode()))
