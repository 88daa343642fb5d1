"""Webhooks by page and by REST: the same rights, the secret once, and what was sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cdmo_eval.core.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks.endpoints import create_endpoint, send_test
from tests.factories.core import Team
from tests.integration.api.calls import Api, by_session, by_token, code, problem

pytestmark = pytest.mark.django_db
BODY = {"name": "Warehouse", "url": "https://hooks.example/in", "types": ["vendor.merged", "evidence.stale"]}


@pytest.fixture
def api(team: Team) -> Api:
    return by_session(team, Role.ADMIN)


@pytest.fixture
def client(api: Api) -> Client:
    return api.client


def made(team: Team, *, messages: int = 1, name: str = "Warehouse") -> WebhookEndpoint:
    admin, now = team.actor(Role.ADMIN), datetime.now(UTC)
    with organization_scope(team.organization.pk, admin):
        endpoint, _ = create_endpoint(by=admin, now=now, name=name, url=BODY["url"], types=BODY["types"])  # type: ignore[arg-type]
        for _ in range(messages):
            delivery = send_test(endpoint=endpoint, by=admin, now=now)
            WebhookAttempt.objects.create(
                organization=team.organization, delivery=delivery, error="timeout", milliseconds=5000, at=now
            )
    return endpoint


def test_secret_is_shown_once_and_never_again(api: Api) -> None:
    answer = api.post("webhooks/", BODY)
    again = api.get(f"webhooks/{answer.json()['id']}/")

    assert (answer.status_code, answer.json()["secret"][:6], answer.json()["types"]) == (
        201, "whsec_", ["vendor.merged", "evidence.stale"],
    )  # fmt: skip
    assert "secret" not in again.json()
    assert again["ETag"]


def test_webhook_is_changed_switched_off_and_taken_away(api: Api) -> None:
    place = f"webhooks/{api.post('webhooks/', BODY).json()['id']}/"
    tag = api.get(place)["ETag"]

    off = api.patch(place, {"enabled": False}, if_match=tag)
    late = api.patch(place, {"name": "Other"}, if_match=tag)
    gone = api.delete(place)

    assert (off.json()["enabled"], off.json()["off_reason"], off.json()["version"]) == (False, "by_hand", 2)
    assert code(late) == (412, "version_mismatch")
    assert (gone.status_code, api.get(place).status_code) == (204, 404)
    assert api.get("webhooks/").json()["count"] == 0


@pytest.mark.parametrize(
    ("change", "errors"),
    [
        ({"url": "http://hooks.example/"}, [("url", "not_https")]),
        ({"url": "https://10.0.0.1/"}, [("url", "private_address")]),
        ({"types": []}, [("types", "min_length")]),
        ({"types": ["webhook.test"]}, [("types.0", "invalid_choice")]),
        ({"name": ""}, [("name", "blank")]),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(
    api: Api, change: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    status, found = problem(api.post("webhooks/", BODY | change))

    assert status == 400
    assert found == errors


def test_name_is_given_once(api: Api) -> None:
    api.post("webhooks/", BODY)

    assert problem(api.post("webhooks/", BODY | {"name": "WAREHOUSE"}))[0] == 400


def test_answer_with_a_secret_is_not_kept_for_repeating(api: Api) -> None:
    assert problem(api.post("webhooks/", BODY, idempotency_key="1"))[1] == [("Idempotency-Key", "not_here")]


def test_test_log_and_redelivery_by_rest(api: Api) -> None:
    place = f"webhooks/{api.post('webhooks/', BODY).json()['id']}/"
    sent = api.post(f"{place}test/")
    log = api.get(f"{place}deliveries/?state=waiting").json()["results"]
    again = api.post(f"{place}deliveries/{sent.json()['id']}/redeliver/")

    assert (sent.status_code, again.status_code) == (202, 202)
    assert [(row["id"], row["type"], row["tries"], row["attempts"]) for row in log] == [
        (sent.json()["id"], "webhook.test", 0, [])
    ]
    assert again.json()["message_id"] == sent.json()["message_id"]


def test_token_of_the_administrator_needs_its_scope(team: Team) -> None:
    with_scope = by_token(team, role=Role.ADMIN, scopes=("scores:write",))
    without = by_token(team, role=Role.ADMIN, scopes=("read",))

    assert with_scope.get("webhooks/").status_code == 200
    assert code(without.get("webhooks/")) == (403, "scope_missing")
    assert code(by_token(team).get("webhooks/")) == (403, "permission_denied")


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_a_fixed_number_of_questions(team: Team, api: Api, count: int) -> None:
    for number in range(count):
        endpoint = made(team, messages=count, name=str(number))
    api.get("webhooks/")
    key = [endpoint.public_id]

    asked = {
        name: questions(lambda: api.client.get(address))  # noqa: B023 - called at once
        for name, address in {
            "list": "/api/v1/webhooks/",
            "log": f"/api/v1/webhooks/{endpoint.public_id}/deliveries/",
            "page": reverse("webhooks"),
            "detail": reverse("webhook", args=key),
        }.items()
    }

    # beside the session, the person, the membership and the scope: the count, endpoints and their health; in the log
    # the endpoint, then messages with their events, and tries
    assert asked == {"list": 11, "log": 12, "page": 10, "detail": 14}


def questions(ask: Callable[[], HttpResponse]) -> int:
    with CaptureQueriesContext(connection) as found:
        assert ask().status_code == 200
    return len(found)


def test_page_adds_a_webhook_and_shows_the_secret_on_that_answer_only(client: Client, team: Team) -> None:
    answer = client.post(reverse("webhook_add"), BODY)
    endpoint = _only(team)
    later = client.get(reverse("webhook", args=[endpoint.public_id]))

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert ["whsec_" in page.content.decode() for page in (answer, later)] == [True, False]


def test_page_keeps_what_was_entered_when_the_address_is_refused(client: Client) -> None:
    answer = client.post(reverse("webhook_add"), BODY | {"url": "https://192.168.1.1/"})

    assert answer.status_code == 400
    assert "https://192.168.1.1/" in answer.content.decode()


def test_pages_switch_test_renew_send_again_change_and_take_away(client: Client, team: Team) -> None:
    endpoint = made(team)
    key = [endpoint.public_id]
    with organization_scope(team.organization.pk, "test"):
        delivery = WebhookDelivery.objects.get()

    answers = [
        client.post(reverse("webhook_switch", args=key), {"on": "0"}),
        client.post(reverse("webhook_test", args=key)),
        client.post(reverse("webhook_switch", args=key), {"on": "1"}),
        client.post(reverse("webhook_test", args=key)),
        client.post(reverse("webhook_secret", args=key)),
        client.post(reverse("webhook_redeliver", args=[*key, delivery.public_id])),
        client.post(reverse("webhook_edit", args=key), BODY | {"name": "New", "version": 4}),
        client.post(reverse("webhook_archive", args=key)),
    ]

    assert [answer.status_code for answer in answers] == [303, 409, 303, 303, 200, 303, 302, 302]
    assert client.get(reverse("webhook", args=key)).status_code == 404


def _only(team: Team) -> WebhookEndpoint:
    with organization_scope(team.organization.pk, "test"):
        return WebhookEndpoint.objects.get()
