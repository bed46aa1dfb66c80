"""What every test stands on: no network but loopback, given seeds, real data if it lies beside the project."""

import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import figures
from tests.support.figures import Figures
from tests.support.house import LONG_FILE

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=2_000, print_blob=True)
hypothesis.settings.load_profile("ci")

ROOT = Path(__file__).parent.parent
LONG = frozenset(("faults", "fuzz", "journeys", "test_demo.py"))
SHARED_DATA = ROOT.parent / "shared" / "data"


class NetworkRefused(RuntimeError):
    """A test reached for an address beyond this machine."""


def is_loopback(address: object) -> bool:
    """Tell whether a socket address stays on this machine: a Unix path, 127.0.0.0/8, ::1 or `localhost`."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "")


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and not is_loopback(arguments[1]):
        raise NetworkRefused(f"tests use loopback only, not {arguments[1]!r}")
    if event in ("socket.getaddrinfo", "socket.gethostbyname") and not is_loopback((arguments[0] or "",)):
        raise NetworkRefused(f"tests look up no name, not {arguments[0]!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run also what is marked `soak`, and fault tests at length")
    parser.addoption("--pictures", action="store_true", help="put the pictures where the guides name them")


def heed_interrupts() -> None:
    """Let this process and its children end on Ctrl-C, even where the tests were started to run behind a shell.

    A shell without job control has what it starts in the background ignore the signal, and children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    heed_interrupts()
    # An audit hook stays for the life of the process and sees every socket, those of C libraries that ask Python too.
    sys.addaudithook(_guard)
    if config.getoption("--soak"):
        hypothesis.settings.load_profile("soak")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the cyclic collector pass over what collecting made: half a million objects that stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # First what takes long: a long test among the last would leave all workers but one idle.
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))
    if not config.getoption("--soak"):
        for item in items:
            if "soak" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="runs long: make soak"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures of the faults, and the files that have grown long, before the test on lengths refuses them."""
    passed = terminalreporter.stats.get("passed", [])
    found = figures.lines(one for report in passed for one in report.user_properties)
    if found:
        terminalreporter.write_sep("=", "figures of the faults")
        for line in found:
            terminalreporter.write_line(line)
    for path in sorted((ROOT / "src").rglob("*.py")):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONG_FILE:
            terminalreporter.write_line(
                f"long: {path.relative_to(ROOT)} has {lines} lines; split it by what it decides"
            )


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figures:
    """What a fault test reports its figures to."""
    return Figures(record_property)


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether this run is the long one."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; it is not part of the project and may be absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data are not here: they lie in ../shared/data beside the project and are not part of it")
    return SHARED_DATA


@pytest.fixture
def free_port() -> Iterator[int]:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port
