"""Tests that a challenge is ours, for its purpose, in time and spent once."""

import pytest

from comity.errors import Unauthenticated
from comity.values import Instant
from comity.web.challenges import CHALLENGED_FOR_MS, Challenges
from tests.support.desk import Office


def flipped(challenge: bytes, place: int) -> bytes:
    return challenge[:place] + bytes([challenge[place] ^ 1]) + challenge[place + 1 :]


def refused(challenges: Challenges, purpose: str, challenge: bytes) -> bool:
    try:
        with challenges.spent(purpose, challenge):
            return False
    except Unauthenticated:
        return True


def test_a_challenge_is_spent_once_and_only_if_it_opened_something(office: Office) -> None:
    challenges = Challenges(office.hub.node)
    challenge = challenges.new("sign-in")
    with pytest.raises(ValueError), challenges.spent("sign-in", challenge):
        raise ValueError
    assert not refused(challenges, "sign-in", challenge)
    assert refused(challenges, "sign-in", challenge)


def test_a_challenge_is_good_for_what_it_was_made_for(office: Office) -> None:
    challenges = Challenges(office.hub.node)
    challenge = challenges.new("add 1")
    assert refused(challenges, "add 2", challenge) and refused(challenges, "sign-in", challenge)
    assert not refused(challenges, "add 1", challenge)


def test_a_changed_challenge_is_none_of_ours(office: Office) -> None:
    challenges = Challenges(office.hub.node)
    challenge = challenges.new("sign-in")
    for place in range(len(challenge)):
        assert refused(challenges, "sign-in", flipped(challenge, place))
    for wrong in (b"", challenge[:-1], challenge + b"x", bytes(40)):
        assert refused(challenges, "sign-in", wrong)


@pytest.mark.parametrize(("after_ms", "good"), [(CHALLENGED_FOR_MS - 1, True), (CHALLENGED_FOR_MS, False), (-1, False)])
def test_a_challenge_has_its_time(office: Office, after_ms: int, good: bool) -> None:
    challenges = Challenges(office.hub.node)
    challenge = challenges.new("sign-in")
    office.hub.clock.now = Instant(office.hub.clock.now + after_ms)
    assert refused(challenges, "sign-in", challenge) is not good


def test_what_was_spent_is_forgotten_with_its_time(office: Office) -> None:
    challenges = Challenges(office.hub.node)
    for _ in range(50):
        assert not refused(challenges, "sign-in", challenges.new("sign-in"))
    office.hub.clock.now = Instant(office.hub.clock.now + CHALLENGED_FOR_MS)
    assert not refused(challenges, "sign-in", challenges.new("sign-in"))
    assert len(challenges._used) == 1
