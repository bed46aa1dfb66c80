"""Tests that no request made out of the description of the door fails it, and that answers are as described."""

from collections import Counter
from collections.abc import Iterator

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from comity.api.openapi import describe
from comity.api.operations import OPERATIONS
from comity.desk.api_tokens import AddTokenRequest, add_token
from comity.desk.roles import OPENED
from tests.support.desk import Office, an_office
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER

SAMPLE, LONG = 8, 500  # requests for each operation; with some forty of them, 300 and 20,000 in all
SCHEMA = schemathesis.openapi.from_dict(describe())
AS_DESCRIBED = [status_code_conformance, response_schema_conformance]
_SENT = ("method", "url", "params", "data", "json", "headers")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with an_office(tmp_path_factory.mktemp("described"), in_memory=False) as opened:
        busy(opened.hub)
        yield opened


def a_token(office: Office, verb: str) -> str:
    """A token of somebody to whom the verb is open; one for each operation, for some revoke them."""
    role = min(OPENED[verb])
    name = f"{role}.{len(office.people)}"
    office.account(name, role)
    asked = AddTokenRequest(name="described", scopes=("*:write",), account=name)
    return add_token(office.hub.node, OFFICER, asked).secret


def prepared(case: Case, token: str) -> tuple[bytes, dict[str, str]]:
    """The body and head that a case becomes on the wire, with a good token."""
    said = case.as_transport_kwargs(base_url="http://localhost")
    made = requests.Request(**{name: said[name] for name in _SENT if name in said}).prepare()
    head = {name: value for name, value in made.headers.items() if name.lower() not in ("authorization", "cookie")}
    body = made.body or b""
    return body.encode() if isinstance(body, str) else body, {**head, "authorization": f"Bearer {token}"}


@pytest.mark.parametrize("path", OPERATIONS)
def test_no_request_fails_the_door_and_answers_are_as_described(office: Office, path: str, soak: bool) -> None:
    operation, verb = SCHEMA[path]["POST"], OPERATIONS[path].verb.name
    visitor, tokens = office.visitor(), [a_token(office, verb)]
    codes: Counter[int] = Counter()
    cases = operation.as_strategy(GenerationMode.POSITIVE) | operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(
        max_examples=LONG if soak else SAMPLE,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        deadline=None,
        database=None,
    )
    @given(case=cases)
    def send(case: Case) -> None:
        content, head = prepared(case, tokens[-1])
        answer = visitor("POST", path, content=content, headers=head)
        codes[answer.status_code] += 1
        assert answer.status_code < 500, (content, answer.text)
        case.validate_response(answer, checks=AS_DESCRIBED)
        if answer.status_code == 401:  # it revoked its own token
            tokens.append(a_token(office, verb))

    send()
    assert codes.total() >= 1 and codes[401] <= codes.total() // 10, codes
