"""From an act to a receiver: signed, once for each event, again after failures, in bounded time, and off after days."""

import base64
import ipaddress
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from cdmo_eval.core.errors import Conflict, DomainError, PermissionDenied
from cdmo_eval.core.events import EventType, emit, number_events
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import (
    Event,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHealth,
    WebhookSecret,
)
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from cdmo_eval.core.webhooks import duty, endpoints
from cdmo_eval.core.webhooks.delivery import (
    PATIENCE,
    PAUSES,
    deliver,
    due_organizations,
    fan_out,
    forget_old_deliveries,
)
from cdmo_eval.core.webhooks.post import Reply, send
from tests.factories.core import Team
from tests.support.receivers import Receiver, drip, receiver
from tests.support.threads import Beside

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = ["vendor.archived", "vendor.merged"]


class Clock:
    """The real time, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def listening(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with receiver() as found:
        yield found


def inside(team: Team) -> Any:
    return organization_scope(team.organization.pk, team.actor(Role.ADMIN))


def add(team: Team, url: str, **fields: Any) -> tuple[WebhookEndpoint, str]:
    given = {"name": "Warehouse", "types": TYPES} | fields
    with inside(team):
        return endpoints.create_endpoint(by=team.actor(Role.ADMIN), now=datetime.now(UTC), url=url, **given)


def happen(team: Team, **data: Any) -> None:
    emit(
        organization_id=team.organization.pk, type=EventType.VENDOR_ARCHIVED, subject_id=new_public_id(),
        subject_type="vendor", data={"vendor": {"id": "x", "name": "Müller"}, **data}, now=datetime.now(UTC),
    )  # fmt: skip
    number_events()


def send_all(team: Team, clock: Clock, **how: Any) -> int:
    return deliver(organization_id=team.organization.pk, clock=clock, **how)


def rows(team: Team, model: Any) -> list[Any]:
    with inside(team):
        return list(model.objects.order_by("id"))


def test_event_arrives_signed_so_that_the_public_package_verifies_it(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    _, secret = add(team, listening.url)
    happen(team)

    send_all(team, clock)

    ((headers, body),) = listening.got
    told = Webhook(secret).verify(body, headers)
    event = Event.objects.get()
    assert told == json.loads(body)
    assert (told["type"], told["seq"], told["id"], told["data"]["vendor"]["name"]) == (
        "vendor.archived", 1, str(event.public_id), "Müller",
    )  # fmt: skip
    assert headers["webhook-id"] == str(event.public_id)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    (delivery,), (attempt,) = rows(team, WebhookDelivery), rows(team, WebhookAttempt)
    assert (delivery.state, delivery.tries, attempt.status, attempt.error) == ("delivered", 1, 200, "")


def test_after_a_rotation_both_secrets_verify_for_a_day(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    endpoint, old = add(team, listening.url)
    with inside(team):
        _, new = endpoints.rotate_secret(endpoint=endpoint, by=team.actor(Role.ADMIN), now=clock())
    happen(team)
    send_all(team, clock)
    clock.ahead = timedelta(days=2)
    happen(team)
    send_all(team, clock)

    (first, body), (second, _) = listening.got
    assert [bool(Webhook(secret).verify(body, first)) for secret in (old, new)] == [True, True]
    assert len(second["webhook-signature"].split(" ")) == 1


def test_secret_is_kept_encrypted_and_out_of_the_audit_trail(team: Team) -> None:
    _, secret = add(team, "https://hooks.example/in")
    raw = base64.b64decode(secret.removeprefix("whsec_"))

    (kept,) = rows(team, WebhookSecret)
    with inside(team), connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(new::text, '') FROM core_auditevent")
        trail = cursor.fetchone()[0]

    assert len(raw) == 32
    assert [raw in bytes(kept.sealed), secret.encode() in bytes(kept.sealed)] == [False, False]
    assert ["hooks.example" in trail, secret in trail] == [True, False]


def test_failure_is_tried_again_after_growing_pauses_and_given_up_after_three_days(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    add(team, listening.url)
    happen(team)
    listening.status = 500
    began, tried = clock(), []
    while rows(team, WebhookDelivery) == [] or rows(team, WebhookDelivery)[0].state == "waiting":
        tried.append(clock() - began)
        send_all(team, clock)
        (delivery,), (health,) = rows(team, WebhookDelivery), rows(team, WebhookHealth)
        if delivery.next_at:
            clock.ahead += max(delivery.next_at, health.resting_until) - clock() + timedelta(milliseconds=5)

    gaps = [later - earlier for earlier, later in pairwise(tried)]
    assert len(tried) == len(listening.got) == len(PAUSES) + 1
    assert all(
        0.9 * pause <= gap.total_seconds() <= max(1.1 * pause, 300) + 5
        for gap, pause in zip(gaps, PAUSES, strict=True)
    )
    assert timedelta(days=2.5) < tried[-1] < timedelta(days=3.5)
    assert {headers["webhook-id"] for headers, _ in listening.got} == {str(Event.objects.get().public_id)}
    assert [attempt.error for attempt in rows(team, WebhookAttempt)] == ["status"] * len(tried)


def test_failing_receiver_rests_and_does_not_keep_others_waiting(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    with receiver(drip(b"H", each=0.02)) as hostile:
        add(team, hostile.url, name="Hostile")
        add(team, listening.url, name="Honest")
        for _ in range(4):
            happen(team)
        calls: list[str] = []

        def sender(url: str, *given: Any, **how: Any) -> Reply:
            calls.append(url)
            return send(url, *given, **how, seconds=0.3)

        sent = send_all(team, clock, sender=sender)

    assert (sent, calls.count(hostile.url), len(listening.got)) == (5, 1, 4)


def test_receiver_that_fails_for_days_is_switched_off_and_members_are_told(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    endpoint, _ = add(team, listening.url)
    listening.status = 503
    happen(team)
    send_all(team, clock)
    clock.ahead = PATIENCE + timedelta(minutes=1)
    happen(team)
    send_all(team, clock)

    (row,) = rows(team, WebhookEndpoint)
    told = Event.objects.get(type="webhook.switched_off")
    assert (row.enabled, row.off_reason, told.subject_id, told.data["name"]) == (
        False, "failing", endpoint.public_id, "Warehouse",
    )  # fmt: skip
    assert send_all(team, clock) == 0


def test_receiver_that_is_gone_is_switched_off_at_once(team: Team, listening: Receiver, clock: Clock) -> None:
    add(team, listening.url)
    listening.status = 410
    happen(team)

    send_all(team, clock)

    assert [(row.enabled, row.off_reason) for row in rows(team, WebhookEndpoint)] == [(False, "gone")]


def test_name_that_is_rebound_to_a_closed_network_is_not_contacted(
    team: Team, listening: Receiver, clock: Clock, settings: Any
) -> None:
    add(team, listening.url)
    settings.WEBHOOK_NETWORKS = []  # judged again at every sending
    happen(team)

    send_all(team, clock)

    (attempt,) = rows(team, WebhookAttempt)
    assert (attempt.status, attempt.error, listening.heard) == (None, "private_address", [])


def test_worker_that_dies_while_sending_loses_nothing(team: Team, listening: Receiver, clock: Clock) -> None:
    add(team, listening.url)
    happen(team)

    def dies(*_: Any, **__: Any) -> Reply:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_all(team, clock, sender=dies)
    at_once = send_all(team, clock)
    clock.ahead = timedelta(seconds=61)
    later = send_all(team, clock)

    assert (at_once, later, len(listening.got)) == (0, 1, 1)


def test_eight_workers_send_each_message_once(
    team: Team, listening: Receiver, clock: Clock, beside: Beside
) -> None:
    add(team, listening.url)
    for _ in range(12):
        happen(team)

    for future in [beside.start(lambda: send_all(team, clock)) for _ in range(8)]:
        future.result(30)

    ids = [headers["webhook-id"] for headers, _ in listening.got]
    assert (len(ids), len(set(ids))) == (12, 12)


def test_fan_out_twice_makes_each_delivery_once(team: Team) -> None:
    add(team, "https://hooks.example/in")
    happen(team)

    looked = [fan_out(organization_id=team.organization.pk, now=datetime.now(UTC)) for _ in range(2)]

    assert (looked, len(rows(team, WebhookDelivery))) == ([1, 0], 1)


def test_only_chosen_types_and_nothing_commercial_leave_the_house(team: Team, outsiders: Team) -> None:
    add(team, "https://hooks.example/in", types=["vendor.merged"])
    add(outsiders, "https://hooks.example/in")
    happen(team)
    happen(outsiders, confidentiality="commercial")
    for whose in (team, outsiders):
        fan_out(organization_id=whose.organization.pk, now=datetime.now(UTC))

    assert rows(team, WebhookDelivery) == rows(outsiders, WebhookDelivery) == []


def test_test_message_is_tried_once_and_redelivery_begins_anew(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    endpoint, secret = add(team, listening.url)
    listening.status = 500
    admin = team.actor(Role.ADMIN)
    with inside(team):
        delivery = endpoints.send_test(endpoint=endpoint, by=admin, now=clock())
    send_all(team, clock)
    (failed,) = rows(team, WebhookDelivery)
    listening.status = 200
    with inside(team):
        endpoints.redeliver(delivery=delivery, by=admin, now=clock())
    send_all(team, clock)

    (again,), (health,) = rows(team, WebhookDelivery), rows(team, WebhookHealth)
    assert (failed.state, again.state, health.failures) == ("failed", "delivered", 0)
    assert Webhook(secret).verify(listening.got[1][1], listening.got[1][0])["type"] == "webhook.test"
    assert listening.got[0][0]["webhook-id"] == listening.got[1][0]["webhook-id"]


def test_switched_off_endpoint_is_sent_nothing_and_refuses_tests(
    team: Team, listening: Receiver, clock: Clock
) -> None:
    endpoint, _ = add(team, listening.url)
    admin = team.actor(Role.ADMIN)
    with inside(team):
        endpoints.update_endpoint(endpoint=endpoint, expected_version=1, by=admin, now=clock(), enabled=False)
        endpoint.refresh_from_db()
        with pytest.raises(Conflict):
            endpoints.send_test(endpoint=endpoint, by=admin, now=clock())
    happen(team)

    assert send_all(team, clock) == 0
    assert listening.heard == []


@pytest.mark.parametrize(
    "url", ["http://hooks.example/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "nonsense"]
)
def test_address_that_messages_may_not_go_to_is_refused_with_the_field(team: Team, url: str) -> None:
    with pytest.raises(DomainError) as caught:
        add(team, url)

    assert [error.field for error in caught.value.errors] == ["url"]


def test_nobody_but_administrators_makes_webhooks(team: Team) -> None:
    with inside(team), pytest.raises(PermissionDenied):
        endpoints.create_endpoint(
            by=team.actor(), now=datetime.now(UTC), name="x", url="https://hooks.example/", types=TYPES
        )


def test_reconciler_sends_what_no_worker_sent(team: Team, listening: Receiver, clock: Clock) -> None:
    add(team, listening.url)
    happen(team)
    fan_out(organization_id=team.organization.pk, now=clock())
    soon = duty.send_forgotten(clock=clock)
    clock.ahead = timedelta(seconds=61)

    assert due_organizations(now=clock()) == [team.organization.pk]
    assert (soon, duty.send_forgotten(clock=clock), len(listening.got)) == (0, 1, 1)


def test_log_is_forgotten_with_its_events(team: Team, listening: Receiver, clock: Clock) -> None:
    add(team, listening.url)
    happen(team)
    send_all(team, clock)

    with inside(team):
        gone = forget_old_deliveries(organization_id=team.organization.pk, before=clock() + timedelta(days=1))

    assert (gone, rows(team, WebhookDelivery), rows(team, WebhookAttempt)) == (1, [], [])
