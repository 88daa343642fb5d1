"""The walls of vendors' tables, in the order of their references."""

from django.db import migrations

from cdmo_eval.core.walls import ReferenceTable, TenantTable


class Migration(migrations.Migration):
    dependencies = [("vendors", "0001_initial"), ("core", "0002_walls")]

    operations = [
        TenantTable("Vendor"),
        TenantTable("VendorAlias", referenced=False),
        TenantTable("VendorPartnership", referenced=False),
        TenantTable("ListScreen", referenced=False),
        TenantTable("Site"),
        TenantTable("Capability"),
        TenantTable("ServiceOffering", referenced=False),
        TenantTable("SectionAttestation", referenced=False),
        # an id of another system is a pointer, not a fact: what a PUT leaves out goes away, and the audit trail keeps it
        TenantTable("ExternalId", referenced=False, deletable=True),
        TenantTable("StoredFile"),
        TenantTable("Certificate", referenced=False),
        TenantTable("Evidence"),
        TenantTable("EvidenceRevision", referenced=False, append_only=True),
        TenantTable("Contact", referenced=False),
        TenantTable("Note", referenced=False),
        TenantTable("Cda", referenced=False),
        TenantTable("Qualification", referenced=False),
        TenantTable("UploadedRecord"),
        TenantTable("RecordMatch", referenced=False),
        # derived from the records, worked out again every night
        TenantTable("SiteStanding", audited=False, referenced=False),
        ReferenceTable("PublicRecord"),
        ReferenceTable("SourceRead"),
    ]
