"""What a frozen calculation holds, read from the published rows: everything its figures rest on."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scorecards.engine.aggregate import Stage
from scorecards.engine.cells import Cells, CellState
from scorecards.frame import Frame
from scorecards.models import CellsVersion, GateWaiver, Result, ResultCells, Run, ScorecardGate
from scorecards.models.result import FIGURES
from scorecards.scoring_defaults import thresholds_of_run
from scorecards.snapshots.document import FORMAT
from vendors.models import Evidence, Site, Vendor

STATE_NAMES = {state.value: state.name.lower() for state in CellState}
RECORDED = (
    "subject_type", "target", "modality", "operation", "phase", "market", "value", "refused", "claim_type", "grade", "obtained_on",
    "valid_until", "reviewed_by", "reviewed_on", "source_kind", "source", "source_url", "confidentiality",
)  # fmt: skip
"""What of a record enters its digest: what it says, how well it is known, and where from."""


def content_of(frame: Frame, run: Run) -> dict[str, Any]:
    """The document of a published calculation, in a fixed number of queries. Its frame is that of the same moment."""
    scorecard, organization = frame.scorecard, frame.scorecard.organization
    results = list(
        Result.objects.for_organization(organization).filter(scorecard=scorecard).select_related("candidate__vendor").order_by("position", "id")
    )  # fmt: skip
    kept = {
        row.candidate_id: row
        for row in ResultCells.objects.for_organization(organization).filter(scorecard=scorecard)
    }
    records, facts = _records(frame, kept.values()), _facts(frame, kept)
    names = _Names.of(frame, kept.values())
    thresholds = thresholds_of_run(run.criteria, Stage(run.stage))
    groups = {group.code: group.name for group in frame.framework.groups}
    return {
        "format": FORMAT,
        "organization": {"id": str(organization.public_id), "name": organization.name},
        "scorecard": {"id": str(scorecard.public_id), "name": scorecard.name, "points": dict(scorecard.weights)},
        "program": {"id": str(scorecard.program.public_id), "name": scorecard.program.name},
        "run": {
            "id": str(run.public_id), "number": run.number, "as_of": run.as_of.isoformat(), "computed_at": run.finished_at.isoformat(),
            "engine_version": run.engine_version, "input_digest": run.input_digest, "output_digest": run.output_digest,
        },
        "framework": {
            "id": str(scorecard.framework.public_id), "digest": scorecard.framework.digest, "definition": scorecard.framework.definition,
        },
        "identity": frame.identity(),
        "policy": run.policy,
        "stage": run.stage,
        "thresholds": {"coverage": thresholds.coverage, "verified": thresholds.verified},
        "groups": [{"code": g["code"], "name": groups[g["code"]], "leaves": list(g["leaves"])} for g in run.criteria["groups"]],
        "weights": {code: leaf["weight_ppb"] for code, leaf in run.criteria["leaves"].items()},
        "not_applicable": {code: leaf["not_applicable"] for code, leaf in run.criteria["leaves"].items() if "not_applicable" in leaf},
        "must_haves": _must_haves(frame),
        "waivers": _waivers(frame),
        "candidates": [_candidate(row, kept[row.candidate_id], facts.get(row.candidate_id), frame.leaves, names, records) for row in results],
        "evidence": sorted((record for record in records.values()), key=lambda record: str(record["id"])),
    }  # fmt: skip


class _Names:
    """Public ids and names of the sites and partners that supply maps name."""

    def __init__(self, sites: Mapping[int, tuple[str, str]], partners: Mapping[int, tuple[str, str]]) -> None:
        self.sites, self.partners = sites, partners

    @classmethod
    def of(cls, frame: Frame, kept: Iterable[ResultCells]) -> "_Names":
        organization = frame.scorecard.organization
        lines = [line for row in kept for line in row.detail.get("lines", ())]
        found = []
        for model, column in ((Site, 3), (Vendor, 6)):
            wanted = {line[column] for line in lines if line[column] is not None}
            rows = model.objects.for_organization(organization).filter(pk__in=wanted)
            found.append(
                {
                    pk: (str(public_id), name)
                    for pk, public_id, name in rows.values_list("pk", "public_id", "name")
                }
            )
        return cls(found[0], found[1])

    def line(self, line: Sequence[Any]) -> dict[str, Any]:
        """A step of a supply map with names in place of numbers."""
        seq, operation, phase, site, _, delivery, partner, role = line
        named = {"site": self.sites.get(site), "partner": self.partners.get(partner)}
        return {"seq": seq, "operation": operation, "phase": phase, "delivery": delivery, "role": role} | {
            name: None if found is None else {"id": found[0], "name": found[1]}
            for name, found in named.items()
        }


def _candidate(
    result: Result,
    kept: ResultCells,
    facts: Any,
    codes: Sequence[str],
    names: _Names,
    records: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    vendor = result.candidate.vendor
    return {
        "id": str(result.candidate.public_id),
        "vendor": {"id": str(vendor.public_id), "name": vendor.name},
        "label": result.candidate.label,
        "assumed": bool(kept.detail.get("assumed", True)),
        "supply_map": [names.line(line) for line in kept.detail.get("lines", ())],
        "must_haves": [
            {
                "code": gate["gate"], "label": gate["label"], "outcome": gate["outcome"], "reason": gate["reason"],
                "waived_until": gate.get("waived_until", ""), "references": list(gate.get("references", ())),
            }
            for gate in kept.gates
        ],
        "facts_digest": bytes(kept.facts_digest).hex(),
        "facts": facts,
        "cells": _cells(kept, codes, records),
        "figures": {name: getattr(result, name) for name in FIGURES},
    }  # fmt: skip


def _facts(frame: Frame, kept: Mapping[int, ResultCells]) -> dict[int, Any]:
    """What each candidate's digest covers beside its cells: supply map, must-haves, evidence and what people judged."""
    rows = CellsVersion.objects.for_organization(frame.scorecard.organization).filter(
        scorecard=frame.scorecard, facts_digest__in=[row.facts_digest for row in kept.values()]
    )
    return {
        candidate: facts
        for candidate, digest, facts in rows.values_list("candidate_id", "facts_digest", "facts")
        if candidate in kept and bytes(digest) == bytes(kept[candidate].facts_digest)
    }


def _cells(
    kept: ResultCells, codes: Sequence[str], records: Mapping[int, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    table = Cells.unpacked([bytes(kept.packed)], leaves=len(codes))
    details = kept.detail.get("leaves", {})
    cells = {}
    for column, code in enumerate(codes):
        detail = details.get(code, {})
        found = {name: int(numbers[0, column]) for name, numbers in table.numbers.items()}
        cells[code] = found | {
            "state": STATE_NAMES[int(table.state[0, column])], "grade": detail.get("grade", ""), "freshness": detail.get("freshness", ""),
            "reason": detail.get("reason", ""), "evidence": [records[pk]["id"] for pk in detail.get("evidence", ()) if pk in records],
            "references": list(detail.get("references", ())),
        }  # fmt: skip
    return cells


def _records(frame: Frame, kept: Iterable[ResultCells]) -> dict[int, dict[str, Any]]:
    """The records that any cell rests on, by number: public id, version and a digest of what they say."""
    wanted = {
        pk
        for row in kept
        for leaf in row.detail.get("leaves", {}).values()
        for pk in leaf.get("evidence", ())
    }
    rows = (
        Evidence.objects.for_organization(frame.scorecard.organization)
        .filter(pk__in=wanted)
        .select_related("vendor", "file")
        .order_by("id")
    )
    return {
        row.pk: {
            "id": str(row.public_id), "version": row.version, "target": row.target, "grade": row.grade, "claim_type": row.claim_type,
            "obtained_on": row.obtained_on.isoformat(), "digest": evidence_digest(row), "vendor": row.vendor.name,
            "valid_until": row.valid_until.isoformat() if row.valid_until else "", "reviewed_by": row.reviewed_by,
            "reviewed_on": row.reviewed_on.isoformat() if row.reviewed_on else "", "source_kind": row.source_kind, "source": row.source,
            "file": {"name": row.file.name, "sha256": row.file.sha256} if row.file else None,
        }
        for row in rows
    }  # fmt: skip


def evidence_digest(row: Evidence) -> str:
    """SHA-256 (hex) of what a record says. Values may hold decimals, so it is JSON with sorted keys, not the canonical form."""
    told = {name: getattr(row, name) for name in RECORDED}
    return hashlib.sha256(
        json.dumps(told, sort_keys=True, default=str, ensure_ascii=True).encode()
    ).hexdigest()


def _must_haves(frame: Frame) -> list[dict[str, Any]]:
    scorecard = frame.scorecard
    rows = ScorecardGate.objects.for_organization(scorecard.organization).active().filter(scorecard=scorecard)
    return [
        {
            "code": row.code, "label": row.label, "subject": row.subject, "operator": row.operator, "waivable": row.waivable,
            "value": json.dumps(row.value, sort_keys=True),
        }
        for row in rows.order_by("position", "id")
    ]  # fmt: skip


def _waivers(frame: Frame) -> list[dict[str, Any]]:
    """Approved waivers that were not taken back, with who asked and who approved."""
    rows = (
        GateWaiver.objects.for_organization(frame.scorecard.organization)
        .filter(gate__scorecard=frame.scorecard, approved_at__isnull=False, revoked_at__isnull=True)
        .select_related("gate", "candidate", "requested_by", "approved_by")
        .order_by("id")
    )
    return [
        {
            "must_have": row.gate.code, "candidate": str(row.candidate.public_id), "text": row.text, "expires_on": row.expires_on.isoformat(),
            "requested_by": row.requested_by.name, "approved_by": row.approved_by.name if row.approved_by else "",
        }
        for row in rows
    ]  # fmt: skip
