"""Template tags of the interface: `display` (how values read) and `components` (how things look)."""
