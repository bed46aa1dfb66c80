"""Kills a serving node with SIGKILL while it takes content in beside requests: it goes on, and nothing comes twice."""

import json
import os
import signal
from pathlib import Path
from typing import Any

from comity.cli.caller import local_actor
from comity.desk.begin_intake import IntakeShown, ShowIntakeRequest, begin_intake, show_intake
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.node_type import Node
from comity.desk.run_intake import PART_OBJECTS
from comity.desk.take_in import TakeInRequest
from comity.node import open_node
from tests.support.command import a_node, serving
from tests.support.nodes import OFFICER, an_object
from tests.support.taxii import wait_until

OBJECTS = 24 * PART_OBJECTS  # more than is kept between two looks


def content() -> bytes:
    objects = [an_object("indicator", n, name=f"Server {n}", description="x" * 300) for n in range(OBJECTS)]
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def shown(node: Node, intake_id: str) -> IntakeShown:
    return show_intake(node, local_actor(), ShowIntakeRequest(id=intake_id))


def test_a_node_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = a_node(tmp_path / "node", "Freedonia CSIRT")
    node = open_node(folder)
    begun = begin_intake(node, local_actor(), TakeInRequest(body=content(), name="big.json", default_tlp="green"))
    seen: list[tuple[str, int, int]] = []
    for _ in range(2):  # killed in the midst of it, twice
        with serving(folder) as server:

            def is_further() -> bool:
                view = shown(node, begun.id).view
                return view.done > (seen[-1][1] if seen else 0)

            wait_until(is_further)
            os.kill(server.process.pid, signal.SIGKILL)
            server.process.wait()
        view = shown(node, begun.id).view
        seen.append((view.state, view.done, node_status(node, OFFICER, StatusRequest()).items))
    assert all(state == "keeping" and 0 < done == items < OBJECTS for state, done, items in seen), seen
    with serving(folder):
        wait_until(lambda: shown(node, begun.id).view.state == "done", timeout_s=60)
    ended: Any = shown(node, begun.id).taken
    assert ended.counts == {"new": OBJECTS}
    assert node_status(node, OFFICER, StatusRequest()).items == OBJECTS
    node.store.close()
