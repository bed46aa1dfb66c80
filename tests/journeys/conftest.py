"""Gives journeys a PostgreSQL server of our own, and a crew that types commands."""

from tests.faults.stage import crew
from tests.support.postgresql import new_postgres, postgres

__all__ = ["crew", "new_postgres", "postgres"]
