"""Ids of another organisation's rows, in every field that takes one: like ids of nothing, and without effect."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.db import connection, transaction
from rest_framework import serializers

from cdmo_eval.core.ids import new_public_id
from cdmo_eval.core.roles import Role
from cdmo_eval.http.fields import RowField
from cdmo_eval.http.serializers import Input
from tests.integration.access.expected import ROUTES
from tests.support.matrix import Caller, Route, routes
from tests.support.tables import organization_tables
from tests.support.world import World

pytestmark = pytest.mark.django_db

REFUSED = {400, 404, 409}


def bodies(world: World) -> Iterator[tuple[str, str, str, dict[str, Any], dict[str, str]]]:  # noqa: PLR0915  # one body a serializer
    """Serializer, method, address, a body that is accepted, and its fields that take ids → the row they name."""
    of = world.id_of
    vendor, site, candidate = of("vendor"), of("site"), of("candidate")
    step = {
        "operation": "UPSTREAM",
        "site": site,
        "capability": of("capability"),
        "partner_vendor": of("partner"),
        "delivery": "partner",
    }
    step_fields = {
        "supply_map.0.site": "site",
        "supply_map.0.capability": "capability",
        "supply_map.0.partner_vendor": "partner",
    }
    evidence = {
        "subject": {"type": "vendor", "id": vendor}, "target": "SVC3", "value": {"level": 1},
        "scope": {"program": of("program")}, "file": of("storedfile"), "supersedes": of("evidence"),
    }  # fmt: skip
    yield (
        "CandidateIn",
        "POST",
        "candidates/",
        {"program": of("program"), "vendor": vendor, "label": "N", "supply_map": [step]},
        {"program": "program", "vendor": "vendor", **step_fields},
    )
    yield "CandidateChange", "PATCH", f"candidates/{candidate}/", {"supply_map": [step]}, step_fields
    yield (
        "ScorecardIn",
        "POST",
        "scorecards/",
        {"name": "N", "program": of("program"), "framework": of("framework"), "candidates": [candidate]},
        {"program": "program", "framework": "framework", "candidates.0": "candidate"},
    )
    yield (
        "ScorecardChange",
        "PATCH",
        f"scorecards/{of('scorecard')}/",
        {"candidates": [candidate]},
        {"candidates.0": "candidate"},
    )
    yield (
        "MergeIn",
        "POST",
        f"vendors/{of('partner')}/merge/",
        {"into": of("vendor")},
        {"into": "vendor"},
    )
    yield (
        "ApartIn",
        "POST",
        f"vendors/{of('vendor')}/keep-apart/",
        {"other": of("partner")},
        {"other": "partner"},
    )
    yield (
        "ExportIn",
        "POST",
        "exports/",
        {
            "kind": "compare",
            "format": "csv",
            "subject": of("scorecard"),
            "candidates": [candidate, of("rival")],
        },
        {"subject": "scorecard", "candidates.0": "candidate"},
    )
    yield (
        "ExportIn",
        "POST",
        "exports/",
        {"kind": "profile", "format": "csv", "vendors": [vendor]},
        {"vendors.0": "vendor"},
    )
    yield (
        "WaiverIn",
        "POST",
        f"scorecards/{of('scorecard')}/waivers/",
        {"gate": of("scorecardgate"), "candidate": candidate, "text": "N", "expires_on": "2099-01-01"},
        {"gate": "scorecardgate", "candidate": "candidate"},
    )
    offer = {"currency": "EUR", "lines": [{"scope_item": "N", "price": 1}], "signed_offer": of("storedfile")}
    yield (
        "ProposalIn",
        "POST",
        "proposals/",
        {"candidate": candidate} | offer,
        {"candidate": "candidate", "signed_offer": "storedfile"},
    )
    yield "ProposalChange", "PATCH", f"proposals/{of('proposal')}/", offer, {"signed_offer": "storedfile"}
    scorecard = of("scorecard")
    yield (
        "WhatIfIn",
        "POST",
        f"scorecards/{scorecard}/what-if/",
        {
            "cells": [{"candidate": candidate, "criterion": "REG1", "value": 50}],
            "outcomes": [
                {"candidate": candidate, "gate": world.rows["scorecardgate"].code, "outcome": "pass"}
            ],
        },
        {"cells.0.candidate": "candidate", "outcomes.0.candidate": "candidate"},
    )
    yield (
        "InvitationIn",
        "POST",
        f"scorecards/{scorecard}/invitations/",
        {
            "evaluator": world.team.members[Role.QUALITY].email,
            "criteria": ["SVC3"],
            "candidates": [candidate],
        },
        {"candidates.0": "candidate"},
    )
    yield (
        "RatingIn",
        "POST",
        "ratings/",
        {"invitation": of("invitation"), "candidate": candidate, "criterion": "SVC3", "level": 2},
        {"invitation": "invitation", "candidate": "candidate"},
    )
    yield (
        "ConsensusIn",
        "POST",
        f"scorecards/{scorecard}/consensus/",
        {"candidate": candidate, "criterion": "QUA1", "level": 4, "reason": "N"},
        {"candidate": "candidate"},
    )
    rival = of("rival")
    yield (
        "ShortlistIn",
        "POST",
        "shortlists/",
        {"scorecard": scorecard, "name": "N", "candidates": [candidate]},
        {"scorecard": "scorecard", "candidates.0": "candidate"},
    )
    yield (
        "ShortlistChange",
        "PATCH",
        f"shortlists/{of('shortlist')}/",
        {"primary": candidate, "backup": rival},
        {"primary": "candidate", "backup": "rival"},
    )
    yield (
        "ItemsIn",
        "POST",
        f"shortlists/{of('shortlist')}/items/",
        {"candidates": [rival]},
        {"candidates.0": "rival"},
    )
    yield (
        "CommentIn",
        "POST",
        f"shortlists/{of('shortlist')}/comments/",
        {"text": "N", "candidate": candidate},
        {"candidate": "candidate"},
    )
    yield (
        "QuestionnaireIn",
        "POST",
        "questionnaires/",
        {"scorecard": scorecard, "name": "N", "candidates": [candidate]},
        {"scorecard": "scorecard", "candidates.0": "candidate"},
    )
    yield (
        "QuestionnaireChange",
        "PATCH",
        f"questionnaires/{of('questionnaire')}/",
        {"candidates": [candidate]},
        {"candidates.0": "candidate"},
    )
    yield "FrameworkIn", "POST", "frameworks/", {"base": of("framework"), "name": "N"}, {"base": "framework"}
    yield (
        "MoveIn",
        "POST",
        f"scorecards/{scorecard}/framework/",
        {"framework": of("framework")},
        {"framework": "framework"},
    )
    yield (
        "ElsewhereIn",
        "POST",
        f"record-matches/{of('recordmatch')}/elsewhere/",
        {"site": site},
        {"site": "site"},
    )
    yield (
        "AttestationIn",
        "POST",
        "attestations/",
        {"vendor": vendor, "section": "services", "attested_on": "2026-01-01"},
        {"vendor": "vendor"},
    )
    yield (
        "CdaIn",
        "POST",
        "cdas/",
        {"vendor": of("partner"), "status": "none", "file": of("storedfile")},
        {"vendor": "vendor", "file": "storedfile"},
    )
    yield "CdaChange", "PATCH", f"cdas/{of('cda')}/", {"file": of("storedfile")}, {"file": "storedfile"}
    yield (
        "CertificateIn",
        "POST",
        "certificates/",
        {"vendor": vendor, "site": site, "kind": "GMP", "file": of("storedfile")},
        {"vendor": "vendor", "site": "site", "file": "storedfile"},
    )
    yield (
        "CertificateChange",
        "PATCH",
        f"certificates/{of('certificate')}/",
        {"file": of("storedfile")},
        {"file": "storedfile"},
    )
    yield "ContactIn", "POST", "contacts/", {"vendor": vendor, "name": "N"}, {"vendor": "vendor"}
    yield (
        "ElsewhereIn",
        "POST",
        f"record-matches/{of('recordmatch')}/elsewhere/",
        {"site": site},
        {"site": "site"},
    )
    yield (
        "ListScreenIn",
        "POST",
        "list-screens/",
        {"vendor": vendor, "list_name": "OFAC", "result": "pass", "screened_on": "2026-01-01"},
        {"vendor": "vendor"},
    )
    yield (
        "HoldIn",
        "POST",
        "legal-holds/",
        {"matter": "N", "reason": "N", "program": of("program")},
        {"program": "program"},
    )
    yield (
        "NoteIn",
        "POST",
        "notes/",
        {"vendor": vendor, "on": "2026-01-01", "text": "N", "site": site, "candidate": candidate},
        {"vendor": "vendor", "site": "site", "candidate": "candidate"},
    )
    yield (
        "PartnershipIn",
        "POST",
        "partnerships/",
        {"vendor": vendor, "partner_vendor": of("partner")},
        {"vendor": "vendor", "partner_vendor": "partner"},
    )
    yield (
        "QualificationIn",
        "POST",
        "qualifications/",
        {"site": site, "operation": "DOWNSTREAM"},
        {"site": "site"},
    )
    yield (
        "EvidenceIn",
        "POST",
        "evidence/",
        evidence,
        {"subject.id": "vendor", "scope.program": "program", "file": "storedfile", "supersedes": "evidence"},
    )
    yield (
        "EvidenceChange",
        "PATCH",
        f"evidence/{of('evidence')}/",
        {"scope": {"program": of("program")}, "file": of("storedfile"), "reason": "N"},
        {"scope.program": "program", "file": "storedfile"},
    )
    yield (
        "CapabilityIn",
        "POST",
        "capabilities/",
        {"site": site, "modality": "MAB", "operation": "DOWNSTREAM"},
        {"site": "site"},
    )
    yield (
        "ServiceIn",
        "POST",
        "services/",
        {
            "vendor": vendor,
            "site": site,
            "code": "FORM_DEV",
            "delivery": "partner",
            "partner_vendor": of("partner"),
        },
        {"vendor": "vendor", "site": "site", "partner_vendor": "partner"},
    )
    yield (
        "ServiceChange",
        "PATCH",
        f"services/{of('serviceoffering')}/",
        {"delivery": "partner", "partner_vendor": of("partner")},
        {"partner_vendor": "partner"},
    )
    yield "SiteIn", "POST", "sites/", {"vendor": vendor, "name": "N"}, {"vendor": "vendor"}
    yield (
        "SiteUpsert",
        "PUT",
        "sites/by-external-id/erp/new/",
        {"vendor": vendor, "name": "N"},
        {"vendor": "vendor"},
    )


PARTS = {
    "ProposalLineIn",
    "CellIn",
    "ChoiceIn",
    "EvidenceContent",
    "OutcomeIn",
    "ScopeIn",
    "StepIn",
    "SubjectIn",
}
"""Serializers that only stand inside others."""
AS_FORMS = {"FileIn"}
"""Sent as a form: see below."""


def all_inputs() -> list[type[Input]]:
    """Every serializer of what clients send; the addresses import them all."""
    routes()
    return list(_below(Input))


def _below(base: type[Input]) -> Iterator[type[Input]]:
    for found in base.__subclasses__():
        yield found
        yield from _below(found)


def id_fields(fields: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """Paths of the fields that take ids, `0` for any place in a list."""
    for name, field in fields.items():
        if isinstance(field, RowField | serializers.UUIDField):
            yield prefix + name
        if isinstance(getattr(field, "child", None), RowField | serializers.UUIDField):
            yield f"{prefix}{name}.0"
        inner, place = (
            (field.child, f"{name}.0.")
            if isinstance(field, serializers.ListSerializer)
            else (field, f"{name}.")
        )
        if isinstance(inner, serializers.Serializer):
            yield from id_fields(inner.fields, prefix + place)


def replaced(body: dict[str, Any], path: str, value: str) -> dict[str, Any]:
    """A copy of the body with another value at a path."""
    head, _, rest = path.partition(".")
    if isinstance(body, list):
        return [replaced(body[0], rest, value) if rest else value]  # type: ignore[return-value]
    return {**body, head: replaced(body[head], rest, value) if rest else value}


def test_every_field_that_takes_an_id_is_attacked(worlds: tuple[World, World], db: None) -> None:
    attacked: dict[str, set[str]] = {}
    for name, _, _, _, fields in bodies(worlds[0]):
        attacked.setdefault(name, set()).update(fields)

    declared = {found.__name__: set(id_fields(found().fields)) for found in all_inputs()}
    wanted = {name: fields for name, fields in declared.items() if fields and name not in PARTS | AS_FORMS}
    assert attacked == wanted


def test_foreign_ids_in_json_are_like_missing_ones(
    everybody: dict[str, Caller], ours: World, theirs: World
) -> None:
    before, found = organization_tables(theirs.organization), []
    for name, method, path, body, fields in bodies(ours):
        who = everybody[
            {"HoldIn": "admin", "QualificationIn": "quality", "RatingIn": "evaluator"}.get(name, "manager")
        ]
        for field, row in fields.items():
            answers = []
            for value in (theirs.id_of(row), str(new_public_id())):
                with transaction.atomic():
                    answer = who.ask(
                        method, f"/api/v1/{path}", replaced(body, field, value), api=True, undo=False
                    )
                    if organization_tables(theirs.organization) != before:
                        found.append((name, field, "changed their rows"))
                    transaction.set_rollback(True)
                answers.append((answer.status, answer.problems))
            if answers[0] != answers[1] or answers[0][0] not in REFUSED:
                found.append((name, field, answers))

    assert found == []


def form_pages() -> list[Route]:
    """Pages that show a form and take it."""
    return [
        route
        for route in routes()
        if not route.is_api and {"GET", "POST"} <= set(ROUTES.get(route.pattern, {}))
    ]


def id_in(value: object) -> str:
    """The id within an option such as "site:0190…", or ""."""
    tail = str(value).rpartition(":")[2]
    try:
        return str(UUID(tail))
    except ValueError:
        return ""


def content_of(form: forms.BaseForm) -> dict[str, Any]:
    """What the form would send as it is shown."""
    shown = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in shown.items() if value not in (None, False)}


def test_foreign_ids_in_forms_are_like_missing_ones(
    everybody: dict[str, Caller], ours: World, theirs: World
) -> None:
    swap = {
        ours.id_of(name): theirs.id_of(name) for name in ours.rows if hasattr(ours.rows[name], "public_id")
    }
    before, found, attacked = organization_tables(theirs.organization), [], set()
    for route in form_pages():
        who = everybody[
            "quality"
            if "qualification" in route.pattern
            else "admin"
            if route.pattern.startswith(("members", "retention"))
            else "manager"
        ]
        shown = who.client.get(route.address(ours)).context
        form = shown.get("form") if shown is not None else None
        for bound in form if isinstance(form, forms.BaseForm) else ():
            options = [id_in(value) for value, _ in getattr(bound.field, "choices", ())]
            own = next((option for option in options if option in swap), "")
            if not own:
                continue
            attacked.add((route.pattern, bound.html_name))
            pattern = next(str(value) for value, _ in bound.field.choices if id_in(value) == own)
            answers = []
            for value in (swap[own], str(new_public_id())):
                content = {**content_of(form), bound.html_name: pattern.replace(own, value)}
                with transaction.atomic():
                    answer = who.ask("POST", route.address(ours), content, api=False, undo=False)
                    if organization_tables(theirs.organization) != before:
                        found.append((route.pattern, bound.html_name, "changed their rows"))
                    with connection.cursor() as cursor:
                        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    transaction.set_rollback(True)
                answers.append(answer.status)
            if answers[0] != answers[1] or answers[0] not in REFUSED:
                found.append((route.pattern, bound.html_name, answers))

    assert found == []
    assert len(attacked) >= 5, attacked
