"""The PostgreSQL backend with two identities on one alias: the app role by default, the owner on request.

Migrations, flush and the making of test databases run as the owner inside `owner_connection()`; everything else is the
app role, which row-level security binds and which may change no structure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects as the app role, or as the owner while `as_owner` is set."""

    as_owner = False

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters of the identity in force; the owner's work has no statement time-out."""
        params = super().get_connection_params()
        if self.as_owner or self.alias == NO_DB_ALIAS:  # NO_DB: CREATE and DROP DATABASE of the tests
            params.update(self.settings_dict["OWNER"])
            params.pop("options", None)
        return params


@contextmanager
def owner_connection(alias: str = "default") -> Iterator[DatabaseWrapper]:
    """Run as the owner role. Refused inside a transaction, whose identity cannot change."""
    connection = connections[alias]
    assert isinstance(connection, DatabaseWrapper)  # noqa: S101 - the settings name this backend
    if connection.as_owner:
        yield connection
        return
    if connection.in_atomic_block:
        raise RuntimeError("owner_connection() inside a transaction")
    connection.close()
    connection.as_owner = True
    try:
        yield connection
    finally:
        connection.close()
        connection.as_owner = False
