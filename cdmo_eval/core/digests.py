"""The mail that sums up what a person was told: at most one a day, with names and links and nothing else.

A mail leaves the house and stays in mailboxes nobody here controls. So it says who and what happened, as the list does, and
never a score, a value, a price, a note or a file: whoever may see those follows the link and signs in.

The claim of the day (`period_key`) and the marks on the rows are committed before the mail goes out: two senders send one
mail. A mail that the server refuses is un-claimed, and tried again at the next round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from cdmo_eval.core.members import current
from cdmo_eval.core.models import Membership, Notification, NotificationSetting, Organization, PeriodKey
from cdmo_eval.core.notices import NoticeKind, sentence
from cdmo_eval.core.notifications import choices_of
from cdmo_eval.core.policies import Actor, Permission, allows
from cdmo_eval.core.roles import Role
from cdmo_eval.core.subjects import address_of
from cdmo_eval.core.tenancy import organization_scope

LINES = 100
"""Lines of one mail; what is beyond them is counted and stands in the list."""
DUTY = "digest"
Email = NotificationSetting.Email

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Line:
    """One sentence of the mail and where it leads."""

    at: datetime
    text: str
    url: str


@dataclass(frozen=True)
class Digest:
    """A mail before it is sent: whose, which rows it shows and how many it only counts, which claims it rests on."""

    member: Membership
    rows: Sequence[Notification]
    marked: Sequence[int]
    keys: Sequence[str]

    @property
    def further(self) -> int:
        """Rows that are beyond the lines of one mail."""
        return len(self.marked) - len(self.rows)


def send_digests(*, now: datetime) -> int:
    """Send everybody's mail of the day who has something new and wants it; returns how many went out."""
    if now.hour < settings.DIGEST_HOUR:
        return 0
    sent = 0
    for organization in Organization.objects.order_by("id"):
        members = current(Membership.objects.filter(organization=organization, user__is_active=True), now=now)
        for member in members.select_related("user", "organization").order_by("id"):
            sent += send_digest(member, now=now)
    return sent


def send_digest(member: Membership, *, now: datetime) -> bool:
    """Send one member's mail of the day, once; False without anything new, or when the day is claimed already."""
    with organization_scope(member.organization_id, DUTY):
        digest = _claim(member, now)
    if digest is None:
        return False
    try:
        message(digest).send()
    except (SMTPException, OSError):
        log.warning("digest_not_sent", member=str(member.public_id), exc_info=True)
        _give_back(digest)
        return False
    log.info("digest_sent", member=str(member.public_id), lines=len(digest.rows))
    return True


def _claim(member: Membership, now: datetime) -> Digest | None:
    """The rows of the mail, marked, and the day claimed, in one transaction; None without either."""
    day = now.date()
    daily = f"digest:{member.public_id}:{day.isoformat()}"
    if PeriodKey.objects.filter(key=daily).exists():
        return None
    wanted = {choice.kind.value: choice.email for choice in choices_of(member.organization, member.user)}
    weekly = f"digest-weekly:{member.public_id}:{_week(day)}"
    due = {Email.DAILY.value}
    if not PeriodKey.objects.filter(key=weekly).exists():
        due.add(Email.WEEKLY.value)
    kinds = [kind for kind, email in wanted.items() if email in due]
    actor = Actor(member.organization, Role(member.role), member.user.name, member.user)
    rows = Notification.objects.for_organization(member.organization).of(member.user)
    waiting = rows.filter(mailed_at__isnull=True, read_at__isnull=True, kind__in=kinds)
    if not allows(actor, Permission.VIEW_COMMERCIAL):
        waiting = waiting.filter(commercial=False)
    found = list(waiting.order_by("id").select_for_update(skip_locked=True))
    if not found:
        return None
    keys = [daily]
    if any(wanted[row.kind] == Email.WEEKLY for row in found):
        keys.append(weekly)
    if not PeriodKey.objects.get_or_create(key=daily, defaults={"claimed_at": now})[1]:
        return None
    PeriodKey.objects.bulk_create(
        [PeriodKey(key=key, claimed_at=now) for key in keys[1:]], ignore_conflicts=True
    )
    marked = [row.pk for row in found]
    Notification.objects.filter(pk__in=marked).update(mailed_at=now)
    return Digest(member, found[-LINES:], marked, keys)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _give_back(digest: Digest) -> None:
    """Nothing was sent: the rows wait again and the claims are free."""
    with organization_scope(digest.member.organization_id, DUTY):
        Notification.objects.filter(pk__in=digest.marked).update(mailed_at=None)
        PeriodKey.objects.filter(key__in=digest.keys).delete()


def message(digest: Digest) -> EmailMultiAlternatives:
    """The mail: plain text and the same as simple HTML, with a header that leads to the settings."""
    member = digest.member
    settings_url = settings.BASE_URL + reverse("notification_settings")
    groups = [
        (kind.label, [_line(row) for row in digest.rows if row.kind == kind.value]) for kind in NoticeKind
    ]
    count = sum(row.happened for row in digest.rows) + digest.further
    context = {
        "name": member.user.name,
        "organization": member.organization.name,
        "groups": [(label, lines) for label, lines in groups if lines],
        "count": count,
        "further": digest.further,
        "list_url": settings.BASE_URL + reverse("notifications"),
        "settings_url": settings_url,
    }
    mail = EmailMultiAlternatives(
        subject=f"{member.organization.name}: {count:,} new in CDMO Eval",
        body=render_to_string("core/mail/digest.txt", context),
        to=[member.user.email],
        headers={"List-Unsubscribe": f"<{settings_url}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("core/mail/digest.html", context), "text/html")
    return mail


def _line(row: Notification) -> Line:
    path = address_of(row.subject_type, row.subject_id, row.data) if row.happened == 1 else ""
    text = sentence(row.type, row.data, happened=row.happened)
    return Line(row.at, text, settings.BASE_URL + (path or reverse("notifications")))
