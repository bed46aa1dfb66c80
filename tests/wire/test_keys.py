import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from comity.errors import NodeError
from comity.records import dsse
from comity.wire import keys


def entropy() -> Callable[[int], bytes]:
    """Gives bytes that differ at each call, and are the same in every run."""
    numbers: Iterator[int] = iter(range(1, 100))
    return lambda size: bytes([next(numbers)]) * size


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_keys_come_back_as_they_were_made(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", entropy())
    loaded = keys.load(tmp_path / "keys")
    assert (loaded.root_public, loaded.record.key_id, loaded.token_key) == (
        made.root_public,
        made.record.key_id,
        made.token_key,
    )
    assert loaded.root is not None
    assert loaded.root.key_id == loaded.root_key_id != loaded.record.key_id
    assert len(loaded.token_key) == 32


def test_what_the_record_key_signs_is_verified_by_its_public_part(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", entropy())
    envelope = dsse.sign(b"{}", made.record)
    assert dsse.verify(envelope, {made.record.key_id: made.record.public}).payload == b"{}"


def test_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keys.create(tmp_path / "keys", entropy())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()}
    assert modes == dict.fromkeys(
        ("root.pem", "root.pub", "record.pem", "log.pem", "encryption.pem", "token.key"), 0o600
    )
    assert [path.name for path in tmp_path.iterdir()] == ["keys"], "no draft stays"


@pytest.mark.parametrize("name", ["root.pem", "root.pub", "record.pem", "log.pem", "encryption.pem", "token.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644])
def test_a_file_that_others_may_touch_is_refused_with_what_to_do(tmp_path: Path, name: str, mode: int) -> None:
    keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / name).chmod(mode)
    with pytest.raises(NodeError, match=rf"mode {mode:04o}.*chmod 600 .*{name}"):
        keys.load(tmp_path / "keys")


def test_keys_are_made_once(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", entropy())
    before = files_of(tmp_path / "keys")
    with pytest.raises(NodeError, match="made once"):
        keys.create(tmp_path / "keys", entropy())
    assert files_of(tmp_path / "keys") == before


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    assert keys.create(tmp_path / "keys", entropy()).record.key_id == keys.load(tmp_path / "keys").record.key_id


def test_a_creation_that_was_cut_short_is_repeated(tmp_path: Path) -> None:
    draft = tmp_path / ".keys.new"
    draft.mkdir()
    (draft / "root.pem").write_bytes(b"half")
    keys.create(tmp_path / "keys", entropy())
    assert keys.load(tmp_path / "keys").root is not None
    assert not draft.exists()


def test_a_disk_that_refuses_leaves_no_keys(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="cannot be made"):
        keys.create(tmp_path / "absent" / "keys", entropy())
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NodeError, match="cannot be made"):
        keys.create(tmp_path / "file", entropy())


def test_too_little_randomness_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match="randomness"):
        keys.create(tmp_path / "keys", lambda size: b"x" * (size - 1))
    assert not (tmp_path / "keys").exists()


def test_the_root_key_may_be_kept_elsewhere(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / "root.pem").unlink()
    loaded = keys.load(tmp_path / "keys")
    assert loaded.root is None
    assert loaded.root_key_id == made.root_key_id


@pytest.mark.parametrize("name", ["root.pub", "record.pem", "log.pem", "encryption.pem", "token.key"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / name).unlink()
    with pytest.raises(NodeError, match=rf"{name} is missing"):
        keys.load(tmp_path / "keys")


@pytest.mark.parametrize("name", ["root.pem", "root.pub", "record.pem", "log.pem", "encryption.pem", "token.key"])
@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", b"ab"]
)
def test_a_spoilt_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / name).write_bytes(content)
    with pytest.raises(NodeError, match=name):
        keys.load(tmp_path / "keys")


def test_a_key_of_another_sort_or_under_a_password_is_refused(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", entropy())
    other = ec.generate_private_key(ec.SECP256R1())
    locked = Ed25519PrivateKey.generate()
    for content in (
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        locked.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    ):
        (tmp_path / "keys" / "record.pem").write_bytes(content)
        with pytest.raises(NodeError, match=r"record\.pem"):
            keys.load(tmp_path / "keys")


def test_a_root_key_that_is_not_the_published_one_is_refused(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / "root.pem").write_bytes((tmp_path / "keys" / "record.pem").read_bytes())
    with pytest.raises(NodeError, match="not one key"):
        keys.load(tmp_path / "keys")


def test_a_link_or_a_folder_in_place_of_a_key_is_refused(tmp_path: Path) -> None:
    keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / "token.key").rename(tmp_path / "elsewhere")
    (tmp_path / "keys" / "token.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NodeError, match=r"token\.key cannot be read"):
        keys.load(tmp_path / "keys")
    (tmp_path / "keys" / "token.key").unlink()
    os.mkfifo(tmp_path / "keys" / "token.key", 0o600)
    with pytest.raises(NodeError, match="not a plain file"):
        keys.load(tmp_path / "keys")


def test_shown_keys_show_no_secret(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", entropy())
    shown = f"{made} {made!r} {made.record}"
    assert made.token_key.hex() not in shown
    assert repr(made.token_key) not in shown
    assert made.record.key_id in shown


def test_a_rotation_adds_a_file_and_leaves_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.create(folder, entropy())
    before = files_of(folder)
    more = iter(range(100, 120))
    added = [keys.add_key(folder, use, lambda size: bytes([next(more)]) * size) for use in (*keys.USES, "record")]
    after = files_of(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"record-2.pem", "record-3.pem", "log-2.pem", "encryption-2.pem"}
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in after} == {0o600}
    held = keys.held_keys(folder)
    assert [(one.use, one.number) for one in held] == [
        ("encryption", 1), ("encryption", 2), ("log", 1), ("log", 2), ("record", 1), ("record", 2), ("record", 3),
    ]  # fmt: skip
    assert {one.public for one in added} < {one.public for one in held}
    assert [one.signer is None for one in held] == [one.use == "encryption" for one in held]


def test_a_key_that_was_half_written_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.create(folder, entropy())
    (folder / ".record-2.pem.new").write_bytes(b"half")
    assert keys.add_key(folder, "record", lambda size: b"z" * size).number == 2
    assert [name for name in files_of(folder) if name.startswith(".")] == []
    assert len(keys.held_keys(folder)) == 4


def test_the_keys_of_an_older_version_are_completed_and_none_is_changed(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys.create(folder, entropy())
    for name in ("log.pem", "encryption.pem"):
        (folder / name).unlink()
    before = files_of(folder)
    numbers = iter(range(100, 120))
    for _ in range(2):
        keys.complete(folder, lambda size: bytes([next(numbers)]) * size)
        after = files_of(folder)
        assert {name: after[name] for name in before} == before
        before = after
    assert keys.load(folder).log.key_id != keys.load(folder).record.key_id


def test_a_folder_without_keys_is_not_completed(tmp_path: Path) -> None:
    keys.complete(tmp_path, entropy())
    assert list(tmp_path.iterdir()) == []


def test_a_root_key_kept_elsewhere_is_read_if_it_is_the_party_s(tmp_path: Path) -> None:
    made = keys.create(tmp_path / "keys", entropy())
    (tmp_path / "keys" / "root.pem").rename(tmp_path / "safe.pem")
    assert keys.load_root(tmp_path / "safe.pem", made.root_public).key_id == made.root_key_id
    with pytest.raises(NodeError, match="not this party's root key"):
        keys.load_root(tmp_path / "keys" / "record.pem", made.root_public)
    with pytest.raises(NodeError, match="missing"):
        keys.load_root(tmp_path / "nowhere.pem", made.root_public)


def test_a_file_of_keys_is_known_by_its_name() -> None:
    assert all(
        map(
            keys.is_key_file,
            (*keys.PASSWORDS, "root.pem", "root.pub", "token.key", "record.pem", "log-12.pem"),
        )
    )
    assert not any(map(keys.is_key_file, ("record-0.pem", "record-.pem", "../record.pem", "tls.pem", "record.pem.new")))
