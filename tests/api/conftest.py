"""Gives an office with a busy node, and a program that asks it with a token."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from comity.desk.actor import PersonRole
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.api_tokens import AddTokenRequest, add_token
from tests.support.desk import Office, an_office
from tests.support.desk_story import busy
from tests.support.nodes import OFFICER


class Program:
    """A program with a token."""

    def __init__(self, office: Office, token: str) -> None:
        self.token, self._visitor = token, office.visitor()

    def __call__(self, verb: str, body: object = None, **headers: str) -> httpx.Response:
        """Ask for a verb; bytes go as they are."""
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        said = {"content-type": "application/json", "authorization": f"Bearer {self.token}"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self._visitor("POST", f"/api/v1/{verb.replace(' ', '/')}", content=content, headers=said)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with an_office(tmp_path) as opened:
        busy(opened.hub)
        yield opened


@pytest.fixture
def program(office: Office) -> Callable[..., Program]:
    def make(*roles: PersonRole, scopes: tuple[str, ...] = ("*:write",)) -> Program:
        name = f"mara{len(office.hub.entropy(1))}-" + "-".join(roles)
        party = "northwind-energy" if "guest" in roles else None
        request = AddAccountRequest(name=name, title="Mara", roles=roles or ("analyst",), party=party)
        add_account(office.hub.node, OFFICER, request)
        added = add_token(office.hub.node, OFFICER, AddTokenRequest(name="p", scopes=scopes, account=name))
        return Program(office, added.secret)

    return make
