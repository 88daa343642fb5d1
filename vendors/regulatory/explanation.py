"""A site's regulatory standing as plain JSON: every record, what it did, and what would change it."""

from vendors.regulatory.enforcement import Enforcement
from vendors.regulatory.history import InspectionShare, SiteHistory
from vendors.regulatory.inspections import Excluded
from vendors.regulatory.records import RegulatoryRecord

Json = dict[str, object]


def explain(history: SiteHistory) -> Json:
    """Everything that a page, an export or an API answer needs to account for the score.

    Numbers are rounded to six decimals (points, years, weights); dates are ISO texts.
    """
    return {
        "as_of": history.as_of.isoformat(),
        "base": _rounded(history.base),
        "score": _rounded(history.score),
        "half_width": _rounded(history.half_width),
        "freshness": history.freshness,
        "latest_inspection": _day(history.latest_on),
        "pending_classification": history.pending,
        "confidence": _rounded(history.confidence),
        "prior_points": _rounded(history.prior_points),
        "inspections": [_share(share) for share in history.shares],
        "cap": None if history.cap is None else history.cap.code,
        "cap_bites": history.cap_bites,
        "open": [_enforcement(event) for event in history.caps],
        "lifted": [_enforcement(event) for event in history.lifted],
        "left_out": [_excluded(one) for one in history.excluded],
    }


def _share(share: InspectionShare) -> Json:
    inspection = share.inspection
    return {
        "inspection": inspection.native_id,
        "fei": inspection.fei,
        "ended_on": inspection.ended_on.isoformat(),
        "classification": inspection.classification,
        "project_areas": list(inspection.project_areas),
        "age_years": _rounded(share.age_years),
        "weight": _rounded(share.weight),
        "points": _rounded(share.points),
        "records": _ids(inspection.records),
    }


def _enforcement(event: Enforcement) -> Json:
    return {
        "code": event.code,
        "limit": event.limit,
        "since": event.since.isoformat(),
        "statement": event.statement,
        "would_lift": event.would_lift,
        "lifted_on": _day(event.lifted_on),
        "lifted_by": event.lifted_by,
        "subject_stated": event.subject_stated,
        "market": event.market,
        "records": _ids(event.records),
    }


def _excluded(one: Excluded) -> Json:
    return {"record": one.record.label, "reason": one.reason, "records": _ids((one.record,))}


def _ids(records: tuple[RegulatoryRecord, ...]) -> list[str]:
    return [record.record_id for record in records if record.record_id]


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)


def _day(day: object) -> str | None:
    return None if day is None else str(day)
