"""Tests what a node is given where nothing else is: what carries out work beside the caller, one piece at a time."""

import threading

from comity.desk.node_type import threads


def test_work_beside_the_caller_is_done_in_its_order_by_another_thread() -> None:
    done: list[int] = []
    idents: set[int] = set()

    def work(number: int) -> int:
        idents.add(threading.get_ident())
        done.append(number)
        return number

    with threads(1) as beside:
        given = [beside.submit(work, n) for n in range(20)]
    assert [one.result() for one in given] == done == list(range(20))
    assert len(idents) == 1 and threading.get_ident() not in idents
