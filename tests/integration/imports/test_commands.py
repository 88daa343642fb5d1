"""The commands import_vendors and import_regulatory: what they say, write and return."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team, make_team
from tests.integration.imports.files import csv_file, held
from tests.support.shared_data import SAMPLES, shared_data
from vendors.imports.vendors import check_vendor_file
from vendors.models import Contact, PublicRecord, Site, SiteStanding, UploadedLoad, UploadedRecord, Vendor

inside = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
FULL = str(SAMPLES / "vendors_full.csv")
MAPPED = ["legal_name=vendor.name", "fei_number=site.fei", "country=site.country", "city=site.city"]


def run(*arguments: str) -> tuple[str, str]:
    """Standard output and error of a command."""
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def held_by(team: Team) -> dict[str, int]:
    """The rows of an organisation."""
    with organization_scope(team.organization.pk, team.actor()):
        return held()


@inside
def test_import_vendors_says_what_it_did(team: Team) -> None:
    out, _ = run("import_vendors", FULL, "--organization", "alpha")
    again, _ = run("import_vendors", FULL, "--organization", "alpha")

    assert out.splitlines() == [
        "Imported vendors_full.csv: 4 rows",
        "  vendors: 2 new, 0 changed, 0 unchanged",
        "  sites: 2 new, 0 changed, 0 unchanged",
        "  capabilities: 2 new, 0 changed, 0 unchanged",
        f"  evidence: {held_by(team)['Evidence']} new records",
    ]
    assert again.splitlines()[1:] == [
        "  vendors: 0 new, 0 changed, 2 unchanged",
        "  sites: 0 new, 0 changed, 2 unchanged",
        "  capabilities: 0 new, 0 changed, 2 unchanged",
        "  evidence: 0 new records",
    ]


@inside
def test_dry_run_prints_the_preview_and_writes_nothing(team: Team, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "vendor.name,vendor.parent", "Acme,Holding")

    out, _ = run("import_vendors", str(path), "--organization", "alpha", "--dry-run")

    assert out.splitlines()[:3] == [
        "  row 2: Acme: vendor.name: unknown → Acme",
        "  row 2: Acme: vendor.parent: unknown → Holding",
        "Dry run, nothing written: vendors.csv: 1 rows",
    ]
    assert set(held_by(team).values()) == {0}


@inside
def test_errors_are_printed_grouped_and_nothing_is_written(team: Team, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "vendor.name,site.country", "A,Narnia", "B,Narnia", "C,Germany")

    with pytest.raises(CommandError) as refused:
        run("import_vendors", str(path), "--organization", "alpha")

    assert str(refused.value).splitlines() == [
        "Nothing was written. vendors.csv has 2 errors:",
        "  column site.country: 'Narnia' is not a country (two-letter code or name) (rows 2, 3)",
    ]
    assert set(held_by(team).values()) == {0}


@inside
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([FULL], "Give a file and --organization SLUG, or --template PATH."),
        ([FULL, "--organization", "nobody"], "There is no organisation 'nobody'."),
        (["missing.csv", "--organization", "alpha"], "There is no file missing.csv."),
        ([FULL, "--organization", "alpha", "--map", "name"], "'name' is not of the form COLUMN=FIELD"),
        (["--template", "vendors.pdf"], "A template is a .csv or an .xlsx file."),
        ([FULL, "--organization", "alpha", "--sheet", "Data"], "The file is a text file: it has no sheets."),
    ],
)
def test_import_vendors_refuses(team: Team, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("import_vendors", *arguments)

    assert message in str(refused.value)


@inside
@pytest.mark.parametrize("name", ["vendors.csv", "vendors.xlsx"])
def test_template_has_only_known_columns(team: Team, tmp_path: Path, name: str) -> None:
    path = tmp_path / name

    run("import_vendors", "--template", str(path))

    by = team.actor()
    with organization_scope(team.organization.pk, by):
        report = check_vendor_file(path, mapping={}, organization=team.organization, by=by, now=NOW)
    assert [problem.code for problem in report.problems] == ["no_rows"]


@committed
def test_import_regulatory_says_what_it_did() -> None:
    make_team("alpha")
    path = str(SAMPLES / "fda_compliance_actions.csv")

    out, err = run("import_regulatory", "fda_compliance_actions", path, "--read-on", "2026-06-30")

    assert out.splitlines() == [
        "Load 1: loaded fda_compliance_actions, read on 2026-06-30: 10 rows",
        (
            "  9 new, 0 changed, 0 unchanged, 1 repeated in the file, 0 public already, "
            "0 known from a newer file, 0 without a record, 0 rejected"
        ),
        "  0 records matched to sites by FEI, 9 without a site (kept)",
    ]
    assert err == ""


@committed
def test_rejected_rows_go_to_standard_error(tmp_path: Path) -> None:
    lines = (SAMPLES / "fda_compliance_actions.csv").read_text(encoding="utf-8").splitlines()
    path = csv_file(tmp_path, *lines, "x,Firm,-,India,Drugs,2024-04-09,Warning Letter,1")

    out, err = run("import_regulatory", "fda_compliance_actions", str(path), "--dry-run")

    assert out.startswith("Dry run, nothing written: fda_compliance_actions")
    assert err == f"  row {len(lines) + 1}, column FEI Number: 'x' is not an FEI number (up to 10 digits)\n"
    assert PublicRecord.objects.count() == 0


@inside
def test_import_regulatory_into_an_organisation(team: Team, outsiders: Team) -> None:
    path = str(SAMPLES / "fda_inspections_native.csv")

    run("import_regulatory", "fda_inspections", path, "--organization", "alpha")

    with organization_scope(team.organization.pk, team.actor()):
        assert UploadedRecord.objects.count() > 30
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        assert UploadedRecord.objects.count() == 0
    assert PublicRecord.objects.count() == 0


@inside
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fda_gossip", FULL], "invalid choice: 'fda_gossip'"),
        (["fda_inspections", "missing.csv"], "There is no file missing.csv."),
        (["fda_inspections", FULL, "--organization", "nobody"], "There is no organisation 'nobody'."),
        (["fda_inspections", FULL, "--read-on", "soon"], "'soon' is not a date such as 2026-07-01"),
        (
            ["fda_inspections", FULL, "--organization", "alpha"],
            "Nothing was loaded. This is not a file of the kind",
        ),
    ],
)
def test_import_regulatory_refuses(team: Team, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("import_regulatory", *arguments)

    assert message in str(refused.value)


@committed
def test_sites_then_both_official_files_give_standings() -> None:
    team = make_team("alpha")
    sites = shared_data("cdmo_sites_named.csv") or SAMPLES / "vendors_sites_named.csv"
    inspections = (
        shared_data("fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv")
        or SAMPLES / "fda_inspections_native.csv"
    )
    actions = shared_data("fda_compliance_actions.csv") or SAMPLES / "fda_compliance_actions.csv"
    maps = [word for pair in MAPPED for word in ("--map", pair)]

    run("import_vendors", str(sites), "--organization", "alpha", *maps, "--only-mapped")
    run("import_regulatory", "fda_inspections", str(inspections), "--read-on", "2026-07-01")
    run("import_regulatory", "fda_compliance_actions", str(actions), "--read-on", "2026-07-01")

    with organization_scope(team.organization.pk, team.actor()):
        catalent = Site.objects.get(fei_key="3005949964")
        standing = SiteStanding.objects.get(site=catalent)
        assert (str(standing.score), standing.state, standing.cap) == ("40.00", "oai", 40)
        assert SiteStanding.objects.count() == Site.objects.count()
        assert Vendor.objects.get(sites=catalent).name == "Catalent Indiana, LLC"


@inside
def test_import_records_takes_any_kind_in_and_back(team: Team, tmp_path: Path) -> None:
    run("import_vendors", FULL, "--organization", "alpha")
    with organization_scope(team.organization.pk, team.actor()):
        name = Vendor.objects.order_by("id")[0].name
    path = csv_file(tmp_path, "firm,contact,role", f"{name},A. Body,Sales", f"{name},B. Body,Quality")
    call = (
        "import_records",
        "contacts",
        str(path),
        "--organization",
        "alpha",
        "--map",
        "firm=vendor.name",
    )

    dry, _ = run(*call, "--dry-run")
    done, _ = run(*call)
    number = done.split(" as load ")[1].split(":")[0]
    taken_back, _ = run("import_records", "--undo", number, "--organization", "alpha")

    assert (
        dry.splitlines()[-1]
        == f"Dry run, nothing written: {path.name}: 2 rows, 2 new, 0 changed, 0 unchanged, 0 errors"
    )
    assert done.splitlines() == [
        f"Imported {path.name} as load {number}: 2 rows, 2 new, 0 changed, 0 unchanged, 0 errors"
    ]
    assert taken_back.splitlines() == [f"Undone: load {number}, {path.name}."]
    with organization_scope(team.organization.pk, team.actor()):
        rows = Contact.objects.filter(name__in=["A. Body", "B. Body"])
        assert [row.archived_at is not None for row in rows.order_by("id")] == [True, True]


@inside
def test_import_records_refuses_a_file_with_errors_and_says_why(team: Team, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "vendor,contact", "Nobody knows it,A. Body")

    with pytest.raises(CommandError, match="Nothing was written") as refused:
        run("import_records", "contacts", str(path), "--organization", "alpha")
    with pytest.raises(CommandError, match="KIND and a file"):
        run("import_records", "--organization", "alpha")

    assert "Nobody knows it" in str(refused.value)
    with organization_scope(team.organization.pk, team.actor()):
        assert UploadedLoad.objects.count() == 0
