"""A whole organisation as files, and its deletion."""

import hashlib
import io
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from cdmo_eval.core.check_walls import problems
from cdmo_eval.core.models import ApiToken, AuditEvent, Membership, Organization, User
from cdmo_eval.core.retention import place_hold
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.tokens import create_token
from tests.factories.core import NOW, Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.integration.vendors_pages.conftest import fill
from tests.support.tables import organization_tables
from vendors.models import StoredFile, Vendor
from vendors.services import store_file

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def rich(team: Team, outsiders: Team, settings: Any, tmp_path: Path) -> tuple[Team, Team]:
    """Two organisations with vendors, a scorecard, a file and a token each."""
    settings.MEDIA_ROOT = tmp_path / "media"
    for one in (team, outsiders):
        with organization_scope(one.organization.pk, one.actor()):
            vendor = fill(one)[0]
            make_scorecard(make_program(one.organization))
            store_file(
                organization=one.organization, content=io.BytesIO(PDF), name="a.pdf", confidentiality="public", vendor=vendor,
                by=one.actor(), now=NOW,
            )  # fmt: skip
            create_token(by=one.actor(), name="t", scopes=["read"], expires_at=NOW.replace(month=12), now=NOW)
    return team, outsiders


def lines(folder: Path, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "tables" / f"{table}.ndjson").read_text().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_export_holds_every_row_and_file_of_the_organisation(rich: tuple[Team, Team], tmp_path: Path) -> None:
    folder, out = tmp_path / "export", StringIO()

    call_command("export_organization", "alpha", folder, stdout=out)

    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["organization"]["slug"] == "alpha"
    assert [row["name"] for row in lines(folder, "vendors_vendor")] == ["Maker 0"]
    assert {row["organization_id"] for row in lines(folder, "core_auditevent")} == {rich[0].organization.pk}
    assert [("digest" in row, row["name"]) for row in lines(folder, "core_apitoken")] == [(False, "t")]
    assert {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["sha256"]
    } == manifest["sha256"]
    assert [
        name
        for name in manifest["sha256"]
        if name.startswith("files/") and (folder / name).read_bytes() == PDF
    ] != []
    assert len(json.loads((folder / "people.json").read_text())) == len(Role)
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_organization", "alpha", folder)


@pytest.mark.django_db(transaction=True)
def test_deleted_organisation_leaves_nothing_and_others_are_untouched(rich: tuple[Team, Team]) -> None:
    gone, kept = (one.organization for one in rich)
    before = organization_tables(kept)
    with organization_scope(gone.pk, "test"):
        (name,) = StoredFile.objects.values_list("storage_name", flat=True)

    call_command("purge_organization", "alpha", confirm="alpha", stdout=StringIO())

    assert [table for table, rows in organization_tables(gone).items() if not rows.startswith("0 ")] == []
    assert organization_tables(kept) == before
    assert not Organization.objects.filter(pk=gone.pk).exists()
    assert not Membership.objects.filter(organization_id=gone.pk).exists()
    assert not ApiToken.objects.filter(organization_id=gone.pk).exists()
    assert not default_storage.exists(name)
    assert set(User.objects.filter(email__endswith="@alpha.example").values_list("is_active", flat=True)) == {
        False
    }
    assert set(User.objects.filter(email__endswith="@omega.example").values_list("is_active", flat=True)) == {
        True
    }
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_triggers_work_again_after_a_deletion(rich: tuple[Team, Team]) -> None:
    call_command("purge_organization", "alpha", confirm="alpha", stdout=StringIO())

    with organization_scope(rich[1].organization.pk, rich[1].actor()):
        before = AuditEvent.objects.count()
        Vendor.objects.update(website="https://new.example")
        assert AuditEvent.objects.count() == before + Vendor.objects.count()


@pytest.mark.django_db(transaction=True)
def test_organisation_under_a_hold_is_not_deleted(rich: tuple[Team, Team]) -> None:
    team, admin = rich[0], rich[0].actor(Role.ADMIN)
    with organization_scope(team.organization.pk, admin):
        place_hold(
            organization=team.organization, matter="A dispute", reason="Counsel asks", by=admin, now=NOW
        )
    before = organization_tables(team.organization)

    with pytest.raises(CommandError, match="A legal hold stands: A dispute"):
        call_command("purge_organization", "alpha", confirm="alpha")

    assert organization_tables(team.organization) == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "confirm", "words"),
    [("nobody", "nobody", "no organisation"), ("alpha", "omega", "two names differ")],
)
def test_deletion_is_not_done_by_mistake(team: Team, slug: str, confirm: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("purge_organization", slug, confirm=confirm)
