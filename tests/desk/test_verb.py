"""Tests that a verb gets a report of progress if it takes one, and is not troubled with one if not."""

from pathlib import Path

import msgspec
import pytest

from comity.cli.caller import local_actor
from comity.desk.actor import Actor, PersonRole, Role
from comity.desk.add_account import AddAccountRequest
from comity.desk.api_tokens import AddTokenRequest
from comity.desk.clear_alarm import ClearAlarmRequest
from comity.desk.doctor import DoctorAnswer, DoctorRequest, judged
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.node_type import Node
from comity.desk.registry import VERBS
from comity.desk.verb import NEEDS_PROOF, Progress, Report, Verb, no_report
from comity.errors import NotPermitted, UsageError
from comity.node import open_node
from tests.support.command import a_node
from tests.support.desk_story import REPORT, busy
from tests.support.nodes import freedonia


def quick(node: Node, actor: Actor, request: DoctorRequest) -> DoctorAnswer:
    return judged(())


def slow(node: Node, actor: Actor, request: DoctorRequest, *, progress: Report = no_report) -> DoctorAnswer:
    progress(Progress(done=1))
    return judged(())


def test_only_a_verb_that_reports_is_given_a_report(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"))
    reports: list[Progress] = []
    for function in (quick, slow):
        verb = Verb("doctor", DoctorRequest, DoctorAnswer, function, writes=False)
        assert verb.run(node, local_actor(), DoctorRequest(), reports.append) == judged(())
    node.store.close()
    assert reports == [Progress(done=1)]


@pytest.mark.parametrize("role", ["reader", "submitter"])
def test_what_reads_all_that_is_held_is_open_to_who_runs_the_node_alone(tmp_path: Path, role: Role) -> None:
    node = open_node(a_node(tmp_path / "node"))
    actor = Actor(name="ruritania-csirt", role=role, via="cli")
    verb = Verb("doctor", DoctorRequest, DoctorAnswer, quick, writes=False)
    try:
        with pytest.raises(NotPermitted):
            verb.run(node, actor, DoctorRequest())
    finally:
        node.store.close()


def test_a_request_is_held_to_the_bounds_of_its_fields_at_every_door(tmp_path: Path) -> None:
    node = open_node(a_node(tmp_path / "node"))
    asked = ClearAlarmRequest(number=1, reason="x" * 2_001)
    with pytest.raises(UsageError):
        VERBS["peer clear"].run(node, local_actor(), asked)
    node.store.close()


def test_on_a_providers_word_alone_nothing_is_done_that_outlasts_it_or_binds(tmp_path: Path) -> None:
    with freedonia(tmp_path) as hub:
        asked: dict[str, msgspec.Struct] = {
            "account add": AddAccountRequest(name="eve", title="Eve", roles=("releaser",)),
            "token add": AddTokenRequest(name="p", scopes=("*:write",)),
            "release grant": GrantReleaseRequest(ids=("report--1",), to=("ruritania-csirt",), reason="x"),
        }
        roles: dict[str, PersonRole] = {"account add": "administrator", "release grant": "releaser"}
        for name, request in asked.items():
            actor = Actor(name="mara", role=roles.get(name, "analyst"), via="web", vouched=True)
            with pytest.raises(NotPermitted, match="a provider's word is not enough"):
                VERBS[name].run(hub.node, actor, request)
        assert VERBS.keys() >= NEEDS_PROOF


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, -(2**63) - 1])
@pytest.mark.parametrize("verb", ["item relations", "item search"])
def test_a_number_that_no_database_takes_is_an_error_of_the_request(tmp_path: Path, verb: str, number: int) -> None:
    said = {"after": number, **({"id": REPORT} if verb == "item relations" else {})}
    with freedonia(tmp_path) as hub:
        busy(hub)
        with pytest.raises(UsageError):
            VERBS[verb].run(hub.node, local_actor(), VERBS[verb].request(**said))
