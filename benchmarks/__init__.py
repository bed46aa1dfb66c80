"""Measures what Comity promises about speed, each figure beside a limit that was measured in the same run."""
