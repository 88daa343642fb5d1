"""Lists that a person has read: what row-level security leaves out, what clients may write, where no canary fits."""

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from rest_framework import serializers

from cdmo_eval.core.check_walls import FURTHER_POLICIES, NOT_COVERED
from cdmo_eval.core.models.tenant import TenantRow
from cdmo_eval.http.serializers import Input
from tests.integration.access.expected import NOT_UNDER_ROW_LEVEL_SECURITY
from tests.integration.access.test_foreign_ids import all_inputs
from tests.support.canaries import CODES, KEPT, tenant_models, text_columns
from tests.support.world import World

pytestmark = pytest.mark.django_db

POLICIES_OF_THEIR_OWN = {"core_auditchain", "core_auditevent", "core_auditseal", "core_change"}
"""Not tables of the usual kind, and secured all the same."""
WRITABLE = Path(__file__).with_name("writable.txt")


def test_tables_outside_row_level_security_are_the_known_ones() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        open_tables = {name for (name,) in cursor.fetchall()}

    assert set(NOT_COVERED) == set(NOT_UNDER_ROW_LEVEL_SECURITY)
    assert open_tables == set(NOT_UNDER_ROW_LEVEL_SECURITY) - POLICIES_OF_THEIR_OWN
    assert all(reason.strip() for reason in NOT_COVERED.values())


def test_only_one_table_has_a_policy_more() -> None:
    assert {table: sorted(names) for table, names in FURTHER_POLICIES.items()} == {
        "scorecards_candidate": ["default_candidates"]
    }


def test_no_table_of_an_organisation_is_outside() -> None:
    assert [model._meta.db_table for model in tenant_models() if model._meta.db_table in NOT_COVERED] == []


def test_every_row_with_an_organisation_is_a_tenants_or_known() -> None:
    loose = [
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "organization" for field in model._meta.local_fields)
        and not issubclass(model, TenantRow)
    ]

    assert [table for table in loose if table not in NOT_COVERED] == []


def described(found: type[Input]) -> str:
    """A serializer and its writable fields, one line."""
    fields = [
        name + ("[]" if isinstance(field, serializers.ListSerializer) else "")
        for name, field in found().fields.items()
        if not field.read_only
    ]
    return f"{found.__module__}.{found.__name__}: {' '.join(sorted(fields))}".rstrip()


def test_writable_fields_are_the_known_ones() -> None:
    lines = sorted({described(found) for found in all_inputs()})

    assert lines == WRITABLE.read_text().splitlines(), f"Compare with {WRITABLE.name}, and read what is new."


def test_every_table_has_rows_and_every_text_a_canary(worlds: tuple[World, World], ours: World) -> None:
    columns = {
        f"{model._meta.db_table}.{column.column}"
        for model in tenant_models()
        for column in text_columns(model)
    }

    assert sorted(set(KEPT) - columns) == []
    assert [sorted(world.without_canary) for world in worlds] == [sorted(CODES)] * 2
    assert [world.empty_tables for world in worlds] == [[], []]
