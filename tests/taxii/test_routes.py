"""Tests the TAXII endpoints that read: each behaviour that broke a client of another server."""

import json
import uuid
from datetime import UTC, datetime

import httpx
import pytest

from comity.desk.list_audit import ListAuditRequest, list_audit
from tests.support.nodes import OFFICER
from tests.support.taxii import MEDIA, ROOT, Caller, Hub, envelope, indicator, post


def ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in answer.json().get("objects", [])]


# Discovery and API root


@pytest.mark.parametrize("path", ["/taxii2/", "/taxii2"])
def test_discovery_gives_an_absolute_root_that_is_its_default(caller: Caller, path: str) -> None:
    found = caller.get(path).json()
    assert found["default"] == "http://hub.example/taxii2/root/"
    assert found["default"] in found["api_roots"]
    assert found["title"]


def test_the_api_root_names_its_version_and_true_size_limit(caller: Caller) -> None:
    found = caller.get(ROOT).json()
    assert found["versions"] == [MEDIA]
    assert found["max_content_length"] == caller.hub.node.settings.max_content_length
    assert found["title"]


def test_every_resource_is_served_with_and_without_slash_and_never_redirected(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    view, one = caller.hub.ruritania.view, indicator(1)["id"]
    paths = ["/taxii2/", ROOT, ROOT + "collections/", view, view + "objects/", view + "manifest/"]
    paths += [f"{view}objects/{one}/", f"{view}objects/{one}/versions/"]
    for path in paths:
        with_slash, without = caller.get(path), caller.get(path.rstrip("/"))
        assert (with_slash.status_code, without.status_code) == (200, 200), path
        assert with_slash.content == without.content
    assert post(caller, envelope(indicator(2)), caller.hub.ruritania.inbox + "objects").status_code == 202


# Collections


def test_a_reader_has_a_collection_to_read_and_one_to_write(caller: Caller) -> None:
    reader = caller.hub.ruritania
    found = {one["id"]: one for one in caller.get(ROOT + "collections/").json()["collections"]}
    assert set(found) == {reader.view_id, reader.inbox_id}
    assert (found[reader.view_id]["can_read"], found[reader.view_id]["can_write"]) == (True, False)
    assert (found[reader.inbox_id]["can_read"], found[reader.inbox_id]["can_write"]) == (False, True)


def test_collection_ids_are_random_uuids_as_some_clients_insist(caller: Caller) -> None:
    for one in caller.get(ROOT + "collections/").json()["collections"]:
        assert uuid.UUID(one["id"]).version == 4
        assert str(uuid.UUID(one["id"])) == one["id"]


def test_a_collection_answers_the_id_in_its_address(caller: Caller) -> None:
    found = caller.get(caller.hub.ruritania.view).json()
    assert found["id"] == caller.hub.ruritania.view_id
    assert found["can_read"] is True and found["can_write"] is False


# Objects and pages


def test_objects_come_in_the_order_in_which_they_became_visible(caller: Caller) -> None:
    objects = [indicator(n) for n in (5, 3, 9)]
    caller.hub.deliver(*objects)
    assert ids(caller.get(caller.hub.ruritania.view + "objects/")) == [one["id"] for one in objects]


def test_pages_joined_give_everything_once_whatever_the_limit_becomes(caller: Caller) -> None:
    objects = [indicator(n) for n in range(7)]
    caller.hub.deliver(*objects)
    path = caller.hub.ruritania.view + "objects/"

    first = caller.get(path + "?limit=2").json()
    second = caller.get(path + f"?limit=3&next={first['next']}").json()
    third = caller.get(path + f"?next={second['next']}").json()

    assert [one["id"] for page in (first, second, third) for one in page["objects"]] == [one["id"] for one in objects]
    assert [page["more"] for page in (first, second, third)] == [True, True, False]
    assert "next" not in third


def test_a_page_token_can_be_used_again_and_gives_the_same_bytes(caller: Caller) -> None:
    caller.hub.deliver(*(indicator(n) for n in range(5)))
    path = caller.hub.ruritania.view + "objects/?limit=2"
    token = caller.get(path).json()["next"]
    assert caller.get(f"{path}&next={token}").content == caller.get(f"{path}&next={token}").content


def test_next_with_the_unchanged_added_after_goes_on(caller: Caller) -> None:
    caller.hub.deliver(*(indicator(n) for n in range(5)))
    path = caller.hub.ruritania.view + "objects/?limit=2&added_after=2020-01-01T00:00:00.000Z"
    first = caller.get(path).json()
    second = caller.get(f"{path}&next={first['next']}").json()
    assert [one["name"] for one in second["objects"]] == ["Indicator 2", "Indicator 3"]


def test_a_token_is_worth_nothing_to_another_reader_or_under_other_filters(caller: Caller) -> None:
    caller.hub.deliver(*(indicator(n) for n in range(5)))
    token = caller.get(caller.hub.ruritania.view + "objects/?limit=2").json()["next"]

    other = caller("GET", f"{caller.hub.elbonia.view}objects/?next={token}", auth=caller.hub.elbonia.auth)
    filtered = caller.get(f"{caller.hub.ruritania.view}objects/?next={token}&match[type]=malware")

    assert other.status_code == filtered.status_code == 400


@pytest.mark.parametrize("token", ["x", "AAAA", "%00", "-1", "12-", "é", "a" * 5000])
def test_a_forged_token_is_a_bad_request(caller: Caller, token: str) -> None:
    assert caller.get(f"{caller.hub.ruritania.view}objects/?next={token}").status_code == 400


def test_an_empty_next_is_as_none(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    path = caller.hub.ruritania.view + "objects/"
    assert caller.get(path + "?next=").content == caller.get(path).content


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "1.5"])
def test_a_limit_that_means_nothing_is_a_bad_request(caller: Caller, limit: str) -> None:
    assert caller.get(f"{caller.hub.ruritania.view}objects/?limit={limit}").status_code == 400


def test_without_limit_and_with_a_huge_one_a_page_has_the_servers_cap(capped: Caller) -> None:
    capped.hub.deliver(*(indicator(n) for n in range(5)))
    for query in ("", "?limit=1000000"):
        page = capped.get(capped.hub.ruritania.view + "objects/" + query).json()
        assert len(page["objects"]) == 3 and page["more"] is True


def test_added_after_is_strictly_after(caller: Caller) -> None:
    caller.hub.deliver(indicator(1), indicator(2), indicator(3))
    path = caller.hub.ruritania.view + "objects/"
    first = caller.get(path + "?limit=1").headers["x-taxii-date-added-last"]

    assert ids(caller.get(f"{path}?added_after={first}")) == [indicator(2)["id"], indicator(3)["id"]]


@pytest.mark.parametrize("form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%M:%S%%2B00:00"])
def test_added_after_takes_the_forms_that_clients_send(caller: Caller, form: str) -> None:
    caller.hub.deliver(indicator(1))
    text = datetime(2020, 1, 1, tzinfo=UTC).strftime(form)
    assert len(ids(caller.get(f"{caller.hub.ruritania.view}objects/?added_after={text}"))) == 1


def test_a_bad_added_after_is_a_bad_request(caller: Caller) -> None:
    assert caller.get(caller.hub.ruritania.view + "objects/?added_after=yesterday").status_code == 400


def test_each_page_says_the_dates_of_its_own_first_and_last_object(caller: Caller) -> None:
    caller.hub.deliver(*(indicator(n) for n in range(4)))
    manifest = caller.get(caller.hub.ruritania.view + "manifest/").json()["objects"]
    dates = [one["date_added"] for one in manifest]
    assert sorted(set(dates)) == dates, "dates are unique and rise"
    view = caller.hub.ruritania.view
    token = caller.get(view + "objects/?limit=2").json()["next"]
    one = manifest[2]["id"]

    for path, first, last in (
        (view + "objects/?limit=2", 0, 1),
        (f"{view}objects/?limit=2&next={token}", 2, 3),
        (view + "objects/?limit=1", 0, 0),
        (view + "manifest/?limit=3", 0, 2),
        (f"{view}objects/{one}/", 2, 2),
        (f"{view}objects/{one}/versions/", 2, 2),
    ):
        headers = caller.get(path).headers
        assert headers["x-taxii-date-added-first"] == dates[first], path
        assert headers["x-taxii-date-added-last"] == dates[last], path


def test_an_empty_answer_is_small_and_keeps_the_readers_place(caller: Caller) -> None:
    answer = caller.get(caller.hub.ruritania.view + "objects/?added_after=2039-01-01T00:00:00Z")
    assert answer.content == b'{"more":false}'
    assert answer.headers["x-taxii-date-added-last"] == "2039-01-01T00:00:00.000Z"


def test_the_four_filters_work_alone_and_together(caller: Caller) -> None:
    malware = indicator(4, type="malware", id="malware--00000004-0000-4000-8000-000000000000", is_family=False)
    caller.hub.deliver(indicator(1), indicator(2), malware)
    path = caller.hub.ruritania.view + "objects/"
    one, two = str(indicator(1)["id"]), str(indicator(2)["id"])

    assert ids(caller.get(f"{path}?match[id]={two}")) == [two]
    assert ids(caller.get(f"{path}?match[id]={two},{one}")) == [one, two]
    assert ids(caller.get(f"{path}?match[type]=malware")) == [malware["id"]]
    assert len(ids(caller.get(f"{path}?match[type]=malware,indicator"))) == 3
    assert ids(caller.get(f"{path}?match[id]={two}&match[type]=malware")) == []
    assert len(ids(caller.get(f"{path}?match[spec_version]=2.1"))) == 3
    assert ids(caller.get(f"{path}?match[spec_version]=2.0")) == []


def test_last_first_all_and_moments_choose_versions(caller: Caller) -> None:
    moments = [f"2030-01-0{day}T00:00:00.000Z" for day in (1, 2, 3)]
    caller.hub.deliver(*(indicator(1, modified=moment) for moment in moments))
    path = caller.hub.ruritania.view + "objects/"

    def versions(query: str) -> list[str]:
        return [one["modified"] for one in caller.get(path + query).json().get("objects", [])]

    assert versions("") == versions("?match[version]=last") == [moments[2]]
    assert versions("?match[version]=first") == [moments[0]]
    assert versions("?match[version]=first,last") == [moments[0], moments[2]]
    assert versions("?match[version]=all") == moments
    assert versions("?match[version]=2030-01-02T00:00:00Z") == [moments[1]]
    assert versions("?match[version]=2030-01-02T00:00:00Z,last") == moments[1:]
    assert caller.get(path + "?match[version]=newest").status_code == 400


def test_unknown_parameters_and_filters_are_ignored(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    path = caller.hub.ruritania.view + "objects/"
    assert caller.get(path + "?match[colour]=red&page=3&_=1").content == caller.get(path).content


def test_manifest_and_versions_page_with_next_too(caller: Caller) -> None:
    moments = [f"2030-01-0{day}T00:00:00.000Z" for day in (1, 2, 3)]
    caller.hub.deliver(*(indicator(1, modified=moment) for moment in moments), indicator(2))
    view, one = caller.hub.ruritania.view, indicator(1)["id"]

    manifest = caller.get(view + "manifest/?limit=1").json()
    rest = caller.get(f"{view}manifest/?next={manifest['next']}").json()
    assert manifest["more"] is True and [one["id"] for one in rest["objects"]] == [indicator(2)["id"]]

    versions = caller.get(f"{view}objects/{one}/versions/?limit=2").json()
    rest = caller.get(f"{view}objects/{one}/versions/?next={versions['next']}").json()
    assert versions["versions"] + rest["versions"] == moments and rest["more"] is False


def test_an_object_without_version_of_its_own_has_a_date_for_one(caller: Caller) -> None:
    address = {"type": "ipv4-addr", "id": "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd", "value": "198.51.100.3"}
    caller.hub.deliver(address)
    view = caller.hub.ruritania.view

    entry = caller.get(view + "manifest/").json()["objects"][0]

    assert entry["version"].endswith("Z") and entry["media_type"] == "application/stix+json;version=2.1"
    assert caller.get(f"{view}objects/{address['id']}/versions/").json()["versions"] == [entry["version"]]
    moment = entry["version"]
    assert ids(caller.get(f"{view}objects/?match[version]={moment}")) == [address["id"]]


def test_a_marking_has_its_creation_for_a_version(caller: Caller) -> None:
    marking = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": "marking-definition--00000001-0000-4000-8000-000000000000",
        "created": "2030-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright Freedonia"},
    }
    marked = indicator(
        1, object_marking_refs=[marking["id"], "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]
    )
    caller.hub.deliver(marking, marked)
    entries = caller.get(caller.hub.ruritania.view + "manifest/?match[type]=marking-definition").json()["objects"]
    assert [one["version"] for one in entries if one["id"] == marking["id"]] == [marking["created"]]


def test_an_object_without_spec_version_is_20_and_served_as_21_unless_asked_otherwise(caller: Caller) -> None:
    old = {
        "type": "indicator",
        "id": "indicator--00000020-0000-4000-8000-000000000000",
        "created": "2017-01-01T00:00:00.000Z",
        "modified": "2017-01-01T00:00:00.000Z",
        "labels": ["malicious-activity"],
        "pattern": "[ipv4-addr:value = '192.0.2.1']",
        "valid_from": "2017-01-01T00:00:00Z",
    }
    caller.hub.deliver(old)
    view = caller.hub.ruritania.view

    assert caller.get(view + "objects/").json()["objects"][0]["spec_version"] == "2.1"
    assert caller.get(view + "objects/?match[spec_version]=2.0").json()["objects"] == [old]
    (entry,) = caller.get(view + "manifest/?match[spec_version]=2.0").json()["objects"]
    assert entry["media_type"] == "application/stix+json;version=2.0"


def test_one_object_is_found_by_its_id_and_an_unknown_one_is_not(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    view = caller.hub.ruritania.view
    assert ids(caller.get(f"{view}objects/{indicator(1)['id']}/")) == [indicator(1)["id"]]
    assert caller.get(f"{view}objects/{indicator(2)['id']}/").status_code == 404
    assert caller.get(f"{view}objects/{indicator(2)['id']}/versions/").status_code == 404
    later = caller.get(f"{view}objects/{indicator(1)['id']}/?added_after=2039-01-01T00:00:00Z")
    assert (later.status_code, later.content) == (200, b'{"more":false}')


def test_filters_by_id_and_type_mean_nothing_on_one_object(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    path = f"{caller.hub.ruritania.view}objects/{indicator(1)['id']}/"
    assert caller.get(path + "?match[type]=malware&match[id]=x").content == caller.get(path).content


# Who may see what


def foreign_paths(hub: Hub) -> list[tuple[str, str]]:
    one = indicator(1)["id"]
    paths = [
        ("GET", hub.ruritania.view),
        ("GET", hub.ruritania.view + "objects/"),
        ("GET", hub.ruritania.view + "manifest/"),
        ("GET", f"{hub.ruritania.view}objects/{one}/"),
        ("GET", f"{hub.ruritania.view}objects/{one}/versions/"),
        ("GET", hub.ruritania.inbox),
        ("POST", hub.ruritania.inbox + "objects/"),
        ("DELETE", f"{hub.ruritania.inbox}objects/{one}/"),
    ]
    return paths


def test_a_foreign_collection_and_an_unknown_one_answer_alike(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    unknown = str(uuid.UUID(int=0x4000_8000_0000_0000_0000, version=4))
    for method, path in foreign_paths(caller.hub):
        foreign = caller(method, path, auth=caller.hub.elbonia.auth)
        guessed = path.replace(caller.hub.ruritania.view_id, unknown).replace(caller.hub.ruritania.inbox_id, unknown)
        absent = caller(method, guessed, auth=caller.hub.elbonia.auth)
        assert foreign.status_code == absent.status_code == 404, path
        without_id = [answer.content.replace(answer.json()["error_id"].encode(), b"") for answer in (foreign, absent)]
        assert without_id[0] == without_id[1]


def test_nothing_is_told_without_credentials(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    paths = [*foreign_paths(caller.hub), ("GET", "/taxii2/"), ("GET", ROOT), ("GET", ROOT + "collections/")]
    for method, path in [*paths, ("GET", ROOT + "status/x/")]:
        answer = caller(method, path, auth=None)
        assert answer.status_code == 401, path
        assert answer.headers.get_list("www-authenticate") == [
            'Basic realm="TAXII", charset="UTF-8"',
            'Bearer realm="TAXII"',
        ]


# What is read is noted


def test_what_a_reader_fetches_is_summed_in_the_audit(caller: Caller) -> None:
    node, reader = caller.hub.node, caller.hub.ruritania
    caller.hub.deliver(indicator(1), indicator(2))
    one = indicator(1)["id"]
    for path in ("objects", "objects", "manifest", f"objects/{one}", f"objects/{one}/versions"):
        assert caller.get(reader.view + path).status_code == 200
    assert caller.get(ROOT + "collections/" + "0" * 36 + "/objects").status_code == 404
    node.store.read_counts.hand_over(node.store)
    listed = list_audit(node, OFFICER, ListAuditRequest(what="read")).lines
    lines = [line for line in listed if line.verb == "taxii read"]
    assert {(line.actor, line.via) for line in lines} == {(reader.user, "taxii")}
    found = [json.loads(bytes(line.facts)) for line in lines]
    sums = {facts["what"]: (facts["requests"], facts["count"]) for facts in found}
    assert sums == {"objects": (3, 5), "manifest": (1, 2), "versions": (1, 1)}
    assert {facts["collection"] for facts in found} == {reader.view_id}
