"""Decides which of the records that a reader may have under one id are shown as its versions, and in which order.

Of a version that several records have, the one first received is shown. Records without a version (observables) are a
version each: all those of one source, the one that was received first, in the order in which they came; another source
neither replaces nor follows them (decision record: contents-without-a-version). They are older than any with a version.
"""

from collections.abc import Iterable, Sequence

from comity.stores.reading import VisibleVersion


def versions_in_order(visible: Iterable[VisibleVersion]) -> list[VisibleVersion]:
    """Give the records that are shown of one id, oldest version first."""
    first_received = sorted(visible, key=lambda version: version.item_no)
    bare = [version for version in first_received if not version.version_us]
    once: dict[int, VisibleVersion] = {}
    for version in first_received:
        if version.version_us:
            once.setdefault(version.version_us, version)
    of_one_source = [version for version in bare if version.source_no == bare[0].source_no]
    return [*of_one_source, *sorted(once.values(), key=lambda version: version.version_us)]


def latest(visible: Sequence[VisibleVersion]) -> int | None:
    """Give the record that is the latest version shown; None if there is none."""
    return versions_in_order(visible)[-1].item_no if visible else None
