"""Which column of a file is which field: by its own name, by a given mapping, or left out on purpose."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from vendors.imports.fields import ImportField, import_fields
from vendors.imports.report import Problem


def match_columns(
    header: Sequence[str],
    *,
    mapping: Mapping[str, str],
    ignore: Collection[str] = (),
    only_mapped: bool = False,
) -> tuple[dict[int, ImportField], list[Problem]]:
    """The field of each position of the header, and what is wrong with the header.

    `mapping` is column name → field path; names are compared without case and surrounding space. A column that
    is neither mapped nor named like a field is an error with the nearest field, unless it is among `ignore` or
    `only_mapped` says to leave out all such columns.
    """
    known = {path.casefold(): field for path, field in import_fields().items()}
    wanted = {_name(column): path for column, path in mapping.items()}
    left_out = {_name(column) for column in ignore}
    names = {_name(column) for column in header if column}
    problems = [
        Problem(0, column, "", "no_such_column", "the file has no such column")
        for column in (*mapping, *ignore)
        if _name(column) not in names
    ]
    found: dict[int, ImportField] = {}
    for position, column in enumerate(header):
        name = _name(column)
        if not name or name in left_out:
            continue
        path = wanted.get(name, column).strip()
        field = known.get(path.casefold())
        if field is None and (name in wanted or not only_mapped):
            problems.append(_unknown(column, path, mapped=name in wanted))
        elif field is not None and field in found.values():
            problems.append(Problem(0, column, field.path, "twice", f"{field.path} is given by two columns"))
        elif field is not None:
            found[position] = field
    if not found and not problems:
        problems.append(Problem(0, "", "", "no_columns", "no column of the file is a known field"))
    return found, problems


def nearest_field(text: str) -> str:
    """The field whose path or last part resembles a text most."""
    by_name: dict[str, str] = {}
    for path in import_fields():
        by_name.setdefault(_plain(path), path)
        by_name.setdefault(_plain(path.rpartition(".")[2]), path)
    (best, *_) = difflib.get_close_matches(_plain(text), by_name, n=1, cutoff=0.0)
    return by_name[best]


def _unknown(column: str, path: str, *, mapped: bool) -> Problem:
    nearest = nearest_field(path)
    if mapped:
        message = f"is mapped to {path!r}, which is no field; the nearest is {nearest}"
    else:
        message = f"is not a known column; the nearest is {nearest}: rename it, map it, or leave it out"
    return Problem(0, column, "", "unknown_column", message)


def _name(column: str) -> str:
    return " ".join(column.split()).casefold()


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.casefold())
