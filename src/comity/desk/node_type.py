"""Says what a node is to the desk: a plain tuple of the things a verb works with, built by `comity.node.open_node`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from comity.catalogue.read import Catalogue
    from comity.desk.settings_type import Settings
    from comity.stores.opening import Store
    from comity.values import Instant
    from comity.wire.keys import NodeKeys


class Node(NamedTuple):
    """All that a verb may use. Nothing in it is global; two nodes can live in one process."""

    store: Store
    clock: Callable[[], Instant]
    entropy: Callable[[int], bytes]  # gives so many random bytes
    catalogue: Catalogue
    keys: NodeKeys
    settings: Settings
    folder: Path
