"""Vendors and their parts on the feed of changes."""

from django.db import migrations

from cdmo_eval.core.delta_feed import DeltaFeed


class Migration(migrations.Migration):
    dependencies = [("core", "0004_events"), ("vendors", "0007_daily_work")]

    operations = [
        DeltaFeed("Vendor", "vendor"),
        DeltaFeed("VendorAlias", "vendor", of="vendor"),
        DeltaFeed("ExternalId", "vendor", of="vendor"),
        DeltaFeed("Site", "site"),
        DeltaFeed("ExternalId", "site", of="site"),
        DeltaFeed("Capability", "capability"),
        DeltaFeed("ServiceOffering", "service"),
        DeltaFeed("Certificate", "certificate"),
        DeltaFeed("VendorPartnership", "partnership"),
        DeltaFeed("ListScreen", "list_screen"),
        DeltaFeed("SectionAttestation", "attestation"),
        DeltaFeed("StoredFile", "file"),
        DeltaFeed("Evidence", "evidence"),
        DeltaFeed("Contact", "contact"),
        DeltaFeed("Note", "note"),
        DeltaFeed("Cda", "cda"),
        DeltaFeed("Qualification", "qualification"),
        DeltaFeed("UploadedRecord", "regulatory_record"),
        DeltaFeed("RecordMatch", "record_match"),
        DeltaFeed("StandingChange", "regulatory_change"),
    ]
