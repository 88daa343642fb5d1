"""The bell, the list, the settings: as a person sees them, and as a program does."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdmo_eval.core import notifications
from cdmo_eval.core.events import EventType as T
from cdmo_eval.core.models import MemberState, Notification
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from scorecards.selectors.dashboard import FirstSteps
from tests.factories.core import NOW, Team
from tests.integration.api.calls import by_session, by_token, problem
from tests.integration.notifications.conftest import happen
from tests.integration.vendors_pages.conftest import Count, signed_in
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
LIST = "/notifications/"
SETTINGS = "/notifications/settings/"


def told(team: Team, event_type: T = T.GATE_FAILED, **data: Any) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        happen(team, event_type, **data)
    notifications.tell(organization_id=team.organization.pk, now=NOW)


def own(team: Team, role: Role = Role.MANAGER) -> list[Notification]:
    with organization_scope(team.organization.pk, team.actor(role)):
        return list(notifications.notifications_of(team.actor(role)))


@pytest.fixture
def viewer(team: Team) -> Client:
    """The viewer's browser."""
    return signed_in(team, Role.VIEWER)


def test_bell_says_how_many_are_unread_on_every_page(team: Team, viewer: Client) -> None:
    empty = viewer.get(LIST).content.decode()
    told(team, times=3)
    full = viewer.get("/help/").content.decode()

    assert 'aria-label="Notifications"' in empty
    assert 'aria-label="Notifications, 3 unread"' in full


def test_bell_costs_no_statement(team: Team, viewer: Client, queries: Count) -> None:
    before = queries(viewer, SETTINGS)
    told(team)

    assert queries(viewer, SETTINGS) == before


def test_list_needs_as_many_statements_for_three_as_for_one(
    team: Team, viewer: Client, queries: Count
) -> None:
    told(team)
    one = queries(viewer, LIST)
    told(team, times=3)

    # savepoint and scope 2, session, user, memberships, count, page
    assert (one, queries(viewer, LIST)) == (one, one)


def test_opening_marks_as_read_and_leads_to_the_thing(
    team: Team, in_team: Team, vendor: Vendor, viewer: Client
) -> None:
    happen(team, T.VENDOR_ARCHIVED, vendor={"id": str(vendor.public_id), "name": vendor.name})
    row = _only(team)
    Notification.objects.filter(pk=row.pk).update(subject_id=vendor.public_id)

    answer = viewer.post(f"{LIST}{row.public_id}/", {"go": "1"})

    assert answer.headers["Location"] == reverse("vendors:profile", args=[vendor.public_id])
    assert MemberState.objects.get(membership__user=row.recipient).unread == 0


def _only(team: Team) -> Notification:
    notifications.tell(organization_id=team.organization.pk, now=NOW)
    return own(team, Role.VIEWER)[0]


def test_marking_as_read_and_unread_stays_on_the_list(team: Team, viewer: Client) -> None:
    told(team)
    row = own(team, Role.VIEWER)[0]

    states = []
    for given in ({}, {"unread": "1"}):
        answer = viewer.post(f"{LIST}{row.public_id}/", given)
        states.append((answer.headers["Location"], own(team, Role.VIEWER)[0].read_at is None))

    assert states == [(LIST, False), (LIST, True)]


def test_everything_is_marked_at_once(team: Team, viewer: Client) -> None:
    told(team, times=4)

    viewer.post(f"{LIST}read/")

    assert [row.read_at is None for row in own(team, Role.VIEWER)] == [False] * 4
    assert [row.read_at is None for row in own(team)] == [True] * 4


def test_filters_narrow_the_list(team: Team, viewer: Client) -> None:
    told(team)
    told(team, T.SCORECARD_RANK_CHANGED)
    viewer.post(f"{LIST}{own(team, Role.VIEWER)[0].public_id}/")

    def kinds(query: str) -> list[str]:
        return [line["row"].kind for line in viewer.get(LIST + query).context["lines"]]

    assert kinds("") == ["ranks", "must_haves"]
    assert kinds("?show=unread") == ["must_haves"]
    assert kinds("?kind=ranks") == ["ranks"]
    assert kinds("?kind=weather&show=no&page=x") == ["ranks", "must_haves"]


def test_settings_are_saved_by_kind(team: Team, viewer: Client) -> None:
    form = viewer.get(SETTINGS).context["form"]
    given = {name: field.initial for name, field in form.fields.items() if field.initial}

    viewer.post(SETTINGS, {**given, "ranks__email": "never", "exports__in_app": ""})

    with organization_scope(team.organization.pk, "test"):
        user = team.members[Role.VIEWER]
        found = {
            one.kind.value: (one.in_app, one.email)
            for one in notifications.choices_of(team.organization, user)
        }
    assert (found["ranks"], found["exports"], found["must_haves"]) == (
        (True, "never"), (False, "never"), (True, "daily"),
    )  # fmt: skip


def test_dashboard_shows_what_happened_since_the_last_look(
    team: Team, in_team: Team, vendor: Vendor, viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FirstSteps, "done", True)  # before there is a ranking, the way to it is shown instead
    now = datetime.now(UTC)
    viewer.get("/")
    MemberState.objects.update(looked_at=NOW)
    happen(team, T.VENDOR_REGULATORY_STATE_CHANGED, now=now, vendor={"name": "Alder"}, new_label="OAI")
    happen(team, T.VENDOR_ARCHIVED, now=NOW.replace(year=2025), vendor={"name": "Old"})
    notifications.tell(organization_id=team.organization.pk, now=now)

    context = viewer.get("/").context

    told = [line["text"] for line in context["news"]]
    assert "The regulatory state of Alder changed to “OAI”." in told
    assert not any("Old" in text for text in told)


# REST ---------------------------------------------------------------------------------------------------------------
def test_program_reads_and_person_marks(team: Team) -> None:
    told(team, vendor={"name": "Alder"})
    program, person = by_token(team), by_session(team)

    (row,) = program.get("notifications/").json()["results"]
    refused = program.post(f"notifications/{row['id']}/read/")
    marked = person.post(f"notifications/{row['id']}/read/").json()

    assert (row["kind"], row["type"], row["text"], row["events"], row["read_at"]) == (
        "must_haves", "gate.failed", "Alder fails a must-have.", 1, None,
    )  # fmt: skip
    assert refused.status_code == 403
    assert marked["read_at"] is not None
    assert person.get("notifications/?unread=true").json()["count"] == 0
    assert person.post(f"notifications/{row['id']}/unread/").json()["read_at"] is None
    assert person.post("notifications/read-all/").json() == {"changed": 1}


def test_token_sees_the_kinds_its_scopes_read(team: Team) -> None:
    told(team)
    told(team, T.EVIDENCE_RETRACTED)
    told(team, T.VENDOR_ARCHIVED)

    def kinds(*scopes: str) -> list[str]:
        return [row["kind"] for row in by_token(team, scopes=scopes).get("notifications/").json()["results"]]

    assert kinds("vendors:read") == ["vendors"]
    assert kinds("vendors:read", "evidence:read") == ["vendors", "evidence"]
    assert kinds("read") == ["vendors", "evidence", "must_haves"]


def test_somebody_elses_is_not_found(team: Team, outsiders: Team) -> None:
    told(team)
    theirs = own(team, Role.VIEWER)[0]

    assert problem(by_session(team).get(f"notifications/{theirs.public_id}/"))[0] == 404
    assert (
        problem(by_session(outsiders, Role.VIEWER).post(f"notifications/{theirs.public_id}/read/"))[0] == 404
    )


def test_settings_by_rest(team: Team) -> None:
    person = by_session(team)
    changed = person.patch(
        "notification-settings/", {"settings": [{"kind": "ranks", "email": "daily"}]}
    ).json()
    by_kind = {one["kind"]: one for one in changed["settings"]}

    assert (by_kind["ranks"]["email"], by_kind["ranks"]["in_app"]) == ("daily", True)
    assert person.get("notification-settings/").json() == changed


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"settings": [{"kind": "weather"}]}, [("settings.0.kind", "invalid_choice")]),
        ({"settings": [{"kind": "ranks", "sms": True}]}, [("settings.0.sms", "unknown_field")]),
        (
            {"settings": [{"kind": "ranks"}, {"kind": "ranks"}]},
            [("settings.1.kind", "duplicate")],
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused(team: Team, body: Any, errors: list[tuple[str, str]]) -> None:
    assert problem(by_session(team).patch("notification-settings/", body)) == (400, errors)


def test_page_lets_nobody_mark_another_persons(team: Team, viewer: Client) -> None:
    told(team)

    assert viewer.post(f"{LIST}{own(team)[0].public_id}/").status_code == 404
