"""Core's tables."""

from cdmo_eval.core.models.audit import AuditChain, AuditEvent, AuditSeal
from cdmo_eval.core.models.change import Change
from cdmo_eval.core.models.event import Event
from cdmo_eval.core.models.job import IdempotencyKey, Job, PeriodKey
from cdmo_eval.core.models.notification import (
    MemberState,
    Notification,
    NotificationCursor,
    NotificationSetting,
)
from cdmo_eval.core.models.organization import Membership, Organization
from cdmo_eval.core.models.retention import LegalHold
from cdmo_eval.core.models.signature import RefusedSignature, Signature
from cdmo_eval.core.models.tenant import DerivedRow, TenantForeignKey, TenantModel, TenantRow, VersionedModel
from cdmo_eval.core.models.token import ApiToken, TokenUse
from cdmo_eval.core.models.user import User
from cdmo_eval.core.models.webhook import (
    WebhookAttempt,
    WebhookCursor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookHealth,
    WebhookSecret,
)

__all__ = [
    "ApiToken", "AuditChain", "AuditEvent", "AuditSeal", "Change", "DerivedRow", "Event", "IdempotencyKey", "Job", "LegalHold", "MemberState",
    "Membership", "Notification", "NotificationCursor", "NotificationSetting", "Organization", "PeriodKey",
    "RefusedSignature", "Signature",
    "TenantForeignKey", "TenantModel", "TenantRow", "TokenUse", "User", "VersionedModel",
    "WebhookAttempt", "WebhookCursor", "WebhookDelivery", "WebhookEndpoint", "WebhookHealth", "WebhookSecret",
]  # fmt: skip
