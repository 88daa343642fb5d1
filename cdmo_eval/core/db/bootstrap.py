"""The three database roles and the database itself, for a new PostgreSQL.

owner runs migrations; app is what the product connects as and may change no structure; audit owns the guard functions
(audit trail, dirty log) and cannot sign in. Needs CREATEROLE and CREATEDB only, so that a hosted PostgreSQL works too.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

OWNER, APP, AUDIT = "cdmo_owner", "cdmo_app", "cdmo_audit"


def statements(
    *, database: str, owner_password: str = "", app_password: str = "", for_tests: bool = False
) -> Iterator[tuple[str, sql.Composed]]:
    """Pairs of (what must not exist yet, statement), in order; an empty key means always."""

    def role(name: str, attributes: str, password: str) -> sql.Composed:
        secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
        return sql.SQL("CREATE ROLE {} " + attributes + "{}").format(sql.Identifier(name), secret)

    # INHERIT: without it a restored dump silently loses every guard that audit owns
    yield f"role:{AUDIT}", role(AUDIT, "NOLOGIN", "")
    yield f"role:{OWNER}", role(OWNER, "LOGIN INHERIT" + (" CREATEDB" if for_tests else ""), owner_password)
    yield f"role:{APP}", role(APP, "LOGIN", app_password)
    yield "", sql.SQL("GRANT {} TO {}").format(sql.Identifier(AUDIT), sql.Identifier(OWNER))
    yield "", sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER))
    yield (
        f"database:{database}",
        sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
            sql.Identifier(database), sql.Identifier(OWNER)
        ),
    )


def bootstrap(
    url: str, *, database: str, owner_password: str = "", app_password: str = "", for_tests: bool = False
) -> list[str]:
    """Create what is missing at the server behind `url`; return the names of what was made."""
    made = []
    with psycopg.connect(url, autocommit=True) as connection:
        for key, statement in statements(
            database=database, owner_password=owner_password, app_password=app_password, for_tests=for_tests
        ):
            if key and _exists(connection, key):
                continue
            connection.execute(statement)
            if key:
                made.append(key)
    return made


def as_text(*, database: str) -> str:
    """The same statements to be run by hand, with places for the passwords."""
    lines = statements(database=database, owner_password="<owner password>", app_password="<app password>")  # noqa: S106
    return ";\n".join(statement.as_string() for _, statement in lines) + ";\n"


def _exists(connection: psycopg.Connection[tuple[object, ...]], key: str) -> bool:
    kind, name = key.split(":", 1)
    query = {
        "role": "SELECT 1 FROM pg_roles WHERE rolname = %s",
        "database": "SELECT 1 FROM pg_database WHERE datname = %s",
    }[kind]
    return connection.execute(query, [name]).fetchone() is not None
