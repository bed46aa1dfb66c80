"""Holds what a transaction has just kept, for who goes on with it there: it need not be read again."""

from typing import NamedTuple

from comity.stores.placeables import Placeable


class JustKept(NamedTuple):
    """Items of one source that follow each other, from `first_no` on.

    `free`: those that no embargo holds back and that have not expired. `ends`: of relationships and sightings, the keys
    of what they need. `shared`: the keys of ids that more than one record is held under now.
    """

    first_no: int
    source_no: int
    kept_ms: int
    salts: list[bytes]
    logged: list[bytes]  # what of each one's entry in the log its bytes decide
    free: list[Placeable]
    ends: dict[int, list[bytes]]
    shared: set[bytes]

    @property
    def last_no(self) -> int:
        """The number of the last."""
        return self.first_no + len(self.salts) - 1
