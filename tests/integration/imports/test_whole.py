"""A commit or an undo that breaks at any statement is nothing at all; a large file is loaded by a job, once."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from cdmo_eval.core.errors import Conflict
from cdmo_eval.core.models import Event, Job
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_capability, make_site, make_vendor
from tests.integration.access.test_all_or_nothing import Broken, breaking
from tests.integration.imports.test_uploads import signed_in
from tests.support.tables import all_tables
from tests.support.uploads import check_text
from vendors.imports import jobs, uploads
from vendors.models import Contact, Evidence, UploadedLoad
from vendors.services import revise_evidence
from vendors.tasks import import_file

pytestmark = pytest.mark.django_db(transaction=True)
TABLE = (
    "vendor,site,modality,operation,target,value,date\nAlder,,,,SVC6,3,2026-01-31\nAlder,Ulm,,,site.single_use_pct,80,2026-01-31\n"
    "Alder,Ulm,MAB,UPSTREAM,capability.gmp,yes,2026-01-31\n"
)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    """Uploaded bytes lie in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def directory(team: Team) -> Team:
    """A vendor with a site and a capability."""
    with organization_scope(team.organization.pk, team.actor()):
        vendor = make_vendor(team.organization, name="Alder", now=NOW)
        make_capability(make_site(vendor, name="Ulm", now=NOW), gmp=True, now=NOW)
    return team


def checked(team: Team, kind: str, table: str) -> UploadedLoad:
    """A checked file."""
    with organization_scope(team.organization.pk, team.actor()):
        return check_text(team.actor(), kind, table)


def broken_everywhere(work: Callable[[], None]) -> int:
    """Let the work fail at each of its statements; the number of statements. Every failure must leave nothing."""
    before, wrong = all_tables(), []
    for place in count(1):
        with breaking(place) as counted, suppress(Broken):
            work()
        if counted[0] < place:
            assert wrong == []
            return counted[0]
        if all_tables() != before:
            wrong.append(place)
    raise AssertionError("unreachable")


@pytest.mark.parametrize(
    ("kind", "table"),
    [("evidence", TABLE), ("contacts", "vendor,contact,primary\nAlder,A. Body,yes\nAlder,B. Body,\n")],
)
def test_commit_and_undo_broken_at_any_statement_are_nothing(directory: Team, kind: str, table: str) -> None:
    load, actor = checked(directory, kind, table), directory.actor()

    def inside(act: Callable[..., Any], **more: Any) -> None:
        with organization_scope(directory.organization.pk, actor):
            row = UploadedLoad.objects.select_related("organization").get(pk=load.pk)
            act(load=row, by=actor, now=timezone.now(), **more)

    commit = broken_everywhere(lambda: inside(uploads.commit_upload))
    undo = broken_everywhere(lambda: inside(uploads.undo_upload, reason="wrong"))

    assert (commit > 15, undo > 15) == (True, True)
    with organization_scope(directory.organization.pk, "test"):
        assert UploadedLoad.objects.get().state == "undone"
        assert Evidence.objects.live().filter(target="SVC6").count() == Contact.objects.active().count() == 0
        assert Event.objects.filter(type="import.finished").count() == 1


def test_large_file_is_loaded_by_a_job_once(directory: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGE", 2)
    load, actor, organization = (
        checked(directory, "evidence", TABLE),
        directory.actor(),
        directory.organization,
    )
    with organization_scope(organization.pk, actor):
        job = jobs.request_commit(load=load, by=actor, now=timezone.now())
    assert job is not None

    ran = [
        jobs.run_import(organization_id=organization.pk, job_id=job.pk, clock=timezone.now) for _ in range(2)
    ]

    assert ran == [True, False]
    with organization_scope(organization.pk, "test"):
        job.refresh_from_db()
        load.refresh_from_db()
        assert (job.state, job.done, load.state) == (Job.State.SUCCEEDED, 3, "loaded")
        assert Evidence.objects.live().filter(target="SVC6").count() == 1


def test_job_that_cannot_load_says_why(directory: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGE", 2)
    load, actor, organization = (
        checked(directory, "evidence", TABLE),
        directory.actor(),
        directory.organization,
    )
    with organization_scope(organization.pk, actor):
        job = jobs.request_commit(load=load, by=actor, now=timezone.now())
        uploads.discard_upload(load=load, by=actor)
    assert job is not None

    jobs.run_import(organization_id=organization.pk, job_id=job.pk, clock=timezone.now)

    with organization_scope(organization.pk, "test"):
        job.refresh_from_db()
        assert (job.state, job.error) == (Job.State.FAILED, "The file's content is missing: upload it again.")


def test_large_file_is_taken_back_by_a_job_once(directory: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    load, actor, organization = (
        checked(directory, "evidence", TABLE),
        directory.actor(),
        directory.organization,
    )
    with organization_scope(organization.pk, actor):
        uploads.commit_upload(load=load, by=actor, now=timezone.now())
        load.refresh_from_db()
    monkeypatch.setattr(uploads, "LARGE", 2)
    with organization_scope(organization.pk, actor):
        job = jobs.request_undo(load=load, reason=" wrong ", by=actor, now=timezone.now())
        with pytest.raises(Conflict, match="A job is at work"):
            jobs.request_undo(load=load, reason="again", by=actor, now=timezone.now())
    assert job is not None

    ran = [
        jobs.run_import(organization_id=organization.pk, job_id=job.pk, clock=timezone.now) for _ in range(2)
    ]

    assert ran == [True, False]
    with organization_scope(organization.pk, "test"):
        job.refresh_from_db()
        load.refresh_from_db()
        assert (job.state, job.message, load.state, load.undone_reason) == (
            Job.State.SUCCEEDED, "Taken back.", "undone", "wrong",
        )  # fmt: skip
        assert Evidence.objects.live().filter(target="SVC6").count() == 0


def test_job_that_cannot_take_a_file_back_says_why_on_its_page(
    directory: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, actor, organization = (
        checked(directory, "evidence", TABLE),
        directory.actor(),
        directory.organization,
    )
    with organization_scope(organization.pk, actor):
        uploads.commit_upload(load=load, by=actor, now=timezone.now())
        load.refresh_from_db()
        row = Evidence.objects.live().get(target="SVC6")
        revise_evidence(
            evidence=row,
            expected_version=None,
            by=actor,
            now=timezone.now(),
            reason="seen again",
            note="Seen again.",
        )
    monkeypatch.setattr(uploads, "LARGE", 2)
    client = signed_in(directory)
    place = f"/vendors/imports/{load.public_id}/"

    asked = client.post(f"{place}undo/", {"reason": "wrong"}, follow=True)
    with organization_scope(organization.pk, actor):
        job = jobs.open_job(load)
    assert job is not None
    jobs.run_import(organization_id=organization.pk, job_id=job.pk, clock=timezone.now)
    page = client.get(place)

    assert b"Taking the import back" in asked.content
    assert (
        b"The last attempt failed, and nothing was written: Later work stands on this import" in page.content
    )


def test_job_that_takes_too_long_ends_with_a_word_about_it(
    directory: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGE", 2)
    load, actor, organization = (
        checked(directory, "evidence", TABLE),
        directory.actor(),
        directory.organization,
    )
    with organization_scope(organization.pk, actor):
        job = jobs.request_commit(load=load, by=actor, now=timezone.now())
    assert job is not None

    def slow(**_: Any) -> UploadedLoad:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(uploads, "commit_upload", slow)
    import_file(organization_id=organization.pk, job_id=job.pk)

    with organization_scope(organization.pk, "test"):
        job.refresh_from_db()
        assert (job.state, job.message) == (Job.State.FAILED, "Nothing was written.")
        assert job.error.startswith("It took longer than a job may take.")


def test_journal_of_many_rows_that_were_written_twice_is_kept_at_once(directory: Team) -> None:
    """A file of new sites inserts and then changes each of them: the journal tells of each once, as inserted."""
    lines = "".join(f"Alder,Site {number},Germany,{number % 100}\n" for number in range(1500))
    load, actor = (
        checked(directory, "sites", f"vendor,site,site.country,site.single_use_pct\n{lines}"),
        directory.actor(),
    )
    with organization_scope(directory.organization.pk, actor):
        uploads.commit_upload(load=load, by=actor, now=timezone.now())
        assert load.entries.filter(table_name="vendors_site", op="I").count() == 1500
        assert load.entries.filter(table_name="vendors_evidence", op="I").count() == 3000
