"""The outbox: written with the act, read in an order in which nothing can slip in before what was read."""

from datetime import timedelta
from threading import Event as Signal
from uuid import UUID

import pytest
from django.db import transaction

from cdmo_eval.core.events import KEPT, EventType, Happening, emit, emit_all, forget_old_events, number_events
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import Event
from tests.factories.core import NOW, Team
from tests.support.threads import Beside

pytestmark = pytest.mark.django_db(transaction=True)


def happen(team: Team, name: str, *, dedupe_key: str = "") -> UUID:
    subject = new_public_id()
    emit(
        organization_id=team.organization.pk, type=EventType.VENDOR_ARCHIVED, subject_id=subject,
        subject_type="vendor", data={"name": name}, now=NOW, dedupe_key=dedupe_key,
    )  # fmt: skip
    return subject


def told(team: Team) -> list[tuple[int | None, str]]:
    rows = Event.objects.for_organization(team.organization).filter(seq__isnull=False).order_by("seq")
    return [(event.seq, event.data["name"]) for event in rows]


def test_event_says_what_happened_to_what_and_when(team: Team) -> None:
    subject = happen(team, "First")

    event = Event.objects.get()
    assert (event.organization_id, event.type, event.subject_type, event.subject_id, event.data, event.at) == (
        team.organization.pk, "vendor.archived", "vendor", subject, {"name": "First"}, NOW,
    )  # fmt: skip
    assert event.seq is None


def test_act_that_is_rolled_back_leaves_no_event(team: Team) -> None:
    with transaction.atomic():
        happen(team, "First")
        transaction.set_rollback(True)

    assert Event.objects.count() == 0


def test_nothing_to_say_asks_the_database_nothing(team: Team, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        emit_all(organization_id=team.organization.pk, happenings=[], now=NOW)


def test_same_key_is_written_once_in_each_organisation(team: Team, outsiders: Team) -> None:
    for whose in (team, team, outsiders):
        happen(whose, "First", dedupe_key="monday")
    happen(team, "First")

    assert Event.objects.for_organization(team.organization).count() == 2
    assert Event.objects.for_organization(outsiders.organization).count() == 1


def test_numbers_run_by_organisation_and_go_on(team: Team, outsiders: Team) -> None:
    for whose, name in ((team, "a"), (outsiders, "x"), (team, "b")):
        happen(whose, name)
    first = number_events()
    happen(team, "c")
    second, third = number_events(), number_events()

    assert (first, second, third) == (3, 1, 0)
    assert told(team) == [(1, "a"), (2, "b"), (3, "c")]
    assert told(outsiders) == [(1, "x")]


def test_event_of_a_long_transaction_is_not_overtaken(team: Team, beside: Beside) -> None:
    """The named interleaving: A writes first and commits last; a reader in between sees neither A nor what came after."""
    written, go_on = Signal(), Signal()

    def slow() -> None:
        with transaction.atomic():
            happen(team, "A began first")
            written.set()
            go_on.wait(10)

    running = beside.start(slow)
    written.wait(10)
    happen(team, "B committed first")
    between = (number_events(), told(team))
    go_on.set()
    running.result(10)
    after = (number_events(), told(team))

    assert between == (0, [])
    assert after == (2, [(1, "A began first"), (2, "B committed first")])


def test_own_open_transaction_is_not_numbered(team: Team) -> None:
    with transaction.atomic():
        happen(team, "open")
        assert number_events() == 0
    assert number_events() == 1


def test_event_of_a_restored_dump_is_told_before_newer_ones(team: Team) -> None:
    happen(team, "restored")
    Event.objects.update(xid=2**60)
    happen(team, "new")

    number_events()

    assert told(team) == [(1, "restored"), (2, "new")]


def test_old_events_go_but_numbers_are_never_given_twice(team: Team) -> None:
    emit_all(
        organization_id=team.organization.pk, now=NOW - KEPT - timedelta(days=1),
        happenings=[Happening(EventType.VENDOR_MERGED, new_public_id(), "vendor", {"name": name}) for name in "ab"],
    )  # fmt: skip
    number_events()

    gone = forget_old_events(now=NOW)
    happen(team, "c")
    number_events()

    assert gone == 1
    assert told(team) == [(2, "b"), (3, "c")]
