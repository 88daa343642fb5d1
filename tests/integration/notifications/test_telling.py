"""Who is told of what: once for each person and event, as their role may see it and as they chose."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from cdmo_eval.core import notifications
from cdmo_eval.core.errors import Invalid, NotFound
from cdmo_eval.core.events import EventType as T
from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.models import Membership, MemberState, Notification
from cdmo_eval.core.notices import NOTICES, NoticeKind, sentence
from cdmo_eval.core.policies import Permission
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.integration.notifications.conftest import happen

pytestmark = pytest.mark.django_db
EVERYBODY = set(Role)


def tell(team: Team) -> int:
    return notifications.tell(organization_id=team.organization.pk, now=NOW)


def told(team: Team) -> set[Role]:
    """The roles of those who have a notification."""
    roles = {user.pk: role for role, user in team.members.items()}
    return {roles[key] for key in Notification.objects.values_list("recipient_id", flat=True)}


@pytest.mark.parametrize(
    ("event_type", "data", "roles"),
    [
        (T.SCORECARD_RANK_CHANGED, {}, EVERYBODY),
        (T.VENDOR_REGULATORY_STATE_CHANGED, {}, EVERYBODY),
        (T.EVIDENCE_STALE, {}, {Role.MANAGER, Role.QUALITY}),
        (
            T.EVIDENCE_RETRACTED,
            {"confidentiality": "commercial"},
            {Role.PROCUREMENT, Role.MANAGER, Role.QUALITY, Role.AUDITOR},
        ),
        (T.CDA_EXPIRING, {}, {Role.PROCUREMENT, Role.MANAGER}),
        (T.QUALIFICATION_EXPIRING, {}, {Role.MANAGER, Role.QUALITY}),
        (T.EXPORT_READY, {}, set()),
        (T.SCORECARD_RECOMPUTED, {}, set()),
    ],
)
def test_event_is_told_to(in_team: Team, event_type: T, data: dict[str, Any], roles: set[Role]) -> None:
    happen(in_team, event_type, **data)

    tell(in_team)

    assert told(in_team) == roles


def test_personal_event_is_told_to_whom_it_names(in_team: Team) -> None:
    evaluator = in_team.members[Role.EVALUATOR]
    happen(in_team, T.EVALUATOR_INVITED, evaluator={"id": str(evaluator.public_id), "name": evaluator.name})
    happen(in_team, T.EXPORT_READY, to=[str(in_team.members[Role.AUDITOR].public_id)])

    tell(in_team)

    assert told(in_team) == {Role.EVALUATOR, Role.AUDITOR}


def test_whoever_did_it_is_not_told(in_team: Team) -> None:
    happen(in_team, T.VENDOR_ARCHIVED, by={"id": str(in_team.members[Role.MANAGER].public_id)})

    tell(in_team)

    assert told(in_team) == EVERYBODY - {Role.MANAGER}


def test_telling_twice_tells_once(in_team: Team) -> None:
    happen(in_team, T.GATE_FAILED, times=3)

    taken = [tell(in_team), tell(in_team)]

    assert taken == [3, 0]
    assert set(Counter(Notification.objects.values_list("recipient_id", "seq")).values()) == {1}
    assert Notification.objects.count() == 3 * len(Role)


def test_many_events_of_one_type_are_told_as_one(in_team: Team) -> None:
    happen(in_team, T.EVIDENCE_STALE, times=7)
    happen(in_team, T.GATE_FAILED, times=2)

    tell(in_team)

    own = Notification.objects.filter(recipient=in_team.members[Role.QUALITY]).order_by("seq")
    assert [(row.type, row.happened) for row in own] == [
        ("evidence.stale", 7), ("gate.failed", 1), ("gate.failed", 1),
    ]  # fmt: skip


def test_member_whose_access_has_ended_is_not_told(in_team: Team) -> None:
    Membership.objects.filter(user=in_team.members[Role.VIEWER]).update(expires_at=NOW - timedelta(days=1))
    happen(in_team, T.GATE_FAILED)

    tell(in_team)

    assert Role.VIEWER not in told(in_team)


def test_another_organisation_is_told_nothing(team: Team, outsiders: Team) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        happen(team, T.GATE_FAILED)
    notifications.tell_all(now=NOW)

    with organization_scope(outsiders.organization.pk, outsiders.actor()):
        assert Notification.objects.count() == 0
    assert notifications.waiting_organizations() == []


def test_choice_decides_whether_a_row_is_made_and_listed(in_team: Team) -> None:
    quiet, mail = in_team.actor(Role.VIEWER), in_team.actor(Role.MANAGER)
    notifications.choose(by=quiet, given={"must_haves": {"in_app": False, "email": "never"}})
    notifications.choose(by=mail, given={"must_haves": {"in_app": False}})
    happen(in_team, T.GATE_FAILED)

    tell(in_team)

    assert told(in_team) == EVERYBODY - {Role.VIEWER}
    assert list(notifications.notifications_of(mail)) == []
    assert MemberState.objects.get(membership__user=mail.user).unread == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [({"weather": {"email": "daily"}}, "weather"), ({"ranks": {"email": "hourly"}}, "ranks.email")],
)
def test_choice_that_means_nothing_is_refused(in_team: Team, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        notifications.choose(by=in_team.actor(), given=given)

    assert [error.field for error in caught.value.errors] == [field]


def test_reading_counts_down_and_unreading_up(in_team: Team) -> None:
    actor = in_team.actor(Role.VIEWER)
    happen(in_team, T.GATE_FAILED, times=3)
    tell(in_team)
    state = MemberState.objects.filter(membership__user=actor.user)
    first = notifications.notifications_of(actor)[0]

    counts = [state.get().unread]
    notifications.mark_read(by=actor, now=NOW, notifications=[first])
    counts.append(state.get().unread)
    notifications.mark_read(by=actor, now=NOW)
    counts.append(state.get().unread)
    first.refresh_from_db()
    notifications.mark_read(by=actor, now=NOW, notifications=[first], read=False)
    counts.append(state.get().unread)

    assert counts == [3, 2, 0, 1]


def test_somebody_elses_notification_is_not_marked(in_team: Team) -> None:
    happen(in_team, T.GATE_FAILED)
    tell(in_team)
    row = Notification.objects.filter(recipient=in_team.members[Role.VIEWER]).get()

    with pytest.raises(NotFound):
        notifications.mark_read(by=in_team.actor(), now=NOW, notifications=[row])


def test_commercial_notification_is_gone_with_the_role(in_team: Team) -> None:
    happen(in_team, T.EVIDENCE_RETRACTED, commercial=True)
    tell(in_team)
    user = in_team.members[Role.PROCUREMENT]
    demoted = type(in_team.actor())(in_team.organization, Role.VIEWER, user.name, user)

    assert notifications.notifications_of(in_team.actor(Role.PROCUREMENT)).count() == 1
    assert notifications.notifications_of(demoted).count() == 0


def test_last_look_is_the_end_of_the_look_before(in_team: Team) -> None:
    actor = in_team.actor()
    seen = [
        notifications.last_look(by=actor, now=NOW + timedelta(minutes=minutes))
        for minutes in (0, 5, 100, 110, 500)
    ]

    assert seen == [None, None, NOW, NOW, NOW + timedelta(minutes=100)]


def test_statements_do_not_grow_with_events_or_members(in_team: Team, statements: Any) -> None:
    counts = []
    for times in (1, 3):
        happen(in_team, T.GATE_FAILED, times=times)
        counts.append(statements(lambda: tell(in_team)))
    # scope 3 (savepoint, read, write), cursor 2-3, events, organisation, members, choices, states 2, insert, count, cursor, end
    assert counts[1] <= counts[0]


@pytest.mark.parametrize("event_type", [one for one in T if one in NOTICES])
def test_every_type_has_a_sentence_without_any_data(event_type: T) -> None:
    for data in ({}, {"vendor": {"id": str(new_public_id()), "name": "Alder"}, "ends_on": "2026-08-01"}):
        words = sentence(event_type, data)
        assert words.endswith(".")
        assert "  " not in words
        assert words[0].isupper()


def test_sentence_names_vendor_scorecard_and_day() -> None:
    data = {"vendor": {"name": "Alder"}, "scorecard": {"name": "Antibody"}, "gate": {"name": "No OAI"}}

    assert sentence(T.GATE_FAILED, data) == "Alder fails the must-have “No OAI” in Antibody."
    assert sentence(T.GATE_FAILED, {}) == "A vendor fails a must-have."
    assert sentence(T.CDA_EXPIRING, {"vendor_name": "Alder", "ends_on": "2026-08-01"}) == (
        "The confidentiality agreement with Alder ends on 1 Aug 2026."
    )
    assert (
        sentence(T.EVIDENCE_STALE, {}, happened=12)
        == "12 pieces of evidence grew too old to count as before."
    )


def test_every_kind_is_told_by_some_type() -> None:
    assert {notice.kind for notice in NOTICES.values()} == set(NoticeKind)
    assert all(isinstance(notice.permission, Permission) for notice in NOTICES.values())
