"""Contacts, notes, agreements, certificates, qualifications, external ids and attachments."""

import hashlib
import zipfile
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest

from cdmo_eval.core.errors import Conflict, Invalid, NotFound, PermissionDenied, PreconditionFailed
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.factories.vendors import make_certificate, make_contact, make_note, make_site, make_vendor
from vendors import selectors, services
from vendors.models import Contact, Evidence, ExternalId, ExternalIdType, StoredFile, Vendor
from vendors.services import Provenance

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 32
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 32


@pytest.fixture
def vendor(scope: Actor) -> Vendor:
    """A vendor."""
    return make_vendor(scope.organization)


def office(*members: str) -> bytes:
    """An archive with these members."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member in members:
            archive.writestr(member, "<x/>")
    return content.getvalue()


# --- people


def test_second_primary_contact_takes_the_place_of_the_first(vendor: Vendor) -> None:
    first = make_contact(vendor, name="A", primary=True)

    second = make_contact(vendor, name="B", primary=True)

    assert list(Contact.objects.filter(primary=True)) == [second]
    assert Contact.objects.get(pk=first.pk).version == 2


def test_contact_with_a_wrong_address_is_refused(vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        make_contact(vendor, email="nobody")

    assert [(error.field, error.code) for error in caught.value.errors] == [("email", "invalid")]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EVALUATOR, Role.QUALITY, Role.AUDITOR, Role.ADMIN])
def test_contact_is_not_written_by(team: Team, vendor: Vendor, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        services.create_contact(
            organization=team.organization, vendor=vendor, by=team.actor(role), now=NOW, name="A"
        )


def test_note_promoted_becomes_evidence_of_its_day(scope: Actor, vendor: Vendor) -> None:
    site = make_site(vendor)
    note = make_note(vendor, site=site, text="Saw the new isolator.", on=date(2026, 5, 4), kind="site_visit")

    record = services.promote_note(
        note=note, target="QUA7", value={"level": 3}, expected_version=1, by=scope, now=NOW
    )

    assert (record.subject_type, record.site, record.obtained_on) == ("site", site, date(2026, 5, 4))
    assert (record.source_kind, record.note, record.confidentiality) == (
        "note",
        note.text,
        note.confidentiality,
    )
    with pytest.raises(Conflict) as caught:
        services.promote_note(
            note=note, target="QUA7", value={"level": 3}, expected_version=None, by=scope, now=NOW
        )
    assert caught.value.code == "promoted"
    with pytest.raises(Conflict):
        services.update_note(note=note, expected_version=None, by=scope, now=NOW, text="x")


def test_note_of_tomorrow_is_refused(vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        make_note(vendor, on=NOW.date() + timedelta(days=1))

    assert [(error.field, error.code) for error in caught.value.errors] == [("on", "in_future")]


def test_commercial_note_is_hidden_from_other_readers(vendor: Vendor) -> None:
    shown, hidden = (
        make_note(vendor, confidentiality="public"),
        make_note(vendor, confidentiality="commercial"),
    )

    assert set(vendor.notes.visible(commercial=True)) == {shown, hidden}
    assert set(vendor.notes.visible(commercial=False)) == {shown}


# --- agreements and files


def test_agreement_is_one_row_that_changes(scope: Actor, vendor: Vendor) -> None:
    services.set_cda(organization=scope.organization, vendor=vendor, by=scope, now=NOW, status="requested")

    signed = services.set_cda(
        organization=scope.organization,
        vendor=vendor,
        by=scope,
        now=NOW,
        expected_version=1,
        status="signed",
        signed_on=date(2026, 6, 1),
        expires_on=date(2026, 6, 30),
    )

    assert signed.version == 2
    assert selectors.cda_is_valid(scope.organization, vendor, date(2026, 6, 30)) is True
    assert selectors.cda_is_valid(scope.organization, vendor, NOW.date()) is False
    assert selectors.cda_is_valid(scope.organization, vendor, date(2026, 5, 31)) is False


def test_agreement_signed_without_a_day_is_refused(scope: Actor, vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        services.set_cda(organization=scope.organization, vendor=vendor, by=scope, now=NOW, status="signed")

    assert [error.code for error in caught.value.errors] == ["vendors_cda_signed_has_day"]


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("audit.pdf", PDF, "application/pdf"),
        ("plan.PNG", PNG, "image/png"),
        ("plan.jpg", JPG, "image/jpeg"),
        ("list.csv", "Name;Ort\nÄ;Ulm\n".encode(), "text/csv"),
        (
            "list.xlsx",
            office("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (
            "offer.docx",
            office("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_file_of_an_allowed_kind_is_kept(
    scope: Actor, vendor: Vendor, name: str, data: bytes, content_type: str
) -> None:
    file = services.store_file(
        organization=scope.organization,
        vendor=vendor,
        content=BytesIO(data),
        name=f"../../etc/{name}",
        confidentiality="public",
        by=scope,
        now=NOW,
    )

    with services.open_file(organization=scope.organization, file=file, by=scope, now=NOW) as stored:
        assert stored.read() == data
    assert (file.name, file.content_type, file.size) == (name, content_type, len(data))
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert name not in file.storage_name


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("run.exe", b"MZ", "kind_not_allowed"),
        ("page.html", b"<html>", "kind_not_allowed"),
        ("audit.pdf", b"", "empty"),
        ("audit.pdf", PNG, "content_differs"),
        ("plan.png", b"<svg onload=alert(1)>", "content_differs"),
        ("list.csv", b"a;b\x00c", "content_differs"),
        ("list.csv", b"<script>alert(1)</script>", "content_differs"),
        ("list.xlsx", office("word/document.xml", "[Content_Types].xml"), "content_differs"),
        ("list.xlsx", b"PK\x03\x04broken", "content_differs"),
        ("large.csv", b"a" * (25 * 1024 * 1024 + 1), "too_large"),
    ],
)
def test_file_that_is_not_what_it_says_is_refused(
    scope: Actor, vendor: Vendor, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        services.store_file(
            organization=scope.organization,
            vendor=vendor,
            content=BytesIO(data),
            name=name,
            confidentiality="public",
            by=scope,
            now=NOW,
        )

    assert (caught.value.code, StoredFile.objects.count()) == (code, 0)


def test_confidential_file_needs_an_agreement_to_store_and_to_open(scope: Actor, vendor: Vendor) -> None:
    def store() -> StoredFile:
        return services.store_file(
            organization=scope.organization,
            vendor=vendor,
            content=BytesIO(PDF),
            name="audit.pdf",
            confidentiality="cda",
            by=scope,
            now=NOW,
        )

    with pytest.raises(Conflict) as missing:
        store()
    services.set_cda(
        organization=scope.organization,
        vendor=vendor,
        by=scope,
        now=NOW,
        status="signed",
        signed_on=date(2026, 1, 1),
        expires_on=date(2026, 12, 31),
    )
    file = store()
    with pytest.raises(Conflict) as ended:
        services.open_file(
            organization=scope.organization, file=file, by=scope, now=NOW + timedelta(days=365)
        )

    assert (missing.value.code, ended.value.code) == ("cda_missing", "cda_missing")


def test_commercial_file_is_closed_to_other_readers(team: Team, scope: Actor, vendor: Vendor) -> None:
    file = services.store_file(
        organization=scope.organization,
        vendor=vendor,
        content=BytesIO(PDF),
        name="offer.pdf",
        confidentiality="commercial",
        by=scope,
        now=NOW,
    )

    with pytest.raises(PermissionDenied):
        services.open_file(organization=team.organization, file=file, by=team.actor(Role.VIEWER), now=NOW)


def test_file_of_another_organisation_is_not_found(team: Team, outsiders: Team, scope: Actor) -> None:
    stranger = outsiders.actor()
    with organization_scope(outsiders.organization.pk, stranger):
        theirs = services.store_file(
            organization=outsiders.organization,
            content=BytesIO(PDF),
            name="a.pdf",
            confidentiality="public",
            by=stranger,
            now=NOW,
        )

    with pytest.raises(NotFound):
        services.open_file(organization=team.organization, file=theirs, by=scope, now=NOW)


# --- certificates, qualifications, external ids


def test_certificate_of_another_vendors_site_is_refused(scope: Actor, vendor: Vendor) -> None:
    elsewhere = make_site(make_vendor(scope.organization))

    with pytest.raises(Invalid) as caught:
        make_certificate(vendor, site=elsewhere)

    assert [(error.field, error.code) for error in caught.value.errors] == [("site", "other_vendor")]


def test_certificate_twice_is_refused(vendor: Vendor) -> None:
    make_certificate(vendor, number="DE-1")

    with pytest.raises(Invalid) as caught:
        make_certificate(vendor, number="DE-1")

    assert [error.code for error in caught.value.errors] == ["vendors_certificate_once"]


def test_certificate_verified_and_changed_is_a_claim_again(team: Team, scope: Actor, vendor: Vendor) -> None:
    certificate = services.create_certificate(
        organization=scope.organization,
        vendor=vendor,
        kind="ISO_27001",
        by=scope,
        now=NOW,
        provenance=Provenance(grade="C"),
        valid_until=date(2027, 1, 1),
    )
    with pytest.raises(PermissionDenied):
        services.verify_certificate(certificate=certificate, expected_version=1, by=scope, now=NOW)

    verified = services.verify_certificate(
        certificate=certificate, expected_version=1, by=team.actor(Role.QUALITY), now=NOW
    )
    claim_type = verified.claim_type
    changed = services.update_certificate(
        certificate=verified, expected_version=2, by=scope, now=NOW, valid_until=date(2028, 1, 1)
    )

    assert (claim_type, changed.claim_type, changed.reviewed_by, changed.version) == (
        "verified",
        "claimed",
        "",
        3,
    )


def test_qualification_is_set_by_quality_only(team: Team, scope: Actor, vendor: Vendor) -> None:
    site, quality = make_site(vendor), team.actor(Role.QUALITY)
    arguments: dict[str, Any] = {
        "organization": scope.organization,
        "site": site,
        "operation": "UPSTREAM",
        "now": NOW,
    }

    with pytest.raises(PermissionDenied):
        services.set_qualification(by=scope, status="approved", **arguments)
    planned = services.set_qualification(by=quality, status="audit_planned", **arguments)
    approved = services.set_qualification(by=quality, status="approved", expected_version=1, **arguments)
    with pytest.raises(PreconditionFailed):
        services.set_qualification(by=quality, status="suspended", expected_version=1, **arguments)

    assert (planned.pk, approved.version, approved.approver) == (approved.pk, 2, quality.name)


def test_external_ids_are_replaced_as_a_whole(scope: Actor, vendor: Vendor) -> None:
    services.set_external_ids(
        organization=scope.organization,
        by=scope,
        vendor=vendor,
        ids=[{"system": "SAP", "value": "1"}, {"system": "ERP", "value": "2"}],
    )

    left = services.set_external_ids(
        organization=scope.organization,
        by=scope,
        vendor=vendor,
        ids=[{"system": "ERP", "value": "2"}, {"system": "SAP", "value": "3"}],
    )

    assert [str(row) for row in left] == ["ERP:2", "SAP:3"]
    assert selectors.object_called(scope.organization, ExternalIdType.VENDOR, "SAP", "3") == vendor
    assert selectors.object_called(scope.organization, ExternalIdType.VENDOR, "SAP", "1") is None


def test_external_id_of_another_vendor_is_refused(scope: Actor, vendor: Vendor) -> None:
    ids = [{"system": "SAP", "value": "1"}]
    services.set_external_ids(organization=scope.organization, by=scope, vendor=vendor, ids=ids)

    with pytest.raises(Invalid) as caught:
        services.set_external_ids(
            organization=scope.organization, by=scope, vendor=make_vendor(scope.organization), ids=ids
        )

    assert (caught.value.code, ExternalId.objects.count()) == ("vendors_externalid_once", 1)


def test_list_screen_that_matches_names_the_party(scope: Actor, vendor: Vendor) -> None:
    with pytest.raises(Invalid) as caught:
        services.record_list_screen(
            vendor=vendor, list_name="OFAC", result="fail", screened_on=NOW.date(), by=scope, now=NOW
        )

    assert [error.code for error in caught.value.errors] == ["vendors_listscreen_match_named"]
    assert Evidence.objects.count() == 0
