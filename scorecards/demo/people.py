"""The demo organisation and the people who sign in to it."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password

from cdmo_eval.core.models import Membership, Organization, User
from cdmo_eval.core.organizations import create_organization
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role

DEMO_SLUG = "demo"
DEMO_NAME = "Meridia Therapeutics (demo)"
DEMO_PASSWORD = "meridia demo only"  # noqa: S105 - public on purpose, stands in docs/demo.md
DEMO_USERS: dict[Role, tuple[str, str]] = {
    Role.MANAGER: ("manager@demo.example", "Mira Castellan"),
    Role.QUALITY: ("quality@demo.example", "Quentin Abara"),
    Role.PROCUREMENT: ("procurement@demo.example", "Petra Lindholm"),
    Role.EVALUATOR: ("evaluator@demo.example", "Emre Solano"),
    Role.VIEWER: ("viewer@demo.example", "Vera Okonjo"),
    Role.AUDITOR: ("auditor@demo.example", "Anselm Rooke"),
    Role.ADMIN: ("admin@demo.example", "Ada Whitlock"),
}
"""Role to address and printed name; all share the demo password."""
AUDITOR_DAYS = 365


def find_demo() -> Organization | None:
    """The demo organisation, if it has been made."""
    return Organization.objects.filter(slug=DEMO_SLUG).first()


def make_organization(now: datetime) -> Organization:
    """The empty demo organisation; its people follow inside its scope."""
    return create_organization(slug=DEMO_SLUG, name=DEMO_NAME, now=now, by="demo")


def make_people(organization: Organization, now: datetime) -> dict[Role, Actor]:
    """A member for each role, inside the organisation's scope. Somebody who signs in already keeps their password."""
    hashed = make_password(DEMO_PASSWORD)  # once: hashing is slow on purpose, and this password is no secret
    actors = {}
    for role, (email, name) in DEMO_USERS.items():
        user, _ = User.objects.get_or_create(email=email, defaults={"name": name, "password": hashed})
        ends = now + timedelta(days=AUDITOR_DAYS) if role is Role.AUDITOR else None
        Membership.objects.create(organization=organization, user=user, role=role, expires_at=ends)
        actors[role] = Actor(organization=organization, role=role, name=user.name, user=user)
    return actors
