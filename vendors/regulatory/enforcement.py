"""Enforcement that is open at a site, the cap that each piece sets, and what lifts it.

Clock time never rehabilitates a site: a cap ends by the event named for its kind and by nothing else. The
event itself stays in the inspection history.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from vendors.regulatory.inspections import Excluded, Inspection
from vendors.regulatory.records import RegulatoryRecord, same_words
from vendors.regulatory.rules import IMPORT_ALERT_DRUG_GMP, KEPT_PRODUCT_TYPES, RegulatoryRule
from vendors.vocabulary import Classification, Market, RecordKind

_CGMP = re.compile(r"\bcgmp\b|current good manufacturing practice")
_OTHER_CGMP = re.compile(
    r"food|dietary|device|\bqsr\b|seafood|juice|cosmetic|tobacco|animal|veterinary|medicated feed"
)
_MEDICINE = re.compile(r"drug|pharmaceutical")
_SCOPE_SEPARATORS = re.compile(r"[;|\n]+")
_UK_AUTHORITIES = frozenset({"mhra", "uk", "gb", "united kingdom", "vmd"})


class CapCode(StrEnum):
    """What set a cap."""

    OAI = "OAI"
    WARNING_LETTER = "WARNING_LETTER"
    IMPORT_ALERT = "IMPORT_ALERT"
    GMP_NONCOMPLIANCE = "GMP_NONCOMPLIANCE"
    INJUNCTION = "INJUNCTION"
    SEIZURE = "SEIZURE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """One enforcement event as it stood on the as-of day, open or lifted."""

    code: CapCode
    limit: int
    """The highest score, in points 0-100, while the event is open."""
    since: date
    records: tuple[RegulatoryRecord, ...]
    statement: str
    would_lift: str
    lifted_on: date | None = None
    lifted_by: str = ""
    subject_stated: bool = True
    market: str = ""
    """For a non-compliance statement the market whose authority issued it: EU or UK."""

    @property
    def is_open(self) -> bool:
        """Whether the cap still applies."""
        return self.lifted_on is None


@dataclass(frozen=True, slots=True)
class _Lift:
    """What ended an event."""

    on: date | None = None
    by: str = ""


def assess(
    records: Sequence[RegulatoryRecord],
    inspections: Sequence[Inspection],
    *,
    as_of: date,
    rule: RegulatoryRule,
) -> tuple[tuple[Enforcement, ...], tuple[Excluded, ...]]:
    """Every enforcement event of a site on a day, lowest cap first, and the records that do not count.

    ``records`` happened on or before ``as_of``; ``inspections`` are the collapsed ones that count.
    """
    excluded: list[Excluded] = []
    events = [_official_action(one, inspections, rule) for one in inspections if _is_official_action(one)]
    for kind in (RecordKind.WARNING_LETTER, RecordKind.INJUNCTION, RecordKind.SEIZURE):
        for case in _cases(record for record in records if record.kind is kind):
            reason = _why_case_excluded(case, inspections)
            if reason:
                excluded.extend(Excluded(record, reason) for record in case)
            elif kind is RecordKind.WARNING_LETTER:
                events.append(_letter(case, inspections, as_of, rule))
            else:
                events.append(_court_case(case, records, as_of, rule))
    for record in records:
        if record.kind is RecordKind.IMPORT_ALERT:
            if record.classification.strip() in {"", IMPORT_ALERT_DRUG_GMP}:
                events.append(_import_alert(record, as_of, rule))
            else:
                excluded.append(
                    Excluded(record, f"import alert {record.classification} is not about drug GMP")
                )
        elif record.kind is RecordKind.GMP_NONCOMPLIANCE:
            events.append(_noncompliance(record, records, as_of, rule))
    events.sort(key=lambda event: (event.limit, event.since, event.code, event.records[0].native_id))
    return tuple(events), tuple(excluded)


def is_cgmp_subject(subject: str) -> bool:
    """Whether a letter's subject is good manufacturing practice for medicines.

    Letters of the same offices about unapproved products or claims, and CGMP letters about food, devices or
    supplements alone, are not about how a medicine is made.
    """
    words = same_words(subject)
    if not _CGMP.search(words):
        return False
    return bool(_MEDICINE.search(words)) or not _OTHER_CGMP.search(words)


def gmp_market(authority: str) -> Market:
    """The market of a GMP certificate or statement: UK for the British authorities, else EU."""
    return Market.UK if same_words(authority) in _UK_AUTHORITIES else Market.EU


# --- Inspections with official action -------------------------------------------------------------------


def _is_official_action(inspection: Inspection) -> bool:
    return inspection.classification is Classification.OAI


def _official_action(
    inspection: Inspection, inspections: Sequence[Inspection], rule: RegulatoryRule
) -> Enforcement:
    """An OAI: every area classified so needs a later NAI or VAI inspection."""
    areas = inspection.official_action_areas
    lift = _better_inspection(areas, inspection.product_areas, inspections, after=inspection.ended_on)
    return Enforcement(
        code=CapCode.OAI,
        limit=rule.cap_oai,
        since=inspection.ended_on,
        records=inspection.records,
        statement=f"OAI at inspection {inspection.native_id} of {inspection.ended_on} ({_listed(areas)}).",
        would_lift=f"A later NAI or VAI inspection covering {_listed(areas)}.",
        lifted_on=lift.on,
        lifted_by=lift.by,
    )


def _better_inspection(
    areas: Sequence[str],
    product_areas: frozenset[str],
    inspections: Sequence[Inspection],
    *,
    after: date,
) -> _Lift:
    """The day by which later NAI or VAI inspections had covered every area; none while one is open."""
    covering: list[Inspection] = []
    for area in areas:
        first = next(
            (
                one
                for one in inspections
                if one.ended_on > after and not _is_official_action(one) and one.covers(area, product_areas)
            ),
            None,
        )
        if first is None:
            return _Lift()
        covering.append(first)
    last = max(covering, key=lambda one: one.ended_on)
    return _Lift(last.ended_on, f"{last.classification} inspection {last.native_id} of {last.ended_on}")


def _listed(areas: Sequence[str]) -> str:
    """Project areas in a sentence; an area that no record states reads as its product type."""
    return " and ".join(area.strip() or "the same product type" for area in areas)


# --- Letters and court cases ----------------------------------------------------------------------------


def _cases(records: Iterable[RegulatoryRecord]) -> list[tuple[RegulatoryRecord, ...]]:
    """One case per number: compliance actions repeat per product type, and a matched letter joins them.

    A record without a number joins the case of its day, if there is one.
    """
    ordered = sorted(records, key=_case_order)
    cases: dict[str, list[RegulatoryRecord]] = {}
    for record in ordered:
        key = record.case_number
        if not key:
            same_day = (k for k, rows in cases.items() if rows[0].happened_on == record.happened_on)
            key = next(same_day, f"dated {record.happened_on}")
        cases.setdefault(key, []).append(record)
    return [tuple(rows) for rows in cases.values()]


def _case_order(record: RegulatoryRecord) -> tuple[bool, str, str, str, str]:
    """Numbered records first, so that unnumbered ones find the case of their day."""
    return (
        not record.case_number,
        record.native_id,
        str(record.happened_on),
        record.product_area,
        record.scope,
    )


def _subject(case: Sequence[RegulatoryRecord]) -> str:
    """The subject that a record of the case states, or ""."""
    return next((record.scope for record in case if record.scope.strip()), "")


def _case_product_areas(case: Sequence[RegulatoryRecord]) -> frozenset[str]:
    return frozenset(same_words(record.product_area) for record in case) & KEPT_PRODUCT_TYPES


def _why_case_excluded(case: Sequence[RegulatoryRecord], inspections: Sequence[Inspection]) -> str:
    """Only cases about how drugs or biologics are made count.

    Without a stated subject (compliance actions have none) the establishment must have an inspection that
    counts, which makes manufacturing the likely subject.
    """
    if not _case_product_areas(case):
        return "product type is neither Drugs nor Biologics"
    subject = _subject(case)
    if subject:
        if case[0].kind is RecordKind.WARNING_LETTER and not is_cgmp_subject(subject):
            return f"subject is not good manufacturing practice: {subject}"
        return ""
    inspected = {inspection.fei for inspection in inspections}
    if not any(record.fei and record.fei in inspected for record in case):
        return "subject not stated, and the establishment has no inspection that counts"
    return ""


def _case_since(case: Sequence[RegulatoryRecord]) -> date:
    """The latest date that the case's records give: a re-inspection has to come after all of them."""
    return max(day for record in case if (day := record.happened_on) is not None)


def _letter(
    case: tuple[RegulatoryRecord, ...], inspections: Sequence[Inspection], as_of: date, rule: RegulatoryRule
) -> Enforcement:
    """A warning letter: ended by its close-out, or by a better inspection of the same area after it."""
    since = _case_since(case)
    areas = _letter_areas(case, since, inspections, rule)
    lift = _better_inspection(areas, _case_product_areas(case), inspections, after=since)
    closed_on = min(
        (r.closed_on for r in case if r.closed_on is not None and r.closed_by(as_of)), default=None
    )
    if closed_on is not None and (lift.on is None or closed_on <= lift.on):
        lift = _Lift(closed_on, f"close-out letter of {closed_on}")
    subject = _subject(case)
    return Enforcement(
        code=CapCode.WARNING_LETTER,
        limit=rule.cap_warning_letter,
        since=since,
        records=case,
        statement=f"{case[0].label} of {since}: {subject or 'subject not stated'}.",
        would_lift=f"Its close-out letter, or a later NAI or VAI inspection covering {_listed(areas)}.",
        lifted_on=lift.on,
        lifted_by=lift.by,
        subject_stated=bool(subject),
    )


def _letter_areas(
    case: Sequence[RegulatoryRecord], since: date, inspections: Sequence[Inspection], rule: RegulatoryRule
) -> tuple[str, ...]:
    """The project areas of a letter.

    Files rarely state them; then they are those of the official action that the letter followed. Half of the
    drug OAIs are followed by a letter, nearly all within 400 days. Without such an inspection the areas stay
    unknown ("") and the product type decides.
    """
    stated = sorted({record.project_area for record in case if record.project_area.strip()})
    if stated:
        return tuple(stated)
    product_areas = _case_product_areas(case)
    earliest = since - timedelta(days=rule.letter_follows_oai_days)
    followed = [
        one
        for one in inspections
        if _is_official_action(one)
        and earliest <= one.ended_on <= since
        and product_areas & one.product_areas
    ]
    return followed[-1].official_action_areas if followed else ("",)


def _court_case(
    case: tuple[RegulatoryRecord, ...],
    records: Sequence[RegulatoryRecord],
    as_of: date,
    rule: RegulatoryRule,
) -> Enforcement:
    """An injunction, consent decree or seizure: ended only by a document that somebody recorded."""
    since = _case_since(case)
    releases = [
        _Lift(record.closed_on, record.closed_by_document)
        for record in case
        if record.closed_by(as_of) and record.closed_by_document.strip()
    ]
    injunction = case[0].kind is RecordKind.INJUNCTION
    if injunction:
        releases.extend(
            _Lift(record.happened_on, f"court release of {record.happened_on}")
            for record in records
            if record.kind is RecordKind.COURT_RELEASE
            and record.native_id
            and record.native_id == case[0].native_id
            and record.happened_on is not None
            and record.happened_on >= since
        )
    lift = min(releases, key=lambda one: (str(one.on), one.by), default=_Lift())
    return Enforcement(
        code=CapCode.INJUNCTION if injunction else CapCode.SEIZURE,
        limit=rule.cap_court,
        since=since,
        records=case,
        statement=f"{(case[0].classification or case[0].kind.label).capitalize()} "
        f"{case[0].native_id} of {since}.",
        would_lift="A recorded court release."
        if injunction
        else "A release entered by hand with its document.",
        lifted_on=lift.on,
        lifted_by=lift.by,
        subject_stated=bool(_subject(case)),
    )


# --- Lists and certificates -----------------------------------------------------------------------------


def _import_alert(record: RegulatoryRecord, as_of: date, rule: RegulatoryRule) -> Enforcement:
    """A place on the import alert for drug GMP: ended by a dated reading of the list without the firm."""
    lifted_on = record.closed_on if record.closed_by(as_of) else None
    since = record.happened_on or as_of
    return Enforcement(
        code=CapCode.IMPORT_ALERT,
        limit=rule.cap_import_alert,
        since=since,
        records=(record,),
        statement=f"On import alert {IMPORT_ALERT_DRUG_GMP} since {since}.",
        would_lift="Absence from the current list.",
        lifted_on=lifted_on,
        lifted_by=f"absent from the list read on {lifted_on}" if lifted_on else "",
        market=Market.US,
    )


def _noncompliance(
    record: RegulatoryRecord, records: Sequence[RegulatoryRecord], as_of: date, rule: RegulatoryRule
) -> Enforcement:
    """An EU or UK statement of non-compliance: ended by withdrawal or a later certificate of its scope."""
    market = gmp_market(record.authority)
    since = record.happened_on or as_of
    certified = [
        _Lift(certificate.happened_on, f"{certificate.label} of {certificate.happened_on}")
        for certificate in records
        if certificate.kind is RecordKind.GMP_CERTIFICATE
        and gmp_market(certificate.authority) is market
        and certificate.happened_on is not None
        and certificate.happened_on > since
        and not certificate.closed_by(as_of)
        and _covers_scope(certificate.scope, record.scope)
    ]
    if record.closed_by(as_of):
        certified.append(_Lift(record.closed_on, f"withdrawn on {record.closed_on}"))
    lift = min(certified, key=lambda one: (str(one.on), one.by), default=_Lift())
    return Enforcement(
        code=CapCode.GMP_NONCOMPLIANCE,
        limit=rule.cap_noncompliance,
        since=since,
        records=(record,),
        statement=f"{market} statement of non-compliance {record.native_id} of {since}.",
        would_lift=f"Its withdrawal, or a later {market} GMP certificate for the same scope.",
        lifted_on=lift.on,
        lifted_by=lift.by,
        market=market,
    )


def _covers_scope(certificate: str, statement: str) -> bool:
    """Whether a certificate's scope holds everything that a statement refused.

    The public lists give no scope on either; two blanks are the same scope. One blank beside a stated scope
    shows nothing.
    """
    refused = _scope_parts(statement)
    granted = _scope_parts(certificate)
    return refused == granted if not refused else refused <= granted


def _scope_parts(scope: str) -> frozenset[str]:
    return frozenset(part for text in _SCOPE_SEPARATORS.split(scope) if (part := same_words(text)))
