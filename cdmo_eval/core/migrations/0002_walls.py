"""The walls of core's tables."""

from django.db import migrations

from cdmo_eval.core.walls import Audited, AuditTrail, TenantTable


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        AuditTrail(),
        # who may do what is part of the trail; the digest of a token is nobody's business
        Audited("Organization", organization_column="id"),
        Audited("Membership"),
        Audited("ApiToken", secrets=["digest"]),
        TenantTable("Job", audited=False),
        TenantTable("IdempotencyKey", audited=False, referenced=False),
    ]
