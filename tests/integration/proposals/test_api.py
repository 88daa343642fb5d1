"""`proposals/`, `rates/`, the comparison of a programme's proposals, and score against price, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, ExchangeRate, Proposal
from scorecards.selectors.price_front import price_front
from scorecards.selectors.proposal_comparison import HEADER, compare_proposals, comparison_rows
from tests.factories.core import Team
from tests.factories.proposals import line, make_proposal, make_rate
from tests.factories.scorecards import make_candidate, make_program
from tests.factories.vendors import make_vendor
from tests.integration.api.calls import Api, by_session, by_token
from tests.integration.scorecards_api.conftest import Ranked, clock, make_ranked

# session, user, memberships; BEGIN, scope read, set and restored, COMMIT: the test is in a scope of its own
FRAME = 8


@pytest.fixture
def candidate(db: None, team: Team) -> Candidate:
    """A candidate of a programme with a budget of 1,000 euros over two items."""
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        program = make_program(
            team.organization, now=now, budget_amount=1000, budget_currency="EUR", scope_items=["a", "b"]
        )
        return make_candidate(
            program, make_vendor(team.organization, name="Alder", now=now), label="", now=now
        )


@pytest.fixture
def api(team: Team) -> Api:
    return by_token(team)


@pytest.fixture
def viewer(team: Team) -> Api:
    return by_session(team, Role.VIEWER)


def body_of(candidate: Candidate, **fields: Any) -> dict[str, Any]:
    lines = [
        {"scope_item": "a", "price": 400},
        {"scope_item": "b", "price": 30.5, "quantity": 10, "unit": "batch"},
    ]
    return {"candidate": str(candidate.public_id), "currency": "EUR", "lines": lines} | fields


# --- proposals ---


def test_versions_are_posted_patched_and_withdrawn(api: Api, candidate: Candidate) -> None:
    first = api.post(
        "proposals/", body_of(candidate, terms={"named_pm": 0.5}, must_have_terms={"serialisation": True})
    )
    second = api.patch(
        first.headers["Location"].removeprefix("/api/v1/"), {"capex": 50, "valid_until": "2099-01-31"}
    )
    before = api.get(f"proposals/{first.json()['id']}/").json()
    gone = api.delete(f"proposals/{second.json()['id']}/?reason=A+slip")
    after = api.get(f"proposals/{first.json()['id']}/").json()
    withdrawn = api.get("proposals/?state=withdrawn").json()["results"]

    assert (first.status_code, second.status_code, gone.status_code) == (201, 200, 204)
    assert [(one["version"], one["capex"], one["terms"]) for one in (first.json(), second.json())] == [
        (1, None, {"named_pm": 0.5}), (2, 50.0, {"named_pm": 0.5}),
    ]  # fmt: skip
    assert [one["price"] for one in second.json()["lines"]] == [400.0, 30.5]
    assert (before["state"], after["state"]) == ("superseded", "counts")
    assert [(one["version"], one["withdrawal_reason"]) for one in withdrawn] == [(2, "A slip")]
    assert [one["version"] for one in api.get("proposals/").json()["results"]] == [1]


def test_only_the_version_that_was_read_is_changed(api: Api, candidate: Candidate) -> None:
    first = api.post("proposals/", body_of(candidate)).json()
    path = f"proposals/{first['id']}/"
    answers = [api.patch(path, {"capex": capex}).status_code for capex in (1, 2)]

    assert answers == [200, 409]
    assert api.patch(path, {"capex": 1}, if_match='"x"').status_code == 412


def test_a_wrong_field_is_named_by_its_path(api: Api, candidate: Candidate) -> None:
    wrong = body_of(candidate, slot_week="2026-11-03", terms={"kindness": 1}, received_on="2199-01-01")
    line = body_of(candidate, lines=[{"scope_item": "a", "price": -1}])

    assert {one["field"] for one in api.post("proposals/", wrong).json()["errors"]} == {
        "slot_week", "terms.kindness", "received_on",
    }  # fmt: skip
    assert [one["field"] for one in api.post("proposals/", line).json()["errors"]] == ["lines.0.price"]


def test_proposals_are_filtered(api: Api, candidate: Candidate) -> None:
    made = api.post("proposals/", body_of(candidate)).json()
    filters = {
        f"program={candidate.program.public_id}": 1, f"candidate={candidate.public_id}": 1,
        f"vendor={candidate.vendor.public_id}": 1, f"vendor={candidate.public_id}": 0, "state=counts": 1, "state=superseded": 0,
    }  # fmt: skip
    found = {query: api.get(f"proposals/?{query}").json()["count"] for query in filters}

    assert found == filters
    assert made["state"] == "counts"
    assert api.get("proposals/?price=1").status_code == 400


@pytest.mark.parametrize("path", ["proposals/", "rates/", "programs/{program}/proposal-comparison/"])
def test_who_may_not_read_offers_sees_none(viewer: Api, team: Team, candidate: Candidate, path: str) -> None:
    plain = by_token(team, scopes=("read", "write"))
    place = path.format(program=candidate.program.public_id)

    assert [one.get(place).status_code for one in (viewer, plain)] == [403, 403]


# --- rates ---


def test_rates_are_added_replaced_and_taken_back(api: Api, candidate: Candidate) -> None:
    today = str(clock().date())
    row = {"source": "USD", "target": "EUR", "rate": 0.9, "on": today, "published_by": "ECB"}
    first = api.post("rates/", row)
    again = api.post("rates/", row)
    second = api.post("rates/", row | {"rate": 0.91})
    gone = api.delete(f"rates/{second.json()['id']}/?reason=Mistyped")

    assert [one.status_code for one in (first, again, second, gone)] == [201, 201, 201, 204]
    assert first.json()["id"] == again.json()["id"]
    assert (second.json()["revision"], second.json()["rate"], second.json()["counts"]) == (2, 0.91, True)
    assert api.get("rates/").json()["results"] == []
    shown = api.get("rates/?include=replaced").json()["results"]
    assert [(one["revision"], one["rate"], one["counts"], one["reason"]) for one in shown] == [
        (3, None, False, "Mistyped"), (2, 0.91, False, ""), (1, 0.9, False, ""),
    ]  # fmt: skip
    wrong = api.post("rates/", row | {"source": "EUR", "on": "2199-01-01"}).json()["errors"]
    assert {one["field"] for one in wrong} == {"target", "on"}
    assert api.delete(f"rates/{first.json()['id']}/?reason=x").status_code == 409


# --- the comparison ---


def offers(candidate: Candidate) -> None:
    """Three offers: whole in euros; in dollars with an open item; in a currency without a rate."""
    organization, now = candidate.organization, clock()
    others = [
        make_candidate(candidate.program, make_vendor(organization, name=name, now=now), label="", now=now)
        for name in ("Birch", "Cedar")
    ]
    make_proposal(candidate, line("a", 400), line("b", 100, quantity=2), line("travel", 7), now=now, capex=50)
    make_proposal(
        others[0],
        line("a", 500, inclusion="optional"),
        line("b", inclusion="excluded"),
        now=now,
        currency="USD",
    )
    make_proposal(others[1], line("a", 1), now=now, currency="JPY", pass_throughs=None)
    make_rate(organization, "USD", "EUR", "0.8", now=now)


def test_offers_are_normalised_to_one_scope_and_currency(api: Api, candidate: Candidate, team: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        offers(candidate)
    path = f"programs/{candidate.program.public_id}/proposal-comparison/"
    found = {one["vendor"]["name"]: one for one in api.get(path).json()["results"]}
    names = ("total", "total_converted", "open_parts", "filled_low", "filled_high")
    states = {name: [item["state"] for item in one["items"]] for name, one in found.items()}
    today = clock().date()

    assert {name: [one[field] for field in names] for name, one in found.items()} == {
        "Alder": [650.0, 650.0, [], None, None],
        "Birch": [500.0, 400.0, ["b"], 600.0, 600.0],
        "Cedar": [1.0, None, ["b", "pass-through costs"], None, None],
    }
    assert states == {
        "Alder": ["priced", "priced"], "Birch": ["priced", "excluded"], "Cedar": ["priced", "missing"],
    }  # fmt: skip
    assert found["Birch"]["items"][0]["optional"] is True
    assert found["Birch"]["rate_note"] == f"1 USD = 0.8 EUR ({today} ECB)"
    assert found["Cedar"]["reason"] == f"Unknown: no exchange rate from JPY to EUR by {today}."
    assert api.get(f"{path}?as_of={today - timedelta(days=1)}").json()["results"] == []
    assert api.get(f"{path}?as_of=soon").status_code == 400


def test_rows_for_files_say_the_same(candidate: Candidate, team: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        offers(candidate)
        found = compare_proposals(candidate.program, as_of=clock().date())
        rows = [dict(zip(HEADER, row, strict=True)) for row in comparison_rows(found)]
        only = compare_proposals(candidate.program, as_of=clock().date(), candidates=[candidate.public_id])

    told = [(row["vendor"], row["scope_item"], row["state"], row["amount"], row["converted"]) for row in rows]
    assert told == [
        ("Alder", "a", "priced", 400, 400), ("Alder", "b", "priced", 200, 200), ("Alder", "travel", "outside", 7, 7),
        ("Alder", "pass-through costs", "priced", 0, 0), ("Alder", "capital outlay", "priced", 50, 50),
        ("Alder", "total", "total", 650, 650),
        ("Birch", "a", "priced", 500, 400), ("Birch", "b", "excluded", None, None),
        ("Birch", "pass-through costs", "priced", 0, 0), ("Birch", "capital outlay", "priced", 0, 0),
        ("Birch", "total", "at least", 500, 400),
        ("Cedar", "a", "priced", 1, None), ("Cedar", "b", "missing", None, None),
        ("Cedar", "pass-through costs", "unpriced", None, None), ("Cedar", "capital outlay", "priced", 0, None),
        ("Cedar", "total", "at least", 1, None),
    ]  # fmt: skip
    assert [offer.name for offer in only.offers] == ["Alder"]


def cost(api: Api, place: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert api.get(place).status_code == 200
    return len(captured) - FRAME


def test_lists_cost_the_same_with_one_and_three(team: Team, candidate: Candidate) -> None:
    manager = by_session(team, Role.MANAGER)
    manager.get("must-haves/")
    with organization_scope(team.organization.pk, team.actor()):
        offers(candidate)
        for number in range(3):
            make_rate(
                team.organization,
                "GBP",
                "EUR",
                f"1.{number + 1}",
                on=clock().date() - timedelta(days=number),
                now=clock(),
            )
    comparison = f"programs/{candidate.program.public_id}/proposal-comparison/?page_size="
    one, three = (
        [cost(manager, f"{place}{n}") for place in ("proposals/?page_size=", "rates/?page_size=", comparison)]
        for n in (1, 3)
    )

    # count, page, lines, withdrawals; count, page; programme, proposals, lines, withdrawals, rates
    assert one == three == [4, 2, 5]


# --- score against price ---


@pytest.fixture
def priced(transactional_db: None, team: Team) -> Ranked:
    """Three ranked vendors: cheap, dearer and worse, and one whose price has no rate."""
    ranked = make_ranked(team, "Alder", "Birch", "Cedar")
    now = clock()
    with organization_scope(team.organization.pk, team.actor()):
        make_rate(team.organization, "USD", "EUR", "0.5", now=now)
        for name, price, currency in (("Alder", 1000, "USD"), ("Birch", 900, "EUR"), ("Cedar", 1, "JPY")):
            make_proposal(ranked.candidates[name], line("a", price), currency=currency, now=now)
    by_token(team).patch(
        f"programs/{ranked.program.public_id}/", {"budget_amount": 1000, "budget_currency": "EUR"}
    )
    ranked.calculate()
    return ranked


def test_front_of_all_ranked_candidates(priced: Ranked, team: Team, viewer: Api) -> None:
    api, path = by_token(team), f"{priced.path}price-front/"
    answer = api.get(path)
    body = answer.json()
    found = {one["vendor"]["name"]: one for one in body["candidates"]}
    today = clock().date()

    assert {name: (one["price"], one["on_front"]) for name, one in found.items()} == {
        "Alder": (500.0, True), "Birch": (900.0, False), "Cedar": (None, False),
    }  # fmt: skip
    assert found["Alder"]["rate_note"] == f"1,000 USD at 1 USD = 0.5 EUR ({today} ECB)"
    assert found["Cedar"]["reason"] == f"No exchange rate from JPY to EUR by {today}."
    assert (body["front"], body["currency"]) == ([found["Alder"]["id"]], "EUR")
    assert api.get(path, if_none_match=answer.headers["ETag"]).status_code == 304
    assert viewer.get(path).status_code == 403
    assert by_token(team, scopes=("commercial:read",)).get(path).status_code == 403
    assert viewer.get(f"{priced.path}results/").status_code == 200


def test_nobody_else_finds_a_price_in_results(priced: Ranked, team: Team, viewer: Api) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        found = price_front(priced.scorecard, actor=team.actor(), now=clock())
    ids = {one.vendor: one.candidate_id for one in found.candidates}
    places = [
        f"{priced.path}results/{ids['Alder']}/",
        f"{priced.path}leaves/",
        f"{priced.path}compare/?candidates={ids['Alder']},{ids['Birch']}",
    ]

    seen = {
        place: (b"1000.0" in by_token(team).get(place).content, b"1000.0" in viewer.get(place).content)
        for place in places
    }

    assert seen == dict.fromkeys(places, (True, False))


def test_a_rate_recalculates_what_is_budgeted_in_it(priced: Ranked, team: Team) -> None:
    api = by_token(team)
    api.post("rates/", {"source": "JPY", "target": "EUR", "rate": 100, "on": str(clock().date())})
    priced.calculate()

    found = {
        one["vendor"]["name"]: one["price"]
        for one in api.get(f"{priced.path}price-front/").json()["candidates"]
    }

    assert found == {"Alder": 500.0, "Birch": 900.0, "Cedar": 100.0}


def test_another_organisations_offers_are_not_there(
    candidate: Candidate, outsiders: Team, team: Team
) -> None:
    made = by_token(team).post("proposals/", body_of(candidate)).json()
    stranger = by_token(outsiders)

    assert stranger.get(f"proposals/{made['id']}/").status_code == 404
    assert stranger.get("proposals/").json()["count"] == 0
    assert stranger.post("proposals/", body_of(candidate)).status_code == 400
    with organization_scope(team.organization.pk, team.actor()):
        assert (Proposal.objects.count(), ExchangeRate.objects.count()) == (1, 0)
