"""Gives fault tests the crew that starts processes to be killed."""

from tests.faults.stage import crew

__all__ = ["crew"]
