"""The live sources against a local server: pages, errors, time-outs, cut and changed answers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.live_sources import (
    KEY,
    USER,
    Service,
    citations,
    hang_up,
    inspections,
    recalls,
    serving,
    status,
)
from vendors.regulatory.sources.fda_dashboard import DashboardSource
from vendors.regulatory.sources.openfda import OpenFdaSource
from vendors.regulatory.sources.pages import Source
from vendors.regulatory.sources.web import Client, SourceError


@pytest.fixture
def service() -> Iterator[Service]:
    with serving(
        Service({"inspections_classifications": inspections(25), "enforcement": recalls(25)})
    ) as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(pauses: list[float]) -> Client:
    return Client(tries=3, pause=pauses.append, read_seconds=0.3)


def dashboard(service: Service, **settings: Any) -> DashboardSource:
    given = {"kind": "fda_inspections", "url": service.url, "user": USER, "key": KEY, "rows": 10}
    return DashboardSource(**{**given, **settings})


def openfda(service: Service) -> OpenFdaSource:
    return OpenFdaSource(url=service.url, rows=10)


def walk(source: Source, client: Client) -> list[int]:
    """How many rows each page has."""
    sizes, cursor = [], ""
    while True:
        page = source.page(client, cursor)
        sizes.append(len(page.rows))
        cursor = page.following
        if not cursor:
            return sizes


def test_dashboard_pages_until_the_announced_total(service: Service, client: Client) -> None:
    service.rows["inspections_classifications"].append(inspections(1)[0] | {"ProductType": "Devices"})

    sizes = walk(dashboard(service), client)

    assert sizes == [10, 10, 5]
    assert [body["start"] for _, body in service.asked] == [1, 11, 21]
    assert {body["filters"]["ProductType"][0] for _, body in service.asked} == {"Drugs"}


@pytest.mark.parametrize(("rows", "sizes"), [(25, [10, 10, 5]), (20, [10, 10, 0])])
def test_dashboard_pages_without_a_total_until_one_is_not_full(
    service: Service, client: Client, rows: int, sizes: list[int]
) -> None:
    service.rows["inspections_citations"] = citations(rows)

    assert walk(dashboard(service, kind="fda_citations"), client) == sizes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a | {"result": a["result"][:4]}, "10 rows announced, 4 sent"),
        (lambda a: a | {"totalrecordcount": 25, "result": a["result"][:4], "resultcount": 4}, "has 4 rows where 25 were"),
        (lambda a: a | {"totalrecordcount": None}, "does not say how many"),
        (lambda a: a | {"result": [], "resultcount": 0}, "inspections_citations: there are no rows"),
        (lambda a: a | {"result": a["result"] * 2, "resultcount": 20}, "10 rows asked for, 20 sent"),
    ],
)  # fmt: skip
def test_page_of_a_data_set_without_a_total_that_is_not_whole_is_refused(
    service: Service, client: Client, change: Any, message: str
) -> None:
    service.rows["inspections_citations"] = citations(25)
    service.change = change

    with pytest.raises(SourceError, match=message):
        dashboard(service, kind="fda_citations").page(client, "")


def test_classifications_without_their_total_are_refused(service: Service, client: Client) -> None:
    service.change = lambda answer: {
        name: value for name, value in answer.items() if name != "totalrecordcount"
    }

    with pytest.raises(SourceError, match="does not say how many"):
        dashboard(service).page(client, "")


def test_openfda_pages_by_its_links(service: Service, client: Client) -> None:
    assert walk(openfda(service), client) == [10, 10, 5]


@pytest.mark.parametrize("code", [429, 500, 503])
def test_busy_service_is_asked_again_with_growing_pauses(
    service: Service, client: Client, pauses: list[float], code: int
) -> None:
    service.faults = [status(code), status(code)]

    page = dashboard(service).page(client, "")

    assert len(page.rows) == 10
    assert pauses == [2.0, 4.0]


def test_pause_that_the_service_asks_for_is_kept_and_bounded(
    service: Service, client: Client, pauses: list[float]
) -> None:
    service.faults = [status(429, {"Retry-After": "7"}), status(429, {"Retry-After": "90000"})]

    openfda(service).page(client, "")

    assert pauses == [7.0, 120.0]


def test_cut_answer_is_asked_for_again(service: Service, client: Client) -> None:
    service.faults = [hang_up]

    page = dashboard(service).page(client, "")

    assert len(page.rows) == 10


def test_silent_service_is_given_up_after_the_tries(
    service: Service, client: Client, pauses: list[float]
) -> None:
    def silent(handler: Any) -> bool:
        handler.connection.recv(1)  # until the client hangs up
        handler.close_connection = True
        return True

    service.faults = [silent, silent, silent]

    with pytest.raises(SourceError, match=r"inspections_classifications: no answer in time \(3 tries\)$"):
        dashboard(service).page(client, "")


def test_service_that_is_not_there_is_named(client: Client) -> None:
    source = OpenFdaSource(url="http://127.0.0.1:9")

    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9/drug/enforcement\.json: the connection failed"):
        source.page(client, "")


def test_wrong_credentials_are_refused_in_the_services_words(service: Service, client: Client) -> None:
    with pytest.raises(SourceError, match="inspections_classifications: refused: 401 Invalid credentials"):
        dashboard(service, key="wrong").page(client, "")


def test_success_has_statuscode_400_and_nothing_else(service: Service, client: Client) -> None:
    service.change = lambda answer: answer | {"statuscode": 200}

    with pytest.raises(SourceError, match="refused: 200"):
        dashboard(service).page(client, "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a | {"result": a["result"][:4]}, "10 rows announced, 4 sent"),
        (lambda a: a | {"result": a["result"][:4], "resultcount": 4}, "has 4 rows where 25 were announced"),
        (lambda a: a | {"result": [], "resultcount": 0}, "has 0 rows where 25 were announced"),
        (lambda a: a | {"result": "rows"}, "no list of rows"),
        (lambda a: a | {"totalrecordcount": None}, "does not say how many"),
        (lambda _: [], "the answer is not an object"),
        (lambda _: "text", "the answer is not an object"),
        (lambda _: {"statuscode": 406, "message": "Invalid field", "invalid_columns": ["FEI"]}, r"406 Invalid field \{'invalid_columns'"),
    ],
)  # fmt: skip
def test_page_that_is_not_whole_or_changed_is_refused(
    service: Service, client: Client, change: Any, message: str
) -> None:
    service.change = change

    with pytest.raises(SourceError, match=message):
        dashboard(service).page(client, "")


def test_client_error_is_not_asked_again(service: Service, client: Client, pauses: list[float]) -> None:
    service.faults = [status(404, body=b'{"error": {"code": "NOT_FOUND"}}')]

    with pytest.raises(SourceError, match=r"status 404.*NOT_FOUND"):
        openfda(service).page(client, "")

    assert pauses == []


def test_redirect_is_not_followed_with_the_credentials(service: Service, client: Client) -> None:
    service.faults = [status(302, {"Location": f"{service.url}/elsewhere"})]

    with pytest.raises(SourceError, match="status 302"):
        dashboard(service).page(client, "")

    assert len(service.asked) == 1


def test_answer_larger_than_a_page_may_be_is_refused(service: Service, client: Client) -> None:
    with pytest.raises(SourceError, match="larger than 0 MB"):
        dashboard(service).page(replace(client, largest=1000), "")


def test_next_page_at_another_host_is_refused(service: Service, client: Client) -> None:
    with pytest.raises(SourceError, match=r"another host: example\.org"):
        openfda(service).page(client, "https://example.org/drug/enforcement.json")


def test_dashboard_without_credentials_names_the_variables() -> None:
    source = DashboardSource(kind="fda_inspections", url="", user="", key="")

    assert source.missing() == (
        "CDMO_FDA_DASHBOARD_USER and CDMO_FDA_DASHBOARD_KEY (FDA gives them out on request)"
    )
