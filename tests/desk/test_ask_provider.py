"""Tests that what a browser keeps of a sign-in opens only here, for what it was made, and in time."""

from pathlib import Path

import pytest

from comity.desk.ask_provider import ANSWERED_WITHIN_MS, Found, Question, question_in, seal, unseal
from comity.errors import Unauthenticated
from comity.values import Instant
from comity.wire.id_token import Identity
from comity.wire.oidc_client import Asked
from tests.support.nodes import Freedonia, freedonia

ASKED = Asked(state="state", nonce="nonce", verifier="verifier", redirect_uri="http://localhost/back")


def a_question(hub: Freedonia) -> Question:
    until = Instant(hub.clock.now + ANSWERED_WITHIN_MS)
    return Question(provider="ministry", issuer="https://a.example", asked=ASKED, purpose="sign-in", until=until)


def test_a_question_is_found_by_its_state_at_its_provider_in_time(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        question = a_question(hub)
        sealed = seal(hub.node, question)
        assert question_in(hub.node, sealed, "ministry", "state") == question
        for name, state in (("agency", "state"), ("ministry", "other"), ("ministry", ""), ("ministry", "\ud800")):
            with pytest.raises(Unauthenticated):
                question_in(hub.node, sealed, name, state)
        hub.later(ANSWERED_WITHIN_MS // 1000)
        with pytest.raises(Unauthenticated):
            question_in(hub.node, sealed, "ministry", "state")


def test_nothing_of_it_can_be_read_changed_or_taken_for_something_else(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        question = a_question(hub)
        sealed = seal(hub.node, question)
        assert "verifier" not in sealed and "verifier" not in repr(question)
        identity = Identity(issuer="https://a.example", subject="4711")
        found = seal(hub.node, Found(question=question, identity=identity, until=question.until))
        for wrong in ("", "x", "é", sealed[:-8], sealed[:20] + "AAAA" + sealed[24:], found):
            with pytest.raises(Unauthenticated):
                unseal(hub.node, wrong, Question)
        with pytest.raises(Unauthenticated):
            unseal(hub.node, sealed, Found)
