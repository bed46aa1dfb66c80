"""Starts the command in a child that dies at a named point, and nothing in the product knows of it.

One process imports the product once and forks a child for each order, so that hundreds of deaths take a minute. Orders
come as lines of JSON on stdin, answers go as lines to stdout:

    {"words": [...], "out": FILE, "err": FILE, "die": "module:name:count:before|after" or "", "set": {"module:NAME": 5}}
    {"pid": 1234}

Then "wait" or "kill" is said, and {"status": 0} or {"status": -9} answered once the child has ended; nobody else reaps
the child, so its number stays its own until then. `die` names a function or method: the child kills itself with SIGKILL
at its count-th call, before or after it. `set` replaces constants, as a small batch size.
"""

import functools
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import comity.cli.serving  # the server too is loaded before the fork
from comity.cli.main import run
from comity.stores.opening import Store


def main() -> None:
    """Carry out orders until stdin ends."""
    assert comity.cli.serving
    while line := sys.stdin.readline():
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            _live(order)
        print(json.dumps({"pid": pid}), flush=True)
        if sys.stdin.readline().strip() == "kill":
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"status": os.waitstatus_to_exitcode(status)}), flush=True)


def _live(order: dict[str, Any]) -> None:
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    for where, value in order.get("set", {}).items():
        module, name = where.split(":")
        setattr(importlib.import_module(module), name, value)
    if order.get("die"):
        _arm(order["die"])
    code = 1
    try:
        code = run(order["words"])
    finally:
        sys.stdout.flush()
        os._exit(code)


def _arm(point: str) -> None:
    """Replace the named function by one that kills this process at its count-th call."""
    module_name, path, count, when = point.split(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    left = [int(count)]
    if (owner, name) == (Store, "write"):
        Store.write = _dying_write(Store.write, left, when)  # type: ignore[method-assign]  # this process alone
    else:
        setattr(owner, name, _dying(getattr(owner, name), left, when))


def _dying(function: Callable[..., Any], left: list[int], when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: object, **named: object) -> object:
        left[0] -= 1
        if left[0] == 0 and when == "before":
            _die()
        answer = function(*args, **named)
        if left[0] == 0:
            _die()
        return answer

    return call


def _dying_write(function: Callable[[Store], AbstractContextManager[Any]], left: list[int], when: str) -> Any:
    """Die when a transaction has done all its work but is not committed, or when it just is."""

    @contextmanager
    def write(store: Store) -> Iterator[Any]:
        left[0] -= 1
        with function(store) as tx:
            yield tx
            if left[0] == 0 and when == "before":
                _die()
        if left[0] == 0:
            _die()

    return write


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
