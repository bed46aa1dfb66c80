"""Tests who is let in, and who must wait."""

import base64

import pytest

from tests.support.taxii import ROOT, Caller


def with_header(caller: Caller, authorization: str) -> int:
    return caller("GET", ROOT, auth=None, headers={"authorization": authorization}).status_code


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic_in_any_case_lets_a_reader_in(caller: Caller, scheme: str) -> None:
    assert with_header(caller, f"{scheme} {basic(*caller.hub.ruritania.auth)}") == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_token_lets_a_reader_in(caller: Caller, scheme: str) -> None:
    assert with_header(caller, f"{scheme} {caller.hub.ruritania.token}") == 200


def test_wrong_credentials_of_every_sort_are_refused_alike(caller: Caller) -> None:
    user, password = caller.hub.ruritania.auth
    tried = [
        "",
        "Basic",
        f"Basic {basic(user, password + 'x')}",
        f"Basic {basic('nobody', password)}",
        f"Basic {basic(caller.hub.elbonia.user, password)}",
        f"Basic {basic(user, '')}",
        "Bearer wrong",
        f"Bearer {password}x",
        f"Digest {basic(user, password)}",
    ]
    answers = [caller("GET", ROOT, auth=None, headers={"authorization": one} if one else {}) for one in tried]
    assert {answer.status_code for answer in answers} == {401}
    bodies = {answer.content.replace(answer.json()["error_id"].encode(), b"") for answer in answers}
    assert len(bodies) == 1


def test_who_guesses_too_often_must_wait_and_is_told_how_long(caller: Caller) -> None:
    attempts = caller.hub.node.settings.login_attempts_per_minute
    guesses = [caller("GET", ROOT, auth=("guess", str(n)), peer="192.0.2.1") for n in range(attempts + 1)]

    assert [one.status_code for one in guesses] == [401] * attempts + [429]
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert guesses[-1].json()["http_status"] == "429"


def test_a_reader_who_has_been_here_is_not_locked_out_by_a_neighbour_or_a_stranger(caller: Caller) -> None:
    attempts = caller.hub.node.settings.login_attempts_per_minute
    assert caller("GET", ROOT, peer="192.0.2.1").status_code == 200
    for n in range(attempts + 5):
        caller("GET", ROOT, auth=("guess", str(n)), peer="192.0.2.1")
        caller("GET", ROOT, auth=(caller.hub.ruritania.user, str(n)), peer="198.51.100.1")

    assert caller("GET", ROOT, peer="192.0.2.1").status_code == 200
    assert caller("GET", ROOT, peer="198.51.100.1").status_code == 429


def test_behind_a_trusted_proxy_clients_are_counted_one_by_one(proxied: Caller) -> None:
    attempts = proxied.hub.node.settings.login_attempts_per_minute
    for n in range(attempts + 1):
        proxied("GET", ROOT, auth=("guess", str(n)), peer="10.0.0.1", headers={"x-forwarded-for": "spoof, 203.0.113.9"})
    same = proxied("GET", ROOT, peer="10.0.0.1", headers={"x-forwarded-for": "203.0.113.9"})
    other = proxied("GET", ROOT, peer="10.0.0.1", headers={"x-forwarded-for": "203.0.113.10"})
    assert (same.status_code, other.status_code) == (429, 200)


def test_forwarding_headers_of_a_stranger_do_not_multiply_its_attempts(caller: Caller) -> None:
    attempts = caller.hub.node.settings.login_attempts_per_minute
    answers = [
        caller("GET", ROOT, auth=("guess", "x"), peer="192.0.2.1", headers={"x-forwarded-for": f"203.0.113.{n}"})
        for n in range(attempts + 1)
    ]
    assert answers[-1].status_code == 429
