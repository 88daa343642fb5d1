"""The walls of the scorecards' tables, the references that other tables keep to them, and the dirty log."""

from django.db import migrations

from cdmo_eval.core.walls import TenantReference, TenantTable
from scorecards.triggers import (
    DefaultCandidates,
    DirtyLog,
    InstallDirtyLog,
    PublicRecordsDirtyLog,
    PublishedFrameworksStand,
    SettingsDirtyLog,
    watched_tables,
)

FAST = """
-- rows are rewritten in place by every calculation
ALTER TABLE scorecards_result SET (fillfactor = 70);
ALTER TABLE scorecards_resultcells SET (fillfactor = 70);
ALTER TABLE scorecards_resultcells ALTER COLUMN packed SET STORAGE EXTERNAL;
ALTER TABLE scorecards_cellsversion ALTER COLUMN packed SET STORAGE EXTERNAL;
"""


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0001_initial"), ("vendors", "0002_walls")]

    operations = [
        TenantTable("Framework"),
        TenantTable("Program"),
        TenantTable("Candidate"),
        TenantTable("SupplyLine", deletable=True),
        TenantTable("Scorecard"),
        TenantTable("ScorecardChoice", deletable=True),
        TenantTable("ScorecardGate"),
        TenantTable("GateWaiver"),
        TenantTable("Run", audited=False, append_only=True),
        TenantTable("Result", audited=False, derived=True, deletable=True, referenced=False),
        TenantTable("ResultHistory", audited=False, derived=True, append_only=True, referenced=False),
        TenantTable("CellsVersion", audited=False, derived=True, append_only=True, referenced=False),
        TenantTable("ResultCells", audited=False, derived=True, deletable=True, referenced=False),
        TenantReference("vendors.Evidence", "candidate_id", "Candidate"),
        TenantReference("vendors.Evidence", "program_id", "Program"),
        TenantReference("vendors.EvidenceRevision", "candidate_id", "Candidate"),
        TenantReference("vendors.ExternalId", "program_id", "Program"),
        TenantReference("vendors.ExternalId", "scorecard_id", "Scorecard"),
        TenantReference("vendors.Note", "candidate_id", "Candidate"),
        migrations.RunSQL(FAST, migrations.RunSQL.noop),
        InstallDirtyLog(),
        *[DirtyLog(**watched) for watched in watched_tables()],
        PublicRecordsDirtyLog(),
        SettingsDirtyLog(),
        DefaultCandidates(),
        PublishedFrameworksStand(),
    ]
