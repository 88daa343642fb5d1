"""Organisations and people for tests."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cdmo_eval.core.models import Membership, Organization, User
from cdmo_eval.core.policies import Actor
from cdmo_eval.core.roles import Role

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Team:
    """One organisation with a member of every role."""

    organization: Organization
    members: dict[Role, User]

    def actor(self, role: Role = Role.MANAGER) -> Actor:
        """The member of that role, signed in."""
        user = self.members[role]
        return Actor(organization=self.organization, role=role, name=user.name, user=user)


def make_team(slug: str) -> Team:
    """An organisation with a member of every role; all share one password."""
    organization = Organization.objects.create(slug=slug, name=slug.capitalize())
    members = {role: make_member(organization, role, f"{role.value}@{slug}.example") for role in Role}
    return Team(organization, members)


def make_member(organization: Organization, role: Role, email: str) -> User:
    """A person in an organisation."""
    user = User.objects.create_user(email, PASSWORD, name=f"{role.label} of {organization.name}")
    ends = datetime.now(UTC) + timedelta(days=30) if role is Role.AUDITOR else None
    Membership.objects.create(organization=organization, user=user, role=role, expires_at=ends)
    return user
