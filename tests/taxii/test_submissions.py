"""Tests submitting over TAXII: bodies, statuses, and withdrawing what one has submitted."""

import gzip

import pytest

from tests.support.taxii import MEDIA, ROOT, Caller, envelope, indicator, post


@pytest.mark.parametrize(
    "content_type", [MEDIA, "application/taxii+json; version=2.1", "application/taxii+json", "application/json"]
)
def test_a_submission_is_taken_in_any_form_of_its_media_type(caller: Caller, content_type: str) -> None:
    answer = post(caller, envelope(indicator(1)), content_type=content_type)
    assert answer.status_code == 202
    assert answer.json()["success_count"] == 1


def test_a_bad_object_does_not_sink_its_batch_and_counts_add_up(caller: Caller) -> None:
    answer = post(caller, envelope(indicator(1), {"no": "type"}, indicator(2)))
    found = answer.json()

    assert answer.status_code == 202
    assert found["total_count"] == 3 == found["success_count"] + found["failure_count"] + found["pending_count"]
    assert {one["id"] for one in found["successes"]} == {indicator(1)["id"], indicator(2)["id"]}
    assert len(found["failures"]) == found["failure_count"] == 1
    assert found["failures"][0]["message"]


def test_a_status_can_be_asked_again_with_its_reasons(caller: Caller) -> None:
    given = post(caller, envelope(indicator(1), {"no": "type"})).json()
    assert caller.get(f"{ROOT}status/{given['id']}/").json() == given
    assert caller.get(f"{ROOT}status/{given['id']}").json() == given


def test_a_status_is_kept_for_a_day(caller: Caller) -> None:
    given = post(caller, envelope(indicator(1))).json()
    caller.hub.pass_hours(23)
    post(caller, envelope(indicator(2)))
    assert caller.get(f"{ROOT}status/{given['id']}/").json() == given


def test_a_status_of_another_reader_is_not_found(caller: Caller) -> None:
    given = post(caller, envelope(indicator(1))).json()
    assert caller("GET", f"{ROOT}status/{given['id']}/", auth=caller.hub.elbonia.auth).status_code == 404


def test_the_same_object_twice_is_a_success_both_times(caller: Caller) -> None:
    first, second = post(caller, envelope(indicator(1))).json(), post(caller, envelope(indicator(1))).json()
    assert first["success_count"] == second["success_count"] == 1


def test_a_gzip_body_is_unpacked(caller: Caller) -> None:
    answer = post(caller, gzip.compress(envelope(indicator(1))), content_encoding="gzip")
    assert (answer.status_code, answer.json()["success_count"]) == (202, 1)


def test_a_body_over_the_announced_limit_is_too_large_packed_or_not(caller: Caller) -> None:
    limit = caller.get(ROOT).json()["max_content_length"]
    for body, encoding in ((b" " * (limit + 1), "identity"), (gzip.compress(b" " * (limit + 1)), "gzip")):
        answer = post(caller, body, content_encoding=encoding)
        assert answer.status_code == 413
        assert answer.json()["details"]["max_content_length"] == limit


@pytest.mark.parametrize("content_type", ["text/html", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_of_another_type_is_unsupported(caller: Caller, content_type: str) -> None:
    assert post(caller, envelope(), content_type=content_type).status_code == 415


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"objects":5}', b"\xff\xfe", b'{"objects":[],"objects":[]}']
)
def test_a_body_that_is_no_envelope_is_refused_by_name(caller: Caller, body: bytes) -> None:
    answer = post(caller, body)
    assert answer.status_code in (400, 422)
    assert answer.json()["http_status"] == str(answer.status_code)


def test_an_envelope_without_objects_is_answered_for_as_none(caller: Caller) -> None:
    answer = post(caller, b'{"objects":[]}')
    assert (answer.status_code, answer.json()["total_count"]) == (202, 0)


def test_one_may_not_write_where_one_reads_nor_read_where_one_writes(caller: Caller) -> None:
    reader = caller.hub.ruritania
    assert post(caller, envelope(indicator(1)), reader.view + "objects/").status_code == 403
    assert caller.get(reader.inbox + "objects/").status_code == 403
    assert caller("DELETE", f"{reader.view}objects/{indicator(1)['id']}/").status_code in (403, 404)


def test_own_submissions_can_be_withdrawn_and_only_those(caller: Caller) -> None:
    post(caller, envelope(indicator(1)))
    path = f"{caller.hub.ruritania.inbox}objects/{indicator(1)['id']}/"

    assert caller("DELETE", path).status_code == 200
    assert caller("DELETE", f"{caller.hub.ruritania.inbox}objects/{indicator(9)['id']}/").status_code == 404
    foreign = f"{caller.hub.elbonia.inbox}objects/{indicator(1)['id']}/"
    assert caller("DELETE", foreign, auth=caller.hub.elbonia.auth).status_code == 404


def test_a_version_of_a_submission_can_be_withdrawn_alone(caller: Caller) -> None:
    moments = [f"2030-01-0{day}T00:00:00.000Z" for day in (1, 2)]
    post(caller, envelope(*(indicator(1, modified=moment) for moment in moments)))
    path = f"{caller.hub.ruritania.inbox}objects/{indicator(1)['id']}/"

    assert caller("DELETE", f"{path}?match[version]={moments[0]}").status_code == 200
    assert caller("DELETE", f"{path}?match[version]={moments[0]}").status_code == 404
    assert caller("DELETE", path).status_code == 200
    assert caller("DELETE", path).status_code == 404
