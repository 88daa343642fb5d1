"""Writing proposals and rates: versions are added, wrong entries refused by field, nothing is ever changed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cdmo_eval.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Candidate, ExchangeRate, Proposal
from scorecards.services.candidates import archive_candidate
from scorecards.services.exchange_rates import record_rate, record_rates, withdraw_rate
from scorecards.services.proposals import record_proposal, revise_proposal, withdraw_proposal
from tests.factories.core import NOW, Team
from tests.factories.proposals import line, make_offer_file, make_proposal, make_rate
from tests.factories.scorecards import make_candidate, make_program
from tests.factories.vendors import make_evidence, make_vendor
from vendors.services import Subject

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


@pytest.fixture
def candidate(scope: Actor) -> Candidate:
    return make_candidate(make_program(scope.organization), make_vendor(scope.organization, name="Alder"))


def fields_of(caught: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {part.field for part in caught.value.errors}


def test_versions_are_counted_and_stay_as_they_were(candidate: Candidate, scope: Actor) -> None:
    first = make_proposal(candidate, line("a", 1), line("b", 2), capex=5, terms={"named_pm": 1}, signed=True)
    second = revise_proposal(proposal=first, by=scope, now=NOW, capex=6)

    assert [(row.version, row.capex) for row in Proposal.objects.order_by("version")] == [(1, 5), (2, 6)]
    assert [(row.scope_item, row.price) for row in second.lines.order_by("position")] == [("a", 1), ("b", 2)]
    assert (second.terms, second.signed_offer_id) == ({"named_pm": 1}, None)
    with pytest.raises(Conflict, match="newer version"):
        revise_proposal(proposal=first, by=scope, now=NOW, capex=7)


@pytest.mark.parametrize("table", ["proposal", "proposalline", "proposalwithdrawal", "exchangerate"])
def test_no_version_can_be_changed_or_deleted(candidate: Candidate, table: str) -> None:
    make_proposal(candidate, line("a", 1))

    for sql in (f"UPDATE scorecards_{table} SET created_at = now()", f"DELETE FROM scorecards_{table}"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
        ({"currency": "eur"}, "currency"),
        ({"slot_week": date(2026, 11, 3)}, "slot_week"),
        ({"capex": Decimal(-1)}, "capex"),
        ({"pass_throughs": Decimal("1e15")}, "pass_throughs"),
        ({"stand_alone_stages": ["PH9"]}, "stand_alone_stages"),
        ({"terms": {"named_pm": 0.7}}, "terms.named_pm"),
        ({"terms": {"named_pm": True}}, "terms.named_pm"),
        ({"terms": {"kindness": 1}}, "terms.kindness"),
        ({"terms": [1]}, "terms"),
        ({"must_have_terms": {"serialisation": "yes"}}, "must_have_terms.serialisation"),
        ({"must_have_terms": {"insurance_amount": -1}}, "must_have_terms.insurance_amount"),
        ({"must_have_terms": {"insurance_amount": float("nan")}}, "must_have_terms.insurance_amount"),
        ({"must_have_terms": {"ip_owner": "x" * 201}}, "must_have_terms.ip_owner"),
        ({"must_have_terms": {"unheard": 1}}, "must_have_terms.unheard"),
        ({"lines": [line("a", 1), line("b", -1)]}, "lines.1.price"),
        ({"lines": [line("")]}, "lines.0.scope_item"),
        ({"lines": [line("a", 1, inclusion="perhaps")]}, "lines.0.inclusion"),
        ({"lines": [line("a", 1, quantity=Decimal(-1))]}, "lines.0.quantity"),
        ({"lines": [line("a", 1)] * 201}, "lines"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    candidate: Candidate, scope: Actor, fields: dict[str, Any], named: str
) -> None:
    with pytest.raises(Invalid) as caught, transaction.atomic():
        record_proposal(candidate=candidate, by=scope, now=NOW, **({"currency": "EUR"} | fields))

    assert (fields_of(caught), Proposal.objects.count()) == ({named}, 0)


def test_what_is_not_stated_is_unknown(candidate: Candidate, scope: Actor) -> None:
    proposal = record_proposal(
        candidate=candidate, by=scope, now=NOW, currency="EUR", lines=[{"scope_item": " a "}],
        terms={"named_pm": None}, must_have_terms={"ip_owner": "", "insurance_amount": Decimal("2.50")},
    )  # fmt: skip
    (kept,) = proposal.lines.all()

    assert (proposal.received_on, proposal.pass_throughs, proposal.capex, proposal.stand_alone_stages) == (
        TODAY, None, None, None,
    )  # fmt: skip
    assert (proposal.terms, proposal.must_have_terms) == ({}, {"insurance_amount": 2.5})
    assert (kept.scope_item, kept.inclusion, kept.price, kept.quantity) == ("a", "included", None, 1)


def test_a_signed_offer_is_a_commercial_file_of_this_vendor(candidate: Candidate, scope: Actor) -> None:
    other = make_candidate(candidate.program, make_vendor(scope.organization, name="Birch"))
    file = make_offer_file(other)

    with pytest.raises(Invalid) as caught:
        make_proposal(candidate, line("a", 1), signed_offer=file)

    assert fields_of(caught) == {"signed_offer"}


def test_withdrawing_needs_a_reason_and_happens_once(candidate: Candidate, scope: Actor) -> None:
    for price in (1, 2, 3):
        make_proposal(candidate, line("a", price))
    first, _, third = Proposal.objects.order_by("version")

    with pytest.raises(Invalid):
        withdraw_proposal(proposal=third, reason=" ", by=scope, now=NOW)
    withdraw_proposal(proposal=third, reason="A slip", by=scope, now=NOW)
    with pytest.raises(Conflict):
        withdraw_proposal(proposal=third, reason="Again", by=scope, now=NOW)
    rest = withdraw_proposal(proposal=first, reason="They left", whole=True, by=scope, now=NOW)

    assert [row.proposal.version for row in rest] == [1, 2]
    assert Proposal.objects.live().count() == 0
    assert make_proposal(candidate, line("a", 4)).version == 4


def test_who_may_not_edit_commercial_data_writes_nothing(candidate: Candidate, team: Team) -> None:
    proposal, rate = make_proposal(candidate, line("a", 1)), make_rate(team.organization, "USD", "EUR", "1")
    quality = team.actor(Role.QUALITY)

    for act in (
        lambda: record_proposal(candidate=candidate, by=quality, now=NOW, currency="EUR"),
        lambda: revise_proposal(proposal=proposal, by=quality, now=NOW),
        lambda: withdraw_proposal(proposal=proposal, reason="x", by=quality, now=NOW),
        lambda: record_rates(organization=team.organization, rows=[], by=quality, now=NOW),
        lambda: withdraw_rate(rate=rate, reason="x", by=quality, now=NOW),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_an_archived_candidate_gets_no_proposal(candidate: Candidate, scope: Actor) -> None:
    archived = archive_candidate(candidate=candidate, expected_version=None, by=scope, now=NOW)

    with pytest.raises(Conflict, match="archived"):
        make_proposal(archived, line("a", 1))


def test_another_organisations_rows_are_like_none(candidate: Candidate, outsiders: Team) -> None:
    proposal = make_proposal(candidate, line("a", 1))
    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        for act in (
            lambda: record_proposal(candidate=candidate, by=outsiders.actor(), now=NOW, currency="EUR"),
            lambda: withdraw_proposal(proposal=proposal, reason="x", by=outsiders.actor(), now=NOW),
        ):
            with pytest.raises(NotFound):
                act()
        assert (Proposal.objects.count(), ExchangeRate.objects.count()) == (0, 0)


def test_evidence_names_only_proposals_that_are_there(candidate: Candidate) -> None:
    @transaction.atomic
    def about_nothing() -> None:
        make_evidence(Subject.of_proposal(candidate.vendor, candidate.pk, 10**9), "COM5", {"level": 2})
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(DatabaseError, match="proposal_id"):
        about_nothing()


# --- exchange rates ---


def rates() -> list[tuple[Any, ...]]:
    rows = ExchangeRate.objects.order_by("source", "on", "revision")
    return list(rows.values_list("source", "on", "revision", "rate"))


def row(rate: str | None = "0.9", **fields: Any) -> dict[str, Any]:
    given = None if rate is None else Decimal(rate)
    return {"source": "USD", "target": "EUR", "on": TODAY, "rate": given, "published_by": "ECB"} | fields


def test_a_rate_is_replaced_by_a_revision_and_taken_back_by_another(scope: Actor) -> None:
    organization = scope.organization
    made = [
        len(record_rates(organization=organization, rows=rows, by=scope, now=NOW))
        for rows in ([row("0.9"), row("0.8", source="GBP")], [row("0.9")], [row("0.91")])
    ]
    newest = ExchangeRate.objects.get(source="USD", revision=2)
    withdraw_rate(rate=newest, reason="The wrong way round", by=scope, now=NOW)
    after = [(one.source, one.rate) for one in ExchangeRate.objects.present().order_by("source")]
    record_rates(organization=organization, rows=[row("0.92")], by=scope, now=NOW)

    assert made == [2, 0, 1]
    assert rates() == [
        ("GBP", TODAY, 1, Decimal("0.8")), ("USD", TODAY, 1, Decimal("0.9")), ("USD", TODAY, 2, Decimal("0.91")),
        ("USD", TODAY, 3, None), ("USD", TODAY, 4, Decimal("0.92")),
    ]  # fmt: skip
    assert after == [("GBP", Decimal("0.8"))]
    with pytest.raises(Conflict):
        withdraw_rate(rate=newest, reason="Again", by=scope, now=NOW)


def test_the_newest_rate_by_a_day_is_usable(scope: Actor) -> None:
    days = [TODAY - timedelta(days=ago) for ago in (30, 20, 10)]
    for number, on in enumerate(days):
        make_rate(scope.organization, "USD", "EUR", f"0.{number + 1}", on=on)

    def usable(on: date) -> list[Decimal | None]:
        return [one.rate for one in ExchangeRate.objects.usable(on)]

    assert [usable(on) for on in (days[0] - timedelta(days=1), *days, TODAY)] == [
        [], [Decimal("0.1")], [Decimal("0.2")], [Decimal("0.3")], [Decimal("0.3")],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (row(None), "rate"),
        (row("0"), "rate"),
        (row("1e13"), "rate"),
        (row(source="usd"), "source"),
        (row(source="EUR"), "target"),
        (row(on=TODAY + timedelta(days=1)), "on"),
        (row(on=None), "on"),
        (row(published_by="x" * 201), "published_by"),
    ],
)
def test_one_wrong_row_refuses_all_and_is_named(scope: Actor, wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid) as caught:
        record_rates(organization=scope.organization, rows=[row(), wrong], by=scope, now=NOW)
    with pytest.raises(Invalid) as alone:
        record_rate(organization=scope.organization, by=scope, now=NOW, **wrong)

    assert (fields_of(caught), fields_of(alone), rates()) == ({f"1.{named}"}, {named}, [])
