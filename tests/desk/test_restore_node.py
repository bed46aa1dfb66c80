"""Tests that a node is put back only from a sound backup, and that until then nothing of it changes."""

from pathlib import Path

import pytest

from comity.cli.caller import local_actor
from comity.desk import archive
from comity.desk.backup_node import BackupRequest, backup_node
from comity.desk.make_checkpoint import make_checkpoint
from comity.desk.restore_node import RestoreRequest, restore_node
from comity.errors import Busy, Conflict, NodeError, ReadOnly, StoreError
from comity.node import open_node
from comity.wire.lock import hold_lock
from tests.support.command import a_node
from tests.support.desks import take_in
from tests.support.nodes import an_object


def a_backup(tmp_path: Path, *, with_keys: bool = True) -> Path:
    node = open_node(a_node(tmp_path / "first"))
    target = tmp_path / "backup.tar"
    backup_node(node, local_actor(), BackupRequest(target=str(target), with_keys=with_keys))
    node.store.close()
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_node_is_restored_with_its_keys(tmp_path: Path) -> None:
    answer = restore_node(tmp_path / "second", RestoreRequest(file=str(a_backup(tmp_path))))
    assert (answer.party, answer.keys) == ("freedonia-csirt", "restored")
    open_node(tmp_path / "second").store.close()
    assert {path.name for path in (tmp_path / "second").iterdir()} == {
        "keys",
        "node.db",
        "node.toml",
        "node.lock",
        "lock",
    }


def test_without_keys_in_the_backup_they_are_missing_or_kept(tmp_path: Path) -> None:
    backup = a_backup(tmp_path, with_keys=False)
    assert restore_node(tmp_path / "second", RestoreRequest(file=str(backup))).keys == "missing"
    with pytest.raises(NodeError, match="restore it from the backup"):
        open_node(tmp_path / "second")

    keys = contents(tmp_path / "first" / "keys")
    assert restore_node(tmp_path / "first", RestoreRequest(file=str(backup), replace=True)).keys == "kept"
    assert contents(tmp_path / "first" / "keys") == keys
    open_node(tmp_path / "first").store.close()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    backup = a_backup(tmp_path)
    before = contents(tmp_path / "first")
    with pytest.raises(Conflict, match="not empty"):
        restore_node(tmp_path / "first", RestoreRequest(file=str(backup)))
    assert contents(tmp_path / "first") == before


def test_a_node_in_use_is_not_restored(tmp_path: Path) -> None:
    backup = a_backup(tmp_path)
    with hold_lock(tmp_path / "first", "serve"), pytest.raises(Busy):
        restore_node(tmp_path / "first", RestoreRequest(file=str(backup), replace=True))


def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    backup = a_backup(tmp_path)
    backup.write_bytes(backup.read_bytes()[:-40_000])
    before = contents(tmp_path / "first")
    with pytest.raises(NodeError):
        restore_node(tmp_path / "first", RestoreRequest(file=str(backup), replace=True))
    after = contents(tmp_path / "first")
    after.pop("node.lock")
    before.pop("node.lock", None)
    assert after == before


def test_a_database_that_is_none_is_refused_though_its_digest_fits(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "node.toml").write_text("version = 1\n")
    (made / "node.db").write_bytes(b"not a database at all" * 500)
    files = tuple(archive.describe(made, name) for name in ("node.toml", "node.db"))
    manifest = archive.Manifest(version=1, party="x", made_at="", exercise=False, files=files)
    with (tmp_path / "b.tar").open("wb") as out:
        archive.pack(made, manifest, out)
    with pytest.raises((NodeError, StoreError)):
        restore_node(tmp_path / "second", RestoreRequest(file=str(tmp_path / "b.tar")))
    assert {path.name for path in (tmp_path / "second").iterdir()} == {"node.lock"}


def signed(folder: Path, number: int) -> None:
    """Take an item in and sign the log."""
    node = open_node(folder)
    take_in(node, folder.parent, an_object("malware", number))
    make_checkpoint(node)
    node.store.close()


def test_an_old_backup_put_back_reads_only_and_the_newest_goes_on(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    backups = []
    for number in (1, 2):
        signed(folder, number)
        node = open_node(folder)
        backups.append(tmp_path / f"{number}.tar")
        backup_node(node, local_actor(), BackupRequest(target=str(backups[-1])))
        node.store.close()

    restore_node(folder, RestoreRequest(file=str(backups[0]), replace=True))
    node = open_node(folder)
    assert "older than the log" in node.store.read_only
    with pytest.raises(ReadOnly):
        take_in(node, tmp_path, an_object("malware", 3))
    node.store.close()

    restore_node(folder, RestoreRequest(file=str(backups[1]), replace=True))
    signed(folder, 4)


def test_a_node_restored_on_another_machine_cannot_know_what_was_signed(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    signed(folder, 1)
    node = open_node(folder)
    backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "b.tar"), with_keys=True))
    node.store.close()
    restore_node(tmp_path / "elsewhere", RestoreRequest(file=str(tmp_path / "b.tar")))
    assert not (tmp_path / "elsewhere" / "lock").exists()
    node = open_node(tmp_path / "elsewhere")
    assert "lock store of the log is missing" in node.store.read_only
    node.store.close()


def test_logins_tls_keys_and_keys_for_mails_come_back_with_the_keys(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node")
    files = {
        "logins/1.json": b'{"user":"u","password":"p"}',
        "logins/outlet-1.json": b'{"token":"t"}',
        "tls/key-1.pem": b"key",
        "tls/certificate-1.pem": b"certificate",
        "keys/mail.pem": b"own",
        "mail/ruritania-csirt.asc": b"theirs",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    node = open_node(folder)
    backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "all.tar"), with_keys=True))
    backup_node(node, local_actor(), BackupRequest(target=str(tmp_path / "open.tar")))
    node.store.close()
    restore_node(tmp_path / "open", RestoreRequest(file=str(tmp_path / "open.tar")))
    there = [name for name in files if (tmp_path / "open" / name).exists()]
    assert there == ["mail/ruritania-csirt.asc"], "what is not secret alone"
    (folder / "logins" / "2.json").write_bytes(b"of a peer that the backup does not know")
    (folder / "logins" / "1.json").write_bytes(b"changed since")
    restore_node(folder, RestoreRequest(file=str(tmp_path / "all.tar"), replace=True))
    assert {name: (folder / name).read_bytes() for name in files} == files
    assert not (folder / "logins" / "2.json").exists()
    assert [path.name for path in folder.iterdir() if "replaced" in path.name] == []
    assert (folder / "logins" / "1.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "name",
    [
        "logins/../node.toml",
        "logins/a/b.json",
        "mail/x.exe",
        "tls/key-0.pem",
        "tls/key-1.pem/x",
        "lock/erased",
        "mail/.pem",
    ],
)
def test_a_backup_holds_no_other_file_beside_the_keys(name: str) -> None:
    assert not archive.is_known(name)
