"""A canary in every text that an organisation owns, and a mark on what is commercial."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Organization
from cdmo_eval.core.models.tenant import TenantRow

KEPT = {
    "core_idempotencykey.actor": "names a token or a person by its key",
    "core_idempotencykey.body_sha256": "a digest",
    "core_notification.subject_type": "a code",
    "core_notification.type": "a code",
    "core_webhookattempt.error": "a code",
    "core_webhookendpoint.types": "codes",
    "core_refusedsignature.subject_type": "a code",
    "core_signature.declaration": "signed later; what was declared carries the canary",
    "core_signature.digest": "a digest",
    "core_signature.printed_name": "signed later, by a person whose name carries the canary",
    "core_signature.subject_type": "a code",
    "scorecards_consensus.leaf": "a code",
    "scorecards_export.content_type": "decides how the file is answered",
    "scorecards_export.file_name": "asked for later, of a scorecard whose name carries the canary",
    "scorecards_export.needs": "codes",
    "scorecards_export.requested_by_name": "asked for later, by a person whose name carries the canary",
    "scorecards_export.scopes": "codes",
    "scorecards_export.sha256": "a digest",
    "scorecards_export.storage_name": "names the bytes on disk",
    "scorecards_export.subject": "asked for later, of a scorecard whose name carries the canary",
    "scorecards_framework.code": "a code",
    "scorecards_framework.digest": "a digest",
    "scorecards_invitation.leaves": "codes",
    "scorecards_preregistration.digest": "a digest",
    "scorecards_questionnairecopy.digest": "a digest",
    "scorecards_questionnaireitem.target": "a code",
    "scorecards_questionnairequestion.criterion": "a code",
    "scorecards_questionnairequestion.target": "a code",
    "scorecards_rating.leaf": "a code",
    "scorecards_resultcells.rating_key": "a digest",
    "scorecards_ruleschange.digest": "a digest",
    "scorecards_run.framework_code": "a code",
    "scorecards_run.input_digest": "a digest",
    "scorecards_run.output_digest": "a digest",
    "scorecards_scorecardgate.code": "a code",
    "scorecards_shortlistdecision.superseded_by_name": "superseded later, by a person whose name carries the canary",
    "scorecards_shortlistdecision.superseded_reason": "superseded later, for a reason that carries the canary",
    "scorecards_shortlistitem.added_state": "a code",
    "scorecards_simulation.key": "a digest",
    "scorecards_snapshot.digest": "a digest",
    "scorecards_snapshot.frozen_by_name": "frozen later, by a person whose name carries the canary",
    "scorecards_snapshot.reason": "frozen later, for a reason that carries the canary",
    "vendors_evidence.target": "a code",
    "vendors_evidencerevision.target": "a code",
    "vendors_externalid.system": "part of addresses",
    "vendors_importentry.table_name": "names a table",
    "vendors_storedfile.content_type": "decides how the file is answered",
    "vendors_storedfile.storage_name": "names the bytes on disk",
    "vendors_uploadedload.storage_name": "names the bytes on disk",
}
"""Columns of text in which only codes and digests stand, so that no canary fits; each with its reason.

A column with few characters needs no entry.
"""
CODES = (
    "scorecards_framework.name",
    "scorecards_program.modality",
    "scorecards_program.pipeline_modalities",
    "scorecards_program.required_operations",
    "scorecards_program.required_services",
    "scorecards_proposal.stand_alone_stages",
    "scorecards_questionnairequestion.modality",
    "scorecards_scorecardgate.subject",
    "scorecards_supplyline.operation",
    "vendors_capability.modality",
    "vendors_capability.operation",
    "vendors_capability.tags",
    "vendors_certificate.kind",
    "vendors_evidence.modality",
    "vendors_evidence.operation",
    "vendors_evidence.source_kind",
    "vendors_evidencerevision.modality",
    "vendors_evidencerevision.operation",
    "vendors_evidencerevision.source_kind",
    "vendors_importmapping.header_digest",
    "vendors_listscreen.list_name",
    "vendors_qualification.operation",
    "vendors_qualification.status",
    "vendors_serviceoffering.code",
    "vendors_site.controlled_schedules",
    "vendors_sitestanding.state",
    "vendors_standingchange.new_state",
    "vendors_standingchange.old_state",
    "vendors_storedfile.sha256",
    "vendors_uploadedload.record_kinds",
    "vendors_uploadedload.sha256",
    "vendors_uploadedrecord.classification",
    "vendors_uploadedrecord.kind",
    "vendors_vendor.carbon_disclosure",
    "vendors_vendor.niche_modalities",
    "vendors_vendor.sbti_status",
    "vendors_vendorpartnership.operations",
)
"""Columns of text that take no canary because a constraint lets in nothing but codes."""
COMMERCIAL = "COMMERCIAL"
"""What stands in the words of commercial rows, beside the canary."""
COMMERCIAL_ANSWERS = """
UPDATE scorecards_questionnaireanswer a SET comment = %s || a.id FROM scorecards_questionnaireitem i
WHERE i.organization_id = a.organization_id AND i.id = a.item_id AND i.target = 'COM1' AND a.organization_id = %s"""
"""What a vendor answers about its price is commercial too."""
SHORTEST = 24
"""A column with fewer characters holds codes only."""
EXTRA_JSON = (
    "core_job.parameters",
    "core_notification.data",
    "core_job.result",
    "vendors_uploadedrecord.raw",
    "vendors_uploadedrecordversion.content",
)


def tenant_models() -> list[type[TenantRow]]:
    """Every model whose rows belong to an organisation, by table."""
    found = [model for model in apps.get_models() if issubclass(model, TenantRow)]
    return sorted(found, key=lambda model: model._meta.db_table)


def text_columns(model: type[TenantRow]) -> Iterator[Any]:
    """Columns in which people may have written words."""
    for column in model._meta.local_fields:
        base = column.base_field if isinstance(column, ArrayField) else column
        if not isinstance(base, models.CharField | models.TextField) or getattr(base, "choices", None):
            continue
        if base.max_length is None or base.max_length >= SHORTEST:
            yield column


def write_canaries(organization: Organization, canary: str) -> list[str]:
    """Write the canary into every text column, as the owner: what the product may not change may be changed here.

    Returns the columns that took none ("table.column").
    """
    refused = []
    with owner_connection(), transaction.atomic():
        for model in tenant_models():
            table = model._meta.db_table
            words = f"{canary}-{COMMERCIAL}" if getattr(model, "commercial", False) else canary
            for column in text_columns(model):
                name = f"{table}.{column.column}"
                if name not in KEPT and not _put(organization, words, table, column):
                    refused.append(name)
            if any(column.column == "confidentiality" for column in model._meta.local_fields):
                _mark_commercial(organization, canary, model)
        _execute(COMMERCIAL_ANSWERS, f"{canary}-{COMMERCIAL}-", organization.pk)
        for name in EXTRA_JSON:
            table, column = name.split(".")
            _execute(
                f'UPDATE {table} SET "{column}" = "{column}" || jsonb_build_object(%s, %s) WHERE organization_id = %s',
                "note", canary, organization.pk,
            )  # fmt: skip
    return refused


def _mark_commercial(organization: Organization, canary: str, model: type[TenantRow]) -> None:
    """What is commercial says so in its words."""
    table = model._meta.db_table
    names = {
        column.column
        for column in text_columns(model)
        if not isinstance(column, ArrayField | models.URLField)
    }
    for name in sorted(names & {"name", "note", "source", "text"}):
        _execute(
            f"UPDATE {table} SET {name} = %s || id::text WHERE organization_id = %s AND confidentiality = 'commercial'",
            f"{canary}-{COMMERCIAL}-", organization.pk,
        )  # fmt: skip


def _put(organization: Organization, canary: str, table: str, column: Any) -> bool:
    shape = {models.URLField: "https://{}.example/", models.EmailField: "a@{}.example"}
    words = next((text for kind, text in shape.items() if isinstance(column, kind)), "{}-").format(canary)
    value = "%s || id::text"
    if isinstance(column, ArrayField):
        value = f"ARRAY[{value}]"
    empty = "'{}'" if isinstance(column, ArrayField) else "''"
    for rows in ("true", f'"{column.column}" <> {empty}'):  # all, else those that hold something already
        try:
            with transaction.atomic():
                changed = _execute(
                    f'UPDATE {table} SET "{column.column}" = {value} WHERE organization_id = %s AND {rows}',
                    words, organization.pk,
                )  # fmt: skip
            if changed:
                return True
        except DatabaseError:
            continue
    return False


def _execute(sql: str, *parameters: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.rowcount
