"""Data and rivals of the recompute benchmark. Imported after Django is set up."""

import io
import time
from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from cdmo_eval.core.db.base import owner_connection
from cdmo_eval.core.models import Organization
from cdmo_eval.core.organizations import create_organization
from cdmo_eval.core.policies import system_actor
from cdmo_eval.core.tenancy import organization_scope
from scorecards import recompute
from scorecards.engine.cells import Cells
from scorecards.frame import frame_of
from scorecards.models import Candidate, DirtyRow, Framework, Scorecard
from scorecards.models.result import FIGURES
from scorecards.services.programs import create_program
from scorecards.services.scorecards import create_scorecard, update_scorecard
from vendors.models import Vendor
from vendors.services import Provenance, Scope, record_evidence

LEAVES = 62


def build(*, vendors: int, scorecards: int, now: datetime) -> tuple[Organization, list[int]]:
    """An organisation with vendors, scorecards and kept cells; returns it and the scorecards' ids."""
    organization = create_organization(slug="bench", name="Bench", now=now)
    actor = system_actor(organization, "bench")
    with organization_scope(organization.pk, actor):
        Vendor.objects.bulk_create(
            [
                Vendor(organization=organization, name=f"Vendor {i:05}", updated_at=now)
                for i in range(vendors)
            ],
            batch_size=1000,
        )
        program = create_program(
            organization=organization, by=actor, now=now, name="Antibody", modality="MAB", phase_now="PH1", phase_target="PH2",
            target_markets=["US", "EU"], need_first_gmp_date=now.date() + timedelta(days=300), required_services=["FORM_DEV"],
            pipeline_modalities=["ADC"], preferred_model="INTEGRATED",
        )  # fmt: skip
        framework = Framework.objects.get(organization=organization)
        ids = [
            create_scorecard(
                program=program,
                framework=framework,
                name=f"Scorecard {i}",
                by=actor,
                now=now,
                weights={"MOD": 5 + i, "REG": 30 - i},
            ).pk
            for i in range(scorecards)
        ]
    with organization_scope(organization.pk, actor):
        candidates = list(Candidate.objects.order_by("id").values_list("id", flat=True))
        for number, scorecard_id in enumerate(ids):
            keep_cells(
                Scorecard.objects.select_related("program", "framework", "organization").get(pk=scorecard_id),
                candidates,
                seed=number,
                now=now,
            )
    make_rivals(organization, ids)
    DirtyRow.objects.exclude(pk=0).delete()
    dirty_all(organization, now=now)
    return organization, ids


def dirty_all(organization: Organization, *, now: datetime) -> None:
    """One hand-written statement: every scorecard's frame is marked."""
    with organization_scope(organization.pk, "bench"):
        Scorecard.objects.update(updated_at=now)


def keep_cells(scorecard: Scorecard, candidates: list[int], *, seed: int, now: datetime) -> None:
    """Random cells as a rating would have kept them."""
    frame = frame_of(scorecard, as_of=now.date())
    rng = np.random.default_rng(seed)
    n = len(candidates)
    applies = frame.weights.ppb > 0
    point = rng.integers(0, 1_000_001, (n, LEAVES))
    known = np.where(rng.random((n, LEAVES)) < 0.7, 1_000_000, 0)
    point = np.where(known > 0, point, 500_000)
    low = np.where(known > 0, np.maximum(point - 150_000, 0), 0)
    high = np.where(known > 0, np.minimum(point + 150_000, 1_000_000), 1_000_000)
    not_applicable = {code for code, answer in frame.rater.applicability.items() if not answer.applies}
    columns = np.array([code in not_applicable for code in frame.leaves])
    for table in (point, known, low, high):
        table[:, columns] = 0
    state = np.where(columns[None, :], 3, np.where(known > 0, 0, 1)).astype(np.uint8)
    cells = Cells(low, point, high, known, known // 2, known // 2, state)
    assert applies.any()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE staged (candidate_id bigint, packed bytea) ON COMMIT DROP")
        with cursor.copy("COPY staged FROM STDIN") as copy:
            for candidate, packed in zip(candidates, cells.packed(), strict=True):
                copy.write_row((candidate, packed))
        cursor.execute(
            """INSERT INTO scorecards_resultcells (organization_id, scorecard_id, candidate_id, packed, detail, gates, gates_passed,
                 gates_failed, gates_open, facts_digest, rating_key, rated_as_of)
               SELECT %s, %s, candidate_id, packed, '{"leaves": {}, "lines": []}', '[]', 4, 0, 1, sha256(packed), %s, %s FROM staged""",
            [scorecard.organization_id, scorecard.pk, frame.rating_key, now.date()],
        )
        cursor.execute("DROP TABLE staged")


def publish_one(scorecard_id: int, *, now: datetime) -> float:
    """Seconds to publish one scorecard from its cells."""
    began = time.perf_counter()
    outcome = recompute.run(scorecard_id, clock=lambda: now)
    seconds = time.perf_counter() - began
    assert outcome == recompute.Outcome.PUBLISHED, outcome
    return seconds


def new_weights(organization: Organization, ids: list[int], *, now: datetime) -> None:
    """Other weights for every scorecard, ours and the rivals': all scores and most ranks change."""
    actor = system_actor(organization, "bench")
    with organization_scope(organization.pk, actor):
        for scorecard in Scorecard.objects.filter(pk__in=ids).select_related("framework", "organization"):
            update_scorecard(
                scorecard=scorecard, expected_version=None, by=actor, now=now, weights={"SCL": 40}
            )
    keep_weights(organization, ids)


# The rivals: one statement for all figures, into tables of the same kind. One reads the stored cells as they are stored,
# packed; the other is given them as plain rows, prepared beforehand at no charge.

NUMBER = (  # a value is at most 1 000 000, so the fourth byte is never read
    "get_byte(c.packed, 4 * ({run} * {leaves} + w.leaf)) + 256 * get_byte(c.packed, 4 * ({run} * {leaves} + w.leaf) + 1)"
    " + 65536 * get_byte(c.packed, 4 * ({run} * {leaves} + w.leaf) + 2)"
)
PACKED = ("low", "point", "high", "known", "verified", "strength")
CELLS = {
    "packed": "SELECT c.candidate_id, w.grp, w.ppb, "
    + ", ".join(f"{NUMBER.format(run=run, leaves=LEAVES)} AS {name}" for run, name in enumerate(PACKED))
    + """ FROM scorecards_resultcells c CROSS JOIN (SELECT * FROM bench_weight WHERE scorecard_id = %(scorecard)s) w
    WHERE c.organization_id = %(org)s AND c.scorecard_id = %(scorecard)s""",
    "rows": """SELECT c.*, w.grp, w.ppb FROM bench_cell c JOIN bench_weight w ON w.scorecard_id = c.scorecard_id AND w.leaf = c.leaf
    WHERE c.organization_id = %(org)s AND c.scorecard_id = %(scorecard)s""",
}
STATEMENT = """
WITH cell AS (
  {cells}
), leaf AS (
  SELECT candidate_id, grp, sum(ppb * point)::bigint AS points, sum(ppb * low)::bigint AS low, sum(ppb * high)::bigint AS high,
         sum(ppb * known)::bigint AS known, sum(ppb * verified)::bigint AS verified, sum(ppb * strength)::bigint AS strength, sum(ppb)::bigint AS ppb
  FROM cell GROUP BY 1, 2
), total AS (
  SELECT candidate_id, sum(points) AS score, sum(low) AS low, sum(high) AS high, sum(known) AS coverage, sum(verified) AS verified,
         sum(strength) AS strength, string_agg(int8send(points), ''::bytea ORDER BY grp) AS group_points,
         string_agg(int8send(ppb), ''::bytea ORDER BY grp) AS group_weights, string_agg(int8send(known), ''::bytea ORDER BY grp) AS group_known
  FROM leaf GROUP BY 1
), ranked AS (
  SELECT *, rank() OVER (ORDER BY score DESC) AS rank, count(*) OVER (PARTITION BY score) > 1 AS tied,
         row_number() OVER (ORDER BY score DESC, coverage DESC, candidate_id) AS position FROM total
),
figures AS MATERIALIZED (
  SELECT %(org)s::bigint AS organization_id, %(scorecard)s::bigint AS scorecard_id, candidate_id, 1::bigint AS run_id, 'ranked' AS state, position,
    rank, tied AS rank_tied, rank AS best_rank, rank AS worst_rank, score AS score_exact, 1000000000000000 AS denominator_exact,
    low AS low_exact, high AS high_exact, coverage, verified AS verified_coverage, strength, group_points, group_weights, group_known,
    4 AS gates_passed, 0 AS gates_failed, 1 AS gates_open
  FROM ranked
), remembered AS (
  INSERT INTO bench_{name}_history (organization_id, scorecard_id, candidate_id, run_id, removed, {columns})
  SELECT organization_id, scorecard_id, candidate_id, run_id, false, {columns} FROM figures
)
INSERT INTO bench_{name}_result (organization_id, scorecard_id, candidate_id, run_id, {columns})
SELECT organization_id, scorecard_id, candidate_id, run_id, {columns} FROM figures
ON CONFLICT (organization_id, scorecard_id, candidate_id) DO UPDATE SET
  position = excluded.position, rank = excluded.rank, rank_tied = excluded.rank_tied, score_exact = excluded.score_exact,
  low_exact = excluded.low_exact, high_exact = excluded.high_exact, coverage = excluded.coverage,
  verified_coverage = excluded.verified_coverage, strength = excluded.strength, group_points = excluded.group_points,
  group_weights = excluded.group_weights, group_known = excluded.group_known
"""
RIVALS = {
    name: STATEMENT.format(name=name, cells=cells, columns=", ".join(FIGURES))
    for name, cells in CELLS.items()
}


def make_rivals(organization: Organization, ids: list[int]) -> None:
    """Plain tables: cells and weights as rows, results and history of each rival with our indexes and row-level security."""
    with owner_connection(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """CREATE TABLE bench_cell (organization_id bigint, scorecard_id bigint, candidate_id bigint, leaf int, point bigint, low bigint,
                 high bigint, known bigint, verified bigint, strength bigint);
               CREATE TABLE bench_weight (scorecard_id bigint, leaf int, grp int, ppb bigint);
               GRANT SELECT, INSERT, DELETE ON bench_weight TO cdmo_app"""
        )
        walled(cursor, "bench_cell")
        for name in RIVALS:
            for kind, ours in (("result", "scorecards_result"), ("history", "scorecards_resulthistory")):
                cursor.execute(f"CREATE TABLE bench_{name}_{kind} (LIKE {ours} INCLUDING ALL)")
                cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [ours])
                for option in cursor.fetchone()[0] or ():  # LIKE leaves the fill factor out
                    cursor.execute(f"ALTER TABLE bench_{name}_{kind} SET ({option})")
                walled(cursor, f"bench_{name}_{kind}")
    copy_cells(organization, ids)
    keep_weights(organization, ids)


def walled(cursor: CursorWrapper, table: str) -> None:
    """The row-level security of our tables."""
    cursor.execute(
        f"""ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} TO cdmo_app USING (organization_id = (SELECT NULLIF(current_setting('cdmo.organization_id', true), '')::bigint));
            CREATE POLICY owner ON {table} TO cdmo_owner USING (true) WITH CHECK (true);
            GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO cdmo_app"""
    )


def copy_cells(organization: Organization, ids: list[int]) -> None:
    """The kept cells, unpacked into rows."""
    for scorecard_id in ids:
        with organization_scope(organization.pk, "bench"), connection.cursor() as cursor:
            cursor.execute(
                "SELECT candidate_id, packed FROM scorecards_resultcells WHERE scorecard_id = %s ORDER BY 1",
                [scorecard_id],
            )
            rows = cursor.fetchall()
            cells = Cells.unpacked([bytes(packed) for _, packed in rows], leaves=LEAVES)
            columns = [
                np.full(len(rows) * LEAVES, organization.pk), np.full(len(rows) * LEAVES, scorecard_id),
                np.repeat([candidate for candidate, _ in rows], LEAVES), np.tile(np.arange(LEAVES), len(rows)),
                *(table.reshape(-1) for table in (cells.point, cells.low, cells.high, cells.known, cells.verified, cells.strength)),
            ]  # fmt: skip
            text = io.StringIO()
            np.savetxt(text, np.column_stack(columns), fmt="%d", delimiter="\t")
            cursor.execute("CREATE TEMP TABLE staged (LIKE bench_cell) ON COMMIT DROP")
            with cursor.copy("COPY staged FROM STDIN") as copy:
                copy.write(text.getvalue())
            cursor.execute("INSERT INTO bench_cell SELECT * FROM staged; DROP TABLE staged")
    with owner_connection(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX ON bench_cell (organization_id, scorecard_id); ANALYZE bench_cell; ANALYZE scorecards_resultcells"
        )


def keep_weights(organization: Organization, ids: list[int]) -> None:
    """The leaf weights of each scorecard as rows."""
    with organization_scope(organization.pk, "bench"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM bench_weight WHERE true")
        for scorecard in (
            Scorecard.objects.filter(pk__in=ids)
            .select_related("program", "framework", "organization")
            .order_by("id")
        ):
            frame = frame_of(scorecard, as_of=datetime(2026, 7, 1).date())  # noqa: DTZ001
            cursor.executemany(
                "INSERT INTO bench_weight VALUES (%s, %s, %s, %s)",
                [
                    (scorecard.pk, leaf, group, int(ppb))
                    for leaf, (group, ppb) in enumerate(zip(frame.groups, frame.weights.ppb, strict=True))
                ],
            )


def one_statement(organization: Organization, scorecard_id: int, rival: str) -> float:
    """Seconds of a rival on one scorecard, in a transaction of its own that waits for the disk as little as ours."""
    began = time.perf_counter()
    with organization_scope(organization.pk, "bench"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO OFF")
        cursor.execute(RIVALS[rival], {"org": organization.pk, "scorecard": scorecard_id})
    return time.perf_counter() - began


def same_figures(organization: Organization) -> bool:
    """Whether both rivals found our scores, ends, coverage and ranks."""
    columns = "scorecard_id, candidate_id, score_exact, low_exact, high_exact, coverage, verified_coverage, strength, rank, group_points, group_known"
    with organization_scope(organization.pk, "bench"), connection.cursor() as cursor:
        for name in RIVALS:
            cursor.execute(
                f"SELECT count(*) FROM (SELECT {columns} FROM scorecards_result EXCEPT SELECT {columns} FROM bench_{name}_result) x"
            )
            if cursor.fetchone()[0]:
                return False
    return True


def single_edits(organization: Organization, scorecard_id: int, *, edits: int) -> list[float]:
    """Seconds from the commit of one evidence edit to the published result, each edit on another vendor."""
    actor = system_actor(organization, "bench")
    now = datetime.now().astimezone()
    with organization_scope(organization.pk, actor):
        vendors = list(Vendor.objects.order_by("id")[:edits])
    recompute.run(scorecard_id, clock=lambda: now)
    seconds = []
    for number, vendor in enumerate(vendors):
        with organization_scope(organization.pk, actor):
            record_evidence(
                organization=organization, subject=vendor, target="SVC3", value={"level": 1 + number % 3}, scope=Scope(),
                provenance=Provenance(obtained_on=now.date()), by=actor, now=now,
            )  # fmt: skip
        began = time.perf_counter()
        outcome = recompute.run(scorecard_id, clock=lambda: now)
        seconds.append(time.perf_counter() - began)
        assert outcome == recompute.Outcome.PUBLISHED, outcome
    return seconds
