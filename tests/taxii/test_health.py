"""Tests health, readiness and figures, and that only this machine is answered."""

import pytest

from tests.support.taxii import MEDIA, Caller, indicator

PATHS = ("/healthz", "/readyz", "/metrics")


def test_a_sound_node_is_alive_and_ready_without_credentials(caller: Caller) -> None:
    for path in PATHS:
        assert caller("GET", path, auth=None).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_callers_from_elsewhere_find_nothing_even_through_a_proxy_on_this_machine(caller: Caller, path: str) -> None:
    elsewhere = caller("GET", path, peer="192.0.2.1")
    proxied = caller("GET", path, headers={"x-forwarded-for": "192.0.2.1"})
    for answer in (elsewhere, proxied):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == MEDIA


def test_the_figures_are_prometheus_text_and_name_no_reader_or_item(caller: Caller) -> None:
    caller.hub.deliver(indicator(1))
    caller.get(caller.hub.ruritania.view + "objects/")
    answer = caller.get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    route = "/taxii2/root/collections/{collection_id}/objects"
    assert f'comity_requests_total{{method="GET",route="{route}",status="200"}} 1' in answer.text
    assert "comity_store_items " in answer.text
    assert "ruritania" not in answer.text and "indicator" not in answer.text


def test_a_node_whose_store_does_not_answer_is_alive_but_not_ready(caller: Caller) -> None:
    break_store(caller)
    assert caller.get("/healthz").status_code == 200
    answer = caller.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["error_code"] == "store"


def break_store(caller: Caller) -> None:
    """Take a table away that every node has."""
    with caller.hub.node.store.write() as tx:
        tx.exec_driver_sql("alter table parties rename to parties_gone")
