"""The log as pure rules: RFC 6962 tree, C2SP tiles, notes, checkpoints and proofs, and what an entry commits to."""
