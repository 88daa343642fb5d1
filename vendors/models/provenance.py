"""How well a statement is known: the columns that evidence and certificates share, and their rules."""

from django.conf import settings
from django.db import models
from django.db.models import BaseConstraint, Q

from vendors import vocabulary as words
from vendors.models import constraints as rules


class ProvenanceColumns(models.Model):
    """Grade, claim and review of a statement. "Verified" needs a grade of A to C and a named review."""

    claim_type = models.CharField(max_length=16, default=words.ClaimType.CLAIMED.value)
    grade = models.CharField(max_length=1, default=words.Grade.D.value)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by = models.CharField(max_length=200, blank=True, default="")
    reviewed_on = models.DateField(null=True, blank=True)
    obtained_on = models.DateField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    author_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True


def provenance_rules(prefix: str) -> list[BaseConstraint]:
    """The rules of the shared columns, named for one table."""
    verified = Q(claim_type=words.ClaimType.VERIFIED.value)
    return [
        rules.one_of(
            f"{prefix}_claim_type_known",
            "claim_type",
            words.ClaimType,
            "A statement is claimed or verified.",
            blank=False,
        ),
        rules.one_of(f"{prefix}_grade_known", "grade", words.Grade, "The grade is A to E.", blank=False),
        rules.rule(
            f"{prefix}_verified_grade",
            ~verified | Q(grade__in=sorted(grade.value for grade in words.VERIFIED_GRADES)),
            "Only a grade of A, B or C can be verified.",
        ),
        rules.rule(
            f"{prefix}_verified_reviewed",
            ~verified | (~Q(reviewed_by="") & Q(reviewed_on__isnull=False)),
            "A verified statement names who reviewed it and when.",
        ),
        rules.rule(
            f"{prefix}_review_complete",
            Q(reviewed_by="", reviewed_on__isnull=True) | (~Q(reviewed_by="") & Q(reviewed_on__isnull=False)),
            "A review has a name and a date.",
        ),
    ]
