"""Insert and change many rows of a model in one statement each: COPY to a temporary table, then INSERT or UPDATE.

COPY is refused into a table with row-level security, and Django's own bulk writes send every value as a parameter: a
hundred thousand rows of evidence took minutes. Audit and dirty triggers see one statement, as they do for any bulk write.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import DataError, connection, models
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault

from cdmo_eval.core.errors import Invalid
from vendors.services.writing import constraints_in_words

COPY_FROM = 25
"""Rows from which a temporary table costs less than parameters."""
Encode = Callable[[Any], str]
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"
_CHUNK = 1 << 16


def add_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model: a few as usual, many by COPY. Raises Invalid for what breaks a rule."""
    if len(rows) >= COPY_FROM:
        insert_rows(rows)
    elif rows:
        with constraints_in_words():
            type(rows[0])._default_manager.bulk_create(rows)


def set_columns(rows: Sequence[Model], columns: Iterable[str]) -> None:
    """Write changed columns of rows of one model: of a few as usual, of many by COPY. Raises Invalid as above."""
    if len(rows) >= COPY_FROM:
        change_rows(rows, columns)
    elif rows:
        with constraints_in_words():
            type(rows[0])._default_manager.bulk_update(rows, sorted(set(columns)))


def insert_rows(
    rows: Sequence[Model], *, then: Sequence[str] = (), extra: Mapping[str, Sequence[str]] = {}
) -> None:
    """Insert new rows of one model, giving each its key; raises Invalid for what breaks a rule of the table.

    `then` are further statements over the temporary table `staged_rows` (the rows' columns, and `extra`: column
    definitions as name and type → the text of each row's value), run before it goes.
    """
    if not rows:
        return
    model = type(rows[0])
    table = model._meta.db_table
    fields: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if not all(isinstance(getattr(row, field.attname), DatabaseDefault) for row in rows)
    ]
    with connection.cursor() as cursor, constraints_in_words():
        cursor.execute(
            f"SELECT nextval(pg_get_serial_sequence('public.{table}', 'id')) FROM generate_series(1, %s)",
            [len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        names = ", ".join(_quoted(field.column) for field in fields)
        further = "".join(f", NULL::{kind} AS {name}" for name, kind in map(str.split, extra))
        _staged(cursor, f"SELECT {names}{further} FROM {table}")
        lines = _lines(rows, fields, list(extra.values()))
        _copy(cursor, lines)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM staged_rows ORDER BY id")
        for statement in then:
            cursor.execute(statement)
        cursor.execute("DROP TABLE staged_rows")
    for row in rows:
        row._state.adding = False  # noqa: SLF001 - what Django's own bulk_create says of its rows
        row._state.db = connection.alias  # noqa: SLF001


def change_rows(rows: Sequence[Model], columns: Iterable[str]) -> None:
    """Set the named columns of rows of one model to what the objects hold; raises Invalid as above."""
    if not rows:
        return
    model = type(rows[0])
    table = model._meta.db_table
    fields: list[Any] = [model._meta.get_field(name) for name in sorted(set(columns))]
    names = ", ".join(_quoted(field.column) for field in fields)
    assignments = ", ".join(f"{_quoted(field.column)} = s.{_quoted(field.column)}" for field in fields)
    with connection.cursor() as cursor, constraints_in_words():
        _staged(cursor, f"SELECT id, organization_id, {names} FROM {table}")
        keys = [model._meta.get_field("id"), model._meta.get_field("organization")]
        _copy(cursor, _lines(rows, [*keys, *fields], []))
        cursor.execute("ANALYZE staged_rows")  # a temporary table has no statistics of its own
        cursor.execute(
            f"UPDATE {table} t SET {assignments} FROM staged_rows s"
            " WHERE t.id = s.id AND t.organization_id = s.organization_id"
        )
        cursor.execute("DROP TABLE staged_rows")


def _quoted(column: str) -> str:
    return connection.ops.quote_name(column)


def _staged(cursor: Any, like: str) -> None:
    """A temporary table with the columns of a query, which reads nothing; dropped by who made it, or rolled back."""
    cursor.execute(f"CREATE TEMPORARY TABLE staged_rows ON COMMIT DROP AS {like} WITH NO DATA")


def _lines(rows: Sequence[Model], fields: Sequence[Any], extra: Sequence[Sequence[str]]) -> Iterable[str]:
    """Each row as a line of COPY's text format."""
    parts = [(field.attname, _encoder(field)) for field in fields]
    for number, row in enumerate(rows):
        values = row.__dict__
        cells = [_NULL if (value := values[name]) is None else encode(value) for name, encode in parts]
        cells += [column[number] for column in extra]
        yield "\t".join(cells) + "\n"


def _copy(cursor: Any, lines: Iterable[str]) -> None:
    """Send lines in pieces."""
    try:
        with connection.wrap_database_errors, cursor.copy("COPY staged_rows FROM STDIN") as copy:
            held: list[str] = []
            size = 0
            for line in lines:
                held.append(line)
                size += len(line)
                if size >= _CHUNK:
                    copy.write("".join(held))
                    held, size = [], 0
            copy.write("".join(held))
    except DataError as error:
        raise Invalid(f"A value does not fit its column: {str(error).splitlines()[0]}.") from error


def copy_text(value: Any) -> str:
    """A text as a cell of COPY's text format."""
    return str(value).translate(_ESCAPES)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")


def _yes_no(value: Any) -> str:
    return "t" if value else "f"


def _day(value: date) -> str:
    return value.isoformat()


def _array(item: Encode) -> Encode:
    """An array of texts or numbers; every item quoted, so that none can end it."""

    def encode(values: Any) -> str:
        quoted = ('"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values)
        return item("{" + ",".join(quoted) + "}")

    return encode


_BY_TYPE: Mapping[str, Encode] = {
    "JSONField": _json,
    "BooleanField": _yes_no,
    "DateField": _day,
    "DateTimeField": _day,
    "BigAutoField": str,
    "BigIntegerField": str,
    "ForeignKey": str,
    "IntegerField": str,
    "PositiveIntegerField": str,
    "PositiveSmallIntegerField": str,
    "SmallIntegerField": str,
    "UUIDField": str,
    "DecimalField": str,
    "FloatField": repr,
}


@cache
def _encoder(field: Any) -> Encode:
    """How a column's values are written."""
    if isinstance(field, ArrayField):
        return _array(copy_text)
    if isinstance(field, models.ForeignKey):
        return str
    return _BY_TYPE.get(field.get_internal_type(), copy_text)
