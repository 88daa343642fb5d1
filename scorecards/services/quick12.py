"""The Quick 12: plain answers about one candidate, written to where the criteria read them.

Everything is the vendor's own statement as a form records it: claimed, grade D, obtained today. An answer of None is
"Don't know" and writes nothing. FDA inspection outcomes (REG1) are shown, never asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from cdmo_eval.core.errors import FieldError, Invalid
from cdmo_eval.core.policies import Actor, Permission
from scorecards.fit.needs import needs_at, required_operations
from scorecards.loading import program_needs
from scorecards.models import Candidate, Program
from vendors.models import Capability, Evidence, ServiceOffering, Site, Vendor
from vendors.services import (
    Draft,
    Subject,
    create_capability,
    create_service_offering,
    create_site,
    record_many,
    update_capability,
    update_service_offering,
    update_site,
    update_vendor,
)
from vendors.services.profile import FORM
from vendors.services.writing import begin, living, own
from vendors.vocabulary import Confidentiality, NeedAt

COMMERCIAL = replace(FORM, confidentiality=Confidentiality.COMMERCIAL.value)
"""A price is for those who may see commercial data."""


@dataclass(frozen=True, kw_only=True)
class Quick12:
    """The answers. `site` is one of the vendor's, or None with the name of a new one ("": no site is known).

    `scales` are (smallest, largest) by operation in the unit of the programme's need; `programs` counts by phase;
    `services` delivery by service code; `governance` 0, 0.5 or 1 by commitment.
    """

    site: Site | None = None
    site_name: str = ""
    country: str = ""
    fei: str = ""
    gmp: bool | None = None
    programs: Mapping[str, int] | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    integration: str = ""
    focus: str = ""
    scales: Mapping[str, tuple[float | int | None, float | int | None]] = field(default_factory=dict)
    lead_time_weeks: float | int | None = None
    quality_level: int | None = None
    plant_level: int | None = None
    governance: Mapping[str, float | int] = field(default_factory=dict)
    quote: tuple[float | int, str] | None = None

    @property
    def says_of_site(self) -> bool:
        """Whether any answer is about a site."""
        sizes = any(size is not None for pair in self.scales.values() for size in pair)
        facts = (self.gmp, self.programs, self.lead_time_weeks, self.quality_level, self.plant_level)
        return sizes or bool(self.country or self.fei) or any(fact is not None for fact in facts)


def units_asked(program: Program) -> dict[str, str]:
    """The operations whose batch size is asked, with the unit of the programme's need."""
    needs = program_needs(program)
    return {need.operation: need.unit for at in (NeedAt.TARGET, NeedAt.NOW) for need in needs_at(needs, at)}


@transaction.atomic
def record_quick12(*, candidate: Candidate, answers: Quick12, by: Actor, now: datetime) -> Site | None:
    """Write what is known of a candidate and return its site, new or old; None when no site is known.

    Creates the site, and one capability for each operation the programme needs, where they are missing.
    Raises Invalid naming the field of the page: an answer about a site without a site, a number out of range.
    """
    organization, vendor = candidate.organization, candidate.vendor
    begin(organization, by, Permission.EDIT_EVIDENCE)
    begin(organization, by, Permission.EDIT_VENDORS)
    own(organization, answers.site)
    living(candidate, vendor, answers.site)
    _write_vendor(vendor, answers, by=by, now=now)
    _write_services(vendor, answers, by=by, now=now)
    site = _write_site(vendor, answers, by=by, now=now)
    if site is not None:
        _write_capabilities(site, candidate.program, answers, by=by, now=now)
    _write_leaves(candidate, site, answers, by=by, now=now)
    return site


def _write_vendor(vendor: Vendor, answers: Quick12, *, by: Actor, now: datetime) -> None:
    said: dict[str, Any] = {
        name: value
        for name, value in (("integration", answers.integration), ("focus", answers.focus))
        if value
    }
    if said:
        update_vendor(vendor=vendor, expected_version=None, by=by, now=now, **said)


def _write_services(vendor: Vendor, answers: Quick12, *, by: Actor, now: datetime) -> None:
    """How each service is delivered; "none" is an answer too."""
    said = {code: delivery for code, delivery in answers.services.items() if delivery}
    rows = ServiceOffering.objects.for_organization(vendor.organization).filter(
        vendor=vendor, site__isnull=True, code__in=said, archived_at__isnull=True
    )
    present = {row.code: row for row in rows.order_by("id")}
    for code, delivery in said.items():
        if code in present:
            update_service_offering(
                offering=present[code], expected_version=None, by=by, now=now, delivery=delivery
            )
        else:
            create_service_offering(
                organization=vendor.organization, vendor=vendor, code=code, by=by, now=now, delivery=delivery
            )


def _write_site(vendor: Vendor, answers: Quick12, *, by: Actor, now: datetime) -> Site | None:
    said: dict[str, Any] = {
        name: value for name, value in (("country", answers.country), ("fei", answers.fei), ("dpmm_level", answers.plant_level)) if value
    }  # fmt: skip
    if answers.site is not None:
        if answers.site.vendor_id != vendor.pk:
            message = "This site belongs to another vendor."
            raise Invalid(message, errors=[FieldError("site", "other_vendor", message)])
        return (
            update_site(site=answers.site, expected_version=None, by=by, now=now, **said)
            if said
            else answers.site
        )
    if not answers.site_name.strip():
        if answers.says_of_site:
            message = "Name the site these answers are about."
            raise Invalid(message, errors=[FieldError("site_name", "required", message)])
        return None
    return create_site(
        organization=vendor.organization,
        vendor=vendor,
        by=by,
        now=now,
        name=answers.site_name.strip(),
        **said,
    )


def _write_capabilities(site: Site, program: Program, answers: Quick12, *, by: Actor, now: datetime) -> None:
    rows = Capability.objects.for_organization(site.organization).filter(
        site=site, modality=program.modality, archived_at__isnull=True
    )
    present = {row.operation: row for row in rows.select_related("site__vendor").order_by("id")}
    units = units_asked(program)
    common: dict[str, Any] = {
        name: value
        for name, value in (
            ("gmp", answers.gmp),
            ("programs_by_phase", dict(answers.programs) if answers.programs else None),
            ("lead_time_weeks", answers.lead_time_weeks),
        )
        if value is not None
    }
    for operation in dict.fromkeys([*required_operations(program_needs(program)), *answers.scales]):
        row = present.get(operation)
        said = common | _sizes(row, answers.scales.get(operation, (None, None)), units.get(operation, ""))
        try:
            if row is None:
                create_capability(
                    organization=site.organization, site=site, modality=program.modality, operation=operation, by=by, now=now, **said
                )  # fmt: skip
            elif said:
                update_capability(capability=row, expected_version=None, by=by, now=now, **said)
        except Invalid as error:
            error.errors = tuple(_at_operation(part, operation) for part in error.errors)
            raise


def _at_operation(error: FieldError, operation: str) -> FieldError:
    """A fault of a batch size, named by which size of which operation it is."""
    ends = {"scale_min": "smallest", "scale_max": "largest"}
    if error.field not in ends:
        return error
    return FieldError(f"{ends[error.field]}.{operation}", error.code, error.message)


def _sizes(row: Capability | None, sizes: tuple[Any, Any], unit: str) -> dict[str, Any]:
    """Batch sizes in the unit the capability has already, else in that of the programme's need."""
    said = {
        name: size for name, size in zip(("scale_min", "scale_max"), sizes, strict=True) if size is not None
    }
    if said and (row is None or not row.batch_unit):
        said["batch_unit"] = unit
    return said


def _write_leaves(
    candidate: Candidate, site: Site | None, answers: Quick12, *, by: Actor, now: datetime
) -> None:
    """Quality system on the site, governance and price on the candidate: evidence of the criterion itself."""
    offer = Subject.of_candidate(candidate.vendor, candidate.pk)
    said: list[tuple[Subject, str, dict[str, Any]]] = []
    if answers.quality_level is not None and site is not None:
        said.append((Subject.of(site), "QUA1", {"level": answers.quality_level}))
    if answers.governance:
        said.append((offer, "RSK2", {"flags": dict(answers.governance)}))
    if answers.quote is not None:
        said.append((offer, "COM1", {"amount": answers.quote[0], "currency": answers.quote[1]}))
    known = known_answers(candidate, site)
    drafts = [
        Draft(
            subject=subject, target=target, value=value, provenance=COMMERCIAL if target == "COM1" else FORM
        )
        for subject, target, value in said
        if known.get(target) != value
    ]
    if drafts:
        record_many(organization=candidate.organization, drafts=drafts, by=by, now=now)


def known_answers(candidate: Candidate, site: Site | None) -> dict[str, Any]:
    """The newest live answers to the criteria that take evidence of their own: one statement."""
    rows = (
        Evidence.objects.for_organization(candidate.organization)
        .live()
        .filter(vendor=candidate.vendor, refused=False)
    )
    of_offer = rows.filter(target__in=["RSK2", "COM1"], candidate_id=candidate.pk, proposal_id__isnull=True)
    of_site = rows.filter(target="QUA1", site=site, capability__isnull=True) if site else rows.none()
    found = (of_offer | of_site).order_by("obtained_on", "id")
    return dict(found.values_list("target", "value"))
