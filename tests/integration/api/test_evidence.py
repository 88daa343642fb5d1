"""Evidence over the API."""

from typing import Any

import pytest

from cdmo_eval.core.policies import ALL_SCOPES, Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate
from scorecards.services.programs import create_program
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from vendors.facts import FACTS
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
OF_OFFER = next(
    code for code, fact in FACTS.items() if "candidate" in fact.subjects and fact.schema.kind == "rubric"
)

NOT_OF_VENDOR = next(code for code, fact in FACTS.items() if "vendor" not in fact.subjects)


@pytest.fixture
def vendor(scope: Actor) -> Vendor:
    """A vendor without evidence."""
    return make.make_vendor(scope.organization, name="Alpine")


def record(vendor: Vendor, **fields: Any) -> dict[str, Any]:
    """A claim about the vendor."""
    subject = {"type": "vendor", "id": str(vendor.public_id)}
    return {"subject": subject, "target": "vendor.integration", "value": {"choice": "CDMO"}} | fields


def test_recorded_evidence_is_shown_and_fills_the_profile(api: Api, vendor: Vendor) -> None:
    body = record(
        vendor, grade="C", obtained_on="2026-01-31", source_kind="document", source="Brochure", note="p. 3"
    )
    created = api.post("evidence/", body)

    assert created.status_code == 201, created.content
    shown = created.json()
    assert {name: shown[name] for name in body} == body
    assert (shown["version"], shown["claim_type"], shown["confidentiality"]) == (1, "claimed", "public")
    assert shown["scope"] == {"modality": "", "operation": "", "phase": "", "market": "", "program": None}
    assert created["ETag"] == '"1"'
    assert api.get(f"evidence/{shown['id']}/").json() == shown
    assert api.get(f"vendors/{vendor.public_id}/").json()["integration"] == "CDMO"


def test_evidence_about_site_and_capability(api: Api, vendor: Vendor) -> None:
    site = make.make_site(vendor)
    capability = make.make_capability(site)
    about = [
        ("site", site, "site.single_use_pct", {"number": 60}),
        ("capability", capability, "capability.gmp", {"yes": True}),
    ]
    for kind, row, target, value in about:
        subject = {"type": kind, "id": str(row.public_id)}
        answer = api.post("evidence/", {"subject": subject, "target": target, "value": value})
        assert answer.status_code == 201, answer.content
        assert (answer.json()["subject"], answer.json()["vendor"]) == (subject, str(vendor.public_id))
    assert api.get(f"evidence/?capability={capability.public_id}").json()["count"] == 1
    assert api.get(f"evidence/?site={site.public_id}&target=site.single_use_pct").json()["count"] == 1


def test_evidence_about_a_candidate_in_a_programme(api: Api, vendor: Vendor, scope: Actor) -> None:
    program = create_program(organization=scope.organization, by=scope, now=NOW, name="P1", modality="MAB")
    candidate = Candidate.objects.filter(program=program, vendor=vendor).first()
    if candidate is None:
        candidate = Candidate.objects.create(
            organization=scope.organization, program=program, vendor=vendor, updated_at=NOW
        )
    subject = {"type": "candidate", "id": str(candidate.public_id)}
    answer = api.post(
        "evidence/",
        {
            "subject": subject,
            "target": OF_OFFER,
            "value": {"level": 3},
            "scope": {"program": str(program.public_id)},
        },
    )

    assert answer.status_code == 201, answer.content
    assert answer.json()["subject"] == subject
    assert answer.json()["scope"]["program"] == str(program.public_id)


def test_revision_keeps_the_former_version(api: Api, vendor: Vendor) -> None:
    created = api.post("evidence/", record(vendor))
    place = f"evidence/{created.json()['id']}/"

    revised = api.patch(place, {"value": {"choice": "CMO"}, "reason": "Misread."}, if_match=created["ETag"])

    assert (revised.status_code, revised["ETag"], revised.json()["value"]) == (200, '"2"', {"choice": "CMO"})
    versions = api.get(f"{place}revisions/").json()
    assert versions["count"] == 2
    assert [(v["number"], v["value"], v["reason"]) for v in versions["results"]] == [
        (1, {"choice": "CDMO"}, ""), (2, {"choice": "CMO"}, "Misread."),
    ]  # fmt: skip
    assert code(api.patch(place, {"note": "late"}, if_match=created["ETag"])) == (412, "version_mismatch")
    assert problem(api.patch(place, {"target": "vendor.focus"})) == (400, [("target", "unknown_field")])


@pytest.mark.parametrize("way", ["post", "query", "body"])
def test_retracted_evidence_stays_with_its_reason(api: Api, vendor: Vendor, way: str) -> None:
    place = f"evidence/{api.post('evidence/', record(vendor)).json()['id']}/"

    if way == "post":
        answer = api.post(f"{place}retract/", {"reason": "Wrong site."}, if_match='"1"')
        assert answer.status_code == 200
    elif way == "query":
        assert api.delete(f"{place}?reason=Wrong%20site.", if_match='"1"').status_code == 204
    else:
        assert api.delete(place, {"reason": "Wrong site."}, if_match='"1"').status_code == 204

    shown = api.get(place).json()
    assert (shown["retraction_reason"], shown["version"]) == ("Wrong site.", 2)
    assert shown["retracted_on"] is not None
    assert api.get("evidence/").json()["count"] == 0
    assert api.get("evidence/?include=retracted").json()["count"] == 1
    assert api.get(f"vendors/{vendor.public_id}/").json()["integration"] == ""
    assert code(api.post(f"{place}retract/", {"reason": "Again."})) == (409, "retracted")


def test_retraction_needs_a_reason(api: Api, vendor: Vendor) -> None:
    place = f"evidence/{api.post('evidence/', record(vendor)).json()['id']}/"

    assert problem(api.post(f"{place}retract/", {})) == (400, [("reason", "required")])
    assert problem(api.delete(place)) == (400, [("reason", "required")])


def test_verified_by_somebody_else_only(team: Team, api: Api, vendor: Vendor) -> None:
    place = f"evidence/{api.post('evidence/', record(vendor)).json()['id']}/verify/"

    assert code(api.post(place, {"grade": "B"})) == (403, "verified_by_author")
    quality = by_token(team, Role.QUALITY)
    assert problem(quality.post(place, {"grade": "D"})) == (400, [("grade", "invalid_choice")])
    verified = quality.post(place, {"grade": "B"}, if_match='"1"')
    assert (verified.status_code, verified.json()["claim_type"], verified.json()["grade"]) == (
        200,
        "verified",
        "B",
    )
    assert by_session(team, Role.PROCUREMENT).post(place, {"grade": "B"}).status_code == 403


def test_commercial_evidence_needs_permission_and_scope(team: Team, vendor: Vendor) -> None:
    body = record(vendor, confidentiality="commercial", note="CANARY-7431")
    made = by_token(team).post("evidence/", body)
    place = f"evidence/{made.json()['id']}/"
    public = by_token(team).post("evidence/", record(vendor)).json()["id"]

    without = by_token(team, scopes=("read", "write"))
    reading = by_token(team, scopes=("read", "write", "commercial:read"))
    assert code(without.post("evidence/", body)) == (403, "scope_missing")
    assert code(reading.post("evidence/", body)) == (403, "scope_missing")
    assert code(reading.patch(place, {"confidentiality": "public"})) == (403, "scope_missing")
    assert reading.get(place).status_code == 200
    for blind in (without, by_session(team, Role.VIEWER), by_session(team, Role.ADMIN)):
        assert [row["id"] for row in blind.get("evidence/").json()["results"]] == [public]
        assert (blind.get(place).status_code, blind.get(f"{place}revisions/").status_code) == (404, 404)
    assert problem(
        without.post("evidence/", record(vendor, supersedes=made.json()["id"]))
    ) == (400, [("supersedes", "does_not_exist")])  # fmt: skip
    assert without.patch(place, {"note": "mine"}).status_code == 404


def test_a_version_that_was_commercial_stays_so(team: Team, vendor: Vendor) -> None:
    api = by_token(team)
    place = f"evidence/{api.post('evidence/', record(vendor, confidentiality='commercial')).json()['id']}/"
    assert api.patch(place, {"confidentiality": "public"}).status_code == 200

    viewer = by_session(team, Role.VIEWER)

    assert [v["number"] for v in viewer.get(f"{place}revisions/").json()["results"]] == [2]


def test_audit_withholds_commercial_content(team: Team, vendor: Vendor) -> None:
    by_token(team).post("evidence/", record(vendor, confidentiality="commercial", note="CANARY-7431"))

    for role, sees in ((Role.ADMIN, False), (Role.QUALITY, True), (Role.AUDITOR, True)):
        answer = by_session(team, role).get("audit/?table=vendors_evidence")
        assert ("CANARY-7431" in answer.content.decode()) is sees
        assert [event["withheld"] for event in answer.json()["results"]] == [not sees]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"target": "NO_SUCH"}, ("target", "unknown_target")),
        ({"value": {"choice": "BREAD"}}, ("value.choice", "invalid_value")),
        ({"value": None}, ("value", "required")),
        ({"value": 3}, ("value", "not_a_dict")),
        ({"refused": True}, ("value", "refused_with_value")),
        ({"target": NOT_OF_VENDOR}, ("subject", "wrong_subject")),
        ({"scope": {"modality": "BREAD"}}, ("scope.modality", "invalid_choice")),
        ({"scope": {"colour": "red"}}, ("scope.colour", "unknown_field")),
        ({"scope": {"market": "ZZZ"}}, ("scope.market", "unknown")),
        ({"obtained_on": "2150-01-01"}, ("obtained_on", "in_future")),
        ({"subject": {"type": "vendor", "id": "01890000-0000-7000-8000-000000000000"}}, ("subject.id", "does_not_exist")),
        ({"subject": {"type": "proposal", "id": "01890000-0000-7000-8000-000000000000"}}, ("subject.id", "does_not_exist")),
        ({"subject": {"type": "vendor", "id": "7"}}, ("subject.id", "invalid")),
        ({"file": "01890000-0000-7000-8000-000000000000"}, ("file", "does_not_exist")),
        ({"scope": {"program": "01890000-0000-7000-8000-000000000000"}}, ("scope.program", "does_not_exist")),
    ],
)  # fmt: skip
def test_bad_evidence_is_refused_by_field(
    api: Api, vendor: Vendor, fields: dict[str, Any], error: tuple[str, str]
) -> None:
    assert problem(api.post("evidence/", record(vendor, **fields))) == (400, [error])


def test_subject_of_another_organisation_is_like_a_missing_one(
    api: Api, outsiders: Team, vendor: Vendor
) -> None:
    with organization_scope(outsiders.organization.pk, "test"):
        theirs = make.make_vendor(outsiders.organization)

    assert problem(api.post("evidence/", record(theirs))) == (400, [("subject.id", "does_not_exist")])


def test_outsiders_reach_no_evidence(api: Api, stranger: Api, vendor: Vendor) -> None:
    id_ = api.post("evidence/", record(vendor)).json()["id"]

    assert stranger.get("evidence/?include=retracted").json()["count"] == 0
    for answer in (
        stranger.get(f"evidence/{id_}/"),
        stranger.get(f"evidence/{id_}/revisions/"),
        stranger.patch(f"evidence/{id_}/", {"note": "mine"}),
        stranger.post(f"evidence/{id_}/retract/", {"reason": "mine"}),
        stranger.post(f"evidence/{id_}/verify/", {"grade": "A"}),
    ):
        assert code(answer) == (404, "not_found")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_record_evidence(team: Team, vendor: Vendor, role: Role) -> None:
    expected = 201 if role in {Role.MANAGER, Role.QUALITY} else 403

    assert by_session(team, role).post("evidence/", record(vendor)).status_code == expected


def test_evidence_scope_of_a_token(team: Team, vendor: Vendor) -> None:
    for scope in ALL_SCOPES:
        api = by_token(team, scopes=(scope,))
        found = (api.get("evidence/").status_code, api.post("evidence/", record(vendor)).status_code)
        assert found == {"evidence:read": (200, 403), "evidence:write": (200, 201)}.get(scope, (403, 403))


def test_facts_tell_the_shape_of_every_value(api: Api) -> None:
    facts = {fact["code"]: fact for fact in api.get("facts/").json()}

    assert facts["vendor.integration"]["value_schema"]["options"] == ["CMO", "CDMO", "CDMO_CRO"]
    assert facts["site.single_use_pct"]["value_kind"] == "number"
    assert facts["MOD4"]["subjects"] != []
