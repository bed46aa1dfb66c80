"""Tests that the description says of each operation what the door does, and is sound by itself."""

import json
import re

from comity.api.openapi import describe
from comity.api.operations import OPERATIONS
from tests.support.desk import Office


def test_it_describes_every_operation_with_scope_and_roles() -> None:
    told = describe()
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == set(OPERATIONS)
    take_in = told["paths"]["/api/v1/item/take-in"]["post"]
    assert "Scope `item:write`" in take_in["description"] and "duty-officer" in take_in["description"]
    assert [one["name"] for one in take_in["parameters"]] == ["Idempotency-Key"]
    assert told["paths"]["/api/v1/item/search"]["post"]["parameters"] == []
    ids = [one["post"]["operationId"] for one in told["paths"].values()]
    assert len(ids) == len(set(ids))
    assert all(one["post"]["summary"].endswith(".") for one in told["paths"].values())


def test_every_reference_leads_somewhere() -> None:
    told = describe()
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(told)):
        assert name in told["components"][kind]


def test_it_is_served_without_a_token_and_says_nothing_of_the_node(office: Office) -> None:
    answer = office.visitor().get("/api/openapi.json")
    assert answer.status_code == 200 and answer.json() == json.loads(json.dumps(describe()))
    assert "freedonia" not in answer.text.lower()
