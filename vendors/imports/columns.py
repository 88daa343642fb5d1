"""Which column of a file is which field: by its own name, by a known variant, by a mapping, or left out on purpose."""

import difflib
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vendors.imports.fields import ImportField, import_fields
from vendors.imports.report import Problem
from vendors.imports.variants import path_of_variant, plain

LEFT_OUT = ""
"""What a mapping says of a column that is left out."""


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """One column of the header: its field's path ("" for none) and how it was found."""

    position: int
    name: str
    path: str
    how: str
    """named, known (a variant), mapped, left_out or unknown."""


def match_columns(
    header: Sequence[str],
    *,
    mapping: Mapping[str, str],
    ignore: Collection[str] = (),
    only_mapped: bool = False,
    fields: Mapping[str, ImportField] | None = None,
) -> tuple[dict[int, ImportField], list[ColumnMatch], list[Problem]]:
    """The field of each position of the header, how each column was matched, and what is wrong with the header.

    `mapping` is column name → field path, blank to leave the column out; names are compared without case and surrounding
    space. A column that is neither mapped nor known is an error with the nearest field, unless it is among `ignore` or
    `only_mapped` says to leave out all such columns. `fields` is the catalogue (None: that of the combined file).
    """
    catalogue = import_fields() if fields is None else fields
    known = {path.casefold(): field for path, field in catalogue.items()}
    wanted = {_name(column): path.strip() for column, path in mapping.items()}
    left_out = {_name(column) for column in ignore} | {name for name, path in wanted.items() if not path}
    names = {_name(column) for column in header if column}
    problems = [
        Problem(0, column, "", "no_such_column", "the file has no such column")
        for column in (*mapping, *ignore)
        if _name(column) not in names
    ]
    found: dict[int, ImportField] = {}
    matches: list[ColumnMatch] = []
    taken = {path.casefold() for path in wanted.values()} | (names & set(known))
    for position, column in enumerate(header):
        name = _name(column)
        if not name or name in left_out:
            if name:
                matches.append(ColumnMatch(position, column, "", "left_out"))
            continue
        path, how = wanted.get(name, column), "mapped" if name in wanted else "named"
        field = known.get(path.casefold())
        if field is None and name not in wanted and not only_mapped:
            variant = path_of_variant(column, catalogue)
            # a column that says the field's own name, or is mapped to it, comes before one that resembles it
            if variant and variant.casefold() not in taken:
                field, how = catalogue[variant], "known"
        if field is None:
            unknown = name in wanted or not only_mapped
            if unknown:
                problems.append(_unknown(column, path, mapped=name in wanted, catalogue=catalogue))
            matches.append(ColumnMatch(position, column, "", "unknown" if unknown else "left_out"))
            continue
        if field in found.values():
            problems.append(Problem(0, column, field.path, "twice", f"{field.path} is given by two columns"))
        else:
            found[position] = field
        matches.append(ColumnMatch(position, column, field.path, how))
    if not found and not problems:
        problems.append(Problem(0, "", "", "no_columns", "no column of the file is a known field"))
    return found, matches, problems


def nearest_field(text: str, catalogue: Mapping[str, ImportField] | None = None) -> str:
    """The field whose path or last part resembles a text most."""
    by_name: dict[str, str] = {}
    for path in catalogue or import_fields():
        by_name.setdefault(plain(path), path)
        by_name.setdefault(plain(path.rpartition(".")[2]), path)
    (best, *_) = difflib.get_close_matches(plain(text), by_name, n=1, cutoff=0.0)
    return by_name[best]


def header_digest(header: Sequence[str]) -> str:
    """What a set of column names is known by: neither their order nor their case matters."""
    names = sorted({_name(column) for column in header if column})
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def _unknown(column: str, path: str, *, mapped: bool, catalogue: Mapping[str, ImportField]) -> Problem:
    nearest = nearest_field(path, catalogue)
    if mapped:
        message = f"is mapped to {path!r}, which is no field; the nearest is {nearest}"
    else:
        message = f"is not a known column; the nearest is {nearest}: rename it, map it, or leave it out"
    return Problem(0, column, "", "unknown_column", message)


def _name(column: str) -> str:
    return " ".join(column.split()).casefold()
