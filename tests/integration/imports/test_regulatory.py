"""Loading official records: public ones for every organisation, uploaded ones for one."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cdmo_eval.core import wakeup
from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.errors import Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team, make_team
from tests.factories.vendors import make_site, make_vendor
from tests.integration.imports.files import csv_file, xlsx_file
from tests.support.hostile_files import HOSTILE
from tests.support.shared_data import SAMPLES, shared_data
from vendors.imports.regulatory import KINDS, RegulatoryReport, import_public_records, import_uploaded_records
from vendors.models import PublicRecord, Site, SiteStanding, SourceRead, UploadedRecord
from vendors.regulatory.formats import FORMATS
from vendors.selectors import site_regulatory

READ_ON = date(2026, 6, 30)
INSPECTIONS = SAMPLES / "fda_inspections_native.csv"
ACTIONS = SAMPLES / "fda_compliance_actions.csv"
CATALENT = "3005949964"
committed = pytest.mark.django_db(transaction=True)
inside = pytest.mark.django_db


def load_public(kind: str, path: Path, *, now: datetime = NOW, dry_run: bool = False) -> RegulatoryReport:
    """Load a public file at the usual moment."""
    return import_public_records(kind, path, read_on=READ_ON, now=now, by="operator", dry_run=dry_run)


def upload(kind: str, path: Path, by: Actor, *, dry_run: bool = False) -> RegulatoryReport:
    """Load a member's file at the usual moment."""
    return import_uploaded_records(
        kind, path, organization=by.organization, read_on=READ_ON, by=by, now=NOW, dry_run=dry_run
    )


def counts(report: RegulatoryReport) -> tuple[int, ...]:
    """Read, new, changed, unchanged, repeated, public, rejected."""
    numbers = (report.read, report.new, report.changed, report.unchanged, report.repeated, report.public)
    return (*numbers, len(report.rejected))


def add_site(team: Team, fei: str) -> Site:
    """A site with that FEI in the team's directory."""
    with organization_scope(team.organization.pk, team.actor()):
        return make_site(make_vendor(team.organization), fei=fei)


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The organisations whose scorecards were asked for."""
    seen: list[int] = []

    def publish(task: str, **arguments: object) -> bool:
        if task == wakeup.RECOMPUTE_TASK:
            seen.append(int(str(arguments["organization_id"])))
        return True

    monkeypatch.setattr(wakeup, "publish", publish)
    return seen


def rows_of(path: Path) -> int:
    """Rows below the header of a text table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def test_every_format_says_which_kinds_it_is_a_reading_of() -> None:
    assert set(KINDS) == set(FORMATS)


@committed
def test_public_inspections_give_the_golden_score() -> None:
    alpha, omega = make_team("alpha"), make_team("omega")
    site = add_site(alpha, CATALENT)
    add_site(omega, f"00{CATALENT}"[-10:])
    path = shared_data("fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv") or INSPECTIONS

    report = load_public("fda_inspections", path)

    total = rows_of(path)
    assert counts(report) == (total, PublicRecord.objects.count(), 0, 0, total - report.new, 0, 0)
    of_site = PublicRecord.objects.filter(fei_key=CATALENT).count()
    assert (report.matched, report.unmatched) == (of_site, report.new - of_site)
    assert of_site >= 12
    assert report.organizations == (alpha.organization.pk, omega.organization.pk)
    with organization_scope(alpha.organization.pk, alpha.actor()):
        found = site_regulatory(alpha.organization, site, as_of=date(2026, 7, 1))
        standing = SiteStanding.objects.get(site=site)
    assert found.history.base is not None
    assert (round(found.history.base, 2), found.history.score) == (59.71, 40)
    assert (str(standing.base_score), str(standing.score), standing.cap, standing.state) == (
        "59.71",
        "40.00",
        40,
        "oai",
    )


@committed
@pytest.mark.parametrize(
    ("kind", "real", "sample"),
    [
        ("fda_inspections", "fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv", INSPECTIONS),
        ("fda_compliance_actions", "fda_compliance_actions.csv", ACTIONS),
    ],
)
def test_second_load_changes_nothing_and_wakes_nobody(
    kind: str, real: str, sample: Path, hints: list[int]
) -> None:
    team = make_team("alpha")
    add_site(team, "3011691465")
    path = shared_data(real) or sample
    first = load_public(kind, path)
    woken = list(hints)
    before = list(PublicRecord.objects.order_by("id").values())

    second = load_public(kind, path, now=NOW + timedelta(hours=1))

    assert counts(second) == (first.read, 0, 0, first.new, first.repeated, 0, 0)
    assert list(PublicRecord.objects.order_by("id").values()) == before
    assert woken.count(team.organization.pk) == 2  # the site itself, then one for the load
    assert hints == woken


@committed
def test_rows_of_one_case_count_once_and_the_newest_stands() -> None:
    path = shared_data("fda_compliance_actions.csv") or ACTIONS

    report = load_public("fda_compliance_actions", path)

    natco = PublicRecord.objects.get(native_id="672564")
    assert (natco.event_on, report.repeated >= 1) == (date(2024, 4, 9), True)
    assert report.new + report.repeated == rows_of(path)


@committed
def test_every_kind_of_the_file_is_noted_as_read() -> None:
    load_public("fda_compliance_actions", ACTIONS)

    assert sorted(SourceRead.objects.values_list("kind", "source", "read_on")) == [
        ("INJUNCTION", "fda_compliance_actions", READ_ON),
        ("SEIZURE", "fda_compliance_actions", READ_ON),
        ("WARNING_LETTER", "fda_compliance_actions", READ_ON),
    ]


@committed
def test_changed_row_replaces_the_old_one_and_wakes_each_organisation_once(
    tmp_path: Path, hints: list[int]
) -> None:
    alpha, omega, other = make_team("alpha"), make_team("omega"), make_team("other")
    add_site(alpha, CATALENT)
    add_site(alpha, "3002807877")
    add_site(omega, CATALENT)
    add_site(other, "3999999999")
    load_public("fda_inspections", INSPECTIONS)
    text = INSPECTIONS.read_text(encoding="utf-8").replace("Official Action Indicated (OAI)", "OAI")
    changed = text.replace("07/14/2025,OAI", "07/14/2025,VAI")
    hints.clear()

    report = load_public("fda_inspections", csv_file(tmp_path, *changed.splitlines()))

    assert (report.changed, report.new) == (1, 0)
    assert sorted(hints) == sorted([alpha.organization.pk, omega.organization.pk])
    with organization_scope(omega.organization.pk, omega.actor()):
        assert SiteStanding.objects.get().state == "vai"


@committed
def test_dry_run_of_a_public_file_writes_nothing(hints: list[int]) -> None:
    team = make_team("alpha")
    add_site(team, CATALENT)
    hints.clear()

    report = load_public("fda_inspections", INSPECTIONS, dry_run=True)

    assert (report.written, report.new, report.matched) == (False, 37 - report.repeated, 12)
    assert (PublicRecord.objects.count(), SourceRead.objects.count(), hints) == (0, 0, [])


@committed
def test_bad_rows_are_left_out_with_their_reasons(tmp_path: Path) -> None:
    header, *rows = ACTIONS.read_text(encoding="utf-8").splitlines()
    bad = [
        "not-an-fei,Firm,-,India,Drugs,2024-04-09,Warning Letter,1",
        "3004540906,Firm,-,India,Drugs,2024-13-09,Warning Letter,2",
        "3004540906,Firm,-,India,Drugs,2024-04-09,Untitled Letter,3",
        "3004540906,Firm,-,India",
        f"3004540906,Firm,-,India,{'x' * 300},2024-04-09,Warning Letter,4",
    ]

    report = load_public("fda_compliance_actions", csv_file(tmp_path, header, *bad, *rows))

    assert [(row.row, row.column) for row in report.rejected] == [
        (2, "FEI Number"),
        (3, "Action Taken Date"),
        (4, "Action Type"),
        (5, ""),
        (6, ""),
    ]
    assert report.rejected[4].message == "the product area has 300 characters; at most 200 are kept"
    assert PublicRecord.objects.count() == report.new == len(rows) - report.repeated


@committed
def test_file_without_a_readable_row_is_refused(tmp_path: Path) -> None:
    header = ACTIONS.read_text(encoding="utf-8").splitlines()[0]
    bad = csv_file(tmp_path, header, "x,Firm,-,India,Drugs,2024-04-09,Warning Letter,1")
    blank = csv_file(tmp_path, header, name="blank.csv")

    with pytest.raises(Invalid, match="None of the 1 rows could be read"):
        load_public("fda_compliance_actions", bad)
    with pytest.raises(Invalid, match="no rows below its header"):
        load_public("fda_compliance_actions", blank)

    assert SourceRead.objects.count() == 0


@committed
def test_file_that_breaks_off_changes_nothing(tmp_path: Path) -> None:
    text = INSPECTIONS.read_text(encoding="utf-8")
    path = tmp_path / "cut.csv"
    path.write_text(text + '3005949964,"Catalent', encoding="utf-8")

    with pytest.raises(Invalid, match="a quoted cell never ends"):
        load_public("fda_inspections", path)

    assert PublicRecord.objects.count() == 0


@committed
def test_file_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="This is not a file of the kind FDA inspections"):
        load_public("fda_inspections", ACTIONS)

    assert PublicRecord.objects.count() == 0


@committed
def test_workbook_of_inspections_loads_like_the_text_file(tmp_path: Path) -> None:
    with INSPECTIONS.open(encoding="utf-8", newline="") as stream:
        path = xlsx_file(tmp_path, list(csv.reader(stream)))

    load_public("fda_inspections", path)
    again = load_public("fda_inspections", INSPECTIONS)

    assert (again.new, again.changed) == (0, 0)


@inside
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_damaged_file_is_refused_with_words(manager: Actor, tmp_path: Path, name: str) -> None:
    build, _ = HOSTILE[name]

    with pytest.raises(Invalid) as refused:
        upload("fda_inspections", build(tmp_path), manager)

    assert refused.value.message
    with organization_scope(manager.organization.pk, manager):
        assert UploadedRecord.objects.count() == 0


@inside
def test_reading_in_the_future_is_refused(manager: Actor) -> None:
    with pytest.raises(Invalid, match="lies in the future"):
        import_uploaded_records(
            "fda_inspections",
            INSPECTIONS,
            organization=manager.organization,
            read_on=NOW.date() + timedelta(days=1),
            by=manager,
            now=NOW,
        )


@inside
def test_unknown_kind_is_refused(manager: Actor) -> None:
    with pytest.raises(Invalid, match="'fda_gossip' is not a kind of file"):
        upload("fda_gossip", INSPECTIONS, manager)


@inside
def test_uploaded_records_stay_inside_the_organisation(team: Team, outsiders: Team) -> None:
    site = add_site(team, CATALENT)
    add_site(outsiders, CATALENT)
    first = upload("fda_inspections", INSPECTIONS, team.actor())
    second = upload("fda_inspections", INSPECTIONS, team.actor())

    assert (first.new + first.repeated, first.matched, first.organizations) == (
        37,
        12,
        (team.organization.pk,),
    )
    assert counts(second) == (37, 0, 0, first.new, first.repeated, 0, 0)
    with organization_scope(team.organization.pk, team.actor()):
        assert SiteStanding.objects.get(site=site).state == "oai"
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        assert UploadedRecord.objects.count() == 0
        assert list(SiteStanding.objects.exclude(state="no_record")) == []


@inside
def test_dry_run_of_an_upload_writes_nothing(team: Team) -> None:
    report = upload("fda_inspections", INSPECTIONS, team.actor(), dry_run=True)

    assert (report.written, report.new + report.repeated) == (False, 37)
    with organization_scope(team.organization.pk, team.actor()):
        assert UploadedRecord.objects.count() == 0


@inside
def test_viewer_may_not_upload(team: Team) -> None:
    with pytest.raises(PermissionDenied):
        upload("fda_inspections", INSPECTIONS, team.actor(Role.VIEWER))


@committed
def test_uploaded_rows_that_are_public_are_left_out(tmp_path: Path) -> None:
    team = make_team("alpha")
    site = add_site(team, CATALENT)
    lines = INSPECTIONS.read_text(encoding="utf-8").splitlines()
    own = lines[-1].replace("1144629", "9999999")
    public = load_public("fda_inspections", INSPECTIONS)

    report = upload("fda_inspections", csv_file(tmp_path, *lines, own), team.actor())

    assert counts(report) == (38, 1, 0, 0, public.repeated, public.new, 0)
    with organization_scope(team.organization.pk, team.actor()):
        assert list(UploadedRecord.objects.values_list("native_id", flat=True)) == ["9999999"]
        assert len(site_regulatory(team.organization, site, as_of=date(2026, 7, 1)).records) == 12


@committed
def test_public_records_are_written_by_the_owner_only() -> None:
    load_public("fda_compliance_actions", ACTIONS)

    with owner_connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('cdmo_app', 'vendors_publicrecord', 'INSERT')")
        assert cursor.fetchone() == (False,)
