"""Certificates, files, contacts, notes, agreements, qualifications, attestations, partnerships, screens, records."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from vendors.models import Site, Vendor

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def vendor(scope: Actor) -> Vendor:
    """A vendor."""
    return make.make_vendor(scope.organization, name="Alpine")


@pytest.fixture
def site(vendor: Vendor) -> Site:
    """Its site."""
    return make.make_site(vendor, name="Visp", fei="0003001234")


def upload(api: Api, content: bytes = PDF, name: str = "report.pdf", **fields: str) -> HttpResponse:
    """POST files/ as a browser or a program does."""
    data: dict[str, Any] = {"confidentiality": "public", **fields}
    headers = {"Authorization": f"Bearer {api.token}"}
    return api.client.post(
        "/api/v1/files/", data | {"file": SimpleUploadedFile(name, content)}, headers=headers | api.headers
    )


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_certificate_recorded_changed_verified_and_archived(api: Api, team: Team, site: Site) -> None:
    body = {
        "vendor": str(site.vendor.public_id), "site": str(site.public_id), "kind": "GMP", "number": "DE-1",
        "issued_on": "2025-01-01", "valid_until": "2028-01-01", "grade": "C",
    }  # fmt: skip
    created = api.post("certificates/", body)
    assert created.status_code == 201, created.content
    assert {name: created.json()[name] for name in body} == body
    place = f"certificates/{created.json()['id']}/"

    assert code(api.post(f"{place}verify/", {"grade": "A"})) == (403, "verified_by_author")
    verified = by_token(team, Role.QUALITY).post(f"{place}verify/", {"grade": "A"}, if_match=created["ETag"])
    assert (verified.json()["claim_type"], verified.json()["grade"]) == ("verified", "A")
    changed = api.patch(place, {"number": "DE-2"}, if_match=verified["ETag"])
    assert (changed.json()["claim_type"], changed.json()["number"]) == ("claimed", "DE-2")
    assert problem(api.patch(place, {"valid_until": "2020-01-01"})) == (
        400, [("", "vendors_certificate_dates_order")],
    )  # fmt: skip
    assert api.get("certificates/?kind=GMP&valid_before=2028-02-01").json()["count"] == 1
    assert api.delete(place).status_code == 204
    assert api.get("certificates/").json()["count"] == 0


def test_file_uploaded_and_downloaded(api: Api, vendor: Vendor) -> None:
    created = upload(api, vendor=str(vendor.public_id))
    assert created.status_code == 201, created.content
    place = f"files/{created.json()['id']}/"
    assert (created.json()["name"], created.json()["size"]) == ("report.pdf", len(PDF))

    answer = api.get(f"{place}content/")

    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    answer.close()
    assert answer["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_bad_uploads_are_refused(api: Api) -> None:
    assert problem(upload(api, b"MZ\x90", "tool.exe")) == (400, [("file", "kind_not_allowed")])
    assert problem(upload(api, b"plain", "report.pdf")) == (400, [("file", "content_differs")])
    assert problem(upload(api, b"", "report.pdf")) == (400, [("file", "empty")])
    assert problem(upload(api, vendor="7")) == (400, [("vendor", "not_an_id")])
    assert code(api.post("files/", {"confidentiality": "public"})) == (415, "unsupported_media_type")
    bad = api.client.post(
        "/api/v1/files/", b"no parts", content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {api.token}"},
    )  # fmt: skip
    assert bad.status_code == 400


def test_same_key_for_other_bytes_is_422(api: Api) -> None:
    api.headers = {"Idempotency-Key": "k"}
    first, again, other = upload(api), upload(api), upload(api, PDF + b"%")

    assert (first.status_code, again.status_code, again.json() == first.json()) == (201, 201, True)
    assert code(other) == (422, "key_reused")


def test_commercial_and_confidential_files(team: Team, api: Api, vendor: Vendor) -> None:
    secret = upload(api, confidentiality="commercial").json()["id"]
    assert code(upload(api, confidentiality="cda", vendor=str(vendor.public_id))) == (409, "cda_missing")
    viewer = by_session(team, Role.VIEWER)

    assert viewer.get("files/").json()["count"] == 0
    assert [viewer.get(f"files/{secret}/{end}").status_code for end in ("", "content/")] == [404, 404]
    assert code(upload(by_token(team, scopes=("write",)), confidentiality="commercial"))[0] == 403


def test_contact_created_changed_and_archived(api: Api, vendor: Vendor) -> None:
    body = {
        "vendor": str(vendor.public_id),
        "name": "C. Ontact",
        "email": "c@alpine.example",
        "primary": True,
    }
    first, second = api.post("contacts/", body), api.post("contacts/", body | {"name": "D. Eputy"})
    assert (first.status_code, second.status_code) == (201, 201)

    listed = api.get(f"contacts/?vendor={vendor.public_id}").json()["results"]
    assert [(c["name"], c["primary"]) for c in listed] == [("D. Eputy", True), ("C. Ontact", False)]
    place = f"contacts/{second.json()['id']}/"
    assert api.patch(place, {"phone": "1"}, if_match=second["ETag"]).json()["phone"] == "1"
    assert api.delete(place).status_code == 204
    assert api.get("contacts/").json()["count"] == 1


def test_note_written_and_promoted(team: Team, api: Api, vendor: Vendor) -> None:
    body = {"vendor": str(vendor.public_id), "on": "2026-01-05", "text": "They do it all.", "kind": "call"}
    created = api.post("notes/", body)
    assert created.status_code == 201, created.content
    place = f"notes/{created.json()['id']}/"
    assert (created.json()["confidentiality"], created.json()["candidate"]) == ("commercial", None)
    assert by_session(team, Role.VIEWER).get("notes/").json()["count"] == 0
    assert by_session(team, Role.VIEWER).get(place).status_code == 404
    assert code(by_token(team, scopes=("write",)).post("notes/", body)) == (403, "scope_missing")

    assert api.patch(place, {"text": "They do most."}, if_match=created["ETag"]).status_code == 200
    promoted = api.post(f"{place}promote/", {"target": "vendor.integration", "value": {"choice": "CDMO"}})
    assert promoted.status_code == 201, promoted.content
    assert (promoted.json()["obtained_on"], promoted.json()["note"]) == ("2026-01-05", "They do most.")
    assert api.get(place).json()["promoted_to"] == promoted.json()["id"]
    assert code(api.patch(place, {"text": "x"})) == (409, "promoted")
    assert api.delete(place).status_code == 204


def test_note_on_a_future_day_is_refused(api: Api, vendor: Vendor) -> None:
    body = {"vendor": str(vendor.public_id), "on": "2150-01-05", "text": "x"}

    assert problem(api.post("notes/", body)) == (400, [("on", "in_future")])


def test_agreement_set_and_set_again(api: Api, vendor: Vendor) -> None:
    body = {"vendor": str(vendor.public_id), "status": "requested"}
    first = api.post("cdas/", body)
    signed = api.patch(
        f"cdas/{first.json()['id']}/", {"status": "signed", "signed_on": "2026-01-01"}, if_match=first["ETag"]
    )

    assert (signed.status_code, signed.json()["id"], signed.json()["version"]) == (200, first.json()["id"], 2)
    assert problem(api.post("cdas/", {"vendor": body["vendor"], "status": "signed", "signed_on": None})) == (
        400, [("", "vendors_cda_signed_has_day")],
    )  # fmt: skip
    assert upload(api, confidentiality="cda", vendor=str(vendor.public_id)).status_code == 201
    assert api.delete(f"cdas/{first.json()['id']}/").status_code == 204


def test_qualification_is_qualitys(team: Team, api: Api, site: Site) -> None:
    body = {"site": str(site.public_id), "operation": "UPSTREAM", "status": "approved"}
    quality = by_token(team, Role.QUALITY)

    assert api.post("qualifications/", body).status_code == 403
    created = quality.post("qualifications/", body)
    assert created.status_code == 201, created.content
    place = f"qualifications/{created.json()['id']}/"
    changed = quality.patch(place, {"status": "suspended"}, if_match=created["ETag"])
    assert (changed.json()["status"], changed.json()["version"]) == ("suspended", 2)
    assert code(quality.patch(place, {"basis": "x"}, if_match=created["ETag"])) == (412, "version_mismatch")
    assert api.get("qualifications/?status=suspended").json()["count"] == 1
    assert api.get("vendors/?qualification=suspended").json()["count"] == 1


def test_attestation_stated_and_withdrawn(api: Api, vendor: Vendor) -> None:
    body = {"vendor": str(vendor.public_id), "section": "sites", "attested_on": "2026-01-01"}
    created = api.post("attestations/", body)
    assert (created.status_code, created.json()["attested_by"]) == (201, "Manager of Alpha (token test)")
    place = f"attestations/{created.json()['id']}/withdraw/"

    assert api.post(place, {"reason": "Two more."}).json()["withdrawal_reason"] == "Two more."
    assert code(api.post(place, {"reason": "x"})) == (409, "withdrawn")
    assert api.get("attestations/").json()["count"] == 0
    assert api.get("attestations/?include=retracted").json()["count"] == 1


def test_partnership_created_changed_and_archived(api: Api, vendor: Vendor) -> None:
    partner = make.make_vendor(vendor.organization, name="Partner")
    body = {"vendor": str(vendor.public_id), "partner_vendor": str(partner.public_id), "region": "EUROPE"}
    created = api.post("partnerships/", body)
    assert created.status_code == 201, created.content
    place = f"partnerships/{created.json()['id']}/"

    assert api.patch(place, {"bound": True}, if_match=created["ETag"]).json()["bound"] is True
    assert problem(api.post("partnerships/", body | {"partner_vendor": body["vendor"]}))[0] == 400
    assert api.get(f"partnerships/?partner={partner.public_id}").json()["count"] == 1
    assert api.delete(place).status_code == 204


def test_screen_recorded_and_retracted(api: Api, vendor: Vendor) -> None:
    body = {
        "vendor": str(vendor.public_id),
        "list_name": "OFAC",
        "result": "pass",
        "screened_on": "2026-01-01",
    }
    created = api.post("list-screens/", body)
    assert created.status_code == 201, created.content

    assert problem(api.post("list-screens/", body)) == (400, [("", "vendors_listscreen_once")])
    place = f"list-screens/{created.json()['id']}/retract/"
    assert api.post(place, {"reason": "Wrong list."}).json()["retraction_reason"] == "Wrong list."
    assert api.get("list-screens/").json()["count"] == 0


def test_records_with_their_sites_and_filters(api: Api, stranger: Api, site: Site) -> None:
    organization = site.organization
    make.make_inspection(organization, fei=site.fei, event_on=date(2025, 3, 1), native_id="1")
    make.make_inspection(organization, fei=site.fei, event_on=date(2026, 3, 1), native_id="2")
    make.make_inspection(organization, fei="0009999999", event_on=date(2024, 3, 1), native_id="3")

    def found(query: str) -> list[str]:
        answer = api.get(f"regulatory-records/?{query}")
        assert answer.status_code == 200, answer.content
        return [record["native_id"] for record in answer.json()["results"]]

    assert found("") == ["2", "1", "3"]
    assert found(f"site={site.public_id}") == found(f"vendor={site.vendor.public_id}") == ["2", "1"]
    assert found("fei=3001234&from=2026-01-01") == ["2"]
    assert found("to=2025-12-31&kind=INSPECTION") == ["1", "3"]
    assert found("kind=RECALL") == []
    assert found("page_size=1&page=2") == ["1"]
    first = api.get("regulatory-records/").json()["results"][0]
    assert (first["origin"], first["sites"], first["event_on"]) == (
        "uploaded", [str(site.public_id)], "2026-03-01",
    )  # fmt: skip
    assert stranger.get("regulatory-records/").json()["count"] == 0
    assert stranger.get(f"regulatory-records/?site={site.public_id}").status_code == 404
    assert problem(api.get("regulatory-records/?from=soon")) == (400, [("from", "invalid")])


WRITES = [
    ("contacts/", {Role.MANAGER, Role.PROCUREMENT}),
    ("notes/", {Role.MANAGER, Role.PROCUREMENT, Role.QUALITY}),
    ("cdas/", {Role.MANAGER, Role.PROCUREMENT}),
    ("qualifications/", {Role.QUALITY}),
    ("attestations/", {Role.MANAGER, Role.QUALITY}),
    ("partnerships/", {Role.MANAGER}),
    ("list-screens/", {Role.MANAGER, Role.QUALITY}),
    ("certificates/", {Role.MANAGER, Role.QUALITY}),
    ("sites/", {Role.MANAGER}),
    ("capabilities/", {Role.MANAGER}),
    ("services/", {Role.MANAGER}),
]


@pytest.mark.parametrize(("place", "roles"), WRITES)
def test_who_may_write(team: Team, place: str, roles: set[Role]) -> None:
    # an empty body is looked at only after the right was checked
    found = {role: by_session(team, role).post(place, {}).status_code for role in Role}

    assert found == {role: 400 if role in roles else 403 for role in Role}


@pytest.mark.parametrize("kind", ["contact", "note", "certificate", "service", "cda"])
def test_outsiders_reach_nothing_that_hangs_on_a_vendor(
    api: Api, stranger: Api, vendor: Vendor, kind: str, outsiders: Team
) -> None:
    rows = {
        "contact": make.make_contact, "note": make.make_note, "certificate": make.make_certificate,
        "service": make.make_service,
    }  # fmt: skip
    if kind == "cda":
        id_ = api.post("cdas/", {"vendor": str(vendor.public_id), "status": "none"}).json()["id"]
    else:
        id_ = str(rows[kind](vendor).public_id)
    place = f"{kind}s/{id_}/"

    assert api.get(place).status_code == 200
    assert stranger.get(f"{kind}s/?include=archived").json()["count"] == 0
    for answer in (stranger.get(place), stranger.patch(place, {}), stranger.delete(place)):
        assert code(answer) == (404, "not_found")
    with organization_scope(outsiders.organization.pk, "test"):
        theirs = make.make_vendor(outsiders.organization)
    answer = api.post("contacts/", {"vendor": str(theirs.public_id), "name": "x"})
    assert problem(answer) == (400, [("vendor", "does_not_exist")])


def test_dates_are_of_utc(api: Api, vendor: Vendor) -> None:
    stamp = api.get(f"vendors/{vendor.public_id}/").json()["created_at"]

    assert stamp.endswith("Z")
    assert datetime.now(UTC) - datetime.fromisoformat(stamp) < timedelta(minutes=5)
    assert today() >= stamp[:10]
