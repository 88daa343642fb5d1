"""Electronic signatures: who signed what, when, in which meaning, and how they proved who they are."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from cdmo_eval.core.models.tenant import TenantModel


class Signature(TenantModel):
    """One person's signature under one frozen document; nothing here ever changes.

    `digest` is the SHA-256 of the document's canonical JSON, which is what is signed; `subject_id` its public id. The
    printed name, role and declaration are those of the moment. `proof` says how the signer proved who they are, again,
    for this signature.
    """

    class Meaning(models.TextChoices):
        AUTHORED = "authored", "Authored"
        REVIEWED = "reviewed", "Reviewed"
        QUALITY_APPROVED = "quality_approved", "Quality approved"
        AWARDED = "awarded", "Awarded"

    class Proof(models.TextChoices):
        PASSWORD = "password", "Password"
        PASSWORD_AND_TOTP = "password_totp", "Password and authenticator code"
        PASSWORD_AND_RECOVERY = "password_recovery", "Password and recovery code"

    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    meaning = models.CharField(max_length=20, choices=Meaning)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=200)
    role = models.CharField(max_length=20)
    signed_at = models.DateTimeField()
    proof = models.CharField(max_length=20, choices=Proof)
    declaration = models.TextField(
        help_text="What the signer had declared about conflicts of interest when signing."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "subject_id", "meaning"], name="core_signature_meaning_once",
                violation_error_message="This was signed in this meaning already.", violation_error_code="signed",
            ),
            models.UniqueConstraint(
                fields=["organization", "subject_id", "signer"], name="core_signature_person_once",
                violation_error_message="One person signs a decision once.", violation_error_code="signed_by_you",
            ),
            models.CheckConstraint(
                condition=Q(meaning__in=["authored", "reviewed", "quality_approved", "awarded"]), name="core_signature_meaning_known",
                violation_error_message="A signature means authored, reviewed, quality approved or awarded.", violation_error_code="unknown",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"), name="core_signature_digest_format",
                violation_error_message="A digest is 64 hexadecimal digits.", violation_error_code="format",
            ),
            models.CheckConstraint(
                condition=Q(printed_name__regex=r"\S") & Q(declaration__regex=r"\S"), name="core_signature_complete",
                violation_error_message="A signature has a printed name and a declaration.", violation_error_code="required",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} by {self.printed_name}"


class RefusedSignature(TenantModel):
    """An attempt to sign that failed at the proof of identity. Kept for the audit trail."""

    class Reason(models.TextChoices):
        PASSWORD = "password", "Wrong password"
        CODE = "code", "Wrong code"
        LOCKED = "locked", "Locked out"

    subject_type = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    meaning = models.CharField(max_length=20, choices=Signature.Meaning)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=10, choices=Reason)
    refused_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.person_name}"
