"""Holds the revisions, one file each, in the order of their numbers; a released one is never changed."""
