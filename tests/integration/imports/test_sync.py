"""Reading live sources in whole: resuming, refusing, once a night; against a local server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from cdmo_eval.core.errors import Conflict, Invalid, Unavailable
from tests.support.live_sources import KEY, USER, Service, citations, inspections, recalls, serving, status
from vendors.imports import sync as syncing
from vendors.imports.sync import sources, sync, sync_nightly
from vendors.models import PublicLoad, PublicRecord, SourceRead
from vendors.regulatory.sources.web import Client

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
IMPATIENT = Client(tries=1, read_seconds=5)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    rows = {
        "inspections_classifications": inspections(25),
        "inspections_citations": citations(25),
        "compliance_actions": [],
        "enforcement": recalls(25),
    }
    with serving(Service(rows)) as running:
        settings.FDA_DASHBOARD = {"url": running.url, "user": USER, "key": KEY, "rows": 10}
        settings.OPENFDA = {"url": running.url, "key": "", "rows": 10}
        yield running


def read(kind: str, folder: Path, *, now: datetime = NOW) -> syncing.Synced:
    return sync(sources()[kind], folder=folder, now=now, by="operator", client=IMPATIENT)


@pytest.mark.parametrize("kind", ["fda_inspections", "fda_citations", "openfda_enforcement"])
def test_sync_loads_every_page_as_one_load(service: Service, tmp_path: Path, kind: str) -> None:
    done = read(kind, tmp_path)

    assert (done.asked, done.kept, done.report.read, done.report.new) == (3, 0, 25, 25)
    assert PublicRecord.objects.count() == 25
    assert PublicLoad.objects.count() == 1
    assert set(SourceRead.objects.values_list("source", "read_on")) == {(kind, NOW.date())}
    assert list((tmp_path).glob("*/*")) == []


def test_second_sync_changes_nothing(service: Service, tmp_path: Path) -> None:
    read("fda_inspections", tmp_path)

    again = read("fda_inspections", tmp_path, now=NOW + timedelta(days=1))

    assert (again.report.new, again.report.changed, again.report.unchanged) == (0, 0, 25)


def test_sync_that_broke_off_writes_nothing_and_goes_on_where_it_stopped(
    service: Service, tmp_path: Path
) -> None:
    service.faults = [None, status(503)]
    with pytest.raises(Unavailable, match="1 pages are kept"):
        read("fda_inspections", tmp_path)
    written = PublicRecord.objects.count()

    done = read("fda_inspections", tmp_path)

    assert written == 0
    assert (done.asked, done.kept, done.report.new) == (2, 1, 25)
    assert [body["start"] for _, body in service.asked] == [1, 11, 11, 21]


def test_pages_of_another_day_are_not_mixed_in(service: Service, tmp_path: Path) -> None:
    service.faults = [None, status(503)]
    with pytest.raises(Unavailable):
        read("fda_inspections", tmp_path)

    done = read("fda_inspections", tmp_path, now=NOW + timedelta(days=1))

    assert (done.asked, done.kept) == (3, 0)


def test_rows_that_went_between_two_pages_make_it_start_again(service: Service, tmp_path: Path) -> None:
    def one_goes(_: Any) -> bool:
        del service.rows["inspections_classifications"][0]
        return False

    service.faults = [None, one_goes]
    with pytest.raises(Unavailable, match=r"25 rows were announced, then 24\. 0 pages are kept"):
        read("fda_inspections", tmp_path)

    assert read("fda_inspections", tmp_path).report.new == 24


def test_changed_fields_are_refused_with_what_was_expected(service: Service, tmp_path: Path) -> None:
    for row in service.rows["inspections_classifications"]:
        row["InspectionNumber"] = row.pop("FEINumber")

    with pytest.raises(Invalid, match="expected the columns FEI Number; found LegalName"):
        read("fda_inspections", tmp_path)

    assert (PublicRecord.objects.count(), SourceRead.objects.count()) == (0, 0)


def test_field_that_the_first_row_leaves_out_is_read_from_the_others(
    service: Service, tmp_path: Path
) -> None:
    del service.rows["inspections_classifications"][0]["ClassificationCode"]
    del service.rows["inspections_classifications"][0]["City"]

    read("fda_inspections", tmp_path)

    found = PublicRecord.objects.order_by("native_id")
    assert [(one.classification, one.city) for one in found[:2]] == [("VAI", ""), ("VAI", "Nowhere")]


def test_source_without_credentials_is_not_asked(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    settings.FDA_DASHBOARD = settings.FDA_DASHBOARD | {"key": ""}

    with pytest.raises(Invalid, match="set CDMO_FDA_DASHBOARD_USER and CDMO_FDA_DASHBOARD_KEY"):
        read("fda_inspections", tmp_path)

    assert service.asked == []


def test_two_syncs_of_a_kind_do_not_run_at_once(service: Service, tmp_path: Path) -> None:
    def meanwhile(_: Any) -> bool:
        with pytest.raises(Conflict, match=r"Another sync of fda_inspections is running\."):
            read("fda_inspections", tmp_path)
        return False

    service.faults = [meanwhile]

    assert read("fda_inspections", tmp_path).report.new == 25


def test_nightly_reads_each_configured_source_once_a_day(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    settings.FDA_DASHBOARD = settings.FDA_DASHBOARD | {"user": ""}

    found = [
        sync_nightly(folder=tmp_path, clock=lambda at=at: at, client=IMPATIENT)
        for at in (NOW.replace(hour=1), NOW.replace(hour=4), NOW.replace(hour=5), NOW + timedelta(days=1))
    ]

    once = {"openfda_enforcement": "25 rows"}
    assert found == [{}, once, {}, once]


def test_nightly_tries_again_what_failed(service: Service, settings: Settings, tmp_path: Path) -> None:
    settings.FDA_DASHBOARD = settings.FDA_DASHBOARD | {"user": ""}
    service.faults = [status(500)]

    first = sync_nightly(folder=tmp_path, clock=lambda: NOW, client=IMPATIENT)
    second = sync_nightly(folder=tmp_path, clock=lambda: NOW, client=IMPATIENT)

    assert "answered with status 500" in first["openfda_enforcement"]
    assert second == {"openfda_enforcement": "25 rows"}


def test_command_says_what_it_read(service: Service, tmp_path: Path) -> None:
    out = StringIO()

    call_command("sync_regulatory", "fda_inspections", "--folder", str(tmp_path), stdout=out)

    number = PublicLoad.objects.get().position
    assert out.getvalue() == (
        "fda_inspections: 3 pages read; 25 rows: 25 new, 0 changed, 0 unchanged, "
        f"0 rejected (load {number})\n"
    )


def test_command_fails_when_a_source_was_not_read(
    service: Service, settings: Settings, tmp_path: Path
) -> None:
    settings.FDA_DASHBOARD = settings.FDA_DASHBOARD | {"key": "wrong"}
    err = StringIO()

    with pytest.raises(CommandError, match=r"Not read: fda_inspections\."):
        call_command("sync_regulatory", "fda_inspections", "--folder", str(tmp_path), stderr=err)

    assert "401 Invalid credentials" in err.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [([], "Name a kind"), (["letters"], "There is no source letters; there are fda_inspections")],
)
def test_command_with_wrong_arguments_says_what_there_is(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("sync_regulatory", *arguments)


def test_command_lists_the_sources_and_what_they_lack(service: Service, settings: Settings) -> None:
    settings.FDA_DASHBOARD = settings.FDA_DASHBOARD | {"user": ""}
    out = StringIO()

    call_command("sync_regulatory", "--list", stdout=out)

    assert out.getvalue().splitlines()[0].startswith("fda_inspections: needs CDMO_FDA_DASHBOARD_USER")
    assert out.getvalue().splitlines()[-1] == "openfda_enforcement: ready"
