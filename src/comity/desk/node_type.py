"""Says what a node is to the desk: a plain tuple of the things a verb works with, built by `comity.node.open_node`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from argon2 import Parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from comity.wire.outbound import Line

if TYPE_CHECKING:
    from comity.catalogue.read import Catalogue
    from comity.desk.making import Making
    from comity.desk.notice_brief import Brief, Worded
    from comity.desk.settings_type import Settings
    from comity.stores.opening import Store
    from comity.values import Instant
    from comity.wire.keys import NodeKeys
    from comity.wire.outbound import Dial


def threads(at_once: int) -> Executor:
    """Give what carries out so many pieces of work at once beside the caller."""
    return ThreadPoolExecutor(at_once, "beside")


class Node(NamedTuple):
    """All that a verb may use. Nothing in it is global; two nodes can live in one process."""

    store: Store
    clock: Callable[[], Instant]
    entropy: Callable[[int], bytes]  # gives so many random bytes
    catalogue: Catalogue
    keys: NodeKeys
    settings: Settings
    folder: Path
    dial: Dial = Line  # opens a line to another's server
    beside: Callable[[int], Executor] = threads  # carries out what goes on beside the caller
    stretching: Parameters = RFC_9106_LOW_MEMORY  # what a new password costs whoever tries to guess it
    wording: Callable[[Brief], Worded] | None = None  # says a notice, for the door that the node runs behind
    making: Making | None = None  # while an act is made in the name of two persons
