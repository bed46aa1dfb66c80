"""Leads a database from each revision to the next; see `comity.stores.migrating`."""
