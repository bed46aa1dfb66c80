"""Tests that a proof travels as a file and is verified with nothing but it."""

import subprocess
import sys
from pathlib import Path

import pytest

from comity.cli.main import run
from comity.records.log.checkpoint import Checkpoint, sign_checkpoint
from comity.records.log.fork import SignedState, whole_path, write_fork
from tests.support.command import INDICATOR, Command, a_bundle
from tests.support.logs import CONTENT, KEY, ORIGIN, SIGNER, Tiles, a_proof_file, entries

ITEM = str(INDICATOR["id"])


def verify(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    """Verify without any node."""
    capsys.readouterr()
    code = run(["proof", "verify", *map(str, words)])
    return code, *capsys.readouterr()


def test_what_a_node_exports_is_verified_without_it(
    comity: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comity("item", "import", a_bundle(tmp_path))
    file = tmp_path / "item.tlog-proof"
    said = comity("proof", "export", ITEM, "--out", file, "--with-content", "--json")
    assert said.code == 0, said.err
    code, out, err = verify(capsys, file)
    assert (code, ITEM in out, "the log holds this item" in out) == (0, True, True)
    assert "compare it" in err
    code, _, err = verify(capsys, file, "--key", str(said.json["key"]))
    assert (code, err) == (0, "")


def test_an_export_says_what_is_in_the_file(comity: Command, tmp_path: Path) -> None:
    comity("item", "import", a_bundle(tmp_path))
    said = comity("proof", "export", ITEM, "--out", tmp_path / "p")
    assert "not in the file" in said.out
    assert "id, type, version, source and digest" in said.err
    assert comity("proof", "export", ITEM, "--out", tmp_path / "p").code == 1
    assert comity("proof", "export", "malware--none", "--out", tmp_path / "q").code == 1
    assert comity("proof", "export", ITEM, "--out", tmp_path / "no" / "q").code == 2


def test_an_altered_proof_or_other_content_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, content = tmp_path / "p", tmp_path / "item.json"
    file.write_bytes(a_proof_file(content=None))
    content.write_bytes(CONTENT)
    assert verify(capsys, file, "--content", content)[0] == 0
    content.write_bytes(CONTENT + b" ")
    code, _, err = verify(capsys, file, "--content", content)
    assert (code, "wrong-content" in err) == (1, True)
    file.write_bytes(a_proof_file().replace(b"index 11", b"index 12"))
    code, out, _ = verify(capsys, file, "--json")
    assert (code, '"code":"record-rejected"' in out) == (1, True)


def test_the_key_that_is_named_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p"
    file.write_bytes(a_proof_file())
    code, out, _ = verify(capsys, file, "--key", KEY.text, "--json")
    assert (code, '"key_given":true' in out) == (0, True)
    other = KEY._replace(public=b"k" * 32).text
    assert verify(capsys, file, "--key", other)[0] == 1
    assert verify(capsys, file, "--key", "no key")[0] == 2
    assert verify(capsys, tmp_path / "none")[0] == 2


def test_verifying_opens_no_database(tmp_path: Path) -> None:
    file = tmp_path / "p"
    file.write_bytes(a_proof_file())
    program = (
        "import sys; from comity.cli.main import run; code = run(['proof', 'verify', sys.argv[1]]); "
        "import sqlite3; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=tmp_path, env={"PATH": ""}, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["p"]


def a_fork() -> bytes:
    """The evidence that a log of 20 entries was signed, and another past of it with 30."""
    honest, other = Tiles(entries(20)), Tiles([b"other", *entries(30)[1:]])
    states = [
        SignedState(note=sign_checkpoint(Checkpoint(ORIGIN, one.size, one.tree.root(one.size)), SIGNER), key=KEY)
        for one in (honest, other)
    ]
    return write_fork(*states, whole_path(other.tree, 20, 30))


def test_the_proof_of_a_fork_is_verified_without_any_node(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "fork.json"
    file.write_bytes(a_fork())
    code, out, err = verify(capsys, file)
    assert (code, "two histories" in out, "compare them" in err) == (0, True, True)
    code, out, err = verify(capsys, file, "--key", KEY.text, "--json")
    assert (code, err, '"first_size":20' in out, '"second_size":30' in out) == (0, "", True, True)
    assert verify(capsys, file, "--key", KEY._replace(public=b"k" * 32).text)[0] == 1
    assert verify(capsys, file, "--content", file)[0] == 2
    file.write_bytes(a_fork().replace(b"\\n20\\n", b"\\n21\\n"))
    assert verify(capsys, file)[0] == 1
    file.write_bytes(b"{}")
    assert verify(capsys, file)[0] == 1
