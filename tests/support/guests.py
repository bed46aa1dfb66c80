"""Gives a node something to release to Northwind Energy, which has no node, and a guest of that party."""

from comity.desk.actor import Actor
from comity.desk.add_account import AddAccountRequest, add_account
from comity.desk.end_agreement import EndAgreementRequest, end_agreement
from comity.desk.erase_item import EraseItemRequest, erase_item
from comity.desk.grant_release import GrantReleaseRequest, grant_release
from comity.desk.mark_item import MarkItemRequest, mark_item
from tests.support.nodes import OFFICER, Freedonia, agreement, an_id, an_object, clause

NORTH, RURI = "northwind-energy", "ruritania-csirt"
GUEST = Actor(name="nora.wind", role="guest", via="web")
BEACON, WIPER, MAKER, HIDDEN = an_id("indicator", 1), an_id("malware", 2), an_id("identity", 3), an_id("indicator", 4)
CANARY = "canary-gneiss-41"
_GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"


def shares(hub: Freedonia) -> None:
    """Share green material with Northwind Energy, and hold some that it must not learn of."""
    text = agreement(
        clause("art-1", "share", tlp_at_most="green", **{"text.en": "Green material may go to the members."})
        + clause("art-2", "use_limit", **{"text.en": "For the defence of own networks."})
        + clause("art-3", "withhold", personal_data=True),
        name="free-north",
        parties=("freedonia-csirt", NORTH),
    )
    hub.agree(text, adhere=("freedonia-csirt", NORTH))
    hub.put(
        an_object("identity", 3, name="Freedonia CSIRT", identity_class="organization"),
        an_object("indicator", 1, name="Beacon", created_by_ref=MAKER, object_marking_refs=[_GREEN]),
        an_object("malware", 2, name="Wiper", description="It <b>wipes</b>.", created_by_ref=an_id("identity", 5)),
    )
    hub.put(
        an_object("indicator", 4, name=CANARY, labels=[CANARY]),
        an_object("identity", 5, name=f"{CANARY} maker", identity_class="organization"),
        tlp="amber",
    )
    raise_marking(hub, an_id("identity", 5))  # the maker of what is released, who is not
    hub.settle()


def guest_of(hub: Freedonia, party: str = NORTH, name: str = "nora.wind") -> Actor:
    """Invite a guest of a party, and give them as they act."""
    request = AddAccountRequest(name=name, title=name.replace(".", " ").title(), roles=("guest",), party=party)
    add_account(hub.node, OFFICER, request)
    return Actor(name=name, role="guest", via="web")


def end(hub: Freedonia) -> None:
    """End the agreement under which all went."""
    end_agreement(hub.node, OFFICER, EndAgreementRequest(agreement="free-north"))


def erase(hub: Freedonia, *ids: str) -> None:
    """Erase items, and ask who was served them to erase theirs."""
    for one in ids:
        request = EraseItemRequest(id=one, reason="Personal data.", ordered_by="Data protection officer")
        erase_item(hub.node, OFFICER, request)


def grant(hub: Freedonia, stix_id: str) -> None:
    """Let Northwind have an item under the originator's control."""
    grant_release(hub.node, OFFICER, GrantReleaseRequest(ids=(stix_id,), to=(NORTH,), reason="They are hit."))


def raise_marking(hub: Freedonia, stix_id: str) -> None:
    """Find out late that an item holds personal data."""
    mark_item(hub.node, OFFICER, MarkItemRequest(id=stix_id, personal="yes", reason="A name stands in it."))
