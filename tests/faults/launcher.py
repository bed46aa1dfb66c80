"""Starts the command in a child that dies at a named point, and nothing in the product knows of it.

One process imports the product once and forks a child for each order, so that hundreds of deaths take a minute. Orders
come as lines of JSON on stdin, answers go as lines to stdout:

    {"words": [...], "out": FILE, "err": FILE, "die": "module:name:count:before|after" or "", "set": {"module:NAME": 5}}
    {"pid": 1234}

Then "wait" or "kill" is said, and {"status": 0} or {"status": -9} answered once the child has ended; nobody else reaps
the child, so its number stays its own until then. A child that is waited for in vain is killed, and the status is null.
`die` names a function or method: the child kills itself with SIGKILL at its count-th call, before or after it. `set`
replaces constants, as a small batch size.
"""

import functools
import importlib
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import comity.cli.serving  # the server too is loaded before the fork
from comity.cli.main import run
from comity.stores.opening import Store

ENDS_WITHIN_S = 60


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
        print(json.dumps({"status": _reap(pid)}), flush=True)


def _reap(pid: int) -> int | None:
    """Wait for a child's end and give its exit status; None if it had to be killed because it did not end."""
    give_up_at = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < give_up_at:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


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
    fatal = _nth(int(count))
    if (owner, name) == (Store, "write"):
        Store.write = _dying_write(Store.write, fatal, when)  # type: ignore[method-assign]  # this process alone
    else:
        setattr(owner, name, _dying(getattr(owner, name), fatal, when))


def _nth(count: int) -> Callable[[], bool]:
    """Give a function that says of its count-th call that it is that one.

    Each call asks once, as it begins: when it ends, others may have begun beside it.
    """
    calls = itertools.count(1)  # its `next` is one step that no other thread can part
    return lambda: next(calls) == count


def _dying(function: Callable[..., Any], fatal: Callable[[], bool], when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: object, **named: object) -> object:
        is_last = fatal()
        if is_last and when == "before":
            _die()
        answer = function(*args, **named)
        if is_last:
            _die()
        return answer

    return call


def _dying_write(function: Callable[[Store], AbstractContextManager[Any]], fatal: Callable[[], bool], when: str) -> Any:
    """Die when a transaction has done all its work but is not committed, or when it just is."""

    @contextmanager
    def write(store: Store) -> Iterator[Any]:
        is_last = fatal()
        with function(store) as tx:
            yield tx
            if is_last and when == "before":
                _die()
        if is_last:
            _die()

    return write


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
