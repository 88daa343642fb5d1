"""Errors grouped by what mends them: what was found, what is expected, and the repairs that a person may choose."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from vendors.imports.fields import ImportField, Kind, allowed_values
from vendors.imports.kinds import Context
from vendors.imports.repairs import KEPT, ORDERS, SIGNS, How, iso_date, plain_number
from vendors.imports.report import Problem
from vendors.imports.variants import plain

VALUES_SHOWN = 25
ROWS_SHOWN = 10
SUGGESTIONS = 5
_COMPARED = 3_000
_TITLES: Mapping[str, str] = {
    "not_a_date": "Date not understood",
    "not_a_number": "Number not understood",
    "not_whole": "Not a whole number",
    "not_a_count": "Count not understood",
    "not_yes_or_no": "Neither yes nor no",
    "not_a_url": "Not a web address",
    "not_an_fei": "Not an FEI number",
    "unknown_country": "Unknown country",
    "unknown_choice": "Not in the list",
    "unknown_vendor": "Unknown vendor",
    "unknown_site": "Unknown site",
    "unknown_capability": "Unknown capability",
    "unknown_id": "Unknown id",
    "too_small": "Out of range: too small",
    "too_large": "Out of range: too large",
    "too_long": "Too long",
    "wrong_format": "Not in the expected form",
    "wrong_subject": "Not asked of this",
    "invalid_value": "Value not allowed",
    "duplicate": "Duplicate",
    "conflict": "Rows contradict each other",
    "required": "Missing",
    "ragged": "Another number of cells than the header",
    "unknown_column": "Column not known",
    "twice": "Two columns for one field",
    "no_such_column": "No such column",
    "no_columns": "No column is known",
    "no_rows": "No rows",
    "unreadable": "The file cannot be read",
    "in_future": "Lies in the future",
}
_MADE = {"unknown_vendor", "unknown_site", "unknown_capability"}
_NOT_REPLACED = {
    "duplicate", "conflict", "required", "ragged", "unknown_capability", "unknown_id", "alone", "other_vendor", "other_site",
    "other_fei", "other_id", "ambiguous", "verified_by_author", "permission_denied", "changed_alone", "incomplete",
}  # fmt: skip
_NOT_BLANKED = _NOT_REPLACED | _MADE | {"wrong_subject"}


def grouped_by_repair(
    problems: Iterable[Problem], *, fields: Mapping[str, ImportField], context: Context
) -> list[dict[str, Any]]:
    """The errors as the pages and REST show them: the largest group first, those of the header before all."""
    members: dict[tuple[str, str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        members[problem.column, problem.field, problem.code].append(problem)
    groups = [
        _group(column, path, code, found, fields.get(path), context)
        for (column, path, code), found in members.items()
    ]
    return sorted(
        groups, key=lambda group: (not group["header"], -group["rows"], group["column"], group["code"])
    )


def _group(
    column: str, path: str, code: str, found: Sequence[Problem], field: ImportField | None, context: Context
) -> dict[str, Any]:
    rows = sorted({problem.row for problem in found})
    counted: dict[str, int] = defaultdict(int)
    for problem in found:
        counted[problem.value] += 1
    values = [value for value in counted if value]
    header = not rows[0] or code == "unreadable"
    return {
        "title": _TITLES.get(code, found[0].message[:1].upper() + found[0].message[1:]),
        "column": column,
        "field": path,
        "code": code,
        "header": header,
        "rows": len(rows),
        "first_rows": rows[:ROWS_SHOWN],
        "message": found[0].message,
        "expected": _expected(field, code),
        "values": [
            {
                "found": value,
                "rows": counted[value],
                "suggestions": _suggestions(value, code, field, context) if code not in _NOT_REPLACED else [],
            }
            for value in sorted(values, key=lambda one: (-counted[one], one))[:VALUES_SHOWN]
        ],
        "more_values": max(0, len(values) - VALUES_SHOWN),
        "repairs": [] if header else list(_repairs(path, code, found, field)),
    }


def _expected(field: ImportField | None, code: str) -> str:
    """What a cell of the column looks like."""
    if field is None or code in {"duplicate", "conflict", "required"} | _MADE:
        return ""
    if field.kind is Kind.DAY:
        return "2026-05-20"
    if field.options and field.path != "evidence.target":
        shown = allowed_values(field)
        return shown if len(shown) <= 300 else f"{shown[:300]} …"
    return field.type_in_words


def _repairs(
    path: str, code: str, found: Sequence[Problem], field: ImportField | None
) -> Iterable[dict[str, Any]]:
    """The repairs that help, with how many rows each mends."""
    values = [problem.value for problem in found]
    if code == "not_a_date":
        for order, words in ORDERS.items():
            yield from _if_any(How.DATES, order, f"Read as {words}", [iso_date(v, order) for v in values])
    if code in {"not_a_number", "not_whole"} and field is not None:
        for sign, words in SIGNS.items():
            yield from _if_any(
                How.NUMBERS, sign, f"Read like {words}", [plain_number(v, sign) for v in values]
            )
    if code == "duplicate":
        for which, words in KEPT.items():
            yield _repair(How.KEEP, which, f"Keep {words}", len(found))
    if path and code not in _NOT_REPLACED and any(values):
        yield _repair(How.REPLACE, "", "Replace by another value", len(found))
    if code in _MADE:
        yield _repair(How.CREATE, "", "Make it new", len(found))
    if path and code not in _NOT_BLANKED and field is not None:
        yield _repair(How.BLANK, "", "Take as unknown (blank)", len(found))
    yield _repair(How.SKIP, "", "Leave these rows out", len(found))


def _if_any(how: How, option: str, label: str, read: Sequence[str]) -> Iterable[dict[str, Any]]:
    mended = sum(map(bool, read))
    if mended:
        yield _repair(how, option, label, mended)


def _repair(how: How, option: str, label: str, mends: int) -> dict[str, Any]:
    return {"repair": how.value, "option": option, "label": label, "mends": mends}


def _suggestions(value: str, code: str, field: ImportField | None, context: Context) -> list[str]:
    """What the person may have meant, the nearest first."""
    if not value:
        return []
    if code == "unknown_vendor":
        known = context.known
        return _nearest(value, {known.vendors[key].name: name for name, key in known.names.items()})
    if code == "unknown_site":
        return _nearest(value, {site.name: site.name.casefold() for site in context.known.sites.values()})
    if field is not None and field.options:
        labels = field.labels
        return _nearest(
            value, {option: f"{option} {labels.get(option, '')}".casefold() for option in field.options}
        )
    return []


def _nearest(value: str, choices: Mapping[str, str]) -> list[str]:
    """The choices that resemble a text: those that share the start of a word first, else any that look alike."""
    wanted = value.casefold()
    starts = {word[:4] for word in wanted.split() if len(word) >= 3}
    some = [one for one, text in choices.items() if any(word[:4] in starts for word in text.split())]
    pool: Collection[str] = some or (choices if len(choices) <= _COMPARED else ())
    scored = sorted(
        ((difflib.SequenceMatcher(None, plain(wanted), plain(choices[one])).ratio(), one) for one in pool),
        key=lambda pair: (-pair[0], pair[1]),
    )
    return [one for ratio, one in scored[:SUGGESTIONS] if ratio >= 0.4 or one in some]
