"""Scorecards, their must-haves and waivers over the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cdmo_eval.core.models import Job
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import duties, recompute
from scorecards.models import GateWaiver, Program, Scorecard, ScorecardState
from scorecards.services.recompute_jobs import note_failure
from tests.factories.core import Team, make_member
from tests.factories.scorecards import make_candidate, make_program, make_scorecard
from tests.factories.vendors import make_vendor
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.integration.scorecards_api.conftest import Ranked, clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(scope: Actor) -> Program:
    """With one vendor."""
    make_vendor(scope.organization, name="Alder")
    program = make_program(scope.organization, name="Antibody")
    make_scorecard(program, name="Present")
    return program


@pytest.fixture
def place(program: Program) -> str:
    """The path of its scorecard."""
    return f"scorecards/{Scorecard.objects.get(program=program).public_id}/"


def test_scorecard_created_and_read(api: Api, program: Program) -> None:
    body = {
        "name": "First look", "program": str(program.public_id), "archetype": "B", "weights": {"MOD": 30.5, "REG": "1/3"},
        "policy": "conservative", "stage": "shortlist", "as_of": "2026-07-01",
        "gates": [{"code": "G_OAI"}, {"subject": "DIG3", "operator": ">=", "value": 3}],
        "external_ids": [{"system": "erp", "value": "S-1"}],
    }  # fmt: skip
    created = api.post("scorecards/", body)

    assert created.status_code == 201, created.content
    shown = created.json()
    assert {
        name: shown[name] for name in ("name", "archetype", "policy", "stage", "as_of", "external_ids")
    } == {name: body[name] for name in ("name", "archetype", "policy", "stage", "as_of", "external_ids")}
    assert (shown["weights"]["MOD"], shown["weights"]["REG"], shown["weights"]["SCL"]) == (30.5, "1/3", 16)
    assert [(g["code"], g["subject"], g["operator"], g["value"], g["waivable"]) for g in shown["gates"]] == [
        ("G_OAI", "", "", None, True), ("X_1", "DIG3", ">=", 3, False),
    ]  # fmt: skip
    assert (shown["candidates"], shown["fresh"], shown["state"], shown["last_run"]) == (
        "all",
        False,
        "never",
        None,
    )
    assert api.get(f"scorecards/{shown['id']}/").json() == shown


@pytest.mark.parametrize(
    ("weights", "field", "said"),
    [
        ({"MOD": -1}, "weights.MOD", "illegal_weight"),
        ({"NONE": 5}, "weights.NONE", "illegal_weight"),
        ({"DIG1": 0, "DIG2": 0, "DIG3": 0, "DIG4": 0, "DIG5": 0}, "weights.DIG", "illegal_weight"),
        ({"MOD": "1e999999999"}, "weights.MOD", "not_a_number"),
        ({"MOD": "NaN"}, "weights.MOD", "not_a_number"),
        ({"MOD": "1/0"}, "weights.MOD", "not_a_number"),
        ({"MOD": None}, "weights.MOD", "null"),
        ({"MOD": True}, "weights.MOD", "not_points"),
        ({"MOD": [1]}, "weights.MOD", "not_points"),
    ],
)
def test_illegal_weights_name_the_criterion(
    api: Api, place: str, weights: dict[str, Any], field: str, said: str
) -> None:
    before = api.get(place).json()

    assert problem(api.patch(place, {"weights": weights})) == (400, [(field, said)])
    assert api.get(place).json() == before


def test_weights_that_sum_oddly_are_legal(api: Api, place: str) -> None:
    groups = ("MOD", "SVC", "SCL", "REG", "QUA", "DIG", "FLX", "GEO", "RSK")
    weights = dict.fromkeys(groups, 10.1) | {"SUS": 9.1, "COM": 0}

    assert api.patch(place, {"weights": weights}).status_code == 200
    assert {c: api.get(place).json()["weights"][c] for c in weights} == weights


@pytest.mark.parametrize(
    ("gate", "field", "said"),
    [
        ({"code": "G_NONE"}, "gates.code", "unknown"),
        ({"code": "Y_1", "subject": "DIG3", "operator": ">=", "value": 1}, "gates.code", "unknown"),
        ({"subject": "DIG9", "operator": ">=", "value": 1}, "gates.subject", "unknown"),
        ({"subject": "DIG3", "operator": ">=", "value": "high"}, "gates.value", "does_not_compare"),
        ({"subject": "DIG3", "operator": "contains", "value": 1}, "gates.value", "does_not_compare"),
        ({"subject": "vendor.integration", "operator": ">=", "value": 1}, "gates.value", "does_not_compare"),
        (
            {"subject": "vendor.control_changed_on", "operator": "<", "value": "soon"},
            "gates.value",
            "does_not_compare",
        ),
        ({"subject": "site.country", "operator": "in", "value": []}, "gates.value", "does_not_compare"),
        ({"subject": "site.country", "operator": "in"}, "gates.value", "does_not_compare"),
        ({"subject": "site.country"}, "gates.operator", "unknown"),
    ],
)
def test_must_haves_that_cannot_be_decided_are_refused(
    api: Api, place: str, gate: dict[str, Any], field: str, said: str
) -> None:
    assert problem(api.patch(place, {"gates": [gate]})) == (400, [(field, said)])


DECIDABLE = [
    {"subject": "DIG3", "operator": ">=", "value": 3},
    {"subject": "REG1", "operator": ">", "value": 60.5},
    {"subject": "site.single_use_pct", "operator": ">=", "value": 50},
    {"subject": "capability.scale_max", "operator": ">=", "value": {"number": 200, "unit": "L"}},
    {"subject": "site.country", "operator": "in", "value": ["DE", "CH"]},
    {"subject": "service.REG_LIAISON.markets", "operator": "contains", "value": "US"},
    {"subject": "vendor.owner_competes", "operator": "==", "value": False},
    {"subject": "vendor.control_changed_on", "operator": "<", "value": "2026-01-31"},
    {"subject": "proposal.weeks_to_milestone", "operator": "<=", "value": 30},
]


def test_must_haves_of_every_kind_are_accepted_and_calculated(api: Api, ranked: Ranked) -> None:
    assert api.patch(ranked.path, {"gates": DECIDABLE}).status_code == 200

    ranked.calculate()

    row = api.get(f"{ranked.path}results/").json()["results"][0]
    assert [outcome["gate"] for outcome in row["gates"]] == [f"X_{n}" for n in range(1, len(DECIDABLE) + 1)]


def test_changed_must_have_is_a_new_one(api: Api, place: str) -> None:
    rule = {"subject": "DIG3", "operator": ">=", "value": 2}
    first = api.patch(place, {"gates": [{"code": "G_OAI"}, rule]}).json()
    same = [
        {key: gate[key] for key in ("code", "subject", "operator", "value") if gate[key]}
        for gate in first["gates"]
    ]

    unchanged = api.patch(place, {"gates": same}).json()
    turned = api.patch(place, {"gates": same[::-1]}).json()
    stricter = api.patch(place, {"gates": [same[0], {**same[1], "value": 3}]}).json()

    assert (unchanged["version"], unchanged["gates"]) == (first["version"], first["gates"])
    assert [g["id"] for g in turned["gates"]] == [g["id"] for g in first["gates"][::-1]]
    assert [g["value"] for g in stricter["gates"]] == [None, 3]
    assert stricter["gates"][0]["id"] == first["gates"][0]["id"]
    assert stricter["gates"][1]["id"] != first["gates"][1]["id"]
    assert (turned["version"], stricter["version"]) == (first["version"] + 1, first["version"] + 2)


def test_chosen_candidates_and_back_to_all(api: Api, place: str, scope: Actor, program: Program) -> None:
    candidate = make_candidate(program, make_vendor(scope.organization, name="Birch"))
    elsewhere = make_candidate(make_program(scope.organization), make_vendor(scope.organization))
    read = api.get(place)

    chosen = api.patch(place, {"candidates": [str(candidate.public_id)]}, if_match=read["ETag"])

    assert (chosen.status_code, chosen.json()["candidates"]) == (200, [str(candidate.public_id)])
    assert code(api.patch(place, {"candidates": "all"}, if_match=read["ETag"])) == (412, "version_mismatch")
    assert problem(api.patch(place, {"candidates": [str(elsewhere.public_id)]})) == (
        400,
        [("candidates", "other_program")],
    )
    assert problem(api.patch(place, {"candidates": []})) == (400, [("candidates", "empty")])
    assert api.patch(place, {"candidates": "all"}, if_match=chosen["ETag"]).json()["candidates"] == "all"


def test_upsert_keeps_the_programme(api: Api, scope: Actor, program: Program) -> None:
    place, body = "scorecards/by-external-id/erp/S-1/", {"name": "Look", "program": str(program.public_id)}

    first, second = api.put(place, body), api.put(place, body | {"name": "Look again"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["id"], second.json()["name"]) == (first.json()["id"], "Look again")
    assert api.get(place).json() == second.json()
    other = make_program(scope.organization)
    assert problem(api.put(place, body | {"program": str(other.public_id)})) == (
        400,
        [("program", "invalid")],
    )


def test_repeated_creation_creates_once(api: Api, program: Program) -> None:
    body = {"name": "Once", "program": str(program.public_id)}

    first, again = (api.post("scorecards/", body, idempotency_key="k1") for _ in range(2))

    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 201, "true")
    assert first.json() == again.json()
    assert api.get("scorecards/?q=Once").json()["count"] == 1


def test_archived_scorecards_are_kept(api: Api, place: str) -> None:
    assert api.delete(place, if_match='"9"').status_code == 412
    assert api.delete(place).status_code == 204
    assert api.get("scorecards/").json()["count"] == 0
    assert api.get("scorecards/?include=archived").json()["count"] == 1
    assert code(api.patch(place, {"name": "Again"})) == (409, "archived")


def test_fresh_and_last_run_are_told(api: Api, ranked: Ranked) -> None:
    shown = api.get(ranked.path).json()

    assert (shown["fresh"], shown["state"], shown["error"]) == (True, "fresh", "")
    assert (shown["last_run"]["number"], shown["last_run"]["ranked"], shown["last_run"]["candidates"]) == (
        1,
        3,
        3,
    )
    assert shown["digest"] == shown["last_run"]["digest"]
    api.patch(ranked.path, {"policy": "conservative"})
    assert (api.get(ranked.path).json()["fresh"], api.get(ranked.path).json()["state"]) == (
        False,
        "recomputing",
    )


def test_recompute_job_ends_with_the_calculation(api: Api, viewer: Api, ranked: Ranked) -> None:
    asked = api.post(f"{ranked.path}recompute/")

    assert (asked.status_code, asked.json()["kind"], asked.json()["state"]) == (202, "recompute", "queued")
    assert asked["Location"] == f"/api/v1/jobs/{asked.json()['id']}/"
    assert api.get(asked["Location"]).json()["state"] == "queued"
    duties.recompute_dirty(organization_id=ranked.team.organization.pk, clock=clock)
    done = api.get(asked["Location"]).json()
    assert (done["state"], done["done"], done["message"]) == (
        "succeeded", 1, "Nothing has changed: the published figures stand."
    )  # fmt: skip
    assert code(viewer.post(f"{ranked.path}recompute/")) == (403, "permission_denied")
    assert problem(api.post(f"{ranked.path}recompute/", {"now": True})) == (400, [("now", "unknown_field")])


def test_recompute_job_tells_failures(api: Api, ranked: Ranked, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ValueError("a fact that cannot be rated")

    monkeypatch.setattr(recompute, "frame_of", broken)
    place = api.post(f"{ranked.path}recompute/")["Location"]
    states = []
    for _ in range(3):
        duties.recompute_dirty(organization_id=ranked.team.organization.pk, clock=clock)
        states.append(api.get(place).json()["state"])

    assert states == ["queued", "queued", "failed"]
    error = "ValueError: a fact that cannot be rated"
    assert api.get(place).json()["error"] == error
    shown = api.get(ranked.path).json()
    assert (shown["state"], shown["error"], shown["quarantined_until"] is not None) == ("failed", error, True)
    monkeypatch.undo()
    again = api.post(f"{ranked.path}recompute/")["Location"]
    duties.recompute_dirty(organization_id=ranked.team.organization.pk, clock=clock)
    assert (api.get(again).json()["state"], api.get(place).json()["state"]) == ("succeeded", "failed")


def test_jobs_of_an_archived_scorecard_are_cancelled(api: Api, ranked: Ranked) -> None:
    place = api.post(f"{ranked.path}recompute/")["Location"]
    api.delete(ranked.path)

    duties.recompute_dirty(organization_id=ranked.team.organization.pk, clock=clock)

    assert (api.get(place).json()["state"], api.get(place).json()["message"]) == (
        "cancelled",
        "The scorecard was archived.",
    )


def test_note_failure_without_an_error_changes_nothing(api: Api, ranked: Ranked) -> None:
    place = api.post(f"{ranked.path}recompute/")["Location"]

    note_failure(ranked.scorecard.pk, now=clock())

    assert ScorecardState.objects.get(pk=ranked.scorecard.pk).error == ""
    assert api.get(place).json()["state"] == "queued"
    with organization_scope(ranked.team.organization.pk, "test"):
        assert Job.objects.filter(state="queued").count() == 1


# --- waivers ---


def request_body(api: Api, ranked: Ranked, gate: str, **fields: Any) -> dict[str, Any]:
    gates = {row["code"]: row["id"] for row in api.get(ranked.path).json()["gates"]}
    tomorrow = datetime.now(UTC).date() + timedelta(days=30)
    candidate = str(ranked.candidates["Alder"].public_id)
    standard = {
        "gate": gates[gate],
        "candidate": candidate,
        "text": "Audited last week.",
        "expires_on": tomorrow.isoformat(),
    }
    return standard | fields


@pytest.fixture
def gated(api: Api, ranked: Ranked) -> Ranked:
    """With one must-have that may be waived and that Alder does not meet."""
    rule = {
        "code": "X_LEVEL",
        "subject": "SVC3",
        "operator": ">=",
        "value": 5,
        "waivable": True,
        "label": "Level 5",
    }
    assert api.patch(ranked.path, {"gates": [rule, {"code": "G_DATE"}]}).status_code == 200
    ranked.calculate()
    return ranked


def outcome(api: Api, ranked: Ranked) -> tuple[str, Any, int]:
    shown = api.get(f"{ranked.path}results/{ranked.candidates['Alder'].public_id}/").json()
    gate = next(gate for gate in shown["gates"] if gate["gate"] == "X_LEVEL")
    return gate["outcome"], gate["waived_until"], shown["gates_failed"]


def test_waiver_counts_once_another_person_approved_it(api: Api, quality: Api, gated: Ranked) -> None:
    place, body = f"{gated.path}waivers/", request_body(api, gated, "X_LEVEL")
    assert outcome(api, gated) == ("fail", None, 1)

    asked = api.post(place, body)
    gated.calculate()
    assert (asked.status_code, asked.json()["state"], outcome(api, gated)) == (
        201,
        "requested",
        ("fail", None, 1),
    )
    one = f"{place}{asked.json()['id']}/"
    approved = quality.post(f"{one}approve/")
    gated.calculate()

    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert outcome(api, gated) == ("fail", body["expires_on"], 0)
    assert code(quality.post(f"{one}approve/")) == (409, "approved")
    assert quality.post(f"{one}revoke/").json()["state"] == "revoked"
    gated.calculate()
    assert outcome(api, gated) == ("fail", None, 1)
    assert code(api.post(f"{one}revoke/")) == (409, "revoked")
    assert code(quality.post(f"{one}approve/")) == (409, "revoked")
    assert [row["state"] for row in api.get(place).json()["results"]] == ["revoked"]


def test_waiver_of_the_old_rule_does_not_cover_the_new_one(api: Api, quality: Api, gated: Ranked) -> None:
    asked = api.post(f"{gated.path}waivers/", request_body(api, gated, "X_LEVEL")).json()
    quality.post(f"{gated.path}waivers/{asked['id']}/approve/")
    rule = {"code": "X_LEVEL", "subject": "SVC3", "operator": ">=", "value": 4, "waivable": True}
    api.patch(gated.path, {"gates": [rule]})

    gated.calculate()

    assert outcome(api, gated) == ("fail", None, 1)


def test_nobody_approves_their_own_request(api: Api, team: Team, quality: Api, gated: Ranked) -> None:
    asked = quality.post(f"{gated.path}waivers/", request_body(api, gated, "X_LEVEL"))
    one = f"{gated.path}waivers/{asked.json()['id']}/"

    assert asked.status_code == 201
    assert code(quality.post(f"{one}approve/")) == (409, "own_request")
    assert code(api.post(f"{one}approve/")) == (403, "permission_denied")
    token = by_token(team, Role.QUALITY)
    assert code(token.post(f"{one}approve/")) == (403, "session_required")
    make_member(team.organization, Role.QUALITY, "second@alpha.example")
    with organization_scope(team.organization.pk, "test"):
        assert GateWaiver.objects.get().approved_by is None


IMPOSSIBLE: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = [
    ("G_DATE", {}, [("gate", "not_waivable")]),
    ("X_LEVEL", {"text": " "}, [("text", "blank")]),
    ("X_LEVEL", {"expires_on": "2020-01-01"}, [("expires_on", "not_in_future")]),
    ("X_LEVEL", {"candidate": "01890000-0000-7000-8000-000000000000"}, [("candidate", "does_not_exist")]),
    ("X_LEVEL", {"gate": "no"}, [("gate", "not_an_id")]),
    ("X_LEVEL", {"approved_by": "me"}, [("approved_by", "unknown_field")]),
]


def test_impossible_waivers_are_refused(api: Api, gated: Ranked) -> None:
    found = [
        problem(api.post(f"{gated.path}waivers/", request_body(api, gated, gate) | fields))
        for gate, fields, _ in IMPOSSIBLE
    ]

    assert found == [(400, errors) for *_, errors in IMPOSSIBLE]


def test_who_may_not_ask_for_a_waiver(api: Api, team: Team, gated: Ranked) -> None:
    for role in (Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.AUDITOR, Role.ADMIN):
        answer = by_session(team, role).post(f"{gated.path}waivers/", request_body(api, gated, "X_LEVEL"))
        assert code(answer) == (403, "permission_denied")
