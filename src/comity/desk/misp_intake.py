"""Makes of a file of MISP JSON what intake takes in: its items one by one, and each part that cannot be taken by name.

While some events are kept the next are converted already. misp-stix may fail on an event: then each part gets an
object of ours with its source form, and the report says so.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import msgspec

from comity.errors import RecordRejected, Unreachable
from comity.records.misp import Loss, MispEvent, read_event
from comity.records.misp_items import Items, event_text, items_of
from comity.records.schemes import SchemeIndex
from comity.wire.bundles import Found
from comity.wire.elements import EXCERPT_BYTES, Fault
from comity.wire.misp_convert import Converted, Converter
from comity.wire.misp_file import HEAD_BYTES, LARGEST_FILE_BYTES, is_manifest, is_misp, read_events

MANIFEST = "manifest.json"
MOST_LISTED = 100
MOST_AHEAD = 24  # events: about as many as a batch of intake, which is kept at once
AHEAD_BYTES = 8 << 20  # of JSON of these events
_NOTHING = Converted([], {}, [], "")


class MispReader:
    """Reads files of MISP for one import.

    State kept consistent: the converter, the definitions given already, and what was lost so far, counted and listed.
    """

    def __init__(self, schemes: SchemeIndex, converter: Converter | None = None) -> None:
        self._schemes = schemes
        self._converter = converter or Converter()
        self._thread = ThreadPoolExecutor(1)
        self._defined: set[str] = set()
        self.events = 0
        self.losses = 0
        self.listed: list[Loss] = []

    def __enter__(self) -> "MispReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._converter.close()

    def reads(self, file: Path, stream: BinaryIO) -> bool:
        """Tell whether a file is MISP's; the stream is at its beginning again."""
        head = stream.read(HEAD_BYTES)
        stream.seek(0)
        return is_misp(head) or file.name == MANIFEST

    def founds(self, file: Path, stream: BinaryIO) -> Iterator[Found] | None:
        """Give what a file of MISP holds; None if it is none, the stream being at its beginning again."""
        if not self.reads(file, stream):
            return None
        body = stream.read(LARGEST_FILE_BYTES + 1)
        if file.name == MANIFEST and is_manifest(body):
            return self._missing(file, body)
        if file.name == MANIFEST and not is_misp(body[:HEAD_BYTES]):
            stream.seek(0)
            return None
        if len(body) > LARGEST_FILE_BYTES:
            return iter((Found(None, "too-large", "$", len(body), body[:EXCERPT_BYTES]),))
        return self._events(body)

    def _missing(self, file: Path, body: bytes) -> Iterator[Found]:
        """Name the events that a feed lists and that are not there."""
        for uuid in msgspec.json.decode(body, type=dict[str, msgspec.Raw]):
            if not (file.parent / f"{Path(uuid).name}.json").is_file():
                yield Found(None, "missing-file", f"$.{uuid[:80]}", 0)

    def _events(self, body: bytes) -> Iterator[Found]:
        waiting: deque[tuple[MispEvent, int, Future[Converted]]] = deque()
        held_bytes = 0
        for one in read_events(body):
            if one.reason:
                yield Found(None, _fault(one.reason), one.path, one.size)
                continue
            try:
                event = read_event(one.members, one.path)
            except RecordRejected as exc:
                yield Found(None, _fault(exc.reason), exc.path, one.size)
                continue
            waiting.append((event, one.size, self._thread.submit(self._converted, event)))
            held_bytes += one.size
            while len(waiting) > MOST_AHEAD or (len(waiting) > 1 and held_bytes > AHEAD_BYTES):
                before, size, asked = waiting.popleft()
                held_bytes -= size
                yield from self._founds_of(before, asked)
        for before, _, asked in waiting:
            yield from self._founds_of(before, asked)

    def _converted(self, event: MispEvent) -> Converted:
        try:
            return self._converter.to_stix(event_text(event))
        except Unreachable:
            return _NOTHING._replace(failed="no answer")

    def _founds_of(self, event: MispEvent, asked: "Future[Converted]") -> Iterator[Found]:
        made = asked.result()
        items = items_of(event, made.objects, (made.failed, *made.said), self._schemes)
        self._count(items)
        for refused in event.refused:
            raw = refused.raw
            yield Found(None, _fault(refused.reason), refused.path, len(raw), raw[:EXCERPT_BYTES])
        for definition in items.definitions:
            stix_id = str(definition["id"])
            if stix_id not in self._defined:
                self._defined.add(stix_id)
                body = msgspec.json.encode(definition)
                yield Found(body, None, event.event.path, len(body))
        for item in items.items:
            body = msgspec.json.encode(item.obj)
            yield Found(body, None, item.path, len(body))

    def _count(self, items: Items) -> None:
        self.events += 1
        self.losses += len(items.losses)
        self.listed += items.losses[: max(0, MOST_LISTED - len(self.listed))]


def _fault(reason: str) -> Fault:
    return reason  # type: ignore[return-value]  # every reason of these readers is one of Fault's
