"""Names that other people's files give to our columns: compared without case, spaces and signs.

A name stands here only if it can mean one field of a kind and nothing else; what is doubtful is left to the person.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

_VARIANTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "vendor.name": (
            "vendor", "vendor name", "company", "company name", "supplier", "supplier name", "cdmo", "cdmo name",
            "manufacturer", "lieferant", "fournisseur",
        ),
        "vendor.external_id": ("vendor id", "vendor number", "supplier id", "supplier number", "vendor code", "erp id"),
        "vendor.external_system": ("vendor system", "source system"),
        "vendor.legal_name": ("registered name", "legal entity name", "vendor legal name"),
        "vendor.parent": ("parent company", "parent", "group"),
        "vendor.hq_country": ("headquarters country", "hq country", "country of headquarters"),
        "vendor.website": ("website", "web site", "url", "homepage", "web"),
        "vendor.founded_year": ("founded", "year founded", "founded year", "foundation year"),
        "vendor.employees": ("employees", "headcount", "number of employees", "fte"),
        "site.name": ("site", "site name", "facility", "facility name", "plant", "plant name"),
        "site.external_id": ("site id", "site number", "facility id", "plant code"),
        "site.fei": ("fei", "fei number", "fda establishment identifier", "fda fei"),
        "site.duns": ("duns", "duns number", "d-u-n-s"),
        "site.address": ("address", "street", "street address", "site address"),
        "site.city": ("city", "town", "site city"),
        "site.country": ("country", "country code", "site country"),
        "site.lat": ("latitude", "lat"),
        "site.lon": ("longitude", "lon", "lng", "long"),
        "site.single_use_pct": ("single use %", "single-use share", "single use pct"),
        "capability.modality": ("modality",),
        "capability.operation": ("operation", "unit operation", "process step"),
        "capability.scale_max": ("max scale", "maximum scale", "largest batch"),
        "capability.scale_min": ("min scale", "minimum scale", "smallest batch"),
        "capability.batch_unit": ("batch unit", "scale unit"),
        "capability.phases": ("phases",),
        "capability.gmp": ("gmp", "gmp compliant"),
        "service.code": ("service", "service code"),
        "service.delivery": ("delivery", "delivered by", "delivery model"),
        "service.markets": ("markets",),
        "certificate.kind": ("certificate", "certificate kind", "certificate type", "kind", "type"),
        "certificate.number": ("certificate number", "number", "certificate no", "licence number", "license number"),
        "certificate.authority": ("authority", "issued by", "issuer", "certifier"),
        "certificate.scope": ("scope", "certificate scope"),
        "certificate.issued_on": ("issued", "issued on", "issue date", "date of issue"),
        "certificate.inspected_on": ("inspected", "inspected on", "inspection date"),
        "certificate.valid_until": ("expires", "expiry", "expiry date", "expiration date", "certificate valid until"),
        "contact.name": ("contact", "contact name", "person", "full name"),
        "contact.role": ("role", "title", "job title", "position", "function"),
        "contact.email": ("email", "e-mail", "email address", "mail"),
        "contact.phone": ("phone", "telephone", "tel", "mobile", "phone number"),
        "contact.primary": ("primary", "main contact", "primary contact"),
        "partnership.partner": ("partner", "partner vendor", "partner name"),
        "partnership.region": ("region",),
        "partnership.operations": ("operations",),
        "partnership.bound": ("bound", "contract", "bound by contract"),
        "screen.list": ("list", "list name", "sanctions list", "restricted list"),
        "screen.result": ("result", "screening result", "outcome"),
        "screen.screened_on": ("screened", "screened on", "screening date", "date screened"),
        "screen.list_version": ("list version", "version"),
        "screen.matched_party": ("matched party", "match", "hit"),
        "qualification.operation": ("operation", "qualified operation"),
        "qualification.status": ("status", "qualification", "qualification status"),
        "qualification.approver": ("approver", "approved by"),
        "qualification.valid_until": ("requalification due", "qualified until", "expiry", "expiry date"),
        "qualification.basis": ("basis", "rationale"),
        "qualification.open_capas": ("open capas", "capas"),
        "evidence.target": ("target", "fact", "criterion", "criterion code", "criteria code", "leaf", "attribute"),
        "evidence.value": ("value", "answer", "finding"),
        "evidence.unit": ("unit", "units", "uom"),
        "evidence.refused": ("refused", "declined"),
        "evidence.grade": ("grade", "evidence grade", "quality grade"),
        "evidence.claim_type": ("claim", "claim type", "claimed or verified"),
        "evidence.obtained_on": ("obtained", "obtained on", "date", "date obtained", "as of", "as of date", "evidence date"),
        "evidence.valid_until": ("valid until", "valid to", "expires", "expiry date"),
        "evidence.source": ("source", "evidence source", "reference"),
        "evidence.source_url": ("source url", "link", "source link"),
        "evidence.reviewed_by": ("reviewed by", "reviewer"),
        "evidence.reviewed_on": ("reviewed on", "review date"),
        "evidence.confidentiality": ("confidentiality", "confidential"),
        "evidence.note": ("note", "notes", "remark", "remarks", "comment", "comments"),
        "proposal.program": ("program", "programme", "project"),
        "proposal.vendor": ("vendor", "vendor name", "supplier", "company", "cdmo"),
        "proposal.received_on": ("received", "received on", "date received", "offer date", "date"),
        "proposal.valid_until": ("valid until", "expires", "expiry"),
        "line.scope_item": ("item", "scope item", "line item", "work package"),
        "line.inclusion": ("included", "inclusion"),
        "line.price": ("price", "unit price", "amount"),
        "line.unit": ("unit",),
        "line.quantity": ("quantity", "qty"),
        "line.assumption": ("assumption", "assumptions"),
        "rate.source": ("from", "source currency", "from currency"),
        "rate.target": ("to", "target currency", "to currency"),
        "rate.rate": ("rate", "exchange rate"),
        "rate.on": ("on", "date", "rate date"),
        "rate.published_by": ("published by", "publisher", "source"),
        "rating.scorecard": ("scorecard",),
        "rating.vendor": ("vendor", "vendor name", "supplier", "company"),
        "rating.criterion": ("criterion", "criteria", "criterion id"),
        "rating.level": ("level", "rating", "score"),
        "rating.abstained": ("abstain", "abstained"),
        "rating.comment": ("comment", "comments", "remark"),
        "scope.modality": ("scope modality",),
        "scope.operation": ("scope operation",),
        "scope.phase": ("scope phase", "phase"),
        "scope.market": ("scope market", "market"),
    }
)  # fmt: skip


def plain(text: str) -> str:
    """The form in which names are compared."""
    return re.sub(r"[^a-z0-9]+", "", text.casefold())


@cache
def _by_path() -> Mapping[str, frozenset[str]]:
    return MappingProxyType(
        {path: frozenset(plain(name) for name in names) for path, names in _VARIANTS.items()}
    )


def path_of_variant(column: str, paths: Mapping[str, object]) -> str:
    """The one field among `paths` that the column's name is known to mean; "" for none or several.

    The last part of a path counts as a name of it where no other field of the kind ends alike ("legal_name").
    """
    wanted = plain(column)
    if not wanted:
        return ""
    known = [path for path in paths if wanted in _by_path().get(path, ())]
    if not known:
        known = [
            path
            for path in paths
            if not path.startswith("service.") and plain(path.rpartition(".")[2]) == wanted
        ]
    return known[0] if len(known) == 1 else ""
