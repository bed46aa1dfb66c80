"""Tests how errors are told over HTTP."""

import json

import pytest

from comity import errors
from comity.taxii import problems
from comity.taxii.problems import Refusal, body_of, problem_of

CASES: list[tuple[Exception, int]] = [
    (errors.NotFound("x"), 404),
    (errors.Unauthenticated("x"), 401),
    (errors.NotPermitted("x", ("a/4(1)",)), 403),
    (errors.RecordRejected("repeated-key", "$.objects[3]"), 422),
    (errors.AgreementRejected("clause[1].kind", "x"), 422),
    (errors.UsageError("x"), 400),
    (errors.TooLarge(5), 413),
    (errors.Conflict("x"), 409),
    (errors.Busy("x", 7), 503),
    (errors.StoreError("disk full"), 503),
    (errors.NodeError("x"), 503),
    (errors.ReadOnly("x"), 503),
    (errors.CatalogueError("f", "g", "x"), 500),
    (Refusal(problems.NOT_ACCEPTABLE), 406),
    (ValueError("secret words"), 500),
]


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda value: type(value).__name__)
def test_every_error_of_the_tree_has_its_code(error: Exception, status: int) -> None:
    assert problem_of(error).status == status


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda value: type(value).__name__)
def test_every_error_is_told_as_a_taxii_error_object(error: Exception, status: int) -> None:
    told = json.loads(body_of(problem_of(error), "0123"))

    assert told["http_status"] == str(status)
    assert told["title"] and told["error_code"] and told["error_id"] == "0123"
    assert set(told) <= {"title", "description", "error_id", "error_code", "http_status", "details"}


def test_an_unexpected_error_says_nothing_of_itself() -> None:
    assert b"secret" not in body_of(problem_of(ValueError("secret words")), "1")
    assert b"disk" not in body_of(problem_of(errors.StoreError("disk path")), "1")


def test_what_is_absent_and_what_is_foreign_read_alike() -> None:
    absent, foreign = errors.NotFound("no such collection"), errors.NotFound("not for this reader")
    assert body_of(problem_of(absent), "1") == body_of(problem_of(foreign), "1")


def test_who_must_wait_is_told_how_long() -> None:
    assert ("retry-after", "7") in problem_of(errors.Busy("x", 7)).headers
    assert ("retry-after", "9") in problems.too_many_attempts(9).headers


def test_a_lone_surrogate_in_a_path_can_still_be_told() -> None:
    assert body_of(problem_of(errors.RecordRejected("odd", "$.\ud800")), "1")


def test_a_status_of_the_framework_is_told_in_the_same_form() -> None:
    assert problems.of_status(404) is problems.NOT_FOUND
    assert problems.of_status(405, (("allow", "GET"),)).headers == (("allow", "GET"),)
    assert problems.of_status(500) is problems.UNEXPECTED
    assert problems.of_status(499).status == 499
