"""Runs the encryption of one text in a process of its own, with limits: the key comes from a person's hand.

It is given JSON on its input and writes one JSON answer. Not imported by the node.
"""

import base64
import json
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import Any, Final

MEMORY_BYTES: Final = 1 << 29
CPU_S: Final = 10


def main() -> None:
    """Encrypt one text."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps(answer_to(base64.b64decode(asked["key"]), asked["text"])))


def answer_to(key: bytes, text: str) -> Mapping[str, Any]:
    """Give the text encrypted to a certificate, or say that it cannot be."""
    import pysequoia  # noqa: PLC0415 - loaded in this process alone

    try:
        certificate = pysequoia.Cert.from_bytes(key)
        with warnings.catch_warnings():  # it would have secret keys held in another class
            warnings.simplefilter("ignore", DeprecationWarning)
            if certificate.has_secret_keys:
                return {"failed": "secret"}
        message: Any = pysequoia.encrypt(text.encode(), recipients=[certificate])
    except (RuntimeError, ValueError, TypeError):
        return {"failed": "key"}
    return {"message": bytes(message).decode("ascii"), "fingerprint": str(certificate.fingerprint)}


if __name__ == "__main__":
    main()
