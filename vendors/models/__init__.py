"""Vendors' tables."""

from vendors.models.capability import Capability, SectionAttestation, ServiceOffering
from vendors.models.certificate import Certificate
from vendors.models.evidence import Evidence, EvidenceRevision
from vendors.models.external_id import ExternalId, ExternalIdType
from vendors.models.importing import ImportEntry, ImportMapping
from vendors.models.load import (
    LoadState,
    PublicLoad,
    PublicRecordVersion,
    UploadedLoad,
    UploadedRecordVersion,
    VersionReason,
)
from vendors.models.people import Cda, Contact, Note
from vendors.models.qualification import Qualification
from vendors.models.regulatory import (
    MatchMethod,
    PublicRecord,
    RecordMatch,
    RegulatoryState,
    SiteStanding,
    SourceRead,
    UploadedRecord,
)
from vendors.models.saved_view import SavedView
from vendors.models.site import Site
from vendors.models.standing_change import StandingChange
from vendors.models.stored_file import StoredFile
from vendors.models.vendor import DistinctVendors, ListScreen, Vendor, VendorAlias, VendorPartnership

__all__ = [
    "Capability",
    "Cda",
    "Certificate",
    "Contact",
    "DistinctVendors",
    "Evidence",
    "EvidenceRevision",
    "ExternalId",
    "ExternalIdType",
    "ImportEntry",
    "ImportMapping",
    "ListScreen",
    "LoadState",
    "MatchMethod",
    "Note",
    "PublicLoad",
    "PublicRecord",
    "PublicRecordVersion",
    "Qualification",
    "RecordMatch",
    "RegulatoryState",
    "SavedView",
    "SectionAttestation",
    "ServiceOffering",
    "Site",
    "SiteStanding",
    "SourceRead",
    "StandingChange",
    "StoredFile",
    "UploadedLoad",
    "UploadedRecord",
    "UploadedRecordVersion",
    "Vendor",
    "VendorAlias",
    "VendorPartnership",
    "VersionReason",
]
