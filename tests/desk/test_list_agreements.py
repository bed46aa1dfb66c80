"""Tests that agreements are shown with their standing and their text to the last byte."""

from pathlib import Path

import pytest

from comity.desk.list_agreements import (
    ListAgreementsRequest,
    ShowAgreementRequest,
    list_agreements,
    show_agreement,
)
from comity.errors import NotFound
from tests.support.desks import ARRANGEMENT, OFFICER, freedonia, under


def test_the_text_is_shown_as_it_was_received(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        under(node)
        shown = show_agreement(node, OFFICER, ShowAgreementRequest(agreement="free-ruri-2031"))
        listed = list_agreements(node, OFFICER, ListAgreementsRequest()).agreements
        with pytest.raises(NotFound):
            show_agreement(node, OFFICER, ShowAgreementRequest(agreement="none"))
    assert shown.text == ARRANGEMENT
    assert listed == (shown.agreement,)
