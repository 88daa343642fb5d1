"""Pages of proposals, exchange rates, score against price, and of who a candidate is; all without JavaScript."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.models import Candidate, ExchangeRate, Proposal, Scorecard, SupplyLine
from tests.factories.core import Team
from tests.factories.proposals import line, make_proposal, make_rate
from tests.factories.scorecards import make_candidate, make_program, make_scorecard
from tests.factories.vendors import make_vendor
from tests.integration.scorecards_pages.conftest import SignIn, clock, fill, sign_in

__all__ = ["sign_in"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer(sign_in: SignIn) -> Client:
    return sign_in(Role.PROCUREMENT)


@pytest.fixture
def candidate(db: None, team: Team) -> Candidate:
    """A candidate of a programme with a budget of 1,000 euros over two items."""
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        program = make_program(
            team.organization,
            name="Antibody",
            now=now,
            budget_amount=1000,
            budget_currency="EUR",
            scope_items=["a", "b"],
        )
        return make_candidate(
            program, make_vendor(team.organization, name="Alder", now=now), label="", now=now
        )


def sent(candidate: Candidate, **fields: Any) -> dict[str, Any]:
    return {
        "lines": "3", "received_on": str(clock().date()), "currency": "eur", "line-0-scope_item": "a", "line-0-inclusion": "included",
        "line-0-price": "400", "line-1-scope_item": "b", "line-1-inclusion": "optional", "line-1-price": "10", "line-1-quantity": "3",
        "line-2-scope_item": "left out", "pass_throughs": "0", "capex": "", "RSK2-named_pm": "0.5", "must-serialisation": "no",
        "must-insurance_amount": "2000000",
    } | fields  # fmt: skip


def new_url(candidate: Candidate) -> str:
    address = reverse("programs:new_proposal", args=[candidate.program.public_id])
    return f"{address}?candidate={candidate.public_id}"


def test_an_offer_is_entered_revised_and_withdrawn(buyer: Client, candidate: Candidate, team: Team) -> None:
    blank = buyer.get(new_url(candidate)).context["form"]
    signed = SimpleUploadedFile("offer.pdf", b"%PDF-1.7 x")
    made = buyer.post(new_url(candidate), sent(candidate, upload=signed))
    with organization_scope(team.organization.pk, team.actor()):
        first = Proposal.objects.get()
        lines = list(first.lines.values_list("scope_item", "inclusion", "price", "quantity"))
        said = (
            first.currency,
            first.capex,
            first.terms,
            first.must_have_terms,
            first.signed_offer_id is not None,
        )
    revise = reverse("proposals:revise", args=[first.public_id])
    next_form = buyer.get(revise).context["form"]
    second = buyer.post(revise, sent(candidate, capex="9"))
    gone = buyer.post(reverse("proposals:withdraw", args=[first.public_id]), {"reason": "", "whole": "on"})
    done = buyer.post(
        reverse("proposals:withdraw", args=[first.public_id]), {"reason": "A slip", "whole": "on"}
    )

    assert [blank[f"line-{n}-scope_item"].value() for n in range(blank.lines)] == ["a", "b", None, None, None]
    assert (made.status_code, second.status_code, gone.status_code, done.status_code) == (303, 303, 400, 303)
    assert lines == [("a", "included", 400, 1), ("b", "optional", 10, 3)]
    assert said == (
        "EUR",
        None,
        {"named_pm": 0.5},
        {"insurance_amount": 2_000_000, "serialisation": False},
        True,
    )
    assert [next_form[name].value() for name in ("RSK2-named_pm", "must-serialisation", "line-1-price")] == [
        "0.5",
        "no",
        "10",
    ]
    with organization_scope(team.organization.pk, team.actor()):
        kept = list(
            Proposal.objects.order_by("version").values_list("version", "capex", "signed_offer__name")
        )
        assert (kept, Proposal.objects.live().count()) == ([(1, None, "offer.pdf"), (2, 9, None)], 0)
    assert "A slip" in buyer.get(reverse("proposals:one", args=[first.public_id])).content.decode()


def test_more_rows_keep_what_was_typed(buyer: Client, candidate: Candidate, team: Team) -> None:
    answer = buyer.post(new_url(candidate), sent(candidate, more="1", stand_alone_stages=["PH1", "PH2"]))
    form = answer.context["form"]

    assert (answer.status_code, form.lines, form.is_bound) == (200, 13, False)
    assert (form["line-1-price"].value(), form["stand_alone_stages"].value()) == ("10", ["PH1", "PH2"])
    with organization_scope(team.organization.pk, team.actor()):
        assert Proposal.objects.count() == 0


def test_a_refusal_stands_at_its_box(buyer: Client, candidate: Candidate) -> None:
    wrong = sent(
        candidate, slot_week="2026-11-03", received_on="2199-01-01", upload=SimpleUploadedFile("offer.pdf", b"no pdf"),
    )  # fmt: skip
    first = buyer.post(new_url(candidate), wrong)
    second = buyer.post(new_url(candidate), sent(candidate, slot_week="2026-11-03", received_on="2199-01-01"))

    assert [(one.status_code, sorted(one.context["form"].errors)) for one in (first, second)] == [
        (400, ["upload"]), (400, ["received_on", "slot_week"]),
    ]  # fmt: skip


def test_whose_offer_it_is_is_looked_up_by_name(buyer: Client, candidate: Candidate) -> None:
    address = reverse("programs:new_proposal", args=[candidate.program.public_id])

    found = {words: len(buyer.get(address, {"q": words}).context["candidates"]) for words in ("ald", "birch")}

    assert found == {"ald": 1, "birch": 0}
    assert buyer.get(address, {"candidate": "x"}).status_code == 200


def test_offers_stand_side_by_side(buyer: Client, candidate: Candidate, team: Team) -> None:
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        birch = make_candidate(
            candidate.program, make_vendor(team.organization, name="Birch", now=now), label="", now=now
        )
        make_proposal(candidate, line("a", 400), line("b", 100, quantity=2), line("travel", 7), now=now)
        make_proposal(
            birch, line("a", 500, assumption="Two shifts"), now=now, currency="USD", payment_terms="45 days"
        )
        make_rate(team.organization, "USD", "EUR", "0.8", now=now)
    html = buyer.get(reverse("programs:proposals", args=[candidate.program.public_id])).content.decode()
    overview = buyer.get(reverse("proposals:overview")).context["rows"]

    words = (
        "600 EUR", "at least 400 EUR", "at least 500 USD", "1 USD = 0.8 EUR", "600 EUR", "60 %", "Not in the offer",
        "assumes: Two shifts", "45 days", "travel: 7 EUR", "2 at 100 EUR",
    )  # fmt: skip
    assert [word for word in words if word not in html] == []
    assert [(row.program.name, row.offers) for row in overview] == [("Antibody", 2)]


def test_comparison_costs_the_same_with_one_and_three(
    buyer: Client, candidate: Candidate, team: Team
) -> None:
    address, costs = reverse("programs:proposals", args=[candidate.program.public_id]), []
    buyer.get(address)
    for number in range(3):
        with organization_scope(team.organization.pk, team.actor()):
            vendor = make_vendor(team.organization, now=clock())
            make_proposal(
                make_candidate(candidate.program, vendor, now=clock()), line("a", number), now=clock()
            )
        with CaptureQueriesContext(connection) as captured:
            assert buyer.get(address).status_code == 200
        costs.append(len(captured))

    assert len(set(costs)) == 1


# --- exchange rates ---


def test_rates_are_kept_replaced_and_taken_back(buyer: Client, team: Team, sign_in: SignIn) -> None:
    address, today = reverse("exchange_rates"), clock().date()
    said = {"source": "usd", "target": "EUR", "rate": "0.9", "on": str(today), "published_by": "ECB"}
    answers = [
        buyer.post(address, said | change).status_code
        for change in ({}, {"rate": "0.91"}, {"rate": "0"}, {"source": "EUR"})
    ]
    with organization_scope(team.organization.pk, team.actor()):
        newest = ExchangeRate.objects.get(revision=2)
    withdraw = reverse("exchange_rate_withdraw", args=[newest.public_id])
    buyer.post(withdraw, {"reason": ""})
    shown = "1 USD = 0.91 EUR" in buyer.get(address).content.decode()
    buyer.post(withdraw, {"reason": "Mistyped"})

    assert (answers, shown) == ([303, 303, 400, 400], True)
    assert list(buyer.get(address).context["rows"]) == []
    assert "Taken back: Mistyped" in buyer.get(address, {"include": "replaced"}).content.decode()
    assert sign_in(Role.VIEWER).get(address).status_code == 403
    assert sign_in(Role.QUALITY).post(address, said).status_code == 403


# --- score against price ---


@pytest.mark.django_db(transaction=True)
def test_score_against_price_of_all_ranked(team: Team, sign_in: SignIn) -> None:
    scorecard = fill(team, vendors=3)
    with organization_scope(team.organization.pk, team.actor()):
        rows = Candidate.objects.select_related("vendor", "organization").order_by("vendor__name")
        for row, price in zip(rows, (700, 900, None), strict=True):
            make_proposal(row, line("a", price), now=clock())
        scorecard.program.budget_amount, scorecard.program.budget_currency = 1000, "EUR"
        scorecard.program.save()
    recompute.run(scorecard.pk, clock=clock)
    address = reverse("scorecards:price_front", args=[scorecard.public_id])
    answer = sign_in(Role.AUDITOR).get(address)
    html = answer.content.decode()

    assert [(one.vendor, one.on_front, one.price.text) for one in answer.context["rows"]] == [
        ("Vendor A", True, "700 EUR"), ("Vendor B", False, "900 EUR"), ("Vendor C", False, ""),
    ]  # fmt: skip
    assert "Nobody is both cheaper and better than Vendor A." in html
    assert "No price for a." in html
    assert html.count("<circle") == 2
    assert sign_in(Role.VIEWER).get(address).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_score_against_price_before_the_first_calculation(team: Team, buyer: Client) -> None:
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        program = make_program(team.organization, now=now)
        scorecard = make_scorecard(program, now=now)
    answer = buyer.get(reverse("scorecards:price_front", args=[scorecard.public_id]))

    assert "This scorecard has not been calculated yet." in answer.content.decode()


# --- who a candidate is ---


@pytest.fixture
def scorecard(team: Team, transactional_db: None) -> Scorecard:
    return fill(team, vendors=1)


def of(scorecard: Scorecard, team: Team, name: str) -> tuple[str, Candidate]:
    with organization_scope(team.organization.pk, team.actor()):
        row = Candidate.objects.select_related("vendor").get(vendor__name="Vendor A", label="")
    return reverse(f"scorecards:{name}", args=[scorecard.public_id, row.public_id]), row


def test_steps_are_moved_added_and_removed_without_saving(
    scorecard: Scorecard, team: Team, buyer: Client
) -> None:
    url, _ = of(scorecard, team, "supply_map")
    steps = ("UPSTREAM", "DOWNSTREAM", "FILL_VIAL")
    said = {"version": "1", "lines": "3"} | {
        f"supply_map-{row}-{part}": value
        for row, operation in enumerate(steps)
        for part, value in (("operation", operation), ("delivery", "in_house"), ("role", "primary"))
    }

    def after(act: str) -> list[str]:
        form = buyer.post(url, said | {"act": act}).context["form"]
        return [form[f"supply_map-{row}-operation"].value() for row in range(form.lines)]

    arranged = {
        act: after(act)
        for act in ("up-1", "down-1", "remove-0", "add-1", "add-3", "up-0", "down-2", "x", "up-9")
    }
    saved = buyer.post(url, said | {"supply_map-1-phase": "PH2"}).status_code

    assert arranged == {
        "up-1": ["DOWNSTREAM", "UPSTREAM", "FILL_VIAL"], "down-1": ["UPSTREAM", "FILL_VIAL", "DOWNSTREAM"],
        "remove-0": ["DOWNSTREAM", "FILL_VIAL"], "add-1": ["UPSTREAM", "", "DOWNSTREAM", "FILL_VIAL"],
        "add-3": [*steps, ""], "up-0": [*steps], "down-2": [*steps], "x": [*steps], "up-9": [*steps],
    }  # fmt: skip
    assert saved == 303
    with organization_scope(team.organization.pk, team.actor()):
        assert list(SupplyLine.objects.order_by("seq").values_list("operation", "phase")) == [
            ("UPSTREAM", "PH1"), ("DOWNSTREAM", "PH2"), ("FILL_VIAL", "PH1"),
        ]  # fmt: skip


def test_switching_stands_beside_cost_and_time_for_who_may_see_offers(
    scorecard: Scorecard, team: Team, buyer: Client, sign_in: SignIn
) -> None:
    url, row = of(scorecard, team, "candidate_details")
    said = {
        "version": "1",
        "label": "",
        "switching_cost": "900000",
        "switching_currency": "usd",
        "switching_months": "5",
    }
    done = buyer.post(url, said).status_code
    behind = buyer.post(url, said | {"switching_months": "6"}).status_code
    page = reverse("scorecards:candidate", args=[scorecard.public_id, row.public_id])
    seen = [sign_in(role).get(page).content.decode() for role in (Role.MANAGER, Role.VIEWER)]
    words = (
        "Switching to this vendor costs 900,000 USD besides.",
        "Switching to this vendor takes 5 months besides.",
    )

    assert (done, behind) == (302, 409)
    assert [[word in html for word in words] for html in seen] == [[True, True], [False, False]]


def test_a_vendor_stands_once_more_under_a_label(scorecard: Scorecard, team: Team, buyer: Client) -> None:
    url, _ = of(scorecard, team, "another_offer")
    answers = [buyer.post(url, {"label": label}).status_code for label in ("Basel plant", "Basel plant", "")]

    assert answers == [302, 400, 400]
    with organization_scope(team.organization.pk, team.actor()):
        assert sorted(Candidate.objects.values_list("label", flat=True)) == ["", "Basel plant"]
