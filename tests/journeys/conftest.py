"""Gives journeys a PostgreSQL server of our own."""

from tests.support.postgresql import new_postgres, postgres

__all__ = ["new_postgres", "postgres"]
