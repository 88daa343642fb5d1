"""Organisations and their members."""

from django.db import models
from django.db.models.functions import Now

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.roles import Role


class Organization(models.Model):
    """A sponsor company: owner of vendors, evidence, programmes and scorecards. `settings` are its own defaults."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    settings = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name=""), name="core_organization_has_name",
                violation_error_message="An organisation needs a name.", violation_error_code="required",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's one role in one organisation; an auditor's ends by itself."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in Role])
    expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="core_membership_once",
                violation_error_message="This person is a member already.", violation_error_code="duplicate",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="core_membership_role_known",
                violation_error_message="This role does not exist.", violation_error_code="unknown_role",
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.AUDITOR) | models.Q(expires_at__isnull=False), name="core_membership_auditor_ends",
                violation_error_message="An auditor's access needs a date on which it ends.", violation_error_code="required",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
