"""Nodes to call the TAXII door of: real ones, each in a folder of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.taxii import Caller, Hub

MakeHub = Callable[..., Hub]


@pytest.fixture
def make_hub(tmp_path: Path) -> Iterator[MakeHub]:
    """Makes nodes with the given settings."""
    with ExitStack() as opened:

        def make(**settings: object) -> Hub:
            return opened.enter_context(Hub(tmp_path / "node", **settings))

        yield make


@pytest.fixture
def hub(make_hub: MakeHub) -> Hub:
    """A node as it is set up by default."""
    return make_hub()


@pytest.fixture
def caller(hub: Hub) -> Iterator[Caller]:
    """Calls that node."""
    with Caller(hub) as calling:
        yield calling


@pytest.fixture
def capped(make_hub: MakeHub) -> Iterator[Caller]:
    """Calls a node that gives three objects a page."""
    with Caller(make_hub(page_limit=3)) as calling:
        yield calling


@pytest.fixture
def exercise(make_hub: MakeHub) -> Iterator[Caller]:
    """Calls a node of an exercise."""
    with Caller(make_hub(exercise=True)) as calling:
        yield calling


@pytest.fixture
def proxied(make_hub: MakeHub) -> Iterator[Caller]:
    """Calls a node that trusts the proxies of 10.0.0.0/8."""
    with Caller(make_hub(trusted_proxies=("10.0.0.0/8",))) as calling:
        yield calling


@pytest.fixture
def public(make_hub: MakeHub) -> Iterator[Caller]:
    """Calls a node whose operator has set its public address."""
    with Caller(make_hub(public_url="https://cert.example/hub")) as calling:
        yield calling
