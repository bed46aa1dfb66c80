"""Tests how errors are told on pages: by their turn, without what only the operator may know."""

import pytest
from litestar.exceptions import HTTPException

from comity import errors
from comity.web.problems import sentence, trouble_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("no item {id}", id="x"), 404),
        (errors.NotPermitted("closed"), 403),
        (errors.Unauthenticated("sign in"), 401),
        (errors.UsageError("what"), 400),
        (errors.RecordRejected("no-id"), 400),
        (errors.TooLarge(5), 413),
        (errors.Conflict("no"), 409),
        (errors.Busy("later"), 503),
        (errors.StoreError("disk"), 503),
        (errors.NodeError("keys"), 503),
        (HTTPException(status_code=405), 404),
        (HTTPException(status_code=413), 413),
        (HTTPException(status_code=418), 418),
        (HTTPException(status_code=502), 500),
        (ValueError("secret"), 500),
    ],
)
def test_an_error_has_its_code(error: Exception, status: int) -> None:
    assert trouble_of(error).status == status


def test_what_is_not_there_and_what_is_not_for_you_are_told_alike() -> None:
    assert trouble_of(errors.NotFound("no item x")) == trouble_of(HTTPException(status_code=404))


def test_a_fault_says_nothing_of_itself() -> None:
    for error in (ValueError("secret"), errors.StoreError("disk secret"), errors.NodeError("keys secret")):
        assert "secret" not in "".join(map(str, trouble_of(error)))


def test_a_sentence_begins_with_a_capital_and_ends() -> None:
    assert sentence(errors.NotFound("no account {name}", name="x\ud800")) == "No account x?."
