"""Part of Comity; see the design in docs/."""
