"""The watch list: what stands against the sites of an organisation, and what will soon need a look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cdmo_eval.core.models import Organization
from vendors.models import Certificate, Site, Vendor
from vendors.regulatory.ages import add_months
from vendors.regulatory.history import OpenMatters, latest_gmp
from vendors.selectors.open_matters import matters_of_sites
from vendors.selectors.regulatory import records_of_sites
from vendors.selectors.site_refs import SiteRef, VendorRef, site_refs
from vendors.vocabulary import CertificateKind, Freshness, RecordKind

EXPIRY_MONTHS = 6
"""A certificate that ends within these many months is on the list, and so is one that has ended."""
RELIED_ON_MONTHS = 36
"""How long after its inspection an official EU or UK certificate is relied on: it says three years itself."""


class Sign(StrEnum):
    """Why something is on the watch list, the gravest first."""

    INJUNCTION = "injunction"
    SEIZURE = "seizure"
    IMPORT_ALERT = "import_alert"
    GMP_NONCOMPLIANCE = "gmp_noncompliance"
    WARNING_LETTER = "warning_letter"
    OAI = "oai"
    PENDING = "pending"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    STALE = "stale"
    NO_RECORD = "no_record"

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]


_LABELS = {
    Sign.INJUNCTION: "Injunction open",
    Sign.SEIZURE: "Seizure open",
    Sign.IMPORT_ALERT: "On import alert",
    Sign.GMP_NONCOMPLIANCE: "GMP non-compliance statement open",
    Sign.WARNING_LETTER: "Warning letter open",
    Sign.OAI: "Official action open",
    Sign.PENDING: "Pending classification",
    Sign.CERTIFICATE_EXPIRED: "Certificate expired",
    Sign.CERTIFICATE_EXPIRING: "Certificate expires soon",
    Sign.STALE: "Latest inspection long ago",
    Sign.NO_RECORD: "No record found",
}
_ORDER = {sign: number for number, sign in enumerate(Sign)}
_ENDINGS = frozenset({Sign.CERTIFICATE_EXPIRED, Sign.CERTIFICATE_EXPIRING})


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One line of the list. `on` is since when, or until when for a certificate; None without a date."""

    sign: Sign
    vendor: Vendor | VendorRef
    site: Site | SiteRef | None
    on: date | None
    detail: str = ""
    would_lift: str = ""


def watch_list(
    organization: Organization,
    *,
    as_of: date,
    signs: frozenset[Sign] = frozenset(),
    vendor: Vendor | None = None,
) -> list[Watched]:
    """What is on the list on a day, the gravest first, then the newest; a fixed number of queries.

    `signs` empty: all but sites without any record, which are only listed when asked for.
    """
    wanted = signs or frozenset(Sign) - {Sign.NO_RECORD}
    sites = Site.objects.for_organization(organization).active().filter(vendor__archived_at__isnull=True)
    certificates = Certificate.objects.for_organization(organization).active()
    if vendor is not None:
        sites, certificates = sites.of_vendor(vendor), certificates.of_vendor(vendor)
    listed = site_refs(sites.order_by("id"))
    matters = matters_of_sites(organization, listed, as_of=as_of)
    found = [line for site in listed for line in _of_site(site, matters[site.pk]) if line.sign in wanted]
    ending = certificates.filter(
        valid_until__lte=add_months(as_of, EXPIRY_MONTHS), vendor__archived_at__isnull=True
    )
    found += [_of_certificate(row, as_of) for row in ending.select_related("vendor", "site").order_by("id")]
    if wanted & _ENDINGS:
        found += _official_certificates(organization, listed, as_of)
    return sorted((line for line in found if line.sign in wanted), key=_place)


def _place(line: Watched) -> tuple[int, int, str, str]:
    return (
        _ORDER[line.sign],
        -(line.on.toordinal() if line.on else 0),
        line.vendor.name.casefold(),
        line.site.name if line.site else "",
    )


def _of_site(site: SiteRef, known: OpenMatters) -> Iterator[Watched]:
    for event in known.caps:
        yield Watched(
            sign=Sign(event.code.value.lower()),
            vendor=site.vendor,
            site=site,
            on=event.since,
            detail=event.statement,
            would_lift=event.would_lift,
        )
    if known.pending:
        yield Watched(
            sign=Sign.PENDING,
            vendor=site.vendor,
            site=site,
            on=known.latest_on,
            detail="A published Form 483 is newer than the latest classified inspection.",
        )
    if known.freshness is Freshness.STALE:
        yield Watched(
            sign=Sign.STALE,
            vendor=site.vendor,
            site=site,
            on=known.latest_on,
            detail="The latest inspection is more than five years ago: the score says less than it seems to.",
        )
    if not known.any_record:
        yield Watched(sign=Sign.NO_RECORD, vendor=site.vendor, site=site, on=None)


def _official_certificates(
    organization: Organization, sites: Sequence[SiteRef], as_of: date
) -> Iterator[Watched]:
    """The newest certificate of each market at each site, where it is too old to rely on or soon will be."""
    documents = records_of_sites(
        organization, sites, kinds={RecordKind.GMP_CERTIFICATE, RecordKind.GMP_NONCOMPLIANCE}
    )
    for site in sites:
        for market, newest in latest_gmp(documents[site.pk], as_of=as_of).items():
            inspected = newest.happened_on
            if newest.kind is not RecordKind.GMP_CERTIFICATE or newest.closed_by(as_of) or inspected is None:
                continue
            until = add_months(inspected, RELIED_ON_MONTHS)
            if until <= add_months(as_of, EXPIRY_MONTHS):
                detail = (
                    f"{market.value} GMP certificate {newest.native_id}: three years after its inspection."
                )
                yield Watched(
                    sign=_ending(until, as_of), vendor=site.vendor, site=site, on=until, detail=detail
                )


def _ending(until: date, as_of: date) -> Sign:
    return Sign.CERTIFICATE_EXPIRED if until < as_of else Sign.CERTIFICATE_EXPIRING


def _of_certificate(row: Certificate, as_of: date) -> Watched:
    assert row.valid_until is not None  # noqa: S101 - filtered by it
    return Watched(
        sign=_ending(row.valid_until, as_of),
        vendor=row.vendor,
        site=row.site,
        on=row.valid_until,
        detail=" ".join(filter(None, (CertificateKind(row.kind).label, row.number, row.authority))),
    )
