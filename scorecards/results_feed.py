"""Published figures on the feed of changes: which candidate of which scorecard, or "many" of it.

A publication can change thousands of rows; naming each would cost as much as publishing them. More than 100 of one
scorecard in one statement become one row without a candidate: read the scorecard's results again.
"""

from collections.abc import Iterator

from django.db.migrations.state import ProjectState

from cdmo_eval.core.delta_feed import COLUMNS, HEADER, STAMP, TABLE
from cdmo_eval.core.walls import SqlOperation, find_model, statement_triggers

COLLAPSE_ABOVE = 100


class ResultsFeed(SqlOperation):
    """The triggers of a table with one row per scorecard and candidate.

    `differs` says, of new row `n` and old row `o`, when an update is worth telling; empty: always.
    """

    def __init__(self, name: str, type: str, *, differs: str = "") -> None:  # noqa: A002 - the feed's word
        self.name, self.type, self.differs = name, type, differs

    def describe(self) -> str:
        """For the output of migrate."""
        return f"Feed of {self.name} as {self.type}"

    def statements(self, app_label: str, state: ProjectState) -> Iterator[str]:
        """The SQL."""
        table = find_model(state, app_label, self.name)._meta.db_table
        function = f"guard.feed_{table}"
        yield "SET LOCAL ROLE cdmo_audit;"
        joined = (
            f"new_rows n JOIN old_rows o USING (id) WHERE {self.differs}" if self.differs else "new_rows n"
        )
        for event, rows, op in (
            ("insert", "new_rows n", "upsert"),
            ("update", joined, "upsert"),
            ("delete", "old_rows n", "delete"),
        ):
            yield f"""
            CREATE OR REPLACE FUNCTION {function}_{event}() {HEADER} AS $f$
            BEGIN
              WITH changed AS MATERIALIZED (SELECT n.organization_id, n.scorecard_id, n.candidate_id FROM {rows}),
              sized AS (
                SELECT organization_id, scorecard_id, count(*) AS n, CASE WHEN count(*) <= {COLLAPSE_ABOVE} THEN array_agg(candidate_id) ELSE '{{NULL}}' END AS ids
                FROM changed GROUP BY 1, 2)
              INSERT INTO {TABLE} ({COLUMNS})
              SELECT s.organization_id, '{self.type}',
                (SELECT c.public_id FROM public.scorecards_candidate c WHERE c.organization_id = s.organization_id AND c.id = i.id),
                (SELECT c.public_id FROM public.scorecards_scorecard c WHERE c.organization_id = s.organization_id AND c.id = s.scorecard_id),
                CASE WHEN i.id IS NULL THEN 'upsert' ELSE '{op}' END, NULL, false, {STAMP}
              FROM sized s, unnest(s.ids) AS i (id);
              RETURN NULL;
            END $f$;"""
        yield "RESET ROLE;"
        yield from statement_triggers(f"public.{table}", "feed", f"{function}_{{event}}")
