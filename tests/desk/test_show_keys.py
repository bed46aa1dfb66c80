from pathlib import Path

import pytest

from comity.desk.show_keys import ShowKeysRequest, show_keys
from comity.errors import NotFound
from comity.records.fingerprints import fingerprint
from tests.support.desks import OFFICER, freedonia
from tests.support.keyholders import at, shown


def test_the_own_keys_are_shown_with_the_fingerprint_and_no_secret(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        view = shown(node)
        assert (view.party, view.root_key) == ("freedonia-csirt", node.keys.root_key_id)
        assert view.fingerprint == fingerprint(node.keys.root_public)
        assert node.keys.root_key_id not in [key.key_id for key in view.keys], "the root key stands above"
        assert node.keys.token_key.hex() not in repr(view)


def test_a_key_that_is_not_valid_yet_says_so(tmp_path: Path) -> None:
    with freedonia(tmp_path) as node:
        at(node, "2031-02-01T00:00:00Z")
        assert {key.state for key in shown(node).keys} == {"not-yet-valid"}


@pytest.mark.parametrize("party", ["nobody", "ruritania-csirt"])
def test_a_party_without_known_keys_is_not_found(tmp_path: Path, party: str) -> None:
    with freedonia(tmp_path) as node, pytest.raises(NotFound):
        show_keys(node, OFFICER, ShowKeysRequest(party=party))
