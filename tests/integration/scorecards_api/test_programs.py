"""Programmes and candidates over the API."""

import pytest

from cdmo_eval.core.errors import Invalid
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from scorecards.models import Program
from tests.factories.core import Team
from tests.factories.scorecards import make_candidate, make_program, make_scorecard
from tests.factories.vendors import make_capability, make_site, make_vendor
from tests.integration.api.calls import Api, by_session, code, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(scope: Actor) -> Program:
    """An antibody in phase 1."""
    return make_program(scope.organization, name="Antibody")


def test_program_created_changed_and_archived(api: Api) -> None:
    body = {
        "name": "Vector", "modality": "AAV", "target_markets": ["US"], "budget_amount": 1500000.5, "budget_currency": "EUR",
        "scale_needs": [{"operation": "VECTOR", "at": "now", "value": 200, "unit": "L"}],
    }  # fmt: skip
    created = api.post("programs/", body | {"external_ids": [{"system": "erp", "value": "P-1"}]})

    assert created.status_code == 201, created.content
    shown = created.json()
    assert {name: shown[name] for name in body} == body
    assert shown["external_ids"] == [{"system": "erp", "value": "P-1"}]
    assert created["Location"] == f"/api/v1/programs/{shown['id']}/"
    place = f"programs/{shown['id']}/"
    assert api.get(place).json() == shown
    changed = api.patch(place, {"phase_now": "PH1"}, if_match=created["ETag"])
    assert (changed.status_code, changed.json()["phase_now"], changed.json()["version"]) == (200, "PH1", 2)
    assert code(api.patch(place, {"phase_now": "PH2"}, if_match=created["ETag"])) == (412, "version_mismatch")
    assert api.delete(place, if_match=changed["ETag"]).status_code == 204
    assert api.get("programs/").json()["count"] == 0
    assert [row["id"] for row in api.get("programs/?include=archived").json()["results"]] == [shown["id"]]


def test_changed_external_ids_count_as_a_change(api: Api, program: Program) -> None:
    place = f"programs/{program.public_id}/"
    read = api.get(place)

    changed = api.patch(place, {"external_ids": [{"system": "erp", "value": "1"}]}, if_match=read["ETag"])

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed["ETag"] != read["ETag"]
    assert code(api.patch(place, {"external_ids": []}, if_match=read["ETag"])) == (412, "version_mismatch")


def test_upsert_adds_then_changes(api: Api) -> None:
    place = "programs/by-external-id/erp/P/7/"

    assert code(api.get(place)) == (404, "not_found")
    assert code(api.put(place, {"name": "One", "modality": "MAB"}, if_match='"1"')) == (
        412,
        "version_mismatch",
    )
    first = api.put(place, {"name": "One", "modality": "MAB"})
    second = api.put(place, {"name": "Two", "modality": "MAB"}, if_match=first["ETag"])

    assert (first.status_code, second.status_code) == (201, 200)
    assert first["Location"] == f"/api/v1/programs/{first.json()['id']}/"
    assert (second.json()["id"], second.json()["name"]) == (first.json()["id"], "Two")
    assert second.json()["external_ids"] == [{"system": "erp", "value": "P/7"}]
    assert [
        row["id"] for row in api.get("programs/?external_system=erp&external_id=P/7").json()["results"]
    ] == [first.json()["id"]]
    assert [
        api.get(f"programs/?{q}").json()["count"]
        for q in ("external_id=P/7", "external_id=X", "external_system=crm")
    ] == [1, 0, 0]


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"modality": "MAB"}, [("name", "required")]),
        ({"name": "A", "modality": "MAGIC"}, [("modality", "invalid_choice")]),
        ({"name": "A", "modality": "MAB", "naem": "B"}, [("naem", "unknown_field")]),
        ({"name": "A", "modality": "MAB", "oeb": 9}, [("oeb", "max_value")]),
        ({"name": "A", "modality": "MAB", "target_markets": ["ATLANTI"]}, [("target_markets.0", "unknown")]),
        (
            {"name": "A", "modality": "MAB", "must_haves": [{"subject": "nothing", "operator": ">=", "value": 1}]},
            [("must_haves.0.subject", "unknown")],
        ),
        (
            {"name": "A", "modality": "MAB", "must_haves": [{"subject": "vendor.integration", "operator": ">=", "value": 1}]},
            [("must_haves.0.value", "does_not_compare")],
        ),
        (
            {"name": "A", "modality": "MAB", "budget_amount": 5},
            [("", "scorecards_program_budget_has_currency")],
        ),
    ],
)  # fmt: skip
def test_unacceptable_programs_name_the_field(
    api: Api, body: dict[str, object], errors: list[tuple[str, str]]
) -> None:
    assert problem(api.post("programs/", body)) == (400, errors)


def test_writing_needs_the_right(team: Team, viewer: Api, program: Program) -> None:
    procurement = by_session(team, Role.PROCUREMENT)

    assert code(viewer.post("programs/", {"name": "A", "modality": "MAB"})) == (403, "permission_denied")
    assert code(procurement.patch(f"programs/{program.public_id}/", {"name": "B"})) == (
        403,
        "permission_denied",
    )
    assert code(viewer.post("candidates/", {})) == (403, "permission_denied")
    assert viewer.get(f"programs/{program.public_id}/").status_code == 200


def test_others_do_not_exist(stranger: Api, scope: Actor, program: Program) -> None:
    candidate = make_candidate(program, make_vendor(scope.organization))
    scorecard = make_scorecard(program)

    for place in (
        f"programs/{program.public_id}/",
        f"candidates/{candidate.public_id}/",
        f"scorecards/{scorecard.public_id}/",
        f"frameworks/{scorecard.framework.public_id}/",
    ):
        assert code(stranger.get(place)) == (404, "not_found")
    for place in ("programs/", "candidates/", "scorecards/"):
        assert stranger.get(place).json()["count"] == 0
    for place in ("results/", "leaves/", "runs/", "waivers/", "export/csv/"):
        assert code(stranger.get(f"scorecards/{scorecard.public_id}/{place}")) == (404, "not_found")
    assert code(stranger.post(f"scorecards/{scorecard.public_id}/recompute/")) == (404, "not_found")
    foreign = {"name": "Theirs", "program": str(program.public_id)}
    assert problem(stranger.post("scorecards/", foreign)) == (400, [("program", "does_not_exist")])


def test_assumed_map_is_shown_and_labelled(api: Api, scope: Actor, program: Program) -> None:
    vendor = make_vendor(scope.organization, name="Alder")
    site = make_site(vendor, name="Plant")
    capability = make_capability(site, operation="UPSTREAM", gmp=True)
    candidate = make_candidate(program, vendor)

    shown = api.get(f"candidates/{candidate.public_id}/").json()

    assert shown["assumed"] is True
    assert shown["supply_map"][0] == {
        "seq": 1, "operation": "UPSTREAM", "phase": "PH1", "site": str(site.public_id),
        "site_name": "Plant",
        "capability": str(capability.public_id), "delivery": "in_house", "partner_vendor": None, "partner_vendor_name": "",
        "role": "primary",
    }  # fmt: skip
    assert [step["site"] for step in shown["supply_map"][1:]] == [None] * (len(shown["supply_map"]) - 1)


def test_candidate_with_its_own_map(api: Api, scope: Actor, program: Program) -> None:
    vendor, partner = (
        make_vendor(scope.organization, name="Alder"),
        make_vendor(scope.organization, name="Birch"),
    )
    site, foreign = make_site(vendor, name="Plant"), make_site(partner, name="Elsewhere")
    body = {
        "program": str(program.public_id), "vendor": str(vendor.public_id), "label": "With Birch",
        "supply_map": [
            {"operation": "UPSTREAM", "site": str(site.public_id)},
            {"operation": "FILL_VIAL", "site": str(foreign.public_id), "delivery": "partner", "partner_vendor": str(partner.public_id)},
        ],
    }  # fmt: skip

    created = api.post("candidates/", body)

    assert created.status_code == 201, created.content
    shown = created.json()
    assert (shown["assumed"], [step["site_name"] for step in shown["supply_map"]]) == (
        False,
        ["Plant", "Elsewhere"],
    )
    wrong = {"supply_map": [{"operation": "UPSTREAM", "site": str(foreign.public_id)}]}
    place = f"candidates/{shown['id']}/"
    assert problem(api.patch(place, wrong)) == (400, [("supply_map.0.site", "other_vendor")])
    back = api.patch(place, {"supply_map": []}, if_match=created["ETag"])
    assert (back.status_code, back.json()["assumed"], back.json()["version"]) == (200, True, 2)
    assert problem(api.patch(place, {"vendor": str(partner.public_id)})) == (
        400,
        [("vendor", "unknown_field")],
    )
    assert api.delete(place).status_code == 204
    assert api.get("candidates/").json()["count"] == 0


@pytest.mark.parametrize(
    "place",
    ["programs/", "candidates/", "scorecards/", "frameworks/", "archetypes/", "must-haves/", "criteria/"],
)
def test_unknown_parameters_are_refused(api: Api, scope: Actor, place: str) -> None:
    make_scorecard(make_program(scope.organization))

    assert problem(api.get(f"{place}?colour=red")) == (400, [("colour", "unknown_parameter")])


def test_a_constraint_of_a_step_is_told_in_words(scope: Actor, program: Program) -> None:
    step = {"operation": "MAGIC"}

    with pytest.raises(Invalid) as caught:
        make_candidate(program, make_vendor(scope.organization), supply_map=[step])

    assert [(e.field, e.code) for e in caught.value.errors] == [
        ("operation", "scorecards_supplyline_operation_known")
    ]
