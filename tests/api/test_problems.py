"""Tests that each error of the tree has a status, and that an unexpected one says nothing of itself."""

import pytest

from comity import errors
from comity.api.problems import UNEXPECTED, body_of, problem_of


@pytest.mark.parametrize("kind", errors.ComityError.__subclasses__())
def test_every_error_of_the_tree_has_its_status(kind: type[errors.ComityError]) -> None:
    error = kind.__new__(kind)
    errors.ComityError.__init__(error, "x")
    if isinstance(error, errors.Busy):
        error.retry_after_s = 3
    problem = problem_of(error)
    is_ours = kind is errors.CatalogueError or kind.__module__ != "comity.errors"
    assert 400 <= problem.status < 500 or problem.status == 503 or is_ours


def test_a_server_of_others_that_does_not_answer_is_no_fault_of_the_node() -> None:
    problem = problem_of(errors.Unreachable("{name} does not answer", name="idp.example"))
    assert (problem.status, problem.code) == (503, "unreachable")
    assert problem.message == "idp.example does not answer" and not problem.unexpected


def test_an_unexpected_error_is_told_by_its_id_alone() -> None:
    problem = problem_of(RuntimeError("secret words"))
    assert problem is UNEXPECTED
    assert b"secret" not in body_of(problem, "abc") and b'"id":"abc"' in body_of(problem, "abc")


def test_a_lone_surrogate_does_not_spoil_the_answer() -> None:
    assert problem_of(errors.UsageError("no {what}", what="\ud800")).message == "no ?"
