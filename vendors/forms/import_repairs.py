"""What a person chose on the page of an import: a field for each column, a repair for each group of errors."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from vendors.imports.repairs import How

MAKE, LEAVE = "=create", "=skip"
"""Choices for a value beside its suggestions."""
_MOST = 500


def chosen_mapping(posted: QueryDict, columns: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Column → field of what was chosen, blank for a column that is left out; what was found by itself is not repeated."""
    mapping = {}
    for position, column in enumerate(columns):
        path = posted.get(f"column-{position}")
        if path is None:
            continue
        path = path.strip()
        if column["how"] in {"named", "known"} and path == column["field"]:
            continue
        mapping[str(column["name"])] = path
    return mapping


def chosen_repairs(posted: QueryDict) -> list[dict[str, Any]]:
    """The repairs that the page's form chose, group by group."""
    found: list[dict[str, Any]] = []
    for number in range(_MOST):
        path = posted.get(f"field-{number}")
        if path is None:
            break
        code = posted.get(f"code-{number}", "")
        replaced: dict[str, str] = {}
        listed: dict[How, list[str]] = {How.CREATE: [], How.SKIP: []}
        for place in range(_MOST):
            value = posted.get(f"found-{number}-{place}")
            if value is None:
                break
            other = posted.get(f"other-{number}-{place}", "").strip()
            choice = other or posted.get(f"value-{number}-{place}", "").strip()
            if choice == MAKE:
                listed[How.CREATE].append(value)
            elif choice == LEAVE:
                listed[How.SKIP].append(value)
            elif choice:
                replaced[value] = choice
        base = {"field": path, "code": code}
        if replaced:
            found.append({**base, "repair": How.REPLACE.value, "values": replaced})
        found += [{**base, "repair": how.value, "values": values} for how, values in listed.items() if values]
        how_for_all, _, option = posted.get(f"repair-{number}", "").partition(":")
        if how_for_all:
            found.append({**base, "repair": how_for_all, "option": option})
    return found
