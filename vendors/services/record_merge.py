"""SQL of what stands of a record when another file tells of it: for each column the newest file that says anything.

A blank says nothing: a file that leaves a class or a city out does not take away what an older file said, and an older
file that comes in late still fills what newer ones leave blank. The day from which a value stands is that of the record,
or, where it comes from another file, the one kept for its column in `carried`; so the order of the files does not matter.

`t` is the stored record, `s` the row of the file, `seen.read_on` the newest file that told the same of the record.
"""

from collections.abc import Sequence

from vendors.services.record_staging import COMPARED, DATES

REPLACED = ("fei", "closed_on", "closed_by_document", "raw", "source")
"""Columns in which a blank says something, or which describe the file: the newest file's stand."""
CARRIED = tuple(name for name in COMPARED if name not in REPLACED)
NEWER = "(t.withdrawn_on IS NOT NULL OR s.read_on >= greatest(t.read_on, seen.read_on))"
"""Nothing newer is known of the record. What an undo took back is nothing that is known."""


def said(alias: str, name: str) -> str:
    """Whether a row says anything in this column."""
    return f"{alias}.{name} IS NOT NULL" if name in DATES else f"{alias}.{name} <> ''"


def standing_since(name: str) -> str:
    """The day of the file from which the stored value comes."""
    return f"coalesce((t.carried ->> '{name}')::date, greatest(t.read_on, seen.read_on))"


def taken(name: str) -> str:
    """Whether the file's value stands."""
    if name in REPLACED:
        return NEWER
    newest = f"NOT {said('t', name)} OR s.read_on >= {standing_since(name)}"
    return f"(t.withdrawn_on IS NOT NULL OR {said('s', name)} AND ({newest}))"


def merged(names: Sequence[str]) -> str:
    """The columns as they stand after the file, each under its name with `merged_` before it."""
    return ", ".join(
        f"CASE WHEN {taken(name)} THEN s.{name} ELSE t.{name} END AS merged_{name}" for name in names
    )


def carried() -> str:
    """The days of the values that are not of the record's own day, by column."""
    pairs = ", ".join(f"'{name}', {_carried_day(name)}" for name in CARRIED)
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


def _carried_day(name: str) -> str:
    return f"""CASE WHEN {taken(name)} THEN CASE WHEN {NEWER} THEN NULL ELSE s.read_on::text END
      WHEN NOT {said("t", name)} THEN NULL
      WHEN {NEWER} AND s.read_on > {standing_since(name)} THEN {standing_since(name)}::text
      ELSE t.carried ->> '{name}' END"""
