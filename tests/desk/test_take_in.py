"""Tests that a trial says what would happen and leaves nothing, and that the deed does what the trial said."""

import json

import msgspec
import pytest

from comity.desk.actor import Actor
from comity.desk.intake_tally import TakenIn
from comity.desk.node_status import StatusRequest, node_status
from comity.desk.show_item import ShowItemRequest, show_item
from comity.desk.take_in import TakeInRequest, take_in, try_take_in
from comity.errors import Conflict, NotFound, NotPermitted, ReadOnly, TooLarge, UsageError
from comity.records.table_columns import Columns
from comity.stores import registers
from tests.support.desk_story import INDICATOR, busy
from tests.support.misp import FILE, an_event, written
from tests.support.nodes import OFFICER, Freedonia, Object, an_id, an_object

DUTY = Actor(name="mara.ellend", role="duty-officer", via="web")


def a_request(*objects: Object | bytes, **said: str) -> TakeInRequest:
    texts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in objects]
    body = b'{"type":"bundle","id":"bundle--1","objects":[' + b",".join(texts) + b"]}"
    return TakeInRequest(body=body, name="upload.json", **{"default_tlp": "green", **said})  # type: ignore[arg-type]


def held(hub: Freedonia) -> tuple[int, int, int]:
    status = node_status(hub.node, OFFICER, StatusRequest())
    return status.items, status.quarantined, status.queued


def mixed() -> TakeInRequest:
    return a_request(
        an_object("indicator", 100, name="fresh"),
        an_object("indicator", 2, name="Locker's server, moved", modified="2031-02-02T00:00:00.000Z"),
        an_object("tool", 9, name="Cleaner"),
        an_object("tool", 101),
        b'{"type":"report","name":"no id"}',
    )


def test_a_trial_says_what_would_become_of_each_and_leaves_nothing(hub: Freedonia) -> None:
    busy(hub)
    before = held(hub)
    found = try_take_in(hub.node, DUTY, mixed())
    assert [(one.fate, one.label) for one in found.entering] == [
        ("new", "fresh"),
        ("changed", "Locker's server, moved"),
        ("duplicate", "Cleaner"),
        ("new", "tool 101"),
        ("quarantined", "no id"),
    ]
    assert found.counts == {"new": 2, "changed": 1, "duplicate": 1, "quarantined": 1} and found.objects == 5
    assert (found.entering[4].reason, found.entering[0].tlp) == ("no-id", "green")
    assert held(hub) == before
    with hub.node.store.read() as tx:
        assert "upload.json" not in {row.origin for row in registers.quarantine_rows(tx)}


def test_a_trial_says_who_may_have_it_and_by_which_clause(hub: Freedonia) -> None:
    busy(hub)
    found = try_take_in(hub.node, DUTY, mixed())
    assert [(one.party, one.count, one.clauses) for one in found.goes_to] == [
        ("ruritania-csirt", 2, ("example-agreement/4(1)",))
    ]
    assert found.goes_to_nobody == ("northwind-energy",)


def test_the_deed_does_what_the_trial_said(hub: Freedonia) -> None:
    busy(hub)
    before = held(hub)
    said, done = try_take_in(hub.node, DUTY, mixed()), take_in(hub.node, DUTY, mixed())
    assert done == said
    assert held(hub)[:2] == (before[0] + 3, before[1] + 1)
    assert {INDICATOR, an_id("indicator", 100)} <= set(hub.ids("ruritania-csirt"))
    assert an_id("tool", 101) not in hub.ids("ruritania-csirt")
    with hub.node.store.read() as tx:
        line = registers.audit_rows(tx)[-1]
    assert (line.actor, line.verb) == ("mara.ellend", "item take-in")
    assert json.loads(line.facts)["new"] == 2


def test_pressed_twice_it_is_done_once(hub: Freedonia) -> None:
    request = a_request(an_object("indicator", 1), idempotency_key="k")
    first: TakenIn = take_in(hub.node, DUTY, request)
    assert take_in(hub.node, DUTY, request) == first
    with pytest.raises(Conflict):
        take_in(hub.node, DUTY, a_request(an_object("indicator", 2), idempotency_key="k"))
    assert held(hub)[0] == 1


def test_an_embargo_and_a_source_hold_for_all_of_it(hub: Freedonia) -> None:
    busy(hub)
    request = a_request(an_object("indicator", 7), source="northwind-energy", embargo_until="2031-04-01")
    assert take_in(hub.node, DUTY, request).goes_to == ()
    assert hub.explain(an_id("indicator", 7), "ruritania-csirt").hindered[0].by == "embargo"


@pytest.mark.parametrize(
    ("body", "said", "error"),
    [
        (b"", {}, UsageError),
        (b"   ", {}, UsageError),
        (b"{}", {"embargo_until": "tomorrow"}, UsageError),
        (b"{}", {"source": "elbonia"}, NotFound),
        (b"{}", {"default_tlp": "clear"}, UsageError),
        (b"x" * (8 * 1024 * 1024 + 1), {}, TooLarge),
    ],
)
def test_what_cannot_be_is_refused(hub: Freedonia, body: bytes, said: dict[str, str], error: type[Exception]) -> None:
    for verb in (try_take_in, take_in):
        with pytest.raises(error):
            verb(hub.node, DUTY, TakeInRequest(body=body, name="x", **said))  # type: ignore[arg-type]
    assert held(hub)[0] == 0


def test_who_may_not_take_in_takes_nothing_in(hub: Freedonia) -> None:
    with pytest.raises(NotPermitted):
        take_in(hub.node, Actor(name="x", role="auditor", via="web"), a_request(an_object("tool", 1)))
    assert held(hub)[0] == 0


def test_a_node_that_writes_nothing_says_so(hub: Freedonia) -> None:
    hub.node.store.read_only = "for a test"
    with pytest.raises(ReadOnly):
        try_take_in(hub.node, DUTY, a_request(an_object("tool", 1)))


def test_events_of_misp_are_tried_with_what_stix_does_not_say_of_them(hub: Freedonia) -> None:
    request = TakeInRequest(body=written(an_event()), name="event.json", default_tlp="green")
    said = try_take_in(hub.node, DUTY, request)
    assert (said.form, said.misp_events) == ("misp", 1)
    assert said.counts["new"] == said.objects > 3
    assert said.losses == len(said.lost) > 0 and "template_uuid" in {one.field for one in said.lost}
    assert held(hub)[0] == 0
    assert take_in(hub.node, DUTY, request) == said
    kept = show_item(hub.node, OFFICER, ShowItemRequest(id=f"indicator--{FILE}"))
    assert "template_uuid" in {one.field for one in kept.losses}
    assert take_in(hub.node, DUTY, request).counts == {"duplicate": said.objects}


def test_a_table_is_tried_row_by_row(hub: Freedonia) -> None:
    table = b"value,tlp,owner\nlocker.example,green,x\nwords,,\n198.51.100.7,purple,\n"
    request = TakeInRequest(body=table, name="drop.csv")
    said = try_take_in(hub.node, DUTY, request)
    assert (said.form, said.left_out) == ("csv", ("owner",))
    assert [(one.fate, one.label, one.tlp, one.reason, one.path) for one in said.entering] == [
        ("new", "locker.example", "green", "", ""),
        ("quarantined", "words, ,", "", "not-an-indicator", "row 3"),
        ("quarantined", "198.51.100.7, purple,", "", "bad-tlp", "row 4"),
    ]
    assert take_in(hub.node, DUTY, request) == said
    assert take_in(hub.node, DUTY, request).counts == {"duplicate": 1, "quarantined": 2}
    said = try_take_in(hub.node, DUTY, msgspec.structs.replace(request, columns=Columns(value="owner")))
    assert said.counts == {"quarantined": 3}


def test_a_table_of_more_rows_than_a_request_may_have_goes_as_a_file(hub: Freedonia) -> None:
    with pytest.raises(UsageError, match="take them in as files"):
        try_take_in(hub.node, DUTY, TakeInRequest(body=b"a.example\n" * 10_001, name="drop.csv"))


def test_what_a_warning_list_names_is_said_before_anything_is_kept(hub: Freedonia) -> None:
    (hub.node.folder / "warninglists").mkdir()
    said = {"name": "Cloud", "type": "cidr", "list": ["198.51.100.0/24"]}
    (hub.node.folder / "warninglists" / "cloud.json").write_text(json.dumps(said))
    named = an_object("indicator", 1, pattern="[ipv4-addr:value = '198.51.100.7']", pattern_type="stix")
    found = try_take_in(hub.node, DUTY, a_request(named, an_object("malware", 2), b'{"type":"report"}'))
    assert found.flagged == 1
    assert [one.lists for one in found.entering] == [("Cloud",), (), ()]
    done = take_in(hub.node, DUTY, a_request(named))
    assert (done.flagged, done.entering[0].lists) == (1, ("Cloud",))
    again = try_take_in(hub.node, DUTY, a_request(named))
    assert (again.flagged, again.entering[0].lists) == (0, ()), "it is held already"


def test_a_row_of_a_table_that_a_warning_list_names_is_said_too(hub: Freedonia) -> None:
    (hub.node.folder / "warninglists").mkdir()
    said = {"name": "Cloud", "type": "cidr", "list": ["198.51.100.0/24"]}
    (hub.node.folder / "warninglists" / "cloud.json").write_text(json.dumps(said))
    table = TakeInRequest(body=b"value\n198.51.100.7\n203.0.113.4\n", name="t.csv", default_tlp="green")
    assert [one.lists for one in try_take_in(hub.node, DUTY, table).entering] == [("Cloud",), ()]
