"""A partner reads exactly what a second opinion, written apart from the product, says it may read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import taxii2client.v21

from comity.desk.explain_release import ReleaseExplained
from comity.desk.import_items import ImportAnswer, ImportItemsRequest, import_items
from comity.records.facts import GATED_TYPES
from comity.rooms.release.engine import Engine
from comity.rooms.release.explain import Explanation
from comity.rooms.release.flips import apply_flips
from comity.taxii.app import create_app
from tests.support import oracle
from tests.support.nodes import (
    OFFICER,
    TLP,
    Freedonia,
    Object,
    a_marking,
    a_relationship,
    a_sighting,
    agreement,
    an_id,
    an_object,
    clause,
    freedonia,
)
from tests.support.taxii import served

P = "ruritania-csirt"
FOLDERS = (
    "mitre-attack", "mitre-capec", "unit42-playbooks", "mvt-indicators", "stix-examples", "stix-idioms",
    "taxii-medallion",
)  # fmt: skip
NARROW = ["indicator", "malware", "attack-pattern", "intrusion-set", "relationship"]
GROUP = 'form = "sharing-group"\ntlp_at_most = "green"\n'
AGREEMENTS = {
    "green": clause("1", "share", tlp_at_most="green"),
    "narrow": clause("1", "share", types=NARROW, tlp_at_most="amber"),
    "withheld": clause("1", "share", tlp_at_most="amber")
    + clause("2", "withhold", personal_data=True)
    + clause("3", "withhold", types=["course-of-action", "identity"]),
    "impersonal": clause("1", "share", tlp_at_most="amber+strict", personal_data=False),
    "endless": clause("1", "share", types=["relationship", "sighting", "report", "tool", "other"], tlp_at_most="amber"),
    "clear": clause("1", "share", tlp_at_most="clear"),
}
REFUSING_FACTS = 400  # explanations asked of each folder at most


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Freedonia]:
    with freedonia(tmp_path) as made:
        yield made


def _held(answer: ImportAnswer, objects: list[oracle.Stix]) -> list[oracle.Stix]:
    """The objects that were taken in; what was refused is named in the answer, by its id or its place."""
    refused = {line.id for line in answer.quarantine}
    return [obj for obj in objects if isinstance(obj, dict) and "id" in obj and obj["id"] not in refused]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_partner_reads_of_real_data_what_the_oracle_says(folder: str, hub: Freedonia, shared_data: Path) -> None:
    files = oracle.files_under(shared_data / folder)
    answer = import_items(
        hub.node, OFFICER, ImportItemsRequest(paths=(str(shared_data / folder),), default_tlp="green")
    )
    objects = [obj for file in files for obj in oracle.objects_in(file)]

    assert answer.objects == len(objects)
    assert answer.objects == answer.new + answer.upgraded + answer.duplicate + answer.quarantined
    held = _held(answer, objects)
    for name, clauses in AGREEMENTS.items():
        text = agreement(clauses, name=name)
        hub.agree(text)
        assert set(hub.ids(P, limit=1000)) == oracle.may_read(text, held, "green"), name
        hub.end(name)
        assert hub.ids(P) == []
        hub.later()


@pytest.mark.parametrize("folder", ["stix-examples", "unit42-playbooks", "mitre-attack"])
def test_each_withheld_item_names_a_clause_and_a_fact_that_flips_the_answer(
    folder: str, hub: Freedonia, shared_data: Path
) -> None:
    import_items(hub.node, OFFICER, ImportItemsRequest(paths=(str(shared_data / folder),), default_tlp="green"))
    text = agreement(AGREEMENTS["narrow"] + clause("6", "withhold", personal_data=True), name="narrow")
    hub.agree(text)
    visible = set(hub.ids(P, limit=1000))
    files = oracle.files_under(shared_data / folder)
    ids = sorted({obj["id"] for file in files for obj in oracle.objects_in(file)} - visible)

    for stix_id in ids[:: max(1, len(ids) // REFUSING_FACTS)]:
        told = hub.explain(stix_id, P)
        assert not told.released, stix_id
        assert _names_its_reason(told), (stix_id, told)
        if told.explanation.missing:
            assert _flips(hub, told.explanation), (stix_id, told)


def _names_its_reason(told: ReleaseExplained) -> bool:
    """A clause that forbids, the nearest with its fact, or the end, instant or portion that holds it back."""
    answer = told.explanation
    if answer.decision.outcome == "permitted":
        return bool(told.hindered) and all(found.by for found in told.hindered)
    named = bool(answer.decision.clauses) or bool(answer.nearest)
    return named and (bool(answer.missing) or told.along)


def _flips(hub: Freedonia, answer: Explanation) -> bool:
    """Ask an engine of our own making, with the facts that were named changed."""
    from comity.desk.policy import clauses_of, load_policy

    with hub.node.store.read() as tx:
        policy = load_policy(tx, hub.clock.now)
    facts, standings = apply_flips(answer.facts, policy.standings, answer.missing, hub.clock.now)
    engine = Engine(clauses_of(standings, policy.engine.me, hub.clock.now), policy.engine.me)
    after = engine.decide(answer.reader, facts)
    return after.outcome != answer.decision.outcome and after.outcome == answer.would_be


def test_a_stock_client_reads_over_a_socket_what_the_oracle_says(tmp_path: Path, shared_data: Path) -> None:
    with freedonia(tmp_path, in_memory=False) as hub:
        folder = shared_data / "stix-examples"
        answer = import_items(hub.node, OFFICER, ImportItemsRequest(paths=(str(folder),), default_tlp="green"))
        text = agreement(AGREEMENTS["green"])
        hub.agree(text)
        objects = [obj for file in oracle.files_under(folder) for obj in oracle.objects_in(file)]

        assert _read_by_client(hub) == oracle.may_read(text, _held(answer, objects), "green")


def _read_by_client(hub: Freedonia) -> set[str]:
    reader = hub.reader(P)
    added = hub.credentials[P]
    with served(create_app(hub.node)) as base:
        url = f"{base}/taxii2/root/collections/{reader.view_id}/"
        collection = taxii2client.v21.Collection(url, user=added.user, password=added.password)
        pages = taxii2client.v21.as_pages(collection.get_objects, per_request=40)
        return {obj["id"] for page in pages for obj in page.get("objects", [])}


def _made_up() -> list[Object]:
    """A little of everything: markings in three dialects, missing ends, chains, things that say nothing alone."""
    old_green = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
    statement, unknown = an_id("marking-definition", 1), an_id("marking-definition", 9)
    ind, mal, rel = an_id("indicator", 1), an_id("malware", 1), an_id("relationship", 1)
    return [
        an_object("indicator", 1, created_by_ref=an_id("identity", 1), object_marking_refs=[statement]),
        an_object("indicator", 2, object_marking_refs=[TLP["amber"]]),
        an_object("indicator", 3, object_marking_refs=[TLP["red"]]),
        an_object("indicator", 4, object_marking_refs=[unknown]),
        an_object("indicator", 5, object_marking_refs=[old_green, TLP["amber+strict"]]),
        an_object("malware", 1, created_by_ref=an_id("identity", 2)),
        a_marking(1, definition_type="statement", definition={"statement": "Copyright"}),
        a_marking(2, definition_type="tlp", definition={"tlp": "amber"}),
        an_object("malware", 2, object_marking_refs=[an_id("marking-definition", 2)]),
        an_object("identity", 1),
        an_object("identity", 2, identity_class="individual"),
        a_relationship(1, ind, mal),
        a_relationship(2, ind, an_id("malware", 404)),
        a_relationship(3, ind, an_id("indicator", 3)),
        a_relationship(4, mal, an_id("identity", 1)),
        a_sighting(1, rel),
        a_sighting(2, an_id("relationship", 3)),
        a_sighting(3, ind, where_sighted_refs=[an_id("identity", 2)]),
        an_object("report", 1, object_refs=[ind, an_id("indicator", 3)]),
        an_object("report", 2, object_refs=[an_id("indicator", 3)]),
        an_object("report", 3, object_refs=[an_id("report", 2)]),
        a_relationship(5, an_id("report", 2), ind),
        an_object("x-case", 1, x_about_ref=ind),
        an_object("email-addr", 1, value="someone@example.org", name=None),
        an_object("course-of-action", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("name", AGREEMENTS)
def test_a_partner_reads_of_made_up_data_what_the_oracle_says(name: str, hub: Freedonia) -> None:
    text = agreement(AGREEMENTS[name], name=name)
    hub.agree(text)

    assert hub.put(*_made_up()).quarantined == 0

    assert set(hub.ids(P)) == oracle.may_read(text, _made_up(), "green")


@pytest.mark.parametrize("name", AGREEMENTS)
def test_it_makes_no_difference_in_which_order_things_come(name: str, hub: Freedonia) -> None:
    text = agreement(AGREEMENTS[name], name=name)
    objects = _made_up()

    for obj in reversed(objects[: len(objects) // 2]):
        hub.put(obj)
    hub.agree(text)
    for obj in reversed(objects[len(objects) // 2 :]):
        hub.put(obj)

    assert set(hub.ids(P)) == oracle.may_read(text, objects, "green")


def test_members_of_a_sharing_group_read_what_the_oracle_says(hub: Freedonia) -> None:
    members = ("freedonia-csirt", P, "northwind-energy")
    hub.agree(agreement(GROUP, name="group", parties=members))
    hub.put(*_made_up())

    same = agreement(AGREEMENTS["green"])
    assert set(hub.ids(P)) == set(hub.ids("northwind-energy")) == oracle.may_read(same, _made_up(), "green")


def test_each_made_up_item_that_is_withheld_is_explained(hub: Freedonia) -> None:
    hub.agree(agreement(AGREEMENTS["withheld"]))
    hub.put(*_made_up())
    visible = set(hub.ids(P))

    for obj in _made_up():
        told = hub.explain(str(obj["id"]), P)
        assert told.released == (obj["id"] in visible), told
        if not told.released:
            assert _names_its_reason(told), told
            held_back = obj["type"] in GATED_TYPES or told.explanation.decision.outcome == "permitted"
            assert held_back or _flips(hub, told.explanation), told


def test_the_oracle_is_not_of_the_product() -> None:
    source = Path(oracle.__file__).read_text(encoding="utf-8")

    assert "import comity" not in source
    assert "from comity" not in source
