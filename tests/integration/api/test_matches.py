"""`record-matches/`: the review queue for programs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from tests.factories import vendors as make
from tests.factories.core import NOW, Team
from tests.integration.api.calls import Api, by_token, code
from vendors import services
from vendors.models import RecordMatch, Site

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(scope: Actor) -> Site:
    """A site that a letter without a place names."""
    site = make.make_site(make.make_vendor(scope.organization, name="Alder Biologics"), city="Ulm")
    make.make_inspection(
        scope.organization, fei="", event_on=NOW.date(), kind="WARNING_LETTER", classification="",
        native_id="700001", firm="Alder Biologics GmbH", scope="CGMP",
    )  # fmt: skip
    services.match_records(organization=scope.organization, now=NOW)
    return site


def test_what_waits_is_listed_and_accepted(api: Api, site: Site) -> None:
    (waiting,) = api.get("record-matches/?state=proposed").json()["results"]
    accepted = api.post(f"record-matches/{waiting['id']}/accept/", {"remember": True})

    assert (waiting["state"], waiting["site"], waiting["confidence_pct"], waiting["record"]["firm"]) == (
        "proposed",
        str(site.public_id),
        96,
        "Alder Biologics GmbH",
    )
    assert (accepted.status_code, accepted.json()["state"], accepted.json()["remembered"]) == (
        200,
        "matched",
        True,
    )
    assert api.get("record-matches/?state=proposed").json()["count"] == 0
    assert code(api.post(f"record-matches/{waiting['id']}/accept/")) == (409, "decided")


def test_a_rejected_one_is_listed_as_such(api: Api, site: Site) -> None:
    waiting = api.get("record-matches/?state=proposed").json()["results"][0]

    rejected = api.post(f"record-matches/{waiting['id']}/reject/")

    assert rejected.json()["state"] == "rejected"
    assert api.get("record-matches/?state=rejected").json()["count"] == 1


def test_a_record_can_be_matched_elsewhere(api: Api, site: Site) -> None:
    other = make.make_site(site.vendor, name="Other works")
    waiting = api.get("record-matches/?state=proposed").json()["results"][0]

    answer = api.post(f"record-matches/{waiting['id']}/elsewhere/", {"site": str(other.public_id)})

    assert (answer.status_code, answer.json()["site"], answer.json()["method"]) == (
        200,
        str(other.public_id),
        "manual",
    )
    assert [one.site_id for one in RecordMatch.objects.accepted()] == [other.pk]


def test_a_viewer_may_look_but_not_decide(site: Site, team: Team) -> None:
    viewer = by_token(team, Role.VIEWER)
    waiting = viewer.get("record-matches/?state=proposed").json()["results"][0]

    assert code(viewer.post(f"record-matches/{waiting['id']}/accept/"))[0] == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(api: Api, site: Site, count: int) -> None:
    for number in range(count - 1):
        make.make_inspection(
            site.organization, fei="", event_on=NOW.date(), kind="WARNING_LETTER", classification="",
            native_id=f"80000{number}", firm="Alder Biologics GmbH", scope="CGMP",
        )  # fmt: skip
    services.match_records(organization=site.organization, now=NOW)
    api.get("record-matches/")

    with CaptureQueriesContext(connection) as seen:
        assert api.get("record-matches/").json()["count"] == count

    assert len(seen) == 9
