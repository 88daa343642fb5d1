"""Forms of vendors: permission, what is refused is shown at its field, nothing is lost, nobody overwrites unawares."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import signed_in
from vendors.models import Capability, Cda, Certificate, Contact, Evidence, Note, Qualification, Site, Vendor

pytestmark = pytest.mark.django_db
STATED = {"stated_grade": "D"}


def post(client: Client, page: str, row: Any, /, **data: Any) -> Any:
    """Send a form whose address takes one row."""
    return client.post(reverse(f"vendors:{page}", args=[row.public_id]), data)


def test_adding_a_vendor_makes_evidence_of_what_feeds_criteria(client: Client, in_team: Team) -> None:
    answer = client.post(
        reverse("vendors:vendor_add"),
        {"name": "New", "integration": "CDMO", "stated_source": "Their deck", **STATED},
    )

    record = Evidence.objects.get(target="vendor.integration")
    assert answer.status_code == 302
    assert (record.value, record.source, record.grade) == ({"choice": "CDMO"}, "Their deck", "D")


def test_a_refused_form_keeps_what_was_typed(client: Client, vendor: Vendor) -> None:
    answer = client.post(reverse("vendors:vendor_add"), {"name": "maker 0", "parent": "Tyne", **STATED})

    assert answer.status_code == 400
    assert (answer.context["form"]["parent"].value(), Vendor.objects.count()) == ("Tyne", 1)
    assert "Another vendor already has this name." in answer.content.decode()


def test_a_form_that_was_overtaken_shows_both_values_and_then_keeps_ones_own(
    client: Client, vendor: Vendor
) -> None:
    old = vendor.version
    post(client, "vendor_edit", vendor, name="Theirs", version=old, **STATED)

    refused = post(client, "vendor_edit", vendor, name="Mine", version=old, **STATED)
    shown = refused.context["conflicts"]
    again = post(
        client,
        "vendor_edit",
        vendor,
        name="Mine",
        version=refused.context["form"]["version"].value(),
        **STATED,
    )

    vendor.refresh_from_db()
    assert (refused.status_code, shown) == (409, [{"label": "Name", "theirs": "Theirs", "mine": "Mine"}])
    assert (again.status_code, vendor.name) == (302, "Mine")


def test_blanking_what_is_known_asks_to_retract_instead(client: Client, site: Site) -> None:
    answer = post(
        client,
        "site_edit",
        site,
        name=site.name,
        country="",
        fei=site.fei,
        status="ACTIVE",
        version=site.version,
        **STATED,
    )

    assert answer.context["form"].errors["country"] == ["To make this unknown again, retract its evidence."]


def test_a_scale_without_unit_is_refused_at_its_field(client: Client, site: Site) -> None:
    answer = post(
        client, "capability_add", site, modality="ADC", operation="CONJUGATION", scale_max="500", **STATED
    )

    assert answer.context["form"].errors == {"batch_unit": ["A scale needs its unit."]}


def test_site_capability_and_service_are_added(client: Client, vendor: Vendor, site: Site) -> None:
    post(client, "site_add", vendor, name="Second", country="IE", status="ACTIVE", **STATED)
    post(client, "capability_add", site, modality="ADC", operation="CONJUGATION", phases=["PH1"], **STATED)
    post(
        client,
        "service_add",
        vendor,
        code="STABILITY",
        delivery="in_house",
        site=str(site.public_id),
        **STATED,
    )

    assert Site.objects.get(name="Second").country == "IE"
    assert Capability.objects.get(modality="ADC").phases == ["PH1"]
    assert vendor.services.get(code="STABILITY").site == site


@pytest.mark.parametrize(
    ("target", "entered", "value"),
    [
        ("MOD4", {"value__level": "4"}, {"level": 4}),
        ("SCL3", {"value__successes": "9", "value__attempts": "10"}, {"successes": 9, "attempts": 10}),
        ("MOD3", {"value__flags__gmp": "0.5"}, {"flags": {"gmp": 0.5}}),
        ("site.single_use_pct", {"value__number": "62.5"}, {"number": 62.5}),
        (
            "site.lanes",
            {"value__lanes__0__region": "EUROPE", "value__lanes__0__storage_class": "M80"},
            {"lanes": [{"region": "EUROPE", "storage_class": "M80"}]},
        ),
    ],
)
def test_evidence_is_stated_in_the_shape_of_its_fact(
    client: Client, site: Site, target: str, entered: dict[str, str], value: dict[str, Any]
) -> None:
    address = reverse("vendors:evidence_add", args=[site.vendor.public_id])

    answer = client.post(
        f"{address}?subject=site:{site.public_id}&target={target}",
        {**entered, "obtained_on": "2026-05-01", "grade": "D", "confidentiality": "public"},
    )

    record = Evidence.objects.filter(target=target).order_by("-id").first()
    assert answer.status_code == 302, answer.context["form"].errors
    assert record is not None
    assert record.value == value


def test_evidence_without_value_or_refusal_is_refused(client: Client, site: Site) -> None:
    address = reverse("vendors:evidence_add", args=[site.vendor.public_id])

    answer = client.post(
        f"{address}?subject=site:{site.public_id}&target=MOD4",
        {"obtained_on": "2026-05-01", "grade": "D", "confidentiality": "public"},
    )

    assert answer.context["form"].errors == {
        "value__level": ["State the value, or tick that the answer was refused."]
    }


def test_evidence_of_a_subject_that_is_not_asked_goes_back_to_the_choice(
    client: Client, vendor: Vendor, site: Site
) -> None:
    answer = post(client, "evidence_add", vendor, subject=f"site:{site.public_id}", target="vendor.focus")

    assert answer.context["form"].errors == {"subject": ["Focus is not asked of a site: choose a vendor."]}


def test_a_document_of_another_kind_than_its_name_is_refused_at_the_field(client: Client, site: Site) -> None:
    address = reverse("vendors:evidence_add", args=[site.vendor.public_id])
    fake = SimpleUploadedFile("report.pdf", b"<html>")

    answer = client.post(
        f"{address}?subject=site:{site.public_id}&target=MOD4",
        {
            "value__level": "2",
            "obtained_on": "2026-05-01",
            "grade": "D",
            "confidentiality": "public",
            "upload": fake,
        },
    )

    assert answer.context["form"].errors == {"upload": ["The content is not what .pdf says."]}
    assert Evidence.objects.filter(target="MOD4", value__level=2).count() == 0


def test_revise_retract_and_verify(team: Team, client: Client, claim: Evidence) -> None:
    quality = signed_in(team, Role.QUALITY)
    form = {"obtained_on": "2026-05-01", "grade": "D", "confidentiality": "public"}

    post(client, "evidence_revise", claim, value__level="5", version=1, **form)
    own = post(client, "evidence_verify", claim, grade="B", version=2)
    verified = post(quality, "evidence_verify", claim, grade="B", version=2)
    stale = post(client, "evidence_retract", claim, reason="Wrong site", version=2)
    post(client, "evidence_retract", claim, reason="Wrong site", version=3)

    claim.refresh_from_db()
    assert (own.status_code, verified.status_code, stale.status_code) == (403, 302, 409)
    assert (claim.value, claim.claim_type, claim.retraction_reason) == (
        {"level": 5},
        "verified",
        "Wrong site",
    )


def test_a_note_becomes_evidence(client: Client, vendor: Vendor) -> None:
    note = Note.objects.get(vendor=vendor)
    address = reverse("vendors:note_promote", args=[note.public_id])

    client.post(
        f"{address}?target=vendor.focus", {"value__choice": "NICHE", "grade": "D", "version": note.version}
    )

    note.refresh_from_db()
    assert note.promoted_to is not None
    assert note.promoted_to.value == {"choice": "NICHE"}


def test_contact_note_agreement_and_qualification_are_kept(
    team: Team, client: Client, vendor: Vendor, site: Site
) -> None:
    post(client, "contact_add", vendor, name="N. Ewcomer", email="n@example.org")
    post(client, "note_add", vendor, kind="call", on="2026-05-01", text="Heard", confidentiality="public")
    post(client, "cda_edit", vendor, status="signed", signed_on="2026-05-01")
    post(
        signed_in(team, Role.QUALITY),
        "qualification_add",
        site,
        operation="FILL_VIAL",
        status="audit_planned",
    )

    assert Contact.objects.get(name="N. Ewcomer").email == "n@example.org"
    assert Note.objects.get(text="Heard").kind == "call"
    assert Cda.objects.get(vendor=vendor).status == "signed"
    assert Qualification.objects.get(operation="FILL_VIAL").status == "audit_planned"


def test_certificate_is_changed_and_archived(client: Client, vendor: Vendor) -> None:
    row = Certificate.objects.get(vendor=vendor)

    post(client, "certificate_edit", row, number="DE-1", version=row.version)
    row.refresh_from_db()
    post(client, "certificate_archive", row, version=row.version)

    row.refresh_from_db()
    assert (row.number, row.archived_at is not None) == ("DE-1", True)


ALLOWED = {
    "vendor_edit": {Role.MANAGER},
    "evidence_add": {Role.MANAGER, Role.QUALITY},
    "contact_add": {Role.MANAGER, Role.PROCUREMENT},
    "note_add": {Role.MANAGER, Role.PROCUREMENT, Role.QUALITY},
    "cda_edit": {Role.MANAGER, Role.PROCUREMENT},
    "attest": {Role.MANAGER, Role.QUALITY},
    "vendor_archive": {Role.MANAGER},
    "certificate_add": {Role.MANAGER, Role.QUALITY},
}


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_forms_are_for_the_roles_of_the_table(team: Team, vendor: Vendor, name: str) -> None:
    reached = {role for role in Role if post(signed_in(team, role), name, vendor).status_code != 403}

    assert reached == ALLOWED[name]


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_forms_of_another_organisations_vendor_do_not_exist(
    outsiders: Team, vendor: Vendor, name: str
) -> None:
    answer = signed_in(outsiders).get(reverse(f"vendors:{name}", args=[vendor.public_id]))

    assert answer.status_code == 404


def test_forms_are_refused_without_the_csrf_token(team: Team, vendor: Vendor) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(
        team.members[Role.MANAGER], backend="allauth.account.auth_backends.AuthenticationBackend"
    )

    answer = post(strict, "vendor_edit", vendor, name="Forged", version=1)

    vendor.refresh_from_db()
    assert (answer.status_code, vendor.name) == (403, "Maker 0")


def test_an_archived_vendor_is_restored(client: Client, vendor: Vendor) -> None:
    post(client, "vendor_archive", vendor, version=vendor.version)
    vendor.refresh_from_db()

    post(client, "vendor_restore", vendor, version=vendor.version)

    vendor.refresh_from_db()
    assert vendor.archived_at is None


def test_a_file_is_sent_as_a_download_that_runs_nothing(client: Client, vendor: Vendor) -> None:
    pdf = SimpleUploadedFile("cda.pdf", b"%PDF-1.4\n%%EOF\n")
    post(client, "cda_edit", vendor, status="signed", signed_on="2026-05-01", upload=pdf)
    file = Cda.objects.get(vendor=vendor).file

    answer = client.get(reverse("vendors:file", args=[file.public_id]))

    content = b"".join(answer.streaming_content)
    answer.close()
    assert content == b"%PDF-1.4\n%%EOF\n"
    assert answer["Content-Disposition"] == 'attachment; filename="cda.pdf"'
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_a_vendor_of_nothing_but_a_name_has_every_page(client: Client, in_team: Team) -> None:
    bare = make.make_vendor(in_team.organization)

    found = [
        client.get(reverse(f"vendors:{page}", args=[bare.public_id])).status_code
        for page in ("profile", "sites", "evidence", "dealings", "scores")
    ]

    assert found == [200] * 5
