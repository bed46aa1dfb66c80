"""Serves a node on a busy day of an exercise to a browser, with people of several roles, an act that waits, a guest."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from comity.desk.actor import Actor
from comity.desk.answer_as_guest import AnswerAsGuestRequest, answer_as_guest
from comity.desk.begin_intake import begin_intake
from comity.desk.change_channels import AddChannelRequest, add_channel
from comity.desk.grant_release import GrantReleaseRequest
from comity.desk.retract import RetractRequest, retract
from comity.desk.run_jobs import do_next
from comity.desk.send_notices import RunNoticesRequest, run_notices
from comity.desk.submit_as_guest import SubmitAsGuestRequest, submit_as_guest
from comity.desk.take_in import TakeInRequest
from comity.stores import directory, registers, taking
from tests.support.browser import a_browser
from tests.support.desk import Office, an_office
from tests.support.desk_story import REPORT, busy
from tests.support.nodes import OFFICER, agreement, an_id, an_object, clause
from tests.support.notices import confirm
from tests.support.taxii import served
from tests.support.two import asked

ACT = 1  # the number of the act that waits for a second person
RUNS, ENDED = "a1", "b2"  # the ids of an upload that is being taken in, and of one that was
_ADMINISTRATORS = (
    *("administration/users", "administration/users/mara.ellend", "administration/providers", "administration/keys"),
    *("administration/settings", "administration/doctor", "administration/audit", "administration"),
)
_PEOPLES = (
    *("", "quarantine", "items", "items?q=locker*", f"items/{REPORT}", f"items/{REPORT}/for/ruritania-csirt"),
    *("take-in", "release", "release/to/ruritania-csirt", "release/what-if", "agreements"),
    *("agreements/example-agreement", "peers", "account", "account/tokens", "acts", "nothing"),
    *("account/notices", "account/notices/2/confirm", "take-in/mails/nothing"),
    *(f"take-in/runs/{RUNS}", f"take-in/runs/{ENDED}", f"take-in/runs/{ENDED}/objects"),
)
_APPROVERS = ("", "acts", f"acts/{ACT}")
SUBMISSION = "00000000-0000-4000-8000-000000000001"
_GUESTS = (
    *("guest", "guest/items", "guest/items?q=locker", f"guest/items/{REPORT}", "guest/submissions"),
    *(f"guest/submissions/{SUBMISSION}", "account", "account/tokens", "guest/nothing"),
)
# The pages there are, by who may see them.
PAGES = {"mara.ellend": _PEOPLES, "tomas.weyl": _APPROVERS, "ada.brandt": _ADMINISTRATORS, "nora.wind": _GUESTS}


@contextmanager
def a_busy_desk(folder: Path) -> Iterator[tuple[Any, Office, str]]:
    """Give a browser, the office and the address of its desk."""
    with a_browser() as browser, an_office(folder, in_memory=False, exercise=True) as office:
        busy(office.hub)
        office.account("mara.ellend", "duty-officer", "releaser")
        office.account("ada.brandt", "administrator")
        office.account("tomas.weyl", "approver")
        office.hub.put(an_object("indicator", 50), tlp="amber")
        wish = GrantReleaseRequest(ids=(an_id("indicator", 50),), to=("ruritania-csirt",), reason="The same case.")
        assert asked(office.hub, OFFICER, "release grant", wish) == ACT
        address = AddChannelRequest(kind="mail", target="mara.ellend@csirt.example", account="mara.ellend")
        confirm(office.hub, add_channel(office.hub.node, OFFICER, address).channel.number)
        add_channel(office.hub.node, OFFICER, msgspec.structs.replace(address, target="mara@home.example"))
        _take_in(office)
        run_notices(office.hub.node, OFFICER, RunNoticesRequest())
        _a_guest(office)
        with served(office.site) as url:
            yield browser, office, url.replace("127.0.0.1", "localhost")


def _take_in(office: Office) -> None:
    """Leave an upload that was taken in, and one that goes on for ever."""
    hub, mara = office.hub, Actor(name="mara.ellend", role="duty-officer", via="web")
    body = json.dumps({"type": "bundle", "id": "bundle--1", "objects": [an_object("tool", 70, name="Cleaner")]})
    begun = begin_intake(hub.node, mara, TakeInRequest(body=body.encode(), name="drop.json"))
    assert do_next(hub.node, threading.Event())
    with hub.node.store.write() as tx:
        row = taking.intake(tx, begun.id)
        assert row is not None
        taking.add_intake(tx, row._replace(id=ENDED))
        goes_on = {"state": taking.KEEPING, "done": 250, "total": 1_000, "ended_ms": None}
        taking.add_intake(tx, row._replace(id=RUNS, **goes_on))


def _a_guest(office: Office) -> None:
    """Let Northwind Energy have what is green, answer and submit; something of it is taken back."""
    hub = office.hub
    text = agreement(
        clause("2", "share", tlp_at_most="green", **{"text.en": "Each party provides what is marked up to TLP:GREEN."})
        + clause("6", "use_limit", **{"text.en": "It serves the defence of the receiver's own networks."}),
        name="energy-arrangement",
        parties=("freedonia-csirt", "northwind-energy"),
    )
    hub.agree(text, adhere=("freedonia-csirt", "northwind-energy"))
    office.account("nora.wind", "guest")
    hub.put(an_object("indicator", 60, name="A wrong address"))
    hub.settle()
    wish = RetractRequest(id=an_id("indicator", 60), reason="The address is a school's.", deadline="2031-03-05")
    retract(hub.node, OFFICER, wish)
    guest = Actor(name="nora.wind", role="guest", via="web")
    answer_as_guest(hub.node, guest, AnswerAsGuestRequest(id=REPORT, level="seen", by="Control room"))
    body = json.dumps({"objects": [an_object("tool", 61, name="Our scanner"), {"type": "tool"}]}).encode()
    status = submit_as_guest(hub.node, guest, SubmitAsGuestRequest(body=body))
    with hub.node.store.write() as tx:
        party = directory.party_named(tx, "northwind-energy")
        assert party is not None
        named = msgspec.structs.replace(status, id=SUBMISSION)  # so that its page has an address
        registers.put_status(tx, SUBMISSION, party.no, msgspec.json.encode(named), hub.clock.now)
