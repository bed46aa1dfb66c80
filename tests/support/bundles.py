"""Takes bundle files apart and puts them together otherwise, as whoever carries them might."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec

from comity.records.bundle_file import End, written
from comity.records.sidecar import Sidecar, read_sidecar, sidecar_object
from comity.values import Instant, Json
from comity.wire.bundles import NETWORK
from comity.wire.text_sequence import read_texts, write_text
from tests.support.federation import Member
from tests.support.nodes import agreement, an_object, clause

NAMES = ("Freedonia CSIRT", "Ruritania CSIRT")
PARTIES = ("freedonia-csirt", "ruritania-csirt")
Change = Callable[[list[bytes], Sidecar], tuple[list[bytes], Sidecar]]


def set_up(free: Member, ruri: Member, statements: int = 1) -> None:
    """Let Freedonia agree with Ruritania and deliver so many statements, of two indicators each."""
    free.agree(agreement(clause("1", "share", tlp_at_most="amber"), parties=PARTIES))
    free.write_to(ruri).unlink()  # opens the view: what comes after is stated as it comes
    for n in range(statements):
        free.put(an_object("indicator", 2 * n), an_object("indicator", 2 * n + 1))


def texts_of(file: Path) -> list[bytes]:
    """Give a file's texts: head, pages, end."""
    return list(read_texts(file, NETWORK.body_bytes))


def put_together(file: Path, texts: list[bytes], *, counted: bool = True) -> Path:
    """Write these texts as another file, its end saying how many pages there are now."""
    if counted:
        texts = [*texts[:-1], written(End(pages=len(texts) - 2))]
    made = file.with_name(f"{file.name}.changed")
    with made.open("wb") as out:
        for text in texts:
            write_text(out, [text.removesuffix(b"\n")])
    return made


def with_head(file: Path, **changed: Json) -> Path:
    """Write the file with another head."""
    head, *rest = texts_of(file)
    return put_together(file, [json.dumps({**json.loads(head), **changed}).encode(), *rest])


def with_page(file: Path, at: int, change: Change) -> Path:
    """Write the file with one page changed; counted from 0 among the pages, or from the last with -1."""
    head, *pages, end = texts_of(file)
    pages[at] = changed_page(pages[at], change)
    return put_together(file, [head, *pages, end])


def changed_page(page: bytes, change: Change) -> bytes:
    """Change a page's objects and sidecar."""
    raws = msgspec.json.decode(page, type=dict[str, list[msgspec.Raw]])["objects"]
    bodies = [bytes(raw) for raw in raws]
    objects, sidecar = change(bodies[:-1], read_sidecar(bodies[-1]))
    return b'{"objects":[' + b",".join((*objects, sidecar_object(sidecar, Instant(0)))) + b"]}"
