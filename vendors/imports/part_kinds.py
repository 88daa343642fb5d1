"""The files of single records: their columns, what makes two rows the same record, and what has to agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import Permission
from vendors import vocabulary as words
from vendors.imports.directory_kinds import SITE_KEYS, VENDOR_KEYS, some_fields
from vendors.imports.fields import ImportField, Kind
from vendors.imports.kinds import Context, ImportKind
from vendors.imports.parts import Finding, Part, PartTarget, planner, writer
from vendors.imports.placing import Placing
from vendors.imports.provenances import Provenances
from vendors.imports.report import Problem
from vendors.imports.targets import ParsedRow
from vendors.models import Certificate, Contact, ListScreen, Qualification, VendorPartnership
from vendors.services.bulk_rows import set_columns
from vendors.vocabulary import Code

GROUP = "Parts of vendors"
_PROVENANCE = ("grade", "claim_type", "obtained_on", "reviewed_by", "reviewed_on")


def _of(vocabulary: type[Code]) -> tuple[str, ...]:
    return tuple(member.value for member in vocabulary)


def _field(path: str, kind: Kind, meaning: str, **more: Any) -> ImportField:
    return ImportField(path=path, kind=kind, meaning=meaning, **more)


_OWN: Mapping[str, tuple[ImportField, ...]] = MappingProxyType(
    {
        "certificate": (
            _field("certificate.kind", Kind.CHOICE, "What kind of certificate", options=_of(words.CertificateKind)),
            _field("certificate.number", Kind.TEXT, "Its number: with the kind its key", max_length=100),
            _field("certificate.authority", Kind.TEXT, "Who issued it", max_length=100),
            _field("certificate.scope", Kind.TEXT, "What it covers"),
            _field("certificate.issued_on", Kind.DAY, "Day of issue"),
            _field("certificate.inspected_on", Kind.DAY, "Day of the inspection it rests on"),
            _field("certificate.valid_until", Kind.DAY, "Last day it holds"),
        ),
        "contact": (
            _field("contact.name", Kind.TEXT, "Name of the person", max_length=200),
            _field("contact.role", Kind.TEXT, "Role", max_length=200),
            _field("contact.email", Kind.TEXT, "E-mail address: the key where it is given, else the name", max_length=254),
            _field("contact.phone", Kind.TEXT, "Telephone", max_length=50),
            _field("contact.primary", Kind.YES_NO, "Whether this is the main contact; the present one steps down"),
        ),
        "partnership": (
            _field("partnership.partner", Kind.TEXT, "Name of the partner, a vendor in the directory", max_length=200),
            _field("partnership.region", Kind.CHOICE, "Where: with the partner the key", options=_of(words.Region)),
            _field("partnership.operations", Kind.CHOICES, "For which operations", options=_of(words.Operation)),
            _field("partnership.bound", Kind.YES_NO, "Whether it is bound by contract"),
        ),
        "screen": (
            _field("screen.list", Kind.CHOICE, "The list of restricted parties", options=_of(words.ListCode)),
            _field("screen.list_version", Kind.TEXT, "Its version", max_length=100),
            _field("screen.screened_on", Kind.DAY, "Day of the look-up; with list and version the key"),
            _field("screen.result", Kind.CHOICE, "Outcome", options=_of(words.ListResult)),
            _field("screen.matched_party", Kind.TEXT, "Who was found; needed for fail and conditional", max_length=300),
            _field("screen.relation", Kind.CHOICE, "Whether that is the vendor itself or an affiliate", options=_of(words.ListRelation)),
            _field("screen.publication_date", Kind.DAY, "When the list was published"),
            _field("screen.effective_date", Kind.DAY, "When it took effect"),
            _field("screen.read_on", Kind.DAY, "When it was read"),
            _field("screen.contract_date", Kind.DAY, "Day of the contract that is looked at"),
            _field("screen.counsel_note", Kind.TEXT, "What counsel says"),
            _field("screen.source", Kind.TEXT, "Where the list was read", max_length=500),
        ),
        "qualification": (
            _field("qualification.operation", Kind.CHOICE, "For which operation: with the site the key", options=_of(words.Operation)),
            _field("qualification.status", Kind.CHOICE, "How far the site is qualified", options=_of(words.QualificationStatus)),
            _field("qualification.basis", Kind.TEXT, "On what basis"),
            _field("qualification.approver", Kind.TEXT, "Who approved; you when blank", max_length=200),
            _field("qualification.valid_until", Kind.DAY, "Until when"),
            _field("qualification.open_capas", Kind.WHOLE, "Open corrective actions", low=0, high=2_147_483_647),
            _field("qualification.quality_agreement_signed_on", Kind.DAY, "Day the quality agreement was signed"),
        ),
    }
)  # fmt: skip


@cache
def _fields(entity: str, *, site: bool, provenance: bool) -> Mapping[str, ImportField]:
    found = some_fields(keys=(*VENDOR_KEYS, *SITE_KEYS) if site else VENDOR_KEYS, entities=())
    found |= {one.path: one for one in _OWN[entity]}
    if provenance:
        found |= some_fields(keys=[f"evidence.{name}" for name in _PROVENANCE], entities=())
    return MappingProxyType(found)


def _catalogue(
    entity: str, *, site: bool = False, provenance: bool = False
) -> Callable[[], Mapping[str, ImportField]]:
    return lambda: _fields(entity, site=site, provenance=provenance)


def _columns(entity: str, **others: str) -> dict[str, str]:
    """Each field's last part → its column, which is called the same unless `others` says otherwise."""
    names = [one.column for one in _OWN[entity]]
    return {name: others.get(name, name) for name in names}


# Certificates


def _certificate_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    number = values.get("number", "")
    rest = () if number else (values.get("authority", ""), values.get("issued_on"))
    return values["kind"], number, *rest


def _certificates(organization: Organization, vendor_ids: Sequence[int]) -> Iterable[Certificate]:
    rows = Certificate.objects.for_organization(organization).active()
    return rows.filter(vendor_id__in=vendor_ids).select_related("organization").order_by("id")


def _certificate_faults(values: Mapping[str, Any], context: Context) -> Iterable[Finding]:
    issued, until = values.get("issued_on"), values.get("valid_until")
    if issued and until and until < issued:
        yield "valid_until", "before_issue", "ends before it was issued"


def _certificate_provenance(
    row: ParsedRow, placing: Placing, context: Context
) -> tuple[dict[str, Any], list[Problem]]:
    """Only what the row states: what it leaves open stays as it is on a known certificate."""
    provenance, problems = Provenances(source=context.source, by=context.by, now=context.now).of(row)
    stated = [name for name in _PROVENANCE if f"evidence.{name}" in row.values]
    if provenance is None:
        return {}, problems
    return {name: getattr(provenance, name) for name in stated}, problems


def _certificate_made(context: Context) -> dict[str, Any]:
    return {
        "obtained_on": context.now.date(),
        "author": context.by.user,
        "author_name": context.by.name,
    }


def _certificate_changed(row: Certificate, context: Context) -> dict[str, Any]:
    """A verified certificate becomes a claim again: what was reviewed has changed."""
    columns: dict[str, Any] = {"author": context.by.user, "author_name": context.by.name}
    if row.claim_type == words.ClaimType.VERIFIED:
        claim = words.ClaimType.CLAIMED.value
        columns |= {"claim_type": claim, "reviewer": None, "reviewed_by": "", "reviewed_on": None}
    return columns


_CERTIFICATE = Part(
    entity="certificate",
    model=Certificate,
    columns=_columns("certificate"),
    takes_site=True,
    needed=("kind",),
    key=_certificate_key,
    rows=_certificates,
    faults=_certificate_faults,
    read=_certificate_provenance,
    made=_certificate_made,
    changed=_certificate_changed,
)

# Contacts


def _contact_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return (values.get("email") or values["name"]).casefold(), bool(values.get("email"))


def _contacts(organization: Organization, vendor_ids: Sequence[int]) -> Iterable[Contact]:
    rows = Contact.objects.for_organization(organization).active()
    return rows.filter(vendor_id__in=vendor_ids).select_related("organization").order_by("id")


def _step_down(targets: Sequence[PartTarget], context: Context) -> None:
    """One main contact per vendor: the present ones make room for those of the file."""
    first = [target for target in targets if target.values.get("primary")]
    vendor_ids = [target.vendor.existing.pk for target in first if target.vendor.existing]
    staying = {target.existing.pk for target in first if target.existing is not None}
    # a row that the file changes too is changed as the same object, or one write would undo the other
    changed = {target.existing.pk: target.existing for target in targets if target.existing is not None}
    rows = [
        changed.get(row.pk, row)
        for row in _contacts(context.organization, vendor_ids)
        if row.primary and row.pk not in staying
    ]
    for row in rows:
        row.primary, row.updated_at = False, context.now
        row.version += 1
    set_columns(rows, {"primary", "version", "updated_at"})


def _one_main_contact(targets: Sequence[PartTarget]) -> Iterable[tuple[PartTarget, Finding]]:
    seen: dict[Any, PartTarget] = {}
    for target in targets:
        if target.values.get("primary"):
            before = seen.setdefault(target.vendor, target)
            if before is not target:
                message = f"row {before.row.number} names another main contact of {target.vendor.name!r}"
                yield target, ("primary", "conflict", message)


_CONTACT = Part(
    entity="contact",
    model=Contact,
    columns=_columns("contact"),
    needed=("name",),
    key=_contact_key,
    rows=_contacts,
    together=_one_main_contact,
    settle=_step_down,
)

# Partnerships


def _partnerships(organization: Organization, vendor_ids: Sequence[int]) -> Iterable[VendorPartnership]:
    rows = VendorPartnership.objects.for_organization(organization).active()
    rows = rows.filter(vendor_id__in=vendor_ids)
    return rows.select_related("organization", "partner_vendor").order_by("id")


def _partnership_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    partner = values["partner_vendor"]
    return getattr(partner, "existing", partner) or partner, values.get("region", "")


def _partner(row: ParsedRow, placing: Placing, context: Context) -> tuple[dict[str, Any], list[Problem]]:
    name = row.values.get("partnership.partner", "")
    found = placing.named(name, row, path="partnership.partner") if name else None
    if found is None:
        return {}, []
    # a known partner is compared by its row, one that is made with the import by its target
    return {"partner_vendor": found.existing or found}, []


_PARTNERSHIP = Part(
    entity="partnership",
    model=VendorPartnership,
    columns=_columns("partnership", partner="partner_vendor"),
    needed=("partner",),
    key=_partnership_key,
    rows=_partnerships,
    read=_partner,
)

# List screens


def _screens(organization: Organization, vendor_ids: Sequence[int]) -> Iterable[ListScreen]:
    rows = ListScreen.objects.for_organization(organization)
    rows = rows.filter(retracted_on__isnull=True, vendor_id__in=vendor_ids)
    return rows.select_related("organization").order_by("id")


def _screen_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return values["list_name"], values.get("list_version", ""), values["screened_on"]


def _screen_faults(values: Mapping[str, Any], context: Context) -> Iterable[Finding]:
    if values["screened_on"] > context.now.date():
        yield "screened_on", "in_future", "lies in the future"
    if values.get("result") in {"fail", "conditional"} and not values.get("matched_party"):
        yield "matched_party", "required", "a match names the matched party"


def _screen_replaced(row: ListScreen, context: Context) -> dict[str, Any]:
    reason = f"{context.source} says otherwise"[:500]
    return {"retracted_on": context.now.date(), "retraction_reason": reason}


_SCREEN = Part(
    entity="screen",
    model=ListScreen,
    columns=_columns("screen", list="list_name"),
    needed=("list", "screened_on", "result"),
    key=_screen_key,
    rows=_screens,
    faults=_screen_faults,
    replaces=_screen_replaced,
)

# Qualifications

_APPROVED = {
    words.QualificationStatus.APPROVED.value,
    words.QualificationStatus.CONDITIONALLY_APPROVED.value,
}


def _qualifications(organization: Organization, vendor_ids: Sequence[int]) -> Iterable[Qualification]:
    rows = Qualification.objects.for_organization(organization).filter(site__vendor_id__in=vendor_ids)
    return rows.select_related("organization", "site").order_by("id")


def _approver(values: Mapping[str, Any], existing: Qualification | None, context: Context) -> dict[str, Any]:
    """An approval without a named approver is the actor's own, unless it is known as somebody's already."""
    if values.get("status") not in _APPROVED or "approver" in values:
        return {}
    if existing is not None and existing.approver and existing.status == values["status"]:
        return {}
    return {"approver": context.by.name}


_QUALIFICATION = Part(
    entity="qualification",
    model=Qualification,
    columns=_columns("qualification"),
    has_vendor=False,
    takes_site=True,
    needs_site=True,
    needed=("operation",),
    key=lambda values: (values["operation"],),
    rows=_qualifications,
    fill=_approver,
)


def _kind(
    code: str,
    label: str,
    meaning: str,
    part: Part,
    fields: Callable[[], Mapping[str, ImportField]],
    *permissions: Permission,
) -> ImportKind:
    return ImportKind(
        code=code, label=label, meaning=meaning, group=GROUP, permissions=permissions, fields=fields,
        plan=planner(part), write=writer(part),
    )  # fmt: skip


PART_KINDS = (
    _kind(
        "certificates", "Certificates", "One row for each certificate or licence of a vendor or site.",
        _CERTIFICATE, _catalogue("certificate", site=True, provenance=True), Permission.EDIT_EVIDENCE,
    ),
    _kind(
        "contacts", "Contacts", "One row for each person at a vendor.",
        _CONTACT, _catalogue("contact"), Permission.EDIT_CONTACTS,
    ),
    _kind(
        "partnerships", "Partnerships", "One row for each partner and region of a vendor.",
        _PARTNERSHIP, _catalogue("partnership"), Permission.IMPORT, Permission.EDIT_VENDORS,
    ),
    _kind(
        "list_screens", "Screens of restricted parties", "One row for each look-up of a vendor in a list; another result takes the earlier one back.",
        _SCREEN, _catalogue("screen"), Permission.EDIT_EVIDENCE,
    ),
    _kind(
        "qualifications", "Qualifications", "One row for each site and operation: how far your organisation has qualified it.",
        _QUALIFICATION, _catalogue("qualification", site=True), Permission.EDIT_QUALIFICATION,
    ),
)  # fmt: skip
