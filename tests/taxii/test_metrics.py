"""Tests the counts and their text."""

from comity.taxii.metrics import Metrics, Series


def test_requests_are_counted_by_method_route_and_status() -> None:
    metrics = Metrics()
    metrics.count(Series("GET", "/taxii2", 200), 0.003, 10)
    metrics.count(Series("GET", "/taxii2", 200), 0.003, 10)
    metrics.count(Series("GET", "/taxii2", 401), 0.003, 5)

    lines = metrics.text({}).splitlines()

    assert 'comity_requests_total{method="GET",route="/taxii2",status="200"} 2' in lines
    assert 'comity_requests_total{method="GET",route="/taxii2",status="401"} 1' in lines
    assert "comity_sent_bytes_total 25" in lines


def test_the_histogram_is_cumulative_and_ends_in_all() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.02, 99.0):
        metrics.count(Series("GET", "/taxii2", 200), seconds, 0)

    lines = metrics.text({}).splitlines()

    assert 'comity_request_seconds_bucket{route="/taxii2",le="0.001"} 1' in lines
    assert 'comity_request_seconds_bucket{route="/taxii2",le="0.025"} 2' in lines
    assert 'comity_request_seconds_bucket{route="/taxii2",le="10.0"} 2' in lines
    assert 'comity_request_seconds_bucket{route="/taxii2",le="+Inf"} 3' in lines
    assert 'comity_request_seconds_count{route="/taxii2"} 3' in lines


def test_the_nodes_figures_stand_beside() -> None:
    assert "comity_store_items 5" in Metrics().text({"store_items": 5}).splitlines()
