"""Tests how a restore that was cut short ends; that it does so after death at each step: tests/faults."""

from pathlib import Path

import pytest

from comity.desk.restoring import JOURNAL, STAGED, begin, finish_restore
from comity.errors import NodeError

NEW = {"node.db": b"new database", "node.toml": b"new settings", "keys/record.pem": b"new key"}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def an_old_node(tmp_path: Path) -> Path:
    old = {"node.db": b"old", "node.db-wal": b"old log", "node.toml": b"old", "keys/root.pem": b"old key"}
    return write(tmp_path / "node", old)


def test_what_was_written_down_is_finished_and_may_be_finished_again(tmp_path: Path) -> None:
    folder = an_old_node(tmp_path)
    begin(folder, write(folder / f"{STAGED}1", NEW), keys=True)

    assert finish_restore(folder)

    assert contents(folder) == NEW
    assert not finish_restore(folder)
    assert contents(folder) == NEW


def test_what_a_backup_never_holds_stays_in_its_folder(tmp_path: Path) -> None:
    others = {"keys/password-of-the-relay": b"p", "tls/from-the-authority.pem": b"c", "mail/notes.txt": b"n"}
    folder = write(an_old_node(tmp_path), others | {"tls/key-1.pem": b"old"})
    new = NEW | {"tls/key-1.pem": b"new", "mail/partner.asc": b"new"}
    begin(folder, write(folder / f"{STAGED}1", new), keys=True)

    assert finish_restore(folder)

    assert contents(folder) == new | others


def test_without_keys_in_the_backup_those_that_are_there_stay(tmp_path: Path) -> None:
    folder = an_old_node(tmp_path)
    staged = write(folder / f"{STAGED}1", {name: NEW[name] for name in ("node.db", "node.toml")})
    begin(folder, staged, keys=False)

    finish_restore(folder)

    assert contents(folder) == {"node.db": NEW["node.db"], "node.toml": NEW["node.toml"], "keys/root.pem": b"old key"}


def test_what_was_not_written_down_is_undone(tmp_path: Path) -> None:
    folder = an_old_node(tmp_path)
    before = contents(folder)
    write(folder / f"{STAGED}1", NEW)

    assert not finish_restore(folder)

    assert contents(folder) == before


def test_where_there_is_no_node_nothing_is_left_over(tmp_path: Path) -> None:
    assert not finish_restore(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"staged":"../elsewhere","keys":true}', b'{"version":2,"staged":".restore-1","keys":true}']
)
def test_a_journal_that_is_not_ours_moves_nothing(tmp_path: Path, text: bytes) -> None:
    folder = write(an_old_node(tmp_path), {JOURNAL: text, f"{STAGED}1/node.db": b"new"})
    before = contents(folder)

    with pytest.raises(NodeError):
        finish_restore(folder)

    assert contents(folder) == before
