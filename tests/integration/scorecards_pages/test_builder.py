"""Programmes and scorecards built on pages."""

from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.forms.builder import archetype_difference, shown_points
from scorecards.forms.must_haves import typed_value
from scorecards.frameworks import load_archetypes, load_framework
from scorecards.models import Program, Scorecard, ScorecardGate
from scorecards.services.frameworks import install_frameworks
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.integration.scorecards_pages.conftest import SignIn, clock

pytestmark = pytest.mark.django_db

PROGRAM = {
    "name": "Vaccine", "modality": "VACCINE", "phase_now": "PH1", "phase_target": "PH3", "target_markets": ["US"], "other_markets": "mx",
    "scale_needs-0-operation": "UPSTREAM", "scale_needs-0-at": "now", "scale_needs-0-value": "200", "scale_needs-0-unit": "L",
    **{f"scale_needs-{n}-{part}": value for n in (1, 2, 3) for part, value in (("at", "now"), ("unit", "L"))},
}  # fmt: skip


@pytest.fixture
def built(team: Team) -> Scorecard:
    """A scorecard nobody has calculated."""
    with organization_scope(team.organization.pk, team.actor()):
        return make_scorecard(make_program(team.organization, now=clock()), now=clock(), archetype="B")


def step(scorecard: Scorecard, name: str) -> str:
    return reverse(f"scorecards:{name}_step", args=[scorecard.public_id])


def read(team: Team, scorecard: Scorecard) -> Scorecard:
    with organization_scope(team.organization.pk, team.actor()):
        return Scorecard.objects.get(pk=scorecard.pk)


def test_program_form_writes_what_was_said(team: Team, manager_client: Client) -> None:
    answer = manager_client.post(reverse("programs:new"), PROGRAM)

    assert answer.status_code == 303
    with organization_scope(team.organization.pk, team.actor()):
        program = Program.objects.get()
    assert (program.target_markets, program.scale_needs) == (
        ["US", "MX"],
        [{"operation": "UPSTREAM", "at": "now", "value": 200, "unit": "L"}],
    )
    assert (program.sterile, program.annual_need, program.tags) == (None, None, [])


def test_program_form_names_the_field_of_a_refusal(manager_client: Client) -> None:
    answer = manager_client.post(
        reverse("programs:new"), PROGRAM | {"scale_needs-0-value": "0", "budget_amount": "5"}
    )

    form = answer.context["form"]
    assert answer.status_code == 400
    assert dict(form.errors) == {"scale_needs-0-value": ["A scale need is a number above 0."]}


def test_new_scorecard_shows_the_template_before_it_is_applied(team: Team, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        install_frameworks(team.organization, clock())
        program = make_program(team.organization, now=clock())
    url = f"{reverse('scorecards:new')}?program={program.public_id}&archetype=B&name=Mine"

    html = manager_client.get(url).content.decode()

    assert "Antibody, commercial launch" in html
    assert 'value="Mine"' in html
    with organization_scope(team.organization.pk, team.actor()):
        assert Scorecard.objects.count() == 0


def test_weights_untouched_keep_their_exact_points(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    shown = shown_points(load_framework(), built.weights)

    manager_client.post(
        step(built, "weights"), {"version": "1", **{f"weight-{code}": text for code, text in shown.items()}}
    )

    assert (read(team, built).weights, read(team, built).version) == (built.weights, 1)


def test_one_changed_criterion_carries_its_siblings(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    shown = shown_points(load_framework(), built.weights) | {"MOD1": "60"}

    manager_client.post(
        step(built, "weights"), {"version": "1", **{f"weight-{code}": text for code, text in shown.items()}}
    )

    after = read(team, built).weights
    assert (Fraction(after["MOD1"]), Fraction(after["MOD2"])) == (60, 20)
    assert after["REG1"] == built.weights["REG1"]


def test_weights_that_somebody_else_changed_are_refused_with_412(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    shown = shown_points(load_framework(), built.weights) | {"MOD": "50"}
    manager_client.post(step(built, "rules"), {"version": "1", "policy": "conservative", "stage": "screen"})

    answer = manager_client.post(
        step(built, "weights"), {"version": "1", **{f"weight-{code}": text for code, text in shown.items()}}
    )

    assert answer.status_code == 412
    assert "Load their version" in answer.content.decode()
    assert read(team, built).weights == built.weights


def test_illegal_weight_is_named_at_its_field(built: Scorecard, manager_client: Client) -> None:
    shown = shown_points(load_framework(), built.weights) | {"MOD": "-1"}

    answer = manager_client.post(
        step(built, "weights"), {"version": "1", **{f"weight-{code}": text for code, text in shown.items()}}
    )

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["weight-MOD"])


def own_rows(**first: str) -> dict[str, str]:
    rows = {
        f"own-{n}-{part}": value
        for n in range(3)
        for part, value in (("subject", ""), ("operator", ">="), ("value", ""))
    }
    return rows | {f"own-0-{part}": value for part, value in first.items()}


def test_own_must_have_is_added_and_kept(team: Team, built: Scorecard, manager_client: Client) -> None:
    said = {"named": ["G_DATE"], **own_rows(subject="DIG3", operator=">=", value="3")}

    manager_client.post(step(built, "must_haves"), {"version": "1", **said})

    with organization_scope(team.organization.pk, team.actor()):
        gates = list(
            ScorecardGate.objects.active()
            .filter(scorecard=built)
            .order_by("position")
            .values_list("code", "subject", "value")
        )  # type: ignore[attr-defined]
    assert gates == [("G_DATE", "", None), ("X_1", "DIG3", 3)]


def test_own_must_have_without_a_value_is_a_form_error(built: Scorecard, manager_client: Client) -> None:
    answer = manager_client.post(
        step(built, "must_haves"), {"version": "1", **own_rows(subject="DIG3", operator=">=", value="")}
    )

    assert (answer.status_code, len(answer.context["form"].errors)) == (400, 1)


@pytest.mark.parametrize(
    "role", [Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.QUALITY, Role.AUDITOR, Role.ADMIN]
)
def test_only_managers_build(built: Scorecard, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    urls = [step(built, name) for name in ("start", "weights", "must_haves", "vendors", "rules")]
    urls += [reverse("scorecards:new"), reverse("programs:new")]

    assert {client.post(url).status_code for url in urls} == {403}


def test_template_difference_sums_to_nothing() -> None:
    criteria = load_framework()
    blank = {code: str(points) for code, points in load_archetypes()[-1].points(criteria).items()}

    for archetype in load_archetypes():
        rows = archetype_difference(criteria, blank, archetype)
        assert sum(Fraction(row["after"]) for row in rows) == 100


@pytest.mark.parametrize(
    ("operator", "text", "value"),
    [
        (">=", "3", 3),
        (">=", "2.5", 2.5),
        ("==", "yes", True),
        ("in", "DE, IE", ["DE", "IE"]),
        (">=", " ", None),
        ("==", "NaN", "NaN"),
    ],
)
def test_typed_value_reads_numbers_answers_and_lists(operator: str, text: str, value: object) -> None:
    assert typed_value("DIG3", operator, text) == value
