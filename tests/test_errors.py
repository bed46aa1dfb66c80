import inspect
import re

import pytest

from comity import errors
from comity.errors import (
    AgreementRejected,
    Busy,
    CatalogueError,
    ComityError,
    NotPermitted,
    RecordRejected,
    TooLarge,
)

TREE = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, ComityError)]


def test_every_error_stands_in_one_tree_and_in_its_picture() -> None:
    drawn = re.findall(r"[├└]─ (\w+)", errors.__doc__ or "")

    assert sorted(drawn) == sorted(one.__name__ for one in TREE if one is not ComityError)
    assert all(one.__base__ in (ComityError, Exception) for one in TREE)


def test_every_error_says_whose_turn_it_is() -> None:
    lines = [line for line in (errors.__doc__ or "").splitlines() if line[:1] in "├└" and line]

    assert len(lines) == len(TREE) - 1
    assert all("→ the " in line or "→ its " in line for line in lines)


def test_every_error_has_a_code_of_its_own_for_machines() -> None:
    codes = [one.code for one in TREE]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_a_rejected_record_names_reason_and_path() -> None:
    error = RecordRejected("no-id", "$.objects[7].id", "absent")

    assert (error.reason, error.path, error.detail) == ("no-id", "$.objects[7].id", "absent")
    assert str(error) == "no-id at $.objects[7].id: absent"
    assert str(RecordRejected("too-deep")) == "too-deep at $"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (AgreementRejected("clause[2].kind", "unknown"), "clause[2].kind: unknown"),
        (NotPermitted("no", ("a/1",)), "no"),
        (TooLarge(5), "larger than 5 bytes"),
        (Busy("later"), "later"),
        (CatalogueError("a.toml", "id", "missing"), "a.toml: id: missing"),
    ],
)
def test_an_error_makes_its_sentence_from_its_facts(error: ComityError, sentence: str) -> None:
    assert str(error) == sentence


def test_an_error_carries_its_facts_as_fields() -> None:
    assert NotPermitted("no", ("a/1",)).clauses == ("a/1",)
    assert NotPermitted("no").clauses == ()
    assert TooLarge(5).limit_bytes == 5
    assert Busy("later", retry_after_s=9).retry_after_s == 9
    assert AgreementRejected("clause[2].kind", "unknown").path == "clause[2].kind"
    found = CatalogueError("a.toml", "id", "missing")
    assert (found.file, found.field, found.detail) == ("a.toml", "id", "missing")
