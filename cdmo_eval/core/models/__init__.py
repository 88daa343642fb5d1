"""Core's tables."""

from cdmo_eval.core.models.audit import AuditEvent
from cdmo_eval.core.models.job import IdempotencyKey, Job, PeriodKey
from cdmo_eval.core.models.organization import Membership, Organization
from cdmo_eval.core.models.tenant import DerivedRow, TenantForeignKey, TenantModel, TenantRow, VersionedModel
from cdmo_eval.core.models.token import ApiToken, TokenUse
from cdmo_eval.core.models.user import User

__all__ = [
    "ApiToken", "AuditEvent", "DerivedRow", "IdempotencyKey", "Job", "Membership", "Organization", "PeriodKey",
    "TenantForeignKey", "TenantModel", "TenantRow", "TokenUse", "User", "VersionedModel",
]  # fmt: skip
