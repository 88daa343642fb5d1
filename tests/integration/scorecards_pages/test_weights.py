"""Pages of weights: methods, locks, weight sets, and the lock before scores are seen."""

from fractions import Fraction

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.forms.builder import shown_points
from scorecards.frameworks import load_framework
from scorecards.models import Preregistration, Run, Scorecard, WeightSet
from scorecards.services.weight_sets import create_weight_set
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.factories.vendors import make_evidence, make_site, make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill

pytestmark = pytest.mark.django_db

GROUPS = [group.code for group in load_framework().groups]


@pytest.fixture
def built(team: Team) -> Scorecard:
    """A scorecard nobody has calculated."""
    with organization_scope(team.organization.pk, team.actor()):
        return make_scorecard(make_program(team.organization, now=clock()), now=clock())


@pytest.fixture
def hidden(team: Team) -> Scorecard:
    """A scorecard whose scores wait for the lock, over one vendor."""
    with organization_scope(team.organization.pk, team.actor()):
        make_vendor(team.organization, name="Secret score", now=clock())
        return make_scorecard(
            make_program(team.organization, now=clock()), now=clock(), name="Blind", hide_until_locked=True
        )


def make_set(team: Team, scorecard: Scorecard, name: str = "Quality", role: Role = Role.MANAGER) -> WeightSet:
    with organization_scope(team.organization.pk, team.actor()):
        return create_weight_set(scorecard=scorecard, name=name, by=team.actor(role), now=clock())


def read(team: Team, row: Scorecard | WeightSet) -> Scorecard | WeightSet:
    with organization_scope(team.organization.pk, team.actor()):
        return type(row).objects.get(pk=row.pk)  # type: ignore[no-any-return]


def url(name: str, scorecard: Scorecard, row: WeightSet | None = None) -> str:
    return reverse(f"scorecards:{name}", args=[scorecard.public_id, *([row.public_id] if row else [])])


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("method", ["points", "swing", "order", "pairwise"])
@pytest.mark.parametrize("of", ["", "QUA"])
def test_every_method_has_its_page_for_every_level(
    team: Team, built: Scorecard, manager_client: Client, method: str, of: str
) -> None:
    row = make_set(team, built)

    for address in (url("weight_set", built, row), url("weights_step", built)):
        text_of(manager_client, f"{address}?method={method}&of={of}")


def test_builder_weighs_groups_by_worst_to_best_and_reopens_what_was_entered(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    address = f"{url('weights_step', built)}?method=swing"

    answer = manager_client.post(address, {"version": "1", "swing-MOD": "100", "swing-REG": "60"})

    assert answer.status_code == 303
    after = read(team, built)
    assert (Fraction(after.weights["MOD"]), Fraction(after.weights["REG"])) == (
        Fraction(125, 2),
        Fraction(75, 2),
    )
    with organization_scope(team.organization.pk, team.actor()):
        agreed = WeightSet.objects.get(in_force=True)
    assert (agreed.name, agreed.method) == ("Agreed weights", "swing")
    html = text_of(manager_client, address)
    assert 'name="swing-REG" value="60"' in html


def test_missing_pair_is_named_at_its_choice(team: Team, built: Scorecard, manager_client: Client) -> None:
    row = make_set(team, built)
    address = f"{url('weight_set', built, row)}?method=pairwise"

    answer = manager_client.post(address, {"version": "1", "pair-MOD-SVC": "3", "pair-SVC-SCL": "3"})

    errors = answer.context["form"].errors
    assert (answer.status_code, list(errors)) == (400, ["pair-MOD-SCL"])
    assert errors["pair-MOD-SCL"] == ["MOD/SCL: is not compared yet: every pair needs a judgement."]


def test_contradicting_pairs_warn_with_the_value_that_would_agree(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    row = make_set(team, built)
    address = f"{url('weight_set', built, row)}?method=pairwise"
    manager_client.post(
        address, {"version": "1", "pair-MOD-SVC": "5", "pair-SVC-SCL": "5", "pair-MOD-SCL": "1/5"}
    )

    html = text_of(manager_client, address)

    assert "above 0.10: some judgements contradict each other" in html
    assert "Modality and technical competence beside Scale-up, tech transfer, capacity: given 1/5" in html


def test_places_in_an_order_are_whole_numbers(team: Team, built: Scorecard, manager_client: Client) -> None:
    row = make_set(team, built)
    address = f"{url('weight_set', built, row)}?method=order"

    refused = manager_client.post(address, {"version": "1", "place-MOD": "first"})
    manager_client.post(address, {"version": "1", "place-MOD": "1", "place-REG": "2", "place-QUA": "2"})

    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["place-MOD"])
    assert read(team, row).inputs == {"": {"method": "order", "order": [["MOD"], ["REG", "QUA"]]}}


def test_lock_ticked_in_the_builder_keeps_its_share(
    team: Team, built: Scorecard, manager_client: Client
) -> None:
    shown = shown_points(load_framework(), built.weights)
    boxes = {f"weight-{code}": text for code, text in shown.items()}
    manager_client.post(
        url("weights_step", built), {"version": "1", "offers_locks": "1", "locked": ["REG"], **boxes}
    )

    manager_client.post(
        url("weights_step", built),
        {"version": "2", "offers_locks": "1", "locked": ["REG"], **boxes, "weight-MOD": "40"},
    )
    refused = manager_client.post(
        url("weights_step", built),
        {"version": "3", "offers_locks": "1", "locked": ["REG"], **boxes, "weight-REG": "40"},
    )

    after = read(team, built)
    shares = {code: Fraction(after.weights[code]) for code in GROUPS}
    assert (after.weight_locks, shares["REG"], sum(shares.values())) == (["REG"], Fraction(100, 11), 100)
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["weight-REG"])


def test_locks_in_a_weight_set(team: Team, built: Scorecard, manager_client: Client) -> None:
    row = make_set(team, built)
    address = f"{url('weight_set', built, row)}?method=points"
    shares = dict(zip(GROUPS, ["9.1"] * 10 + ["9.0"], strict=True))
    boxes = {f"weight-{code}": share for code, share in shares.items()}

    manager_client.post(address, {"version": "1", "locked": ["REG"], **boxes})
    manager_client.post(address, {"version": "2", "locked": ["REG"], **boxes, "weight-MOD": "50"})

    after = read(team, row)
    assert (after.locks, Fraction(after.points["REG"])) == (["REG"], Fraction(100, 11))
    assert Fraction(after.points["MOD"]) > 30


def test_stale_weights_are_said_and_confirmed(team: Team, built: Scorecard, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        Scorecard.objects.filter(pk=built.pk).update(weight_scales=built.weight_scales | {"REG1": "0" * 16})
    html = text_of(manager_client, url("weights_step", built))

    answer = manager_client.post(url("confirm_weights", built), {"version": "1", "criteria": ["REG1"]})

    assert "The scale has changed since the weight was set" in html
    assert answer.status_code == 303
    assert "The scale has changed" not in text_of(manager_client, url("weights_step", built))


def test_weight_sets_side_by_side_say_who_leads(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    row = make_set(team, scorecard)
    manager_client.post(
        f"{url('weight_set', scorecard, row)}?method=swing", {"version": "1", "swing-MOD": "100"}
    )

    html = text_of(manager_client, url("weight_sets", scorecard))

    assert "<b>Vendor A</b> leads under every weight set." in html
    assert html.count("As calculated") == 1


def test_new_set_begins_renamed_put_in_force_and_archived(
    team: Team, scorecard: Scorecard, manager_client: Client
) -> None:
    made = manager_client.post(url("weight_sets", scorecard), {"name": "Supply", "start": "B"})
    with organization_scope(team.organization.pk, team.actor()):
        row = WeightSet.objects.get()
    renamed = manager_client.post(
        url("weight_set", scorecard, row), {"act": "rename", "version": "1", "name": "Supply chain"}
    )
    forced = manager_client.post(url("force_weight_set", scorecard, row), {"version": "2"})
    kept = manager_client.post(url("archive_weight_set", scorecard, row), {"version": "3"})
    again = manager_client.post(url("weight_sets", scorecard), {"name": "Supply chain", "start": "equal"})

    assert [answer.status_code for answer in (made, renamed, forced, kept, again)] == [
        303,
        303,
        303,
        409,
        400,
    ]
    assert read(team, scorecard).weights == read(team, row).points  # type: ignore[union-attr]


def test_other_archived_set_leaves_the_list(team: Team, built: Scorecard, manager_client: Client) -> None:
    row = make_set(team, built, "Old view")

    manager_client.post(url("archive_weight_set", built, row), {"version": "1"})

    manager_client.get(url("weight_sets", built))  # says that it is archived
    assert "Old view" not in text_of(manager_client, url("weight_sets", built))


def test_stakeholders_edit_their_own_set_only(team: Team, built: Scorecard, sign_in: SignIn) -> None:
    own, managers = make_set(team, built, "Lab", Role.EVALUATOR), make_set(team, built, "Boss")
    client = sign_in(Role.EVALUATOR)

    answers = [
        client.post(
            f"{url('weight_set', built, row)}?method=swing", {"version": "1", "swing-MOD": "100"}
        ).status_code
        for row in (own, managers)
    ]

    assert answers == [303, 403]
    assert client.post(url("force_weight_set", built, own)).status_code == 403
    assert (
        sign_in(Role.VIEWER).post(url("weight_sets", built), {"name": "x", "start": "current"}).status_code
        == 403
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("vendors", [1, 3])
def test_side_by_side_costs_the_same_with_one_and_three(team: Team, sign_in: SignIn, vendors: int) -> None:
    scorecard = fill(team, vendors=vendors)
    for number in range(vendors):
        make_set(team, scorecard, f"Set {number}")
    client = sign_in(Role.VIEWER)
    client.get(url("weight_sets", scorecard))

    with CaptureQueriesContext(connection) as captured:
        client.get(url("weight_sets", scorecard))

    # session, user, memberships, BEGIN, organisation and actor; scorecard, sets, state, run, rows, cells, state; COMMIT
    assert len(captured) == 13


# Locked before scores are seen ----------------------------------------------------------------------------------


def test_hidden_ranking_says_why_and_offers_the_lock_to_managers(
    team: Team, hidden: Scorecard, manager_client: Client, sign_in: SignIn
) -> None:
    for client, offers in ((manager_client, True), (sign_in(Role.VIEWER), False)):
        html = text_of(client, url("ranking", hidden))

        assert "Scores are hidden until the weights are locked." in html
        assert ("Lock the weights and show scores" in html) is offers


@pytest.mark.django_db(transaction=True)
def test_lock_shows_scores_with_who_when_and_digest(
    team: Team, hidden: Scorecard, manager_client: Client
) -> None:
    recompute.run(hidden.pk, clock=clock)
    answer = manager_client.post(url("preregistration", hidden), {"act": "lock", "version": "1"})
    recompute.run(hidden.pk, clock=clock)

    with organization_scope(team.organization.pk, team.actor()):
        digest = Preregistration.objects.get().digest
    html = text_of(manager_client, url("ranking", hidden))
    assert answer.status_code == 303
    assert "by Manager of Alpha, before scores were seen" in html
    assert digest[:12] in html
    assert digest in text_of(manager_client, url("preregistration", hidden))
    assert "Everything is as it was locked." in text_of(manager_client, url("rules_step", hidden))


def swing(team: Team, scorecard: Scorecard, client: Client, box: str, query: str = "") -> None:
    said = {"version": str(read(team, scorecard).version), f"swing-{box}": "100"}
    client.post(f"{url('weights_step', scorecard)}?method=swing{query}", said)


@pytest.mark.django_db(transaction=True)
def test_flag_stands_on_the_ranking_for_ever(team: Team, manager_client: Client) -> None:
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        for name, quality, service in (("Maker", 4, 1), ("Helper", 1, 4)):
            vendor = make_vendor(team.organization, name=name, now=now)
            site = make_site(vendor, name=f"{name} plant", now=now)
            for subject, target, level in ((site, "QUA1", quality), (vendor, "SVC3", service)):
                make_evidence(
                    subject, target, {"level": level}, verified=True, now=now, obtained_on=now.date()
                )
        scorecard = make_scorecard(make_program(team.organization, now=now), now=now, hide_until_locked=True)
    for query, box in (("", "QUA"), ("&of=QUA", "QUA1"), ("&of=SVC", "SVC3")):
        swing(team, scorecard, manager_client, box, query)
    manager_client.post(url("preregistration", scorecard), {"act": "lock"})
    recompute.run(scorecard.pk, clock=clock)
    for box in ("SVC", "QUA"):
        swing(team, scorecard, manager_client, box)
        recompute.run(scorecard.pk, clock=clock)

    html = text_of(manager_client, url("ranking", scorecard))

    assert "has changed who leads: from Maker to Helper, by Manager of Alpha" in html
    page = text_of(manager_client, url("preregistration", scorecard))
    assert (page.count("changes who leads"), "nothing: back to what was locked" in page) == (1, True)


def test_only_managers_lock(hidden: Scorecard, sign_in: SignIn) -> None:
    for role in (Role.VIEWER, Role.EVALUATOR, Role.PROCUREMENT, Role.QUALITY, Role.AUDITOR, Role.ADMIN):
        for act in ("hide", "show", "lock"):
            assert sign_in(role).post(url("preregistration", hidden), {"act": act}).status_code == 403


def test_unknown_act_is_refused(hidden: Scorecard, manager_client: Client) -> None:
    assert manager_client.post(url("preregistration", hidden), {"act": "peek"}).status_code == 400


def test_new_scorecard_can_begin_hidden(team: Team, built: Scorecard, manager_client: Client) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        program = built.program
    manager_client.post(
        reverse("scorecards:new"),
        {
            "program": str(program.public_id),
            "name": "Blind start",
            "archetype": "B",
            "hide_until_locked": "on",
        },
    )

    with organization_scope(team.organization.pk, team.actor()):
        assert Scorecard.objects.get(name="Blind start").scores_hidden
        assert Run.objects.count() == 0
