"""Tokens with which programs sign in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from cdmo_eval.core.ids import new_public_id


class ApiToken(models.Model):
    """A program's access to one organisation on behalf of its owner.

    Only a keyed hash of the secret is kept. It may do what the owner's role and its scopes both allow.
    """

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    organization = models.ForeignKey("core.Organization", on_delete=models.PROTECT, related_name="tokens")
    owner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    key_id = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=40))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(scopes=[]), name="core_apitoken_has_scope",
                violation_error_message="A token needs at least one scope.", violation_error_code="required",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"


class TokenUse(models.Model):
    """When a token was last used: apart from the token, so that reading does not write into the audit trail."""

    token = models.OneToOneField(ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="use")
    last_used_at = models.DateTimeField()
    last_used_from = models.GenericIPAddressField(null=True)
