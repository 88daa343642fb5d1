"""Members: who works here, in which role, until when. For administrators."""

from datetime import UTC, datetime, time
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cdmo_eval.core import members
from cdmo_eval.core.errors import Conflict, NotFound
from cdmo_eval.core.models import Membership, User
from cdmo_eval.core.policies import ROLE_PERMISSIONS, Actor, Permission
from cdmo_eval.core.roles import Role
from cdmo_eval.http.pages.access import FORM, page
from cdmo_eval.http.pages.days import DayInput
from cdmo_eval.http.pages.sheet import Sheet, Stored, VersionedForm, form_sheet

ROLE_WORDS = {
    Role.VIEWER: "reads",
    Role.EVALUATOR: "reads and enters own ratings",
    Role.PROCUREMENT: "keeps offers, contacts, agreements and shortlists",
    Role.MANAGER: "keeps vendors, evidence, programmes and scorecards",
    Role.QUALITY: "verifies, keeps records and qualifications, approves",
    Role.AUDITOR: "reads everything, the audit trail too, until a date",
    Role.ADMIN: "keeps members and tokens, reads the audit trail",
}


def _end() -> forms.DateField:
    return forms.DateField(
        label="Access ends on",
        required=False,
        widget=DayInput(),
        help_text="An auditor's access always ends.",
    )


def _role() -> forms.ChoiceField:
    choices = [(role.value, f"{role.label}: {ROLE_WORDS[role]}") for role in Role]
    return forms.ChoiceField(label="Role", choices=choices, widget=forms.RadioSelect)


class InviteForm(forms.Form):
    """A new member."""

    email = forms.EmailField(label="E-mail")
    name = forms.CharField(label="Name", required=False, max_length=200, help_text="As others will read it.")
    role = _role()
    expires_at = _end()


class MemberForm(VersionedForm):
    """Role and end of a membership."""

    role = _role()
    expires_at = _end()


def _moment(day: object) -> datetime | None:
    """The end of a day in UTC, when access stops."""
    return datetime.combine(day, time(23, 59, 59), UTC) if day else None  # type: ignore[arg-type]


@page(Permission.MANAGE_MEMBERS)
def member_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everybody who belongs or belonged to the organisation."""
    return _members_page(request, actor)


def _members_page(request: HttpRequest, actor: Actor, *, invited: Membership | None = None) -> HttpResponse:
    """The list; above it, once, the link by which an invited person chooses a password."""
    now = timezone.now()
    rows = [
        {
            "row": row,
            "ended": row.expires_at is not None and row.expires_at <= now,
            "role": Role(row.role).label,
            "waiting": not row.user.has_usable_password(),
            "own": actor.user is not None and row.user_id == actor.user.pk,
        }
        for row in members.member_list(actor.organization)
    ]
    context = {
        "rows": rows,
        "invited": invited.user if invited else None,
        "link": request.build_absolute_uri(set_password_path(invited.user)) if invited else "",
        "roles": _role_table(),
    }
    response = render(request, "core/members.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _role_table() -> list[tuple[str, str, list[str]]]:
    return [
        (role.label, ROLE_WORDS[role], [p.sentence for p in Permission if p in ROLE_PERMISSIONS[role]])
        for role in Role
    ]


@page(Permission.MANAGE_MEMBERS, **FORM)
def member_add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Invite a person: somebody new gets a link, shown once, by which they choose their password."""
    form = InviteForm(request.POST or None, initial={"role": Role.VIEWER.value})
    back = reverse("members")

    def save() -> str | HttpResponse:
        given = form.cleaned_data
        row = members.add_member(
            organization=actor.organization,
            by=actor,
            email=given["email"],
            name=given["name"],
            role=given["role"],
            expires_at=_moment(given["expires_at"]),
            now=timezone.now(),
        )
        return _members_page(request, actor, invited=row) if _chooses_password(row) else back

    sheet = Sheet(
        title="Invite a member",
        act="Invite this person",
        back=back,
        trail=(("Members", back),),
        done="The person was added.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


def _chooses_password(row: Membership) -> bool:
    """Whether the administrator may hand out a link: nobody with a password, or at home elsewhere, gets one."""
    elsewhere = Membership.objects.filter(user=row.user).exclude(organization_id=row.organization_id).exists()
    return not row.user.has_usable_password() and not elsewhere


def set_password_path(user: User) -> str:
    """The address where a person chooses a password; it works until a password is set, and for a limited time."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _, rest = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest})


def _member(actor: Actor, member_id: UUID) -> Membership:
    row = members.member_list(actor.organization).filter(public_id=member_id).first()
    if row is None:
        raise NotFound("There is no such member.")
    return row


def _stored(row: Membership) -> Stored:
    row.refresh_from_db()
    return Stored(row.version, _shown(row))


def _shown(row: Membership) -> dict[str, object]:
    ends = row.expires_at.date() if row.expires_at else None
    return {"version": row.version, "role": row.role, "expires_at": ends}


@page(Permission.MANAGE_MEMBERS, **FORM)
def member_edit(request: HttpRequest, actor: Actor, member_id: UUID) -> HttpResponse:
    """Another role, or another end."""
    row = _member(actor, member_id)
    form = MemberForm(request.POST or None, initial=_shown(row))
    back = reverse("members")

    def save() -> str:
        given = form.cleaned_data
        members.change_member(
            membership=row,
            expected_version=given["version"],
            by=actor,
            now=timezone.now(),
            role=given["role"],
            expires_at=_moment(given["expires_at"]),
        )
        return back

    sheet = Sheet(
        title=f"Role of {row.user.name}",
        act="Save role",
        back=back,
        trail=(("Members", back),),
        meta=row.user.email,
        done="The role was saved.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save, stored=lambda: _stored(row))


@page(Permission.MANAGE_MEMBERS, **FORM)
def member_end(request: HttpRequest, actor: Actor, member_id: UUID) -> HttpResponse:
    """End a membership now."""
    row = _member(actor, member_id)
    form = VersionedForm(request.POST or None, initial={"version": row.version})
    back = reverse("members")

    def save() -> str:
        members.end_membership(
            membership=row, expected_version=form.cleaned_data["version"], by=actor, now=timezone.now()
        )
        return back

    sheet = Sheet(
        title=f"End the membership of {row.user.name}",
        act=f"End the membership of {row.user.name}",
        kind="danger",
        back=back,
        trail=(("Members", back),),
        lede="Tokens and sessions stop working here at once. What the person did stays on record.",
        done="The membership has ended.",
    )
    return form_sheet(request, sheet=sheet, form=form, save=save)


@page(Permission.MANAGE_MEMBERS, methods=("POST",))
def member_link(request: HttpRequest, actor: Actor, member_id: UUID) -> HttpResponse:
    """A new link for somebody who has not chosen a password yet."""
    row = _member(actor, member_id)
    if not _chooses_password(row):
        raise Conflict(
            "This person signs in with a password already, and can have it reset at the sign-in page."
        )
    return _members_page(request, actor, invited=row)
