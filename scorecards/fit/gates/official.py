"""Must-haves about official records, lists, dates and the organisation's own qualification."""

from collections.abc import Iterable
from datetime import date, timedelta

from scorecards.fit.gates.model import Case, Finding, failed, passed, unknown, worst
from scorecards.fit.inputs import ListScreen, OpenState, QualificationFacts, SiteFacts, VendorFacts
from scorecards.fit.leaves.regulatory import markets_at
from scorecards.fit.needs import asked_markets
from scorecards.fit.view import SiteUse
from vendors.resolution import LIST_READ_DAYS
from vendors.vocabulary import (
    FEDERAL_EXPOSURE_LISTS,
    GateOutcome,
    ListCode,
    ListResult,
    Market,
    QualificationStatus,
)

_NO_SITE = unknown("No primary site is known.")


def _sites(case: Case) -> Iterable[tuple[SiteUse, SiteFacts | None]]:
    return ((use, use.site) for use in case.view.site_uses)


def _read_lately(read_on: date | None, as_of: date) -> bool:
    return read_on is not None and (as_of - read_on).days <= LIST_READ_DAYS


def _goes_stale(read_on: date | None) -> date | None:
    return None if read_on is None else read_on + timedelta(days=LIST_READ_DAYS + 1)


def import_alert(case: Case) -> Finding:
    """G_IMPORT_ALERT: a primary site on import alert 66-40 while the US is a market."""
    markets = case.rater.program.target_markets
    if markets and Market.US not in markets:
        return passed("The US is not a target market.")

    def at(use: SiteUse, site: SiteFacts | None) -> Finding:
        facts = None if site is None else site.regulatory
        if facts is None:
            return unknown(f"{use.label}: no official record is matched.")
        changes = _goes_stale(facts.import_alert_read_on)
        if OpenState.IMPORT_ALERT in facts.states:
            named = facts.state_references.get(OpenState.IMPORT_ALERT, "import alert 66-40")
            if not markets:
                return unknown(f"{use.label} is on {named}, and the programme names no market.")
            return failed(f"{use.label} is on {named}.", references=(named,))
        if not _read_lately(facts.import_alert_read_on, case.as_of):
            return unknown(f"{use.label}: the import alert list was not read for {LIST_READ_DAYS} days.")
        return passed(f"{use.label} is not on the import alert.", next_change=changes)

    return worst((at(use, site) for use, site in _sites(case)), _NO_SITE)


def gmp_noncompliance(case: Case) -> Finding:
    """G_GMPNC: an open EU or UK non-compliance statement while that market is asked for."""
    markets = {Market.EU.value, Market.UK.value}
    asked = markets.intersection(case.rater.program.target_markets)
    if case.rater.program.target_markets and not asked:
        return passed("Neither EU nor UK is a target market.")

    def at(use: SiteUse, site: SiteFacts | None) -> Finding:
        facts = None if site is None else site.regulatory
        if facts is None:
            return unknown(f"{use.label}: no official record is matched.")
        hit = facts.noncompliant_markets & (asked or markets)
        if hit:
            named = facts.state_references.get(OpenState.GMPNC, "a statement of GMP non-compliance")
            where = " and ".join(sorted(hit))
            if not asked:
                return unknown(f"{use.label} has {named} open in {where}; the programme names no market.")
            return failed(f"{use.label} has {named} open in {where}.", references=(named,))
        if facts.register_read_on is None:
            return unknown(f"{use.label}: the register of GMP statements was not read.")
        return passed(f"{use.label} has no open statement of non-compliance.")

    return worst((at(use, site) for use, site in _sites(case)), _NO_SITE)


def open_oai(case: Case) -> Finding:
    """G_OAI: an inspection classified official action indicated that is not lifted."""

    def at(use: SiteUse, site: SiteFacts | None) -> Finding:
        facts = None if site is None else site.regulatory
        if facts is None:
            return unknown(f"{use.label}: no official record is matched.")
        if OpenState.OAI in facts.states:
            named = facts.state_references.get(OpenState.OAI, "an inspection classified OAI")
            return failed(f"{use.label}: {named} is not lifted.", references=(named,))
        if facts.latest_inspection_on is None:
            return unknown(f"{use.label}: no inspection is on record.")
        return passed(f"{use.label}: no OAI is open.")

    return worst((at(use, site) for use, site in _sites(case)), _NO_SITE)


def listed(case: Case) -> Finding:
    """G_LISTED: the vendor and the partners on primary lines against each list that counts."""
    exposure = case.rater.program.us_federal_exposure
    lists = [ListCode.OFAC, *(() if exposure is False else sorted(FEDERAL_EXPOSURE_LISTS))]
    companies = (case.view.vendor, *case.view.primary_partners)
    findings = [_screen(case, company, code) for company in companies for code in lists]
    return worst(findings, unknown("Nobody was screened."))


def _screen(case: Case, company: VendorFacts, code: ListCode) -> Finding:
    name = company.name or f"Vendor {company.id}"
    screens = [screen for screen in company.list_screens if screen.list_code == code]
    if not screens:
        return unknown(f"{name}: not screened against {code.label}.")
    latest = max(screens, key=lambda screen: (screen.read_on, screen.screened_on, screen.id))
    finding = _screened(case, latest, name, code)
    uncertain = case.rater.program.us_federal_exposure is None and code in FEDERAL_EXPOSURE_LISTS
    if uncertain and finding.outcome in {GateOutcome.FAIL, GateOutcome.CONDITIONAL}:
        return unknown(f"{finding.reason} The programme does not say whether it is exposed to federal funds.")
    return finding


def _screened(case: Case, screen: ListScreen, name: str, code: ListCode) -> Finding:
    version = f"{code.label} {screen.list_version}".strip()
    who = f" ({screen.matched_party})" if screen.matched_party else ""
    rest = {"references": (f"{version}, read {screen.read_on.isoformat()}",)}
    if screen.result is ListResult.FAIL:
        return failed(f"{name} matches {version}{who}.", **rest)
    if not _read_lately(screen.read_on, case.as_of):
        return unknown(f"{name}: {version} was not read for {LIST_READ_DAYS} days.", **rest)
    changes = _goes_stale(screen.read_on)
    if screen.result is ListResult.CONDITIONAL:
        reason = f"An affiliate of {name} matches {version}{who}."
        return Finding(GateOutcome.CONDITIONAL, reason, references=rest["references"], next_change=changes)
    if screen.result is ListResult.UNKNOWN:
        return unknown(f"{name}: the screen against {version} has no result.", **rest)
    return passed(f"{name} does not match {version}.", next_change=changes, **rest)


def date_ahead(case: Case) -> Finding:
    """G_DATE: the date needed for the first GMP batch lies after the as-of date."""
    needed_on = case.rater.program.need_first_gmp_date
    if needed_on is None:
        return unknown("The programme states no date for its first GMP batch.")
    if needed_on <= case.as_of:
        return failed(f"Date already passed: {needed_on.isoformat()}.")
    return passed(f"{needed_on.isoformat()} lies ahead.", next_change=needed_on)


def qualified(case: Case) -> Finding:
    """G_QUALIFIED: quality has approved each primary site for what it does."""

    def at(use: SiteUse, site: SiteFacts | None) -> Finding:
        if site is None:
            return unknown(f"{use.label}.")
        return worst(
            (_qualification(case, use, site, operation) for operation in use.operations or ("",)), _NO_SITE
        )

    return worst((at(use, site) for use, site in _sites(case)), _NO_SITE)


def _qualification(case: Case, use: SiteUse, site: SiteFacts, operation: str) -> Finding:
    where = f"{use.label}{', ' + operation if operation else ''}"
    row: QualificationFacts | None = next((q for q in site.qualifications if q.operation == operation), None)
    row = row or next((q for q in site.qualifications if not q.operation), None)
    if row is None or row.status is QualificationStatus.NOT_ASSESSED:
        return unknown(f"{where}: not assessed.")
    status = row.status.label.lower()
    if row.status not in {QualificationStatus.APPROVED, QualificationStatus.CONDITIONALLY_APPROVED}:
        return failed(f"{where}: {status}.")
    if row.valid_until is not None and row.valid_until < case.as_of:
        return failed(f"{where}: {status}, but only until {row.valid_until.isoformat()}.")
    changes = None if row.valid_until is None else row.valid_until + timedelta(days=1)
    if row.status is QualificationStatus.CONDITIONALLY_APPROVED:
        return Finding(GateOutcome.CONDITIONAL, f"{where}: {status}.", next_change=changes)
    return passed(f"{where}: {status}.", next_change=changes)


def markets_covered(case: Case) -> Finding:
    """G_MARKET: every market asked is covered at every primary site."""
    program = case.rater.program
    if not program.target_markets:
        return unknown("The programme names no target market.")
    if not asked_markets(program):
        return passed("No target market asks for a site authorisation at this stage.")

    def at(use: SiteUse, site: SiteFacts | None) -> Finding:
        if site is None:
            return unknown(f"{use.label}.")
        covered = markets_at(case.rater.contexts["REG4"], case.view, use)
        missed = [market for market, met in covered.raw.items() if met is False]
        silent = [market for market, met in covered.raw.items() if met is None]
        rest = {"evidence_ids": covered.evidence_ids, "next_change": covered.next_change}
        if missed:
            return failed(f"{use.label} does not cover {', '.join(missed)}.", **rest)
        if silent:
            return unknown(f"{use.label}: not known for {', '.join(silent)}.", **rest)
        return passed(f"{use.label} covers every target market.", **rest)

    return worst((at(use, site) for use, site in _sites(case)), _NO_SITE)
