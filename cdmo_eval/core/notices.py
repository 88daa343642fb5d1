"""What people are told of: the kinds they choose among, who each event is for, and the sentence that says it.

Pure: no database, no clock. A sentence holds names and dates only, never a score, a value, a price or a text from a record:
it also goes out by mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from cdmo_eval.core.events import EventType as T
from cdmo_eval.core.policies import Permission
from cdmo_eval.core.subjects import id_in, name_in
from cdmo_eval.core.templatetags.display import day


class NoticeKind(StrEnum):
    """A kind of event as people choose it."""

    RANKS = "ranks"
    MUST_HAVES = "must_haves"
    REGULATORY = "regulatory"
    EVIDENCE = "evidence"
    EXPIRY = "expiry"
    EVALUATIONS = "evaluations"
    QUESTIONNAIRES = "questionnaires"
    DECISIONS = "decisions"
    VENDORS = "vendors"
    EXPORTS = "exports"
    IMPORTS = "imports"
    INTEGRATIONS = "integrations"

    @property
    def label(self) -> str:
        """As the settings name it."""
        return KINDS[self].label

    @property
    def reading(self) -> str:
        """The scope a token needs to read of it."""
        return KINDS[self].reading


@dataclass(frozen=True)
class _Kind:
    label: str
    reading: str
    in_app: bool = True
    email: str = "daily"


KINDS: dict[NoticeKind, _Kind] = {
    NoticeKind.RANKS: _Kind("Vendors change places on a scorecard", "scores:read", email="weekly"),
    NoticeKind.MUST_HAVES: _Kind("A vendor newly fails a must-have", "scores:read"),
    NoticeKind.REGULATORY: _Kind("A site's regulatory state changes", "vendors:read"),
    NoticeKind.EVIDENCE: _Kind("Evidence goes stale or is retracted", "evidence:read", email="weekly"),
    NoticeKind.EXPIRY: _Kind("An agreement, certificate or qualification is about to end", "vendors:read"),
    NoticeKind.EVALUATIONS: _Kind("You are invited to rate, and a deadline comes near", "scores:read"),
    NoticeKind.QUESTIONNAIRES: _Kind("A questionnaire's deadline comes near", "scores:read"),
    NoticeKind.DECISIONS: _Kind("A shortlist is signed, or a frozen calculation replaced", "scores:read"),
    NoticeKind.VENDORS: _Kind("Vendors are merged or archived", "vendors:read", email="never"),
    NoticeKind.EXPORTS: _Kind("Your export is ready", "scores:read", email="never"),
    NoticeKind.IMPORTS: _Kind("Your import has finished", "vendors:read", email="never"),
    NoticeKind.INTEGRATIONS: _Kind("A webhook was switched off", "vendors:read"),
}
"""Each kind's words, the scope a token needs, and what holds for somebody who has chosen nothing."""


@dataclass(frozen=True)
class Notice:
    """Who one type of event is for. `personal`: for those it names only, never for everybody with the permission."""

    kind: NoticeKind
    permission: Permission = Permission.VIEW
    personal: bool = False


NOTICES: dict[T, Notice] = {
    T.SCORECARD_RANK_CHANGED: Notice(NoticeKind.RANKS),
    T.GATE_FAILED: Notice(NoticeKind.MUST_HAVES),
    T.VENDOR_REGULATORY_STATE_CHANGED: Notice(NoticeKind.REGULATORY),
    T.VENDOR_MERGED: Notice(NoticeKind.VENDORS),
    T.VENDOR_ARCHIVED: Notice(NoticeKind.VENDORS),
    T.EVIDENCE_STALE: Notice(NoticeKind.EVIDENCE, Permission.EDIT_EVIDENCE),
    T.EVIDENCE_RETRACTED: Notice(NoticeKind.EVIDENCE),
    T.SHORTLIST_SIGNED: Notice(NoticeKind.DECISIONS),
    T.SNAPSHOT_SUPERSEDED: Notice(NoticeKind.DECISIONS),
    T.EXPORT_READY: Notice(NoticeKind.EXPORTS, personal=True),
    T.IMPORT_FINISHED: Notice(NoticeKind.IMPORTS, personal=True),
    T.EVALUATOR_INVITED: Notice(NoticeKind.EVALUATIONS, personal=True),
    T.EVALUATOR_DEADLINE: Notice(NoticeKind.EVALUATIONS, personal=True),
    T.QUESTIONNAIRE_DEADLINE: Notice(NoticeKind.QUESTIONNAIRES, Permission.EDIT_CANDIDATES),
    T.CDA_EXPIRING: Notice(NoticeKind.EXPIRY, Permission.EDIT_CDAS),
    T.CERTIFICATE_EXPIRING: Notice(NoticeKind.EXPIRY, Permission.EDIT_EVIDENCE),
    T.QUALIFICATION_EXPIRING: Notice(NoticeKind.EXPIRY, Permission.EDIT_EVIDENCE),
    T.WEBHOOK_SWITCHED_OFF: Notice(NoticeKind.INTEGRATIONS, Permission.MANAGE_TOKENS),
}
"""Types that are told to members. A plain recalculation is not: what it changed is."""


def addressees(data: Mapping[str, Any]) -> frozenset[str]:
    """The public ids of the people an event names as those it is for; empty when it names nobody."""
    named = data.get("to")
    if isinstance(named, list):
        return frozenset(str(one) for one in named)
    found = {id_in(data, key) for key in ("requested_by", "evaluator", "user")}
    return frozenset(found - {""})


def is_commercial(data: Mapping[str, Any]) -> bool:
    """Whether only those may be told who see commercial data."""
    return data.get("commercial") is True or data.get("confidentiality") == "commercial"


def sentence(event_type: str, data: Mapping[str, Any], *, happened: int = 1) -> str:
    """What happened, in one sentence of names and dates; `happened` events of one type are told together."""
    vendor = name_in(data, "vendor") or name_in(data, "candidate")
    scorecard = name_in(data, "scorecard")
    name = str(data.get("name") or data.get("title") or "")
    many = _MANY.get(event_type)
    if happened > 1 and many:
        return f"{happened:,} {many}{_in(scorecard)}."
    count = data.get("count")
    if isinstance(count, int) and count > 1 and event_type in _COUNTED:
        return f"{count:,} {_COUNTED[event_type]}{_in(scorecard)}."
    words = {
        T.SCORECARD_RANK_CHANGED: f"{vendor or 'Vendors'} changed places{_in(scorecard or name)}.",
        T.GATE_FAILED: f"{vendor or 'A vendor'} fails {_named('the must-have', _gate(data))}{_in(scorecard)}.",
        T.VENDOR_REGULATORY_STATE_CHANGED: f"The regulatory state of {_place(vendor or name, data)} changed{_to(data)}.",
        T.VENDOR_MERGED: f"{vendor or name or 'A vendor'} was merged{_into(data)}.",
        T.VENDOR_ARCHIVED: f"{vendor or name or 'A vendor'} was archived.",
        T.EVIDENCE_STALE: f"Evidence of {_place(vendor, data)} grew too old to count as before.",
        T.EVIDENCE_RETRACTED: f"Evidence of {_place(vendor, data)} was retracted.",
        T.SHORTLIST_SIGNED: f"{_named('The shortlist', name_in(data, 'shortlist') or name)} was signed.",
        T.SNAPSHOT_SUPERSEDED: f"A frozen decision{_in(name_in(data, 'shortlist') or scorecard or name)} was replaced by a newer one.",
        T.EXPORT_READY: f"Your export{_of(name or str(data.get('kind') or ''))} is ready.",
        T.IMPORT_FINISHED: f"Your import{_of(name or str(data.get('file_name') or data.get('kind') or ''))} has finished.",
        T.EVALUATOR_INVITED: f"You are invited to rate vendors{_in(scorecard or name)}{_until(data)}.",
        T.EVALUATOR_DEADLINE: f"Your ratings{_in(scorecard or name)} are due{_on(data)}.",
        T.QUESTIONNAIRE_DEADLINE: f"{_named('The questionnaire', name_in(data, 'questionnaire') or name)}{_for(vendor)} {_was(data)} due{_on(data)}.",
        T.CDA_EXPIRING: f"The confidentiality agreement with {vendor or 'a vendor'} {_ends(data)}.",
        T.CERTIFICATE_EXPIRING: f"A certificate of {_place(vendor, data)} {_ends(data)}.",
        T.QUALIFICATION_EXPIRING: f"The qualification of {_place(vendor, data)}{_operation(data)} {_ends(data)}.",
        T.WEBHOOK_SWITCHED_OFF: f"{_named('The webhook', name)} was switched off after failing for days.",
    }
    return words[T(event_type)] if event_type in words else T(event_type).sentence + "."


_MANY = {
    T.SCORECARD_RANK_CHANGED.value: "changes of places",
    T.GATE_FAILED.value: "must-haves newly failed",
    T.VENDOR_REGULATORY_STATE_CHANGED.value: "regulatory states changed",
    T.VENDOR_MERGED.value: "vendors were merged",
    T.VENDOR_ARCHIVED.value: "vendors were archived",
    T.EVIDENCE_STALE.value: "pieces of evidence grew too old to count as before",
    T.EVIDENCE_RETRACTED.value: "pieces of evidence were retracted",
    T.CDA_EXPIRING.value: "confidentiality agreements are about to end",
    T.CERTIFICATE_EXPIRING.value: "certificates are about to end",
    T.QUALIFICATION_EXPIRING.value: "qualifications are about to end",
}


_COUNTED = {
    T.SCORECARD_RANK_CHANGED.value: "vendors changed places",
    T.GATE_FAILED.value: "vendors newly fail a must-have",
}
"""Types of which one event may already be about several vendors."""


def _named(what: str, name: str) -> str:
    return f"{what} “{name}”" if name else what if what.startswith("The ") else what.replace("the ", "a ", 1)


def _gate(data: Mapping[str, Any]) -> str:
    return name_in(data, "gate") or str(data.get("gate_label") or "")


def _in(scorecard: str) -> str:
    return f" in {scorecard}" if scorecard else ""


def _of(name: str) -> str:
    return f" “{name}”" if name else ""


def _for(vendor: str) -> str:
    return f" for {vendor}" if vendor else ""


def _place(vendor: str, data: Mapping[str, Any]) -> str:
    site = name_in(data, "site")
    return f"{vendor}, {site}" if vendor and site else vendor or site or "a vendor"


def _to(data: Mapping[str, Any]) -> str:
    state = str(data.get("new_label") or data.get("new_state") or data.get("state") or "")
    return f" to “{state.replace('_', ' ')}”" if state else ""


def _into(data: Mapping[str, Any]) -> str:
    kept = name_in(data, "into") or name_in(data, "merged_into")
    return f" into {kept}" if kept else " with another entry"


def _operation(data: Mapping[str, Any]) -> str:
    operation = str(data.get("operation_label") or "")
    return f" for {operation}" if operation else ""


def _date(data: Mapping[str, Any]) -> str:
    given = str(data.get("ends_on") or data.get("deadline") or data.get("due_on") or "")[:10]
    try:
        return day(date.fromisoformat(given)) if given else ""
    except ValueError:
        return given


def _on(data: Mapping[str, Any]) -> str:
    return f" on {_date(data)}" if _date(data) else " soon"


def _until(data: Mapping[str, Any]) -> str:
    return f", until {_date(data)}" if _date(data) else ""


def _was(data: Mapping[str, Any]) -> str:
    return "was" if data.get("passed") else "is"


def _ends(data: Mapping[str, Any]) -> str:
    return f"ends on {_date(data)}" if _date(data) else "is about to end"
