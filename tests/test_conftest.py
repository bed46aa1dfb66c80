"""Shows that the tests' own guard refuses the network and lets loopback pass."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, NetworkRefused, heed_interrupts, is_loopback


@pytest.mark.parametrize("address", [("203.0.113.7", 80), ("2001:db8::7", 80), ("8.8.8.8", 53)])
def test_a_connection_beyond_this_machine_is_refused(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as sock, pytest.raises(NetworkRefused):
        sock.connect(address)


def test_a_datagram_beyond_this_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(NetworkRefused):
        sock.sendto(b"x", ("203.0.113.7", 53))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("partner.example", 443))


def test_loopback_is_let_through(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)) as server:
        socket.create_connection(server.getsockname()).close()


def test_what_is_loopback() -> None:
    assert all(is_loopback(address) for address in [("127.0.0.1", 1), ("127.9.9.9", 1), ("::1", 1, 0, 0), "node.sock"])
    assert not any(is_loopback(address) for address in [("10.0.0.1", 1), ("0.0.0.1", 1), ("example.org", 1)])


def test_children_heed_interrupts_though_the_tests_were_told_to_ignore_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        heed_interrupts()
        asked = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
        child = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert child.stdout.strip() == "True"


def test_figures_of_passed_tests_are_added_up_in_the_report(tmp_path: Path) -> None:
    """What pytest reports, in lines and as properties, from two workers."""
    (tmp_path / "test_faults.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2, 3])\n"
        "def test_one(figure, n):\n"
        "    figure('bytes flipped', flips=1_000 * n, accepted=0)\n"
        "    assert n < 3\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-n", "2", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}"]
    plugins = ["-p", "tests.conftest", "-o", f"cache_dir={tmp_path}", f"--junit-xml={report}", "test_faults.py"]
    told = subprocess.run(
        [*command, *plugins],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "bytes flipped: 3,000 flips, 0 accepted" in told.stdout, told.stdout + told.stderr
    assert "1 failed, 2 passed" in told.stdout
    assert report.read_text().count('<property name="figure"') == 3
