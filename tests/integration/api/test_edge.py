"""The common edge of every resource: methods, parameters, types, cursors, addresses behind a proxy; other names of vendors."""

import ipaddress
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from cdmo_eval.core.models import Job
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.http.addresses import ClientAddressMiddleware
from cdmo_eval.http.cursors import BrokenCursorError, opened, sealed
from cdmo_eval.http.kept_answers import KeptAnswers
from tests.factories import vendors as make
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem
from tests.support.api_page import PAGE, page
from vendors.models import PublicLoad

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["TRACE", "PUT"])
def test_a_method_that_is_not_there_is_405_whatever_else_is_wrong(api: Api, method: str) -> None:
    answer = api.call(method, "jobs/?nonsense=1", {})

    assert code(answer) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "place", ["vendors/?country=DE&phase=", "candidates/?vendor=", "jobs/?state=", "vendors/?include="]
)
def test_a_filter_without_a_value_is_refused(api: Api, place: str) -> None:
    status, errors = problem(api.get(place))

    assert (status, [kind for _, kind in errors]) == (400, ["blank"])


def test_a_blank_search_is_no_search(api: Api) -> None:
    assert api.get("vendors/?q=").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 5}, "name"), ({"name": "N", "employees": "5"}, "employees"), ({"name": "N", "employees": True}, "employees"),
        ({"name": "N", "owner_competes": "true"}, "owner_competes"), ({"name": "N", "owner_competes": 1}, "owner_competes"),
        ({"name": "N", "languages": [1]}, "languages"), ({"name": "N", "integration": 1}, "integration"),
    ],
)  # fmt: skip
def test_json_types_are_kept_apart(api: Api, body: dict[str, Any], field: str) -> None:
    assert problem(api.post("vendors/", body)) == (400, [(field, "invalid")])


@pytest.fixture
def jobs(team: Team) -> None:
    """Three."""
    with organization_scope(team.organization.pk, "test"):
        for number in range(3):
            Job.objects.create(organization=team.organization, kind="export", subject=f"job {number}")


def test_a_cursor_says_nothing_and_belongs_to_its_list(team: Team, jobs: None) -> None:
    api = by_session(team, Role.ADMIN)
    following = api.get("jobs/?page_size=1").json()["next"]
    cursor = following.partition("cursor=")[2].partition("&")[0]
    numbers = [str(pk).encode() for pk in Job.objects.values_list("pk", flat=True)]

    assert api.get("jobs/?page_size=1").json()["next"] == following
    assert not any(number in cursor.encode() for number in numbers if len(number) > 2)
    assert problem(api.get(f"audit/?cursor={cursor}")) == (400, [("cursor", "invalid")])
    assert problem(api.get(f"jobs/?cursor={cursor[:-2]}AA")) == (400, [("cursor", "invalid")])
    assert api.get(f"jobs/?cursor={cursor}").json()["results"][0]["subject"] == "job 1"


def test_a_list_by_cursor_goes_forth_and_back(team: Team, jobs: None, api: Api) -> None:
    first = api.get("jobs/?page_size=2").json()
    second = api.get(first["next"].removeprefix("http://testserver")).json()
    back = api.get(second["previous"].removeprefix("http://testserver")).json()

    assert [row["subject"] for row in first["results"] + second["results"]] == ["job 2", "job 1", "job 0"]
    assert back["results"] == first["results"]


@given(
    place=st.text(
        st.characters(codec="utf-8", exclude_characters=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85"),
        min_size=1,
        max_size=80,
    )
)
def test_cursors_open_to_what_was_sealed(place: str) -> None:
    text = sealed(place, purpose="a")

    assert text.isascii()
    assert opened(text, purpose="a") == place.strip()
    with pytest.raises(BrokenCursorError):
        opened(text, purpose="b")


@given(text=st.text(max_size=60))
def test_no_text_is_a_cursor_by_chance(text: str) -> None:
    with pytest.raises(BrokenCursorError):
        opened(text, purpose="a")


PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.0.0.2", "", "10.0.0.2"),
        ("10.0.0.2", "unknown", "10.0.0.2"),
        ("10.0.0.2", "10.9.9.9", "10.9.9.9"),
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_callers_address_behind_a_proxy(remote: str, forwarded: str, address: str) -> None:
    request = HttpRequest()
    request.META |= {
        "REMOTE_ADDR": remote,
        "HTTP_X_FORWARDED_FOR": forwarded,
        "HTTP_X_FORWARDED_PROTO": "https",
    }

    with override_settings(TRUSTED_PROXIES=PROXIES):
        ClientAddressMiddleware(lambda _: HttpResponse())(request)

    assert request.META["REMOTE_ADDR"] == address
    assert ("HTTP_X_FORWARDED_PROTO" in request.META) == remote.startswith("10.")


def test_networks_of_a_token_hold_behind_a_proxy(team: Team) -> None:
    api = by_token(team, networks=["203.0.113.0/24"])
    api.client = Client(REMOTE_ADDR="10.0.0.2")

    with override_settings(TRUSTED_PROXIES=PROXIES):
        assert api.get("me/", x_forwarded_for="203.0.113.7").status_code == 200
        assert api.get("me/", x_forwarded_for="198.51.100.7").status_code == 401
        assert api.get("me/", x_forwarded_for="203.0.113.7, 198.51.100.7").status_code == 401
    assert api.get("me/", x_forwarded_for="203.0.113.7").status_code == 401


def test_kept_answers_forget_the_least_used() -> None:
    kept = KeptAnswers(largest=100)
    for name in "abcd":
        kept.keep(name, b"x" * 25)
    kept.get("a")

    kept.keep("e", b"x" * 25)
    kept.keep("large", b"x" * 26)

    assert [name for name in ("a", "b", "c", "d", "e", "large") if kept.get(name)] == ["a", "c", "d", "e"]
    assert kept.size == 100


def test_other_names_of_a_vendor(scope: Actor, api: Api, stranger: Api) -> None:
    vendor = make.make_vendor(scope.organization, name="Alpine")
    place = f"vendors/{vendor.public_id}/aliases/"

    added = api.post(place, {"name": "Alpine Bio", "note": "until 2019"}, idempotency_key="k")
    again = api.post(place, {"name": "Alpine Bio", "note": "until 2019"}, idempotency_key="k")

    assert (added.status_code, added.json()["vendor"]) == (201, str(vendor.public_id)), added.content
    assert again.json() == added.json()
    one = f"{place}{added.json()['id']}/"
    assert added["Location"] == f"/api/v1/{one}"
    assert api.post(place, {"name": "alpine bio"}).json()["detail"] == "The vendor already has this alias."
    assert [row["name"] for row in api.get(place).json()["results"]] == ["Alpine Bio"]
    assert api.get("vendors/?q=alpine+bio").json()["count"] == 1
    assert [
        stranger.get(one).status_code,
        stranger.delete(one).status_code,
        stranger.get(place).status_code,
    ] == [404] * 3
    assert api.delete(one).status_code == 204
    assert api.get(place).json()["count"] == 0
    assert api.get(f"{place}?include=archived").json()["count"] == 1
    assert api.get(f"vendors/{vendor.public_id}/").json()["aliases"] == []


def test_one_public_load(api: Api) -> None:
    assert api.get(f"public-loads/{uuid4()}/").status_code == 404
    load = PublicLoad.objects.order_by("id").first()
    if load is not None:
        assert api.get(f"public-loads/{load.public_id}/").json()["id"] == str(load.public_id)


def test_scopes_in_the_guide_are_those_of_the_views() -> None:
    present = PAGE.read_text()

    assert page(present) == present, "write it anew: make docs"
