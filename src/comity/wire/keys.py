"""Decides where a node's keys lie and who may read them: files of mode 0600 in a folder of their own, in no database.

`root.pem` is the party's root key and may be taken away to a safe place: `root.pub` stays. `record.pem` signs acts,
`log.pem` the checkpoints of the log. `token.key` authenticates page tokens. The folder appears whole or not at all.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from comity.errors import NodeError
from comity.records.dsse import KeyId, Signer, key_id, signer_of

ROOT, ROOT_PUBLIC, RECORD, LOG, TOKEN = "root.pem", "root.pub", "record.pem", "log.pem", "token.key"
TOKEN_BYTES: Final = 32
_SEED_BYTES: Final = 32  # RFC 8032 §5.1.5
_LARGEST_FILE: Final = 64 * 1024


class NodeKeys(msgspec.Struct, frozen=True, kw_only=True):
    """What a node signs and authenticates with. Shown without its secrets."""

    root_public: bytes
    record: Signer
    log: Signer
    token_key: bytes
    root: Signer | None = None  # none while the root key is kept elsewhere

    @property
    def root_key_id(self) -> KeyId:
        """The id of the root key, there or not."""
        return key_id(self.root_public)

    def __repr__(self) -> str:
        return f"NodeKeys(root={self.root_key_id}, record={self.record.key_id})"


def create(folder: Path, entropy: Callable[[int], bytes]) -> NodeKeys:
    """Make a node's keys, durably. A creation that was cut short leaves nothing and can be repeated.

    Args:
        entropy: gives so many random bytes, fit for keys.

    Raises:
        NodeError: there are keys already, or the folder cannot be written.
    """
    root, record, log = (Ed25519PrivateKey.from_private_bytes(_fresh(entropy, _SEED_BYTES)) for _ in range(3))
    files = {
        ROOT: _private_pem(root),
        ROOT_PUBLIC: root.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        RECORD: _private_pem(record),
        LOG: _private_pem(log),
        TOKEN: _fresh(entropy, TOKEN_BYTES).hex().encode() + b"\n",
    }
    try:
        _write_whole(folder, files)
    except OSError as exc:
        raise NodeError("keys cannot be made in {folder}: {why}", folder=folder, why=exc.strerror) from exc
    return load(folder)


def complete(folder: Path, entropy: Callable[[int], bytes]) -> None:
    """Make the log's key in a folder of keys from before there was one.

    Raises:
        NodeError: the folder cannot be written.
    """
    if (folder / LOG).exists() or not (folder / RECORD).exists():
        return
    draft = folder / f".{LOG}.new"
    try:
        draft.unlink(missing_ok=True)
        _write_private(draft, _private_pem(Ed25519PrivateKey.from_private_bytes(_fresh(entropy, _SEED_BYTES))))
        draft.rename(folder / LOG)
        _sync_folder(folder)
    except OSError as exc:
        raise NodeError("{what} cannot be made: {strerror}", what=folder / LOG, strerror=exc.strerror) from exc


def load(folder: Path) -> NodeKeys:
    """Read a node's keys.

    Raises:
        NodeError: a file is missing, is no key, or others may read it; the sentence says what to do.
    """
    root = _private_key(folder / ROOT) if (folder / ROOT).exists() else None
    root_public = _public_key(folder / ROOT_PUBLIC)
    if root is not None and root.public_key().public_bytes_raw() != root_public:
        raise NodeError(
            "{path} and {path_2} are not one key: restore both from one backup",
            path=folder / ROOT,
            path_2=folder / ROOT_PUBLIC,
        )
    return NodeKeys(
        root_public=root_public,
        record=signer_of(_private_key(folder / RECORD)),
        log=signer_of(_private_key(folder / LOG)),
        token_key=_token_key(folder / TOKEN),
        root=None if root is None else signer_of(root),
    )


def _fresh(entropy: Callable[[int], bytes], size: int) -> bytes:
    found = entropy(size)
    if len(found) != size:
        raise NodeError("the source of randomness gave {count} bytes, not {size}", count=len(found), size=size)
    return found


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_whole(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files beside the place and move them there together."""
    if folder.is_dir() and any(folder.iterdir()):
        raise NodeError("{folder} holds keys already: keys are made once", folder=folder)
    draft = folder.with_name(f".{folder.name}.new")
    if draft.is_dir():  # left by a creation that was cut short; nothing has used these keys
        for leftover in draft.iterdir():
            leftover.unlink()
        draft.rmdir()
    draft.mkdir(mode=0o700)
    for name, content in files.items():
        _write_private(draft / name, content)
    _sync_folder(draft)
    # POSIX rename takes the place of an empty folder and refuses a filled one: no key is ever overwritten.
    draft.rename(folder)
    _sync_folder(folder.parent)


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_private(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as exc:
        raise NodeError("{path} is missing: restore it from the backup of the node's keys", path=path) from exc
    except OSError as exc:
        raise NodeError("{path} cannot be read: {why}", path=path, why=exc.strerror) from exc
    with os.fdopen(handle, "rb") as file:
        # Asked of the open file, not of the path, so that it cannot be exchanged in between.
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NodeError("{path} is not a plain file: restore it from the backup of the node's keys", path=path)
        if status.st_mode & 0o077:
            raise NodeError(
                "{path} can be read or changed by others (mode {mode}): run `chmod 600 {path}`, and replace the key "
                "if others may have read it",
                path=path,
                mode=format(stat.S_IMODE(status.st_mode), "04o"),
            )
        return file.read(_LARGEST_FILE)


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read_private(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise NodeError(
            "{path} is no PKCS #8 private key without a password: restore it from the backup", path=path
        ) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise NodeError("{path} is no Ed25519 key: restore it from the backup of the node's keys", path=path)
    return key


def _public_key(path: Path) -> bytes:
    try:
        key = load_pem_public_key(_read_private(path))
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise NodeError("{path} is no public key: restore it from the backup of the node's keys", path=path) from exc
    if not isinstance(key, Ed25519PublicKey):
        raise NodeError("{path} is no Ed25519 key: restore it from the backup of the node's keys", path=path)
    return key.public_bytes_raw()


def _token_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(_read_private(path).decode("ascii").strip())
    except ValueError as exc:
        raise NodeError(
            "{path} is no key in hexadecimal: restore it from the backup of the node's keys", path=path
        ) from exc
    if len(key) != TOKEN_BYTES:
        raise NodeError(
            "{path} has {count} bytes, not {token_bytes}: restore it from the backup",
            path=path,
            count=len(key),
            token_bytes=TOKEN_BYTES,
        )
    return key
