"""The figures by group as packed integers: one copy of memory in and out, where an array costs a call per element.

And room in each page for a second version of every current row: new weights change them all at once, and a row that stays
in its page needs no new entry in any index.
"""

from django.db import migrations

import scorecards.models.packed

COLUMNS = ("group_points", "group_weights", "group_known")
PACK = """
CREATE FUNCTION pg_temp.packed(numbers bigint[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(string_agg(int8send(number), ''::bytea ORDER BY place), ''::bytea)
  FROM unnest(numbers) WITH ORDINALITY AS listed (number, place)
$$"""


def retype(table: str) -> str:
    """Rewrites a table once, all three columns together."""
    changes = ", ".join(f"ALTER COLUMN {name} TYPE bytea USING pg_temp.packed({name})" for name in COLUMNS)
    return f"ALTER TABLE {table} {changes}"


class Migration(migrations.Migration):
    dependencies = [("scorecards", "0013_api")]

    operations = [
        migrations.RunSQL(PACK),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL("ALTER TABLE scorecards_result SET (fillfactor = 45)"),
                migrations.RunSQL(retype("scorecards_result")),
                migrations.RunSQL(retype("scorecards_resulthistory")),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name=model, name=name, field=scorecards.models.packed.PackedIntegers()
                )
                for model in ("result", "resulthistory")
                for name in COLUMNS
            ],
        ),
        migrations.RunSQL("DROP FUNCTION pg_temp.packed(bigint[])"),
    ]
