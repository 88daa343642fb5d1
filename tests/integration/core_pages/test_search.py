"""Global search: what is found, in which field, by whom; the list below the box of the top bar."""

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core.roles import Role
from cdmo_eval.http.search import words_of
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.factories.scorecards import make_program, make_scorecard
from tests.integration.vendors_pages.conftest import Count, fill, signed_in
from vendors import services

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def known(in_team: Team) -> Team:
    """A vendor with a former name, a site, records of each confidentiality; a programme with a scorecard."""
    organization, by = in_team.organization, in_team.actor()
    vendor = make.make_vendor(organization, name="Alder Biologics", legal_name="Alder Biologics GmbH")
    services.add_alias(vendor=vendor, name="Oxley Pharma", by=by)
    site = make.make_site(vendor, name="Harbour works", city="Bremen", fei="0003001234")
    make.make_evidence(site, "MOD4", {"level": 3}, source="Tour of the single-use hall")
    make.make_evidence(
        site, "QUA1", {"level": 3}, source="Price talk in the hall", confidentiality="commercial"
    )
    program = make_program(organization, name="Lantern antibody")
    make_scorecard(program, name="Lantern screen")
    return in_team


def found(client: Client, text: str, **more: str) -> dict[str, list[tuple[str, str]]]:
    """Hits by kind: title and the field that matched."""
    groups = client.get(reverse("search"), {"q": text, **more}).context["groups"]
    return {group.code: [(hit.title, hit.matched) for hit in group.hits] for group in groups}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alder", {"vendors": [("Alder Biologics", "name")]}),
        ("OXLEY", {"vendors": [("Alder Biologics", "former or other name: Oxley Pharma")]}),
        ("gmbh", {"vendors": [("Alder Biologics", "legal name: Alder Biologics GmbH")]}),
        ("bremen", {"sites": [("Harbour works", "city: Bremen")]}),
        ("3001234", {"sites": [("Harbour works", "FEI: 0003001234")]}),
        ("alder harbour", {"sites": [("Harbour works", "site")]}),
        ("single-use", {"evidence": [("Cell line development", "source: Tour of the single-use hall")]}),
        (
            "lantern",
            {
                "scorecards": [("Lantern screen", "name")],
                "programmes": [("Lantern antibody", "name")],
            },
        ),
        ("dark", {"pages": [("Settings", "page, also called dark")]}),
        ("alder nowhere", {}),
        ("%", {}),
        ("\x00", {}),
        ("", {}),
    ],
)
def test_words_are_found_with_the_field_they_stood_in(
    known: Team, text: str, expected: dict[str, list[tuple[str, str]]]
) -> None:
    answer = found(signed_in(known), text)

    if "evidence" in expected:
        expected = {"evidence": [(answer["evidence"][0][0], expected["evidence"][0][1])]}
    assert answer == expected


def test_commercial_evidence_is_found_by_those_who_see_it(known: Team) -> None:
    assert len(found(signed_in(known), "hall")["evidence"]) == 2
    assert len(found(signed_in(known, Role.VIEWER), "hall")["evidence"]) == 1


def test_pages_are_found_by_those_who_may_open_them(known: Team) -> None:
    assert found(signed_in(known, Role.ADMIN), "audit trail")["pages"] == [("Audit trail", "page")]
    assert found(signed_in(known), "audit trail") == {}


def test_another_organisation_finds_nothing(known: Team, outsiders: Team) -> None:
    assert [found(signed_in(outsiders), text) for text in ("alder", "bremen", "single-use", "lantern")] == [
        {}
    ] * 4


def test_one_kind_is_asked_for_alone(known: Team) -> None:
    assert set(found(signed_in(known), "lantern", kind="scorecards")) == {"scorecards"}
    assert set(found(signed_in(known), "lantern", kind="nothing")) == {"scorecards", "programmes"}


def test_the_fragment_is_that_part_of_the_page(known: Team) -> None:
    client = signed_in(known)

    part = client.get(reverse("search"), {"q": "lantern"}, headers=HTMX).content.decode()

    assert part.strip() in client.get(reverse("search"), {"q": "lantern"}).content.decode()


def test_the_bar_is_short_and_leaves_the_ledger_aside(known: Team) -> None:
    client = signed_in(known)

    names = client.get(reverse("search"), {"q": "alder", "bar": "1"}, headers=HTMX).content.decode()
    texts = client.get(reverse("search"), {"q": "single-use", "bar": "1"}, headers=HTMX).context["groups"]

    assert "<mark>Alder</mark> Biologics" in names
    assert "<h1" not in names
    assert texts == []


def test_what_was_asked_for_is_never_markup(known: Team) -> None:
    page = signed_in(known).get(reverse("search"), {"q": "<script>x</script>"}).content.decode()

    assert "<script>x" not in page


@pytest.mark.parametrize("vendors", [1, 3])
def test_a_search_costs_the_same_for_one_and_for_three(in_team: Team, queries: Count, vendors: int) -> None:
    fill(in_team, vendors)

    # session, user, memberships, scope (4), session seen; vendors, sites, scorecards, programmes, shortlists; since when
    # the ledger is looked at, and its records
    assert queries(signed_in(in_team), reverse("search") + "?q=works") == 15


@pytest.mark.parametrize(
    ("text", "words"), [(" a  b a ", ["a", "b"]), ("", []), ("1 2 3 4 5 6 7", ["1", "2", "3", "4", "5", "6"])]
)
def test_words_of_a_question(text: str, words: list[str]) -> None:
    assert words_of(text) == words
