"""Lets Python's cycle collector rest while a batch is worked on.

A batch builds many small containers, none in cycles, which all go when it ends. Walking over them again and again took
a third of the time of an import. The collector is the process's: other threads rest with it, for as long as a batch.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_resting() -> Iterator[None]:
    """Do the block without cycle collection; inside another such block, leave it as it is."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
