"""Vendors, sites, capabilities and services over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from vendors.models import Evidence, Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor(scope: Actor) -> Vendor:
    """A vendor with one site, one capability, one service and one certificate."""
    vendor = make.make_vendor(scope.organization, name="Alpine Biologics", integration="CDMO")
    site = make.make_site(vendor, name="Visp", country="CH", fei="0003001234")
    make.make_capability(site, modality="MAB", operation="UPSTREAM", phases=["PH3"], gmp=True)
    make.make_service(vendor, code="FORM_DEV")
    make.make_certificate(vendor, kind="GMP", site=site, number="CH-1")
    return vendor


def test_vendor_created_changed_and_archived(api: Api) -> None:
    body = {"name": "Nordic Fill", "hq_country": "DK", "integration": "CDMO", "employees": 900}
    created = api.post("vendors/", body | {"external_ids": [{"system": "erp", "value": "V-7"}]})

    assert created.status_code == 201
    shown = created.json()
    assert {name: shown[name] for name in body} == body
    assert shown["external_ids"] == [{"system": "erp", "value": "V-7"}]
    assert created["Location"] == f"/api/v1/vendors/{shown['id']}/"
    place = f"vendors/{shown['id']}/"
    assert api.get(place).json() == shown

    changed = api.patch(place, {"employees": 950}, if_match=created["ETag"])
    assert (changed.status_code, changed.json()["employees"], changed.json()["version"]) == (200, 950, 2)

    assert api.delete(place, if_match=changed["ETag"]).status_code == 204
    assert api.get("vendors/").json()["count"] == 0
    assert [v["id"] for v in api.get("vendors/?include=archived").json()["results"]] == [shown["id"]]
    assert api.get(place).json()["archived_at"] is not None
    restored = api.post(f"{place}restore/")
    assert (restored.status_code, restored.json()["archived_at"]) == (200, None)


def test_vendor_shows_what_hangs_on_it(api: Api, vendor: Vendor) -> None:
    shown = api.get(f"vendors/{vendor.public_id}/").json()

    (site,) = shown["sites"]
    assert (site["name"], site["fei"], site["vendor"]) == ("Visp", "0003001234", shown["id"])
    assert [(c["modality"], c["operation"], c["phases"]) for c in site["capabilities"]] == [
        ("MAB", "UPSTREAM", ["PH3"])
    ]
    assert [(s["code"], s["delivery"]) for s in shown["services"]] == [("FORM_DEV", "in_house")]
    assert [(c["kind"], c["number"], c["site"]) for c in shown["certificates"]] == [
        ("GMP", "CH-1", site["id"])
    ]


def test_scored_columns_become_evidence(api: Api, team: Team) -> None:
    shown = api.post("vendors/", {"name": "Nordic Fill", "integration": "CDMO"}).json()

    with organization_scope(team.organization.pk, "test"):
        rows = Evidence.objects.filter(vendor__public_id=shown["id"])
        assert [(row.target, row.grade, row.claim_type) for row in rows] == [
            ("vendor.integration", "D", "claimed")
        ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=alpine", True),
        ("q=visp 3001234", True),
        ("q=nobody", False),
        ("modality=MAB", True),
        ("modality=MAB&phase=PH3", True),
        ("modality=MAB&phase=PH1", False),
        ("modality=AAV&modality=MAB", True),
        ("operation=UPSTREAM&gmp=true", True),
        ("region=EUROPE", True),
        ("country=ch", True),
        ("country=DE", False),
        ("service=FORM_DEV", True),
        ("service=REG_LIAISON", False),
        ("integration=CDMO", True),
        ("focus=NICHE", False),
        ("regulatory_state=oai", False),
        ("qualification=approved", False),
        ("external_id=nothing", False),
    ],
)
def test_vendor_filters(api: Api, vendor: Vendor, query: str, found: bool) -> None:
    answer = api.get(f"vendors/?{query}")

    assert answer.status_code == 200, answer.content
    assert answer.json()["count"] == int(found)


def test_freshness_filter_is_of_today(api: Api, scope: Actor) -> None:
    vendor = make.make_vendor(scope.organization, now=timezone.now(), integration="CDMO")

    assert [v["id"] for v in api.get("vendors/?freshness=fresh").json()["results"]] == [str(vendor.public_id)]
    assert api.get("vendors/?freshness=fresh&freshness=stale").json()["count"] == 1
    assert api.get("vendors/?freshness=stale&freshness=expired").json()["count"] == 0


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("colour=red", ("colour", "unknown_parameter")),
        ("modality=BREAD", ("modality", "invalid_choice")),
        ("include=everything", ("include", "invalid_choice")),
        ("page_size=201", ("page_size", "invalid")),
        ("page_size=0", ("page_size", "invalid")),
        ("page_size=" + "9" * 5000, ("page_size", "invalid")),
        ("q=a%00b", ("q", "invalid")),
        ("freshness=young", ("freshness", "invalid_choice")),
    ],
)
def test_bad_parameter_is_refused(api: Api, query: str, error: tuple[str, str]) -> None:
    assert problem(api.get(f"vendors/?{query}")) == (400, [error])


def test_unknown_and_bad_fields_are_refused_by_name(api: Api) -> None:
    body = {"name": "", "colour": "red"}
    assert problem(api.post("vendors/", body)) == (400, [("colour", "unknown_field")])
    body = {"name": "", "employees": "many", "integration": "ALL"}
    assert problem(api.post("vendors/", body)) == (
        400,
        [("name", "blank"), ("employees", "invalid"), ("integration", "invalid_choice")],
    )


def test_constraint_of_the_database_is_a_sentence(api: Api, vendor: Vendor) -> None:
    answer = api.post("vendors/", {"name": "ALPINE biologics"})

    assert problem(answer) == (400, [("name", "vendors_vendor_name_once")])
    assert answer.json()["detail"] == "Another vendor already has this name."


def test_if_match_of_another_version_is_412(api: Api, vendor: Vendor) -> None:
    place = f"vendors/{vendor.public_id}/"
    read = api.get(place)
    assert api.patch(place, {"employees": 5}, if_match=read["ETag"]).status_code == 200

    for call in (
        api.patch(place, {"employees": 6}, if_match=read["ETag"]),
        api.delete(place, if_match=read["ETag"]),
        api.patch(place, {"employees": 6}, if_match=f"W/{api.get(place)['ETag']}"),
    ):
        assert code(call) == (412, "version_mismatch")
    assert api.patch(place, {"employees": 8}, if_match="*").status_code == 200


def test_if_match_does_not_heed_what_lies_inside(api: Api, vendor: Vendor, scope: Actor) -> None:
    place = f"vendors/{vendor.public_id}/"
    read = api.get(place)
    make.make_site(vendor, name="Second")

    assert api.patch(place, {"employees": 5}, if_match=read["ETag"]).status_code == 200


def test_if_none_match_is_304_until_anything_shown_changes(api: Api, vendor: Vendor, scope: Actor) -> None:
    place = f"vendors/{vendor.public_id}/"
    tag = api.get(place)["ETag"]
    assert api.get(place, if_none_match=tag).status_code == 304

    make.make_capability(vendor.sites.get(), modality="AAV", operation="UPSTREAM")

    again = api.get(place, if_none_match=tag)
    assert again.status_code == 200
    assert again["ETag"] != tag


def test_lists_have_an_etag_too(api: Api, vendor: Vendor) -> None:
    answer = api.get("vendors/")

    assert api.get("vendors/", if_none_match=answer["ETag"]).status_code == 304


def test_idempotency_key_repeats_the_answer(api: Api) -> None:
    first = api.post("vendors/", {"name": "Once"}, idempotency_key="k1")
    second = api.post("vendors/", {"name": "Once"}, idempotency_key="k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (second["Idempotent-Replay"], second["ETag"], second["Location"]) == (
        "true", first["ETag"], first["Location"],
    )  # fmt: skip
    assert api.get("vendors/").json()["count"] == 1


def test_idempotency_key_for_another_body_is_422(api: Api) -> None:
    api.post("vendors/", {"name": "Once"}, idempotency_key="k1")

    assert code(api.post("vendors/", {"name": "Twice"}, idempotency_key="k1")) == (422, "key_reused")
    assert problem(api.post("vendors/", {"name": "X"}, idempotency_key="k" * 201)) == (
        400, [("Idempotency-Key", "too_long")],
    )  # fmt: skip


def test_idempotency_key_of_a_failed_request_is_free(api: Api) -> None:
    assert api.post("vendors/", {"name": ""}, idempotency_key="k1").status_code == 400

    assert api.post("vendors/", {"name": "Right"}, idempotency_key="k1").status_code == 201


def test_upsert_by_external_id(api: Api) -> None:
    place = "vendors/by-external-id/erp/V%2F7/"

    added = api.put(place, {"name": "Nordic Fill"})
    changed = api.put(place, {"name": "Nordic Fill A/S"}, if_match=added["ETag"])

    assert (added.status_code, changed.status_code) == (201, 200)
    assert added["Location"] == f"/api/v1/vendors/{added.json()['id']}/"
    assert (changed.json()["id"], changed.json()["name"]) == (added.json()["id"], "Nordic Fill A/S")
    assert changed.json()["external_ids"] == [{"system": "erp", "value": "V/7"}]
    assert api.get(place).json() == changed.json()
    assert api.get("vendors/?external_id=V/7&external_system=erp").json()["count"] == 1
    assert code(api.put(place, {"name": "Late"}, if_match=added["ETag"])) == (412, "version_mismatch")
    assert code(api.put("vendors/by-external-id/erp/no/", {"name": "New"}, if_match='"1"')) == (
        412, "version_mismatch",
    )  # fmt: skip
    assert api.get("vendors/by-external-id/erp/no/").status_code == 404


def test_external_ids_are_one_objects_only(api: Api, vendor: Vendor) -> None:
    place = f"vendors/{vendor.public_id}/"
    changed = api.patch(place, {"external_ids": [{"system": "erp", "value": "1"}]})
    assert (changed.json()["version"], changed.json()["external_ids"]) == (
        vendor.version + 1, [{"system": "erp", "value": "1"}],
    )  # fmt: skip

    other = api.post("vendors/", {"name": "Other", "external_ids": [{"system": "erp", "value": "1"}]})

    assert other.status_code == 400
    assert api.get("vendors/").json()["count"] == 1


def test_site_created_changed_upserted_and_archived(api: Api, vendor: Vendor) -> None:
    body = {"vendor": str(vendor.public_id), "name": "Basel", "country": "CH", "fei": "0000123456"}
    created = api.post("sites/", body)
    assert created.status_code == 201, created.content
    place = f"sites/{created.json()['id']}/"
    assert created.json()["region"] == "EUROPE"

    changed = api.patch(place, {"single_use_pct": 40.5}, if_match=created["ETag"])
    assert (changed.status_code, changed.json()["single_use_pct"]) == (200, 40.5)
    assert api.get("sites/?fei=123456").json()["count"] == 1
    assert api.get(f"sites/?vendor={vendor.public_id}&country=CH").json()["count"] == 2
    upserted = api.put("sites/by-external-id/mes/B1/", {"vendor": str(vendor.public_id), "name": "Bern"})
    assert upserted.status_code == 201
    assert problem(api.put("sites/by-external-id/mes/B2/", {"name": "Biel"})) == (
        400,
        [("vendor", "required")],
    )
    assert api.delete(place).status_code == 204
    assert api.get(f"sites/?vendor={vendor.public_id}").json()["count"] == 2


def test_capability_and_service_created_changed_and_archived(api: Api, vendor: Vendor) -> None:
    site = vendor.sites.get()
    sizes = {"scale_min": 50, "scale_max": 2000, "batch_unit": "L"}
    body = {"site": str(site.public_id), "modality": "AAV", "operation": "UPSTREAM", "phases": ["PH1"]}
    capability = api.post("capabilities/", body | sizes)
    assert capability.status_code == 201, capability.content
    assert capability.json()["scale_max"] == 2000
    place = f"capabilities/{capability.json()['id']}/"
    assert api.patch(place, {"phases": ["PH1", "PH2"]}).json()["phases"] == ["PH1", "PH2"]
    assert api.get("capabilities/?phase=PH2").json()["count"] == 1
    assert api.delete(place).status_code == 204

    partner = make.make_vendor(vendor.organization, name="Partner")
    body = {"vendor": str(vendor.public_id), "code": "REG_LIAISON", "delivery": "partner"}
    service = api.post("services/", body | {"partner_vendor": str(partner.public_id), "markets": ["EU"]})
    assert service.status_code == 201, service.content
    assert service.json()["partner_vendor"] == str(partner.public_id)
    assert api.get("services/?code=REG_LIAISON&delivery=partner").json()["count"] == 1


def test_references_into_another_organisation_are_like_missing_ones(
    api: Api, stranger: Api, vendor: Vendor, outsiders: Team
) -> None:
    with organization_scope(outsiders.organization.pk, "test"):
        theirs = make.make_site(make.make_vendor(outsiders.organization))
    missing = "01890000-0000-7000-8000-000000000000"
    body = {"modality": "MAB", "operation": "UPSTREAM"}

    answers = [api.post("capabilities/", body | {"site": str(id_)}) for id_ in (theirs.public_id, missing)]

    assert [problem(answer) for answer in answers] == [(400, [("site", "does_not_exist")])] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_outsiders_see_and_reach_nothing(stranger: Api, vendor: Vendor) -> None:
    site = vendor.sites.get()
    places = [f"vendors/{vendor.public_id}/", f"sites/{site.public_id}/"]

    assert [stranger.get(f"{name}/").json()["count"] for name in ("vendors", "sites", "capabilities")] == [
        0
    ] * 3
    for place in places:
        for answer in (stranger.get(place), stranger.patch(place, {"name": "Mine"}), stranger.delete(place)):
            assert code(answer) == (404, "not_found")
    assert stranger.get(f"sites/{site.public_id}/regulatory/").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_who_may_write_vendors(team: Team, vendor: Vendor, role: Role) -> None:
    api = by_session(team, role)
    place = f"vendors/{vendor.public_id}/"

    assert api.get(place).status_code == 200
    expected = {201, 200, 204} if role is Role.MANAGER else {403}
    found = [
        api.post("vendors/", {"name": "New"}).status_code,
        api.patch(place, {"employees": 3}).status_code,
        api.delete(place).status_code,
    ]
    assert set(found) == expected


def test_rights_come_before_the_content(team: Team, vendor: Vendor) -> None:
    assert by_session(team, Role.VIEWER).post("vendors/", {"colour": 1}).status_code == 403


def test_regulatory_state_of_a_site(api: Api, vendor: Vendor, scope: Actor) -> None:
    place = f"sites/{vendor.sites.get().public_id}/regulatory/"
    empty = api.get(place).json()
    today = timezone.now().date()
    make.make_inspection(scope.organization, fei="0003001234", event_on=today - timedelta(days=100))

    found = api.get(f"{place}?as_of={today.isoformat()}").json()

    assert (empty["base_score"], empty["score"], empty["cap"], empty["confidence"], empty["records"]) == (
        None, None, None, None, [],
    )  # fmt: skip
    assert empty["state"] == "no_record"
    assert (found["as_of"], found["state"], found["cap"]) == (today.isoformat(), "nai", None)
    assert found["score"] == found["base_score"] == round(found["score"], 2) > 0
    assert [record["classification"] for record in found["records"]] == ["NAI"]
    told = found["explanation"]
    assert [(one["classification"], one["weight"], one["points"]) for one in told["inspections"]] == [
        ("NAI", 1.0, 0.0)
    ]
    assert told["inspections"][0]["records"] == [found["records"][0]["id"]]
    assert (told["prior_points"], told["open"], told["lifted"], told["left_out"]) == (5.0, [], [], [])
    assert empty["explanation"]["inspections"] == []
    assert api.get(f"{place}?as_of=2000-01-01").json()["records"] == []
    for bad in ("yesterday", "0001-01-01", "9999-12-31"):
        assert problem(api.get(f"{place}?as_of={bad}")) == (400, [("as_of", "invalid")])


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [
        (("vendors:read",), 200, 403),
        (("vendors:write",), 200, 201),
        (("read",), 200, 403),
        (("write",), 200, 201),
        (("scores:read",), 403, 403),
        (("evidence:write", "commercial:write"), 403, 403),
    ],
)
def test_token_scopes(team: Team, scopes: tuple[str, ...], read: int, write: int) -> None:
    api = by_token(team, scopes=scopes)

    assert (api.get("vendors/").status_code, api.post("vendors/", {"name": "N"}).status_code) == (read, write)
