"""Public identifiers."""

import uuid

import uuid_utils


def new_public_id() -> uuid.UUID:
    """A UUIDv7: unguessable in its random part, ordered by time, so that indexes stay compact."""
    return uuid.UUID(bytes=uuid_utils.uuid7().bytes)
