"""Rules of who may do what with vendors' data that depend on the row, beside the table of roles."""

from cdmo_eval.core.errors import PermissionDenied
from cdmo_eval.core.policies import Actor, Permission, allows, require
from vendors.models import Evidence
from vendors.vocabulary import Confidentiality


def sees_commercial(actor: Actor) -> bool:
    """Whether commercial records, notes and files exist for this reader."""
    return allows(actor, Permission.VIEW_COMMERCIAL)


def require_sight(actor: Actor, confidentiality: str) -> None:
    """Raise PermissionDenied when the actor may not read something of this confidentiality."""
    if confidentiality == Confidentiality.COMMERCIAL:
        require(actor, Permission.VIEW_COMMERCIAL)


def is_author(actor: Actor, evidence: Evidence) -> bool:
    """Whether the actor recorded the present version of the record."""
    if actor.user is not None:
        return evidence.author_id == actor.user.pk
    return evidence.author_id is None and evidence.author_name == actor.name


def require_verifier(actor: Actor, evidence: Evidence) -> None:
    """Verifying is for quality and managers, and never for the record's author."""
    require(actor, Permission.VERIFY_EVIDENCE)
    if is_author(actor, evidence):
        raise PermissionDenied(
            "What you recorded yourself cannot be verified by you.", code="verified_by_author"
        )
