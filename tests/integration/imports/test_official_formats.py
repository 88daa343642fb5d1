"""Every kind of official file through the loader: twice, dry, into an organisation, damaged, and as a whole list."""

import re
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team, make_team
from tests.support.damaged_files import ANY_FILES, JSON_DAMAGES, PAGE_DAMAGES, TABLE_DAMAGES
from tests.support.official_files import SAMPLE_OF, TABLE_KINDS, sample_rows, write_csv
from tests.support.shared_data import shared_data
from vendors.imports.regulatory import KINDS, RegulatoryReport, import_public_records
from vendors.models import PublicRecord, SourceRead, UploadedRecord
from vendors.regulatory.formats.identity import identity_of

READ_ON = date(2026, 6, 30)
ALERT = SAMPLE_OF["import_alert"]
committed = pytest.mark.django_db(transaction=True)
inside = pytest.mark.django_db

NATIVE = {
    "fda_inspections": "fda_dashboard_inspections_NATIVE_COLUMNS_cdmo.csv",
    "fda_483": "fda_published_483s.csv",
    "fda_compliance_actions": "fda_compliance_actions.csv",
    "fda_recalls": "fda_drug_recalls_dashboard.csv",
    "openfda_enforcement": "openfda_drug_enforcement.json",
    "fda_warning_letters": "fda_warning_letters_native_cder.xlsx",
    "eudragmdp": "eudragmdp_native_export.xls",
}
RECORDS = {
    "fda_inspections": 328,
    "fda_483": 1_374,
    "fda_compliance_actions": 3_144,
    "fda_recalls": 3_057,
    "openfda_enforcement": 2_949,
    "fda_warning_letters": 724,
    "eudragmdp": 45,
}


def load(kind: str, path: Path, *, read_on: date = READ_ON, dry_run: bool = False) -> RegulatoryReport:
    """Load a public file."""
    return import_public_records(kind, path, read_on=read_on, now=NOW, by="operator", dry_run=dry_run)


def run(*arguments: str) -> str:
    """Standard output of the command."""
    out = StringIO()
    call_command("import_regulatory", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def stored() -> list[tuple[object, ...]]:
    """Every public record."""
    return list(PublicRecord.objects.order_by("id").values_list())


@committed
@pytest.mark.parametrize("kind", SAMPLE_OF)
def test_second_load_of_a_sample_changes_nothing(kind: str) -> None:
    first = load(kind, SAMPLE_OF[kind])
    before = stored()

    second = load(kind, SAMPLE_OF[kind])

    assert (first.rejections, first.new + first.repeated + first.skipped) == (0, first.read)
    assert (second.new, second.changed, second.closed, second.unchanged) == (0, 0, 0, first.new)
    assert stored() == before
    assert set(SourceRead.objects.values_list("kind", flat=True)) == {one.value for one in KINDS[kind]}


@committed
@pytest.mark.parametrize("kind", NATIVE)
def test_second_load_of_a_native_file_changes_nothing(kind: str) -> None:
    native = shared_data(NATIVE[kind])
    path = native or SAMPLE_OF[kind]
    first = load(kind, path)

    second = load(kind, path)

    assert first.new == (RECORDS[kind] if native else PublicRecord.objects.count())
    assert (second.new, second.changed, second.unchanged) == (0, 0, first.new)
    assert PublicRecord.objects.count() == first.new


@inside
@pytest.mark.parametrize("kind", SAMPLE_OF)
def test_command_takes_every_kind_into_an_organisation(kind: str, team: Team) -> None:
    out = run(kind, str(SAMPLE_OF[kind]), "--organization", "alpha", "--read-on", "2026-06-30")

    assert re.match(rf"Load \d+: loaded {kind}, read on 2026-06-30: [1-9]\d* rows\n", out)
    with organization_scope(team.organization.pk, team.actor()):
        assert set(UploadedRecord.objects.values_list("source", flat=True)) == {kind}


@committed
@pytest.mark.parametrize("kind", SAMPLE_OF)
def test_dry_run_of_every_kind_writes_nothing(kind: str) -> None:
    out = run(kind, str(SAMPLE_OF[kind]), "--dry-run")

    assert out.startswith(f"Dry run, nothing written: {kind}, read on ")
    assert (PublicRecord.objects.count(), SourceRead.objects.count()) == (0, 0)


def damaged(kind: str, folder: Path) -> list[Path]:
    """A few damaged files of a kind, in folders of their own."""
    paths = []
    for number, name in enumerate(("encrypted workbook", "empty")):
        (folder / str(number)).mkdir()
        paths.append(ANY_FILES[name](folder / str(number)))
    if kind in TABLE_KINDS:
        for number, name in enumerate(("cut in a quoted cell", "bad dates"), 10):
            (folder / str(number)).mkdir()
            paths.append(TABLE_DAMAGES[name](folder / str(number), sample_rows(kind), kind))
    else:
        whole = SAMPLE_OF[kind].read_bytes()
        damages = JSON_DAMAGES if kind == "openfda_enforcement" else PAGE_DAMAGES
        for number, name in enumerate(("cut", "bad dates", "NUL"), 10):
            (folder / f"{number}.txt").write_bytes(damages[name](whole))
            paths.append(folder / f"{number}.txt")
    return paths


@committed
@pytest.mark.parametrize("kind", SAMPLE_OF)
def test_damaged_file_writes_nothing(kind: str, tmp_path: Path) -> None:
    for path in damaged(kind, tmp_path):
        with pytest.raises(Invalid) as refused:
            load(kind, path)

        assert refused.value.message

    assert (PublicRecord.objects.count(), SourceRead.objects.count()) == (0, 0)


@committed
@pytest.mark.parametrize("kind", TABLE_KINDS)
def test_file_that_was_cut_in_its_last_row_writes_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    write_csv(path, sample_rows(kind))
    whole = path.read_bytes().rstrip()
    path.write_bytes(whole[: whole.rstrip(b"\t,").rindex(b",") - 1])

    with pytest.raises(Invalid) as refused:
        load(kind, path)

    assert re.search(r"breaks off in the middle of this row|a quoted cell never ends", refused.value.message)
    assert (PublicRecord.objects.count(), SourceRead.objects.count()) == (0, 0)


@committed
def test_command_says_why_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.html"
    path.write_bytes(ALERT.read_bytes()[:800])

    with pytest.raises(CommandError) as refused:
        run("import_alert", str(path))

    assert (
        str(refused.value).splitlines()[0] == "Nothing was loaded. The page is cut off: its end is missing."
    )


@committed
def test_records_without_an_fei_keep_firm_and_place() -> None:
    for kind in ("openfda_enforcement", "eudragmdp", "import_alert", "fda_registrations"):
        load(kind, SAMPLE_OF[kind])

    found = PublicRecord.objects.filter(fei="").order_by("kind", "firm", "native_id").distinct()
    assert {(one.kind, one.firm, one.city, one.country) for one in found} >= {
        ("RECALL", "Fictional Eye Care", "Springfield", "United States"),
        ("GMP_CERTIFICATE", "Lilly S.A.", "Madrid", "Spain"),
        ("IMPORT_ALERT", "Fictional Cosmétique", "", "KOREA, REPUBLIC OF (SOUTH)"),
        ("REGISTRATION", "Fictional Labels Pvt. Ltd.", "", "IN"),
    }
    certificate = found.get(kind="GMP_CERTIFICATE", firm="Lilly S.A.")
    assert identity_of(certificate.raw).ema_loc_id == "LOC-100001233"


@committed
def test_firm_that_the_list_no_longer_holds_is_off_the_alert_until_it_is_back(tmp_path: Path) -> None:
    page = ALERT.read_text(encoding="utf-8")
    block = re.search(
        r'<div class="div-info">\n <div class="div-name floatleft">Fictional Cosm.*?</div>\n</div>\n',
        page,
        re.DOTALL,
    )
    assert block is not None
    shorter = tmp_path / "shorter.html"
    shorter.write_text(page.replace(block[0], ""), encoding="utf-8")
    load("import_alert", ALERT, read_on=READ_ON - timedelta(days=14))

    without = load("import_alert", shorter, read_on=READ_ON - timedelta(days=7))
    closed_on = PublicRecord.objects.get(firm="Fictional Cosmétique").closed_on
    back = load("import_alert", ALERT)

    assert (without.closed, closed_on) == (1, READ_ON - timedelta(days=7))
    assert (back.changed, back.closed) == (1, 0)
    assert PublicRecord.objects.get(firm="Fictional Cosmétique").closed_on is None


@committed
@pytest.mark.parametrize("damage", ["a firm without a day", "a firm without a name", "one country missing"])
def test_list_with_an_unreadable_firm_lifts_nothing(damage: str, tmp_path: Path) -> None:
    load("import_alert", ALERT, read_on=READ_ON - timedelta(days=7))
    before = stored()
    path = tmp_path / "list.html"
    path.write_bytes(PAGE_DAMAGES[damage](ALERT.read_bytes()))

    with pytest.raises(Invalid) as refused:
        load("import_alert", path)

    assert refused.value.message == "1 rows cannot be read, and this list only counts as a whole."
    assert stored() == before


@committed
def test_same_letter_of_both_files_is_kept_once_per_source() -> None:
    make_team("alpha")
    load("fda_warning_letters", SAMPLE_OF["fda_warning_letters"])
    load("fda_compliance_actions", SAMPLE_OF["fda_compliance_actions"])

    sources = PublicRecord.objects.filter(kind="WARNING_LETTER").values_list("source", "fei_key")

    assert {source for source, fei in sources if not fei} == {"fda_warning_letters"}
    assert {source for source, fei in sources if fei} == {"fda_compliance_actions"}
