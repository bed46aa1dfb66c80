"""Tests that the cycle collector rests for the block and no longer."""

import gc

import pytest

from comity.desk.quiet import collector_resting


def test_the_collector_rests_and_works_again_even_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(KeyError), collector_resting():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_an_inner_block_leaves_it_as_it_is() -> None:
    with collector_resting():
        with collector_resting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
