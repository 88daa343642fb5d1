"""Rows between PostgreSQL and NumPy, in one piece."""

from datetime import date

import numpy as np
import psycopg
import pytest
from django.db import connection, transaction

from scorecards import binary_rows
from scorecards.binary_rows import RowError, blank_rows, earliest_day, packed_integers, read_rows, write_rows

pytestmark = pytest.mark.django_db
LAYOUT: binary_rows.Layout = {"number": ">i8", "there": "?", "parts": packed_integers(2), "name": "S3"}


def test_rows_come_back_as_they_were_written() -> None:
    rows = blank_rows(3, LAYOUT)
    rows["number"], rows["there"], rows["name"] = (
        [3, -1, 2**60],
        [True, False, True],
        [b"abc", b"def", b"ghi"],
    )
    rows["parts"] = [[1, 2], [3, 4], [-5, 6]]

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE kept (number bigint, there boolean, parts bytea, name text) ON COMMIT DROP"
        )
        write_rows("pg_temp.kept", rows, tuple(LAYOUT))
        back = read_rows("SELECT * FROM pg_temp.kept ORDER BY number", {}, LAYOUT)
        cursor.execute("SELECT sum(number), array_agg(get_byte(parts, 15) ORDER BY number) FROM pg_temp.kept")
        seen = cursor.fetchone()

    assert back.tobytes() == rows[np.argsort(rows["number"])].tobytes()
    assert seen == (2**60 + 2, [4, 2, 6])


def test_no_rows_are_an_empty_array() -> None:
    with transaction.atomic():
        assert len(read_rows("SELECT 1::bigint WHERE %(never)s", {"never": False}, {"one": ">i8"})) == 0


@pytest.mark.parametrize("column", ["NULL::bigint", "7::integer", "'a longer text'"])
def test_a_field_of_another_width_is_refused(column: str) -> None:
    with transaction.atomic(), pytest.raises(RowError):
        read_rows(f"SELECT {column}", {}, {"one": ">i8"})


def test_an_error_of_the_server_is_its_own() -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), transaction.atomic():
        read_rows("SELECT * FROM nowhere", {}, {"one": ">i8"})


def test_parameters_are_quoted() -> None:
    with transaction.atomic():
        rows = read_rows("SELECT %(name)s::text", {"name": "a'b"}, {"name": "S3"})

    assert rows["name"].tolist() == [b"a'b"]


@pytest.mark.parametrize(
    ("days", "first"),
    [([], None), ([binary_rows.NEVER], None), ([binary_rows.NEVER, 9678, 9679], date(2026, 7, 1))],
)
def test_the_earliest_day_is_a_date(days: list[int], first: date | None) -> None:
    assert earliest_day(np.array(days, dtype=np.int64)) == first
