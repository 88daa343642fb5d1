"""Pages: what those of every app share, and core's own (members, tokens, audit trail, help, status)."""
