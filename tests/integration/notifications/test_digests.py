"""The mail of the day: once, wanted, with names and links only."""

from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail

from cdmo_eval.core import digests, notifications
from cdmo_eval.core.events import EventType as T
from cdmo_eval.core.models import Membership, Notification, PeriodKey
from cdmo_eval.core.roles import Role
from cdmo_eval.core.tenancy import organization_scope
from tests.factories.core import NOW, Team
from tests.integration.notifications.conftest import happen

pytestmark = pytest.mark.django_db
SECRET = "a price of 4,711,000"


def told(team: Team, event_type: T = T.GATE_FAILED, **data: Any) -> None:
    with organization_scope(team.organization.pk, team.actor()):
        happen(team, event_type, **data)
    notifications.tell(organization_id=team.organization.pk, now=NOW)


def sent(now: datetime = NOW) -> list[str]:
    """Who gets a mail now."""
    before = len(mail.outbox)
    digests.send_digests(now=now)
    return sorted(one.to[0].partition("@")[0] for one in mail.outbox[before:])


def choose(team: Team, role: Role, **given: Any) -> None:
    with organization_scope(team.organization.pk, team.actor(role)):
        notifications.choose(by=team.actor(role), given=given)


def test_one_mail_a_day_for_each_person(team: Team) -> None:
    told(team)

    first, again = sent(), sent(NOW + timedelta(hours=1))
    told(team)
    same_day, next_day = sent(NOW + timedelta(hours=2)), sent(NOW + timedelta(days=1))

    assert first == sorted(role.value for role in Role)
    assert (again, same_day, next_day) == ([], [], first)


def test_nothing_new_is_no_mail(team: Team) -> None:
    assert sent() == []


def test_no_mail_before_the_hour(team: Team) -> None:
    told(team)

    assert sent(NOW.replace(hour=5)) == []


def test_who_wants_no_mail_gets_none(team: Team) -> None:
    choose(team, Role.VIEWER, must_haves={"email": "never"})
    told(team)

    assert "viewer" not in sent()


def test_what_was_read_already_is_not_mailed(team: Team) -> None:
    told(team)
    viewer = team.actor(Role.VIEWER)
    with organization_scope(team.organization.pk, viewer):
        notifications.mark_read(by=viewer, now=NOW)

    assert "viewer" not in sent()


def test_weekly_kind_comes_once_a_week(team: Team) -> None:
    monday = NOW - timedelta(days=NOW.weekday())
    days = []
    for day in range(8):
        told(team, T.SCORECARD_RANK_CHANGED)
        days.append("viewer" in sent(monday + timedelta(days=day)))

    assert days == [True, False, False, False, False, False, False, True]


def test_mail_says_names_and_links_and_nothing_else(team: Team) -> None:
    data = {
        "vendor": {"id": "x", "name": "Alder"},
        "scorecard": {"name": "Antibody"},
        "note": SECRET,
        "score": "88.41",
    }
    told(team, T.GATE_FAILED, **data)
    sent()
    one = mail.outbox[0]
    html = one.alternatives[0][0]

    assert one.subject == "Alpha: 1 new in CDMO Eval"
    assert "Alder fails a must-have in Antibody." in one.body
    assert "Alder fails a must-have in Antibody." in html
    assert one.extra_headers["List-Unsubscribe"] == "<http://127.0.0.1:8000/notifications/settings/>"
    assert "http://127.0.0.1:8000/notifications/settings/" in one.body
    assert [word for word in (SECRET, "88.41") if word in one.body + html] == []


def test_names_are_escaped_in_the_html_only(team: Team) -> None:
    told(team, T.GATE_FAILED, vendor={"name": "A&B <b>"})
    sent()
    one = mail.outbox[0]

    assert "A&B <b> fails" in one.body
    assert "A&amp;B &lt;b&gt; fails" in one.alternatives[0][0]


def test_refused_mail_is_tried_again(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    told(team)

    def refuse(self: object, *_: object, **__: object) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.message.EmailMessage.send", refuse)
        refused = sent()
    assert refused == []
    assert PeriodKey.objects.filter(key__startswith="digest:").count() == 0

    assert "viewer" in sent()


def test_claimed_day_sends_nothing(team: Team) -> None:
    told(team)
    member = Membership.objects.select_related("organization", "user").get(user=team.members[Role.VIEWER])
    PeriodKey.objects.create(key=f"digest:{member.public_id}:{NOW.date()}", claimed_at=NOW)

    assert digests.send_digest(member, now=NOW) is False
    with organization_scope(team.organization.pk, "test"):
        assert Notification.objects.filter(recipient=member.user, mailed_at__isnull=False).count() == 0


def test_commercial_line_is_not_mailed_to_who_may_not_see_it_any_more(team: Team) -> None:
    told(team, T.EVIDENCE_RETRACTED, commercial=True)
    Membership.objects.filter(user=team.members[Role.MANAGER]).update(role="viewer")
    choose(team, Role.MANAGER, evidence={"email": "daily"})

    assert "manager" not in sent()


def test_long_mail_is_cut_and_says_so(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "LINES", 2)
    monkeypatch.setattr(notifications, "TOGETHER", 50)
    told(team, T.GATE_FAILED, times=5)
    sent()

    assert mail.outbox[0].body.count("- A vendor fails a must-have.") == 2
    assert "3 more lines stand in your list" in mail.outbox[0].body
    assert mail.outbox[0].subject == "Alpha: 5 new in CDMO Eval"
