"""The kinds of file that this app brings, in the order of the lists."""

from vendors.imports.directory_kinds import CAPABILITIES, SITES, VENDOR_PROFILES, VENDORS
from vendors.imports.evidence_kind import EVIDENCE, SERVICES
from vendors.imports.kinds import register_kind
from vendors.imports.part_kinds import PART_KINDS


def register_own_kinds() -> None:
    """Make them known; when the app is ready."""
    for kind in (VENDORS, VENDOR_PROFILES, SITES, CAPABILITIES, SERVICES, *PART_KINDS, EVIDENCE):
        register_kind(kind)
