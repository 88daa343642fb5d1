"""An organisation with thousands of vendors, each with all that pages show: copies of the vendors it has. After Django is set up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.backends.utils import CursorWrapper

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Organization
from cdmo_eval.core.policies import system_actor
from cdmo_eval.core.tenancy import organization_scope

VENDOR = "JOIN grown_vendor g ON g.old = t.vendor_id"
SITE = "JOIN grown_site g ON g.old = t.site_id"
MAYBE_SITE = " LEFT JOIN grown_site s ON s.old = t.site_id AND s.n = g.n"
FEI = "CASE WHEN t.{0} = '' THEN '' ELSE (4000000000 + g.new)::text END"


@dataclass(frozen=True)
class Copied:
    """A table whose rows go with a vendor: how they hang on it, what differs, and at most how many of each vendor or site."""

    table: str
    joined: str
    owner: str
    differs: Mapping[str, str]
    most: int = 100
    only: str = "true"
    left_out: frozenset[str] = field(default_factory=frozenset)


COPIED = (
    Copied("vendors_capability", SITE, "site_id", {"id": "nextval('vendors_capability_id_seq')", "site_id": "g.new"}, 5),
    Copied("vendors_serviceoffering", VENDOR + MAYBE_SITE, "vendor_id", {"vendor_id": "g.new", "site_id": "s.new"}, 8),
    Copied("vendors_certificate", VENDOR + MAYBE_SITE, "vendor_id", {"vendor_id": "g.new", "site_id": "s.new", "file_id": "NULL"}),
    Copied(
        "vendors_evidence", VENDOR + MAYBE_SITE, "vendor_id",
        {"vendor_id": "g.new", "site_id": "s.new", "file_id": "NULL"}, 12,
        "t.capability_id IS NULL AND t.candidate_id IS NULL AND t.proposal_id IS NULL AND t.supersedes_id IS NULL AND t.program_id IS NULL",
    ),
    Copied("vendors_listscreen", VENDOR, "vendor_id", {"vendor_id": "g.new"}),
    Copied("vendors_cda", VENDOR, "vendor_id", {"vendor_id": "g.new", "file_id": "NULL"}),
    Copied("vendors_contact", VENDOR, "vendor_id", {"vendor_id": "g.new"}),
    Copied("vendors_note", VENDOR + MAYBE_SITE, "vendor_id", {"vendor_id": "g.new", "site_id": "s.new", "promoted_to_id": "NULL", "candidate_id": "NULL"}),
    Copied("vendors_sectionattestation", VENDOR, "vendor_id", {"vendor_id": "g.new"}),
    Copied("vendors_qualification", SITE, "site_id", {"site_id": "g.new"}),
    Copied("vendors_sitestanding", SITE, "site_id", {"site_id": "g.new"}),
)  # fmt: skip
RECORDS = "JOIN vendors_site o ON o.fei_key = t.fei_key AND o.organization_id = t.organization_id AND o.fei_key <> '' JOIN grown_site g ON g.old = o.id"


def crowd(organization: Organization, vendors: int) -> None:
    """Fill an organisation up to so many vendors."""
    actor = system_actor(organization, "bench")
    with organization_scope(organization.pk, actor), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off")
        cursor.execute(
            """CREATE TEMP TABLE grown_vendor ON COMMIT DROP AS
               SELECT v.id AS old, n, nextval('vendors_vendor_id_seq') AS new FROM vendors_vendor v, generate_series(1, %(most)s) n
               WHERE v.archived_at IS NULL AND v.merged_into_id IS NULL
               ORDER BY n, v.id LIMIT greatest(%(most)s - (SELECT count(*) FROM vendors_vendor WHERE archived_at IS NULL), 0)""",
            {"most": vendors},
        )
        cursor.execute("ANALYZE grown_vendor")
        copy(
            cursor,
            "vendors_vendor",
            "JOIN grown_vendor g ON g.old = t.id",
            {
                "id": "g.new",
                "name": "t.name || ' ' || g.n",
                "legal_name": "CASE WHEN t.legal_name = '' THEN '' ELSE t.legal_name || ' ' || g.n END",
            },
        )
        cursor.execute(
            """CREATE TEMP TABLE grown_site ON COMMIT DROP AS
               SELECT t.id AS old, g.n, g.new AS vendor, nextval('vendors_site_id_seq') AS new
               FROM vendors_site t JOIN grown_vendor g ON g.old = t.vendor_id WHERE t.archived_at IS NULL"""
        )
        cursor.execute("ANALYZE grown_site")
        copy(
            cursor,
            "vendors_site",
            "JOIN grown_site g ON g.old = t.id",
            {
                "id": "g.new",
                "vendor_id": "g.vendor",
                "fei": FEI.format("fei"),
                "fei_key": FEI.format("fei_key"),
            },
        )
        for one in COPIED:
            chosen = f"t.id IN (SELECT id FROM (SELECT t.id, row_number() OVER (PARTITION BY t.{one.owner} ORDER BY t.id DESC) AS place FROM {one.table} t WHERE {one.only}) x WHERE place <= {one.most})"
            copy(cursor, one.table, one.joined, one.differs, chosen)
        copy(
            cursor,
            "vendors_uploadedrecord",
            RECORDS,
            {
                "native_id": "t.native_id || '-' || g.n",
                "fei": "(4000000000 + g.new)::text",
                "fei_key": "(4000000000 + g.new)::text",
            },
        )
    settle()


def copy(
    cursor: CursorWrapper, table: str, joined: str, differs: Mapping[str, str], chosen: str = "true"
) -> None:
    """Insert copies of a table's rows."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name NOT IN ('id', 'public_id') AND is_generated = 'NEVER'",
        [table],
    )
    source = {name: f't."{name}"' for (name,) in cursor.fetchall()}
    cursor.execute(
        "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = 'public_id'",
        [table],
    )
    if cursor.fetchone():
        source["public_id"] = "gen_random_uuid()"
    source |= differs
    archived = " AND t.archived_at IS NULL" if "archived_at" in source else ""
    names = ", ".join(f'"{name}"' for name in source)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(source.values())} FROM {table} t {joined} WHERE {chosen}{archived}"
    )


def settle() -> None:
    """What autovacuum would have done by the time somebody looks."""
    with owner_connection(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
