"""Evidence of all vendors in one list, filtered and cheap."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core.roles import Role
from scorecards.selectors.dashboard import age_counts
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.vendors_pages.conftest import Count, fill, signed_in

pytestmark = pytest.mark.django_db
LEDGER = "evidence"


@pytest.fixture
def recorded(in_team: Team) -> Team:
    """Two vendors: fresh, stale, expired, commercial, and two records that contradict each other."""
    now = timezone.now()
    today = now.date()
    one = make.make_vendor(in_team.organization, name="Alder")
    other = make.make_vendor(in_team.organization, name="Birch")
    site = make.make_site(one, name="Plant")
    make.make_evidence(site, "MOD4", {"level": 3}, obtained_on=today, now=now)
    make.make_evidence(one, "SVC3", {"level": 2}, obtained_on=today - timedelta(days=900), now=now)
    make.make_evidence(other, "SVC3", {"level": 2}, obtained_on=today - timedelta(days=4000), now=now)
    make.make_evidence(site, "QUA1", {"level": 5}, obtained_on=today, now=now)
    make.make_evidence(site, "QUA1", {"level": 1}, obtained_on=today, verified=True, now=now)
    make.make_evidence(other, "QUA5", {"level": 2}, obtained_on=today, confidentiality="commercial", now=now)
    return in_team


def shown(client: Client, **query: str) -> list[tuple[str, str]]:
    lines = client.get(reverse(LEDGER), query).context["lines"]
    return sorted((line.row.vendor.name, line.row.target) for line in lines)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"freshness": "stale"}, [("Alder", "SVC3")]),
        ({"freshness": "expired"}, [("Birch", "SVC3")]),
        ({"claim_type": "verified"}, [("Alder", "QUA1")]),
        ({"state": "contradiction"}, [("Alder", "QUA1"), ("Alder", "QUA1")]),
        ({"state": "contradiction", "claim_type": "claimed"}, [("Alder", "QUA1")]),
        ({"q": "birch"}, [("Birch", "QUA5"), ("Birch", "SVC3")]),
        ({"q": "birch alder"}, []),
    ],
)
def test_the_ledger_is_narrowed(
    recorded: Team, query: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert shown(signed_in(recorded), **query) == expected


def test_commercial_records_are_for_those_who_see_them(recorded: Team) -> None:
    assert ("Birch", "QUA5") in shown(signed_in(recorded))
    assert ("Birch", "QUA5") not in shown(signed_in(recorded, Role.VIEWER))


def test_another_organisation_reads_its_own(recorded: Team, outsiders: Team) -> None:
    page = signed_in(outsiders).get(reverse(LEDGER))

    assert (page.context["lines"], "Nothing has been recorded yet." in page.content.decode()) == ([], True)


@pytest.mark.parametrize("query", [{"freshness": "rotten"}, {"state": "odd"}, {"site": "x"}])
def test_a_filter_that_does_not_exist_is_refused(recorded: Team, query: dict[str, str]) -> None:
    page = signed_in(recorded).get(reverse(LEDGER), query)

    assert (page.status_code, page.context["lines"]) == (400, [])


def test_the_dashboard_counts_what_its_links_show(recorded: Team) -> None:
    counts = age_counts(recorded.organization, as_of=timezone.now().date(), commercial=True)
    client = signed_in(recorded)

    assert counts == {age: len(shown(client, freshness=age)) for age in ("stale", "expired")}


@pytest.mark.parametrize("vendors", [1, 3])
@pytest.mark.parametrize(
    ("query", "count"), [("", 10), ("?freshness=stale", 9), ("?state=contradiction", 10)]
)
def test_the_ledger_costs_the_same_for_one_and_for_three(
    in_team: Team, queries: Count, vendors: int, query: str, count: int
) -> None:
    fill(in_team, vendors)

    # session, user, memberships, scope (4), session seen; how many, and the records when there are any; for
    # contradictions the facts of which there are several
    assert queries(signed_in(in_team), reverse(LEDGER) + query) == count
