"""Files about vendors, sites and capabilities: the combined one, and one for each alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from cdmo_eval.core.policies import Permission
from vendors.imports.fields import ImportField, import_fields
from vendors.imports.kinds import Context, ImportKind, Plan
from vendors.imports.placing import EVERYTHING
from vendors.imports.report import Counts
from vendors.imports.targets import ParsedRow
from vendors.imports.vendors import plan_vendors
from vendors.imports.writing import write_targets

GROUP = "Vendors"
PERMISSIONS = (Permission.IMPORT, Permission.EDIT_VENDORS, Permission.EDIT_EVIDENCE)
VENDOR_KEYS = ("vendor.external_id", "vendor.external_system", "vendor.name")
SITE_KEYS = ("site.external_id", "site.external_system", "site.fei", "site.name")
CAPABILITY_KEYS = ("capability.modality", "capability.operation")


def some_fields(*, keys: Sequence[str], entities: Sequence[str]) -> dict[str, ImportField]:
    """Fields of the combined file: keys first, then all of some entities."""
    everything = import_fields()
    found = {path: everything[path] for path in keys}
    return found | {path: one for path, one in everything.items() if one.entity in entities}


@cache
def _vendor_fields() -> Mapping[str, ImportField]:
    return MappingProxyType(some_fields(keys=VENDOR_KEYS, entities=("vendor", "service", "evidence")))


@cache
def _site_fields() -> Mapping[str, ImportField]:
    return MappingProxyType(some_fields(keys=(*VENDOR_KEYS, *SITE_KEYS), entities=("site", "evidence")))


@cache
def _capability_fields() -> Mapping[str, ImportField]:
    return MappingProxyType(some_fields(keys=(*VENDOR_KEYS, *SITE_KEYS), entities=("capability", "evidence")))


def _planner(main: str, describes: frozenset[str]) -> Callable[[Sequence[ParsedRow], Context], Plan]:
    """The check of a file that describes some kinds of object, counted by its main one."""

    def plan(rows: Sequence[ParsedRow], context: Context) -> Plan:
        summary, targets = plan_vendors(
            rows,
            known=context.known,
            source=context.source,
            by=context.by,
            now=context.now,
            unreadable=context.unreadable,
            describes=describes,
            repairs=context.repairs,
        )
        numbers: dict[str, Counts] = {
            "vendors": summary.vendors,
            "sites": summary.sites,
            "capabilities": summary.capabilities,
        }
        first = numbers.pop(main)
        counts = {"new": first.new, "changed": first.changed, "unchanged": first.unchanged}
        for name, number in numbers.items():
            counts |= {f"new_{name}": number.new, f"changed_{name}": number.changed}
        counts["evidence"] = summary.evidence
        return Plan(counts=counts, changes=summary.changes, problems=summary.problems, content=targets)

    return plan


def write_directory(plan: Plan, context: Context) -> None:
    """Write new and changed vendors, sites, capabilities and services with their evidence."""
    write_targets(context.organization, plan.content, by=context.by, now=context.now)


VENDORS = ImportKind(
    code="vendors",
    label="Vendors, sites and capabilities",
    meaning="Everything in one table: each row speaks of a vendor, perhaps of one of its sites, perhaps of one capability there.",
    group=GROUP,
    permissions=PERMISSIONS,
    fields=import_fields,
    plan=_planner("vendors", EVERYTHING),
    write=write_directory,
)
VENDOR_PROFILES = ImportKind(
    code="vendor_profiles",
    label="Vendors alone",
    meaning="One row for each vendor: names, ownership, integration and the services it offers.",
    group=GROUP,
    permissions=PERMISSIONS,
    fields=_vendor_fields,
    plan=_planner("vendors", frozenset({"vendor"})),
    write=write_directory,
)
SITES = ImportKind(
    code="sites",
    label="Sites",
    meaning="One row for each site of a known vendor: place, identifiers and equipment.",
    group=GROUP,
    permissions=PERMISSIONS,
    fields=_site_fields,
    plan=_planner("sites", frozenset({"site"})),
    write=write_directory,
)
CAPABILITIES = ImportKind(
    code="capabilities",
    label="Capabilities",
    meaning="One row for each modality and operation at a known site: phases, GMP, scale and capacity.",
    group=GROUP,
    permissions=PERMISSIONS,
    fields=_capability_fields,
    plan=_planner("capabilities", frozenset({"capability"})),
    write=write_directory,
)
