"""Tests what holds for every account: names, titles, roles, and the address that a code is given with."""

import msgspec
import pytest

from comity.desk.accounts import checked_name, checked_roles, checked_title, desk_url
from comity.errors import Conflict, UsageError
from tests.support.nodes import Freedonia


@pytest.mark.parametrize(
    "name", ["", "Mara", "mara ellend", "mara..ellend", ".mara", "mara-", "x" * 65, "mära", "a\0b"]
)
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)


def test_a_title_is_one_line_that_can_be_seen() -> None:
    assert checked_title("  Mara \n Ellend ") == "Mara Ellend"
    for wrong in ("", " ", "x" * 121, "Mara\u202eEllend", "Mara\0"):
        with pytest.raises(UsageError):
            checked_title(wrong)


def test_roles_are_kept_in_the_order_of_the_house() -> None:
    assert checked_roles(("approver", "duty-officer")) == "duty-officer approver"
    with pytest.raises(UsageError):
        checked_roles(())
    with pytest.raises(Conflict, match="administrator, approver"):
        checked_roles(("administrator", "approver"))


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ({}, "http://localhost:8700"),
        ({"host": "::1", "tls_certificate": "a", "tls_key": "b"}, "https://localhost:8700"),
        ({"host": "::"}, "http://[::]:8700"),
        ({"public_url": "https://desk.example/hub/"}, "https://desk.example/hub"),
    ],
)
def test_the_desk_is_where_the_settings_say(hub: Freedonia, said: dict[str, str], url: str) -> None:
    assert desk_url(hub.node._replace(settings=msgspec.structs.replace(hub.node.settings, **said))) == url
