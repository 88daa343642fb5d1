"""Drafts of the builder: kept, seen by their author only, shown with what they would change, and gone once saved."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.forms.builder import shown_points
from scorecards.frameworks import load_framework
from scorecards.models import Candidate, Run, Scorecard, ScorecardGate
from tests.factories.core import Team, make_member
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import clock

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
Queries = Callable[[int], AbstractContextManager[object]]


@pytest.fixture
def built(team: Team) -> Scorecard:
    """A scorecard nobody has calculated, over two vendors."""
    with organization_scope(team.organization.pk, team.actor()):
        for name in ("Aldergate", "Borealis"):
            make_vendor(team.organization, name=name, now=clock())
        return make_scorecard(make_program(team.organization, now=clock()), now=clock(), archetype="B")


def step(scorecard: Scorecard, name: str) -> str:
    return reverse(f"scorecards:{name}_step", args=[scorecard.public_id])


def weights(scorecard: Scorecard, **other: str) -> dict[str, str]:
    shown = shown_points(load_framework(), scorecard.weights) | other
    return {"version": "1", **{f"weight-{code}": text for code, text in shown.items()}}


def read(team: Team, scorecard: Scorecard) -> Scorecard:
    with organization_scope(team.organization.pk, team.actor()):
        return Scorecard.objects.get(pk=scorecard.pk)


def test_draft_is_kept_for_its_author_and_changes_nothing(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    url = step(built, "weights")

    answer = manager_client.post(url, weights(built, MOD="50") | {"then": "draft"}, headers=HTMX)

    assert answer.status_code == 200
    assert "Draft kept" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert (read(team, built).weights, read(team, built).version) == (built.weights, 1)
    mine = manager_client.get(url)
    assert (mine.context["form"].value("MOD"), mine.context["draft"].version) == ("50", 1)
    other = Client()
    other.force_login(
        make_member(team.organization, Role.MANAGER, email="second@acme.example"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    theirs = other.get(url)
    assert (theirs.context["form"].value("MOD"), theirs.context["draft"]) == ("10.0", None)


def test_saving_publishes_the_draft_and_drops_it(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    url = step(built, "weights")
    manager_client.post(url, weights(built, MOD="50") | {"then": "draft"}, headers=HTMX)

    answer = manager_client.post(url, weights(built, MOD="50") | {"then": "next"})

    assert (answer.status_code, answer["Location"]) == (303, step(built, "must_haves"))
    assert read(team, built).version == 2
    assert manager_client.get(url).context["draft"] is None


def test_discarded_draft_shows_what_is_saved(built: Scorecard, manager_client: Client) -> None:
    url = step(built, "weights")
    manager_client.post(url, weights(built, MOD="50") | {"then": "draft"})

    manager_client.post(url, weights(built, MOD="50") | {"then": "discard"})

    found = manager_client.get(url)
    assert (found.context["form"].value("MOD"), found.context["draft"]) == ("10.0", None)


def test_entry_that_changes_nothing_is_no_draft(built: Scorecard, manager_client: Client) -> None:
    url = step(built, "weights")

    answer = manager_client.post(url, weights(built) | {"then": "draft"}, headers=HTMX)

    assert "Everything here is saved" in answer.content.decode()
    assert manager_client.get(url).context["draft"] is None


def test_refused_save_becomes_a_draft_that_can_be_laid_over_the_other_version(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    url = step(built, "weights")
    manager_client.post(step(built, "rules"), {"version": "1", "policy": "conservative", "stage": "screen"})

    refused = manager_client.post(url, weights(built, MOD="50"))

    assert refused.status_code == 412
    plain = manager_client.get(url)
    assert (plain.context["outdated"], plain.context["form"].value("MOD")) == (True, "10.0")
    laid = manager_client.get(f"{url}?draft=mine").context["form"]
    assert (laid.value("MOD"), laid["version"].value()) == ("50", "2")
    saved = manager_client.post(url, weights(built, MOD="50") | {"version": "2"})
    assert (saved.status_code, read(team, built).version) == (303, 3)


def test_draft_with_a_fault_says_what_is_wrong(built: Scorecard, manager_client: Client) -> None:
    answer = manager_client.post(
        step(built, "rules"),
        {"version": "1", "policy": "worst", "stage": "screen", "then": "draft"},
        headers=HTMX,
    )

    assert answer.status_code == 200
    assert "needs a correction" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_draft_of_weights_says_who_would_lead(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    answer = manager_client.post(
        step(scorecard, "weights"), weights(scorecard, QUA="60") | {"then": "draft"}, headers=HTMX
    )

    effect = answer.context["effect"]
    assert effect.answer == "Vendor A would stay first."
    assert effect.changes == ["Quality assurance and compliance: 9.1 to 60.0"]
    assert [row["figures"].vendor for row in effect.rows] == ["Vendor A", "Vendor B"]
    with organization_scope(team.organization.pk, team.actor()):
        assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_must_haves_say_what_they_do_and_what_the_others_would(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    url = step(scorecard, "must_haves")
    with organization_scope(team.organization.pk, team.actor()):
        asked = set(ScorecardGate.objects.active().filter(scorecard=scorecard).values_list("code", flat=True))

    plain = {row["code"]: row["outcomes"] for row in manager_client.get(url).context["catalogue"]}
    every = {
        row["code"]: row["outcomes"] for row in manager_client.get(f"{url}?effects=1").context["catalogue"]
    }

    assert {code for code, found in plain.items() if found} == asked
    assert {found.met + found.failed + found.unknown for found in every.values()} == {2}
    assert {code: every[code] for code in asked} == {code: plain[code] for code in asked}


def test_vendors_are_searched_ticked_and_kept_from_page_to_page(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    url = step(built, "vendors")
    with organization_scope(team.organization.pk, team.actor()):
        keys = {str(c): str(c.public_id) for c in Candidate.objects.select_related("vendor")}
    said = {"version": "1", "selection": "chosen", "kept": "", "candidates": [keys["Borealis"]], "q": "alder"}

    answer = manager_client.post(url, said | {"then": "show"})
    found = manager_client.get(answer["Location"]).context

    assert answer["Location"] == f"{url}?q=alder#vendors"
    assert [str(row["candidate"]) for row in found["choices"]] == ["Aldergate"]
    assert (found["kept"], found["ticked"]) == (keys["Borealis"], 1)
    manager_client.post(url, {"version": "1", "selection": "chosen", "kept": found["kept"], "then": "next"})
    with organization_scope(team.organization.pk, team.actor()):
        assert [str(c) for c in Candidate.objects.on_scorecard(read(team, built))] == ["Borealis"]


def test_all_that_a_search_finds_is_ticked_at_once(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    url = step(built, "vendors")

    manager_client.post(
        url, {"version": "1", "selection": "all", "kept": "", "q": "borea", "then": "show-tick"}
    )

    form = manager_client.get(url).context["form"]
    assert (form.everybody(), len(form.ticked())) == (False, 1)


def test_chosen_without_a_tick_is_refused_at_its_field(built: Scorecard, manager_client: Client) -> None:
    answer = manager_client.post(
        step(built, "vendors"), {"version": "1", "selection": "chosen", "kept": "", "then": "next"}
    )

    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["candidates"])


@pytest.mark.parametrize("vendors", [1, 3])
def test_vendors_step_takes_the_same_statements_for_any_number(
    team: Team, built: Scorecard, manager_client: Client, vendors: int, django_assert_num_queries: Queries
) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        for number in range(vendors):
            make_vendor(team.organization, name=f"More {number}", now=clock())
    manager_client.get(step(built, "vendors"))

    # session, user, membership, organisation, scope (3), scorecard, choices, candidates, must-haves counted,
    # candidates counted, sites, supply lines counted, places, unread notifications
    with django_assert_num_queries(16):
        manager_client.get(step(built, "vendors"))
