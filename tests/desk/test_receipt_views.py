"""Tests that only what this version reads as a receipt is shown as one."""

from comity.desk.receipt_views import receipt_view
from comity.records import codec, dsse
from comity.records.kinds import Receipt, Retraction
from comity.records.reference import example
from comity.stores.answering import Answer
from tests.support.acts import a_signer
from tests.support.stores import NOW


def an_answer(payload: bytes) -> Answer:
    return Answer(1, "elbonia", b"\1" * 32, int(NOW), dsse.sign(payload, a_signer(1)))


def test_a_receipt_is_told_with_its_digest_and_another_act_is_not() -> None:
    act = example(Receipt)
    view = receipt_view(an_answer(codec.encode(act)))
    assert view is not None
    assert (view.party, view.to, view.of) == ("elbonia", act.to, "01" * 32)
    assert (view.kept_at, view.said_at) == ("2030-03-17T17:46:40.000Z", act.at)
    assert receipt_view(an_answer(codec.encode(example(Retraction)))) is None
