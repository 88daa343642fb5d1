"""How the values of a row are known: what the row says about it, checked once for all rows that say the same."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from cdmo_eval.core.errors import Invalid, PermissionDenied
from cdmo_eval.core.policies import Actor
from vendors.imports.report import Problem
from vendors.imports.targets import ParsedRow
from vendors.services.provenance import Provenance, check_provenance, require_independent_review
from vendors.vocabulary import SourceKind

_NAMES = tuple(Provenance.__dataclass_fields__)


class Provenances:
    """The provenance of each row of one file."""

    def __init__(self, *, source: str, by: Actor, now: datetime) -> None:
        self._source = source
        self._by = by
        self._now = now
        self._found: dict[tuple[Any, ...], Provenance | list[Problem]] = {}
        self._refused: set[int] = set()

    def of(self, row: ParsedRow) -> tuple[Provenance | None, list[Problem]]:
        """How the row's values are known, or None; the problems are told once per row."""
        stated = stated_provenance(row)
        key = tuple(stated.items())
        if key not in self._found:
            self._found[key] = self._checked(stated)
        found = self._found[key]
        if isinstance(found, Provenance):
            return found, []
        if row.number in self._refused:
            return None, []
        self._refused.add(row.number)
        return None, [replace(problem, row=row.number) for problem in found]

    def _checked(self, stated: Mapping[str, Any]) -> Provenance | list[Problem]:
        provenance = Provenance(**{"source_kind": SourceKind.IMPORT.value, "source": self._source, **stated})
        try:
            check_provenance(provenance, today=self._now.date())
            require_independent_review(provenance, by=self._by)
        except Invalid as error:
            return [
                Problem(
                    0,
                    "",
                    f"evidence.{found.field}",
                    found.code,
                    found.message,
                    str(stated.get(found.field, "")),
                )
                for found in error.errors
            ]
        except PermissionDenied as error:
            return [Problem(0, "", "evidence.claim_type", error.code, error.message)]
        return provenance


def stated_provenance(row: ParsedRow) -> dict[str, Any]:
    """What the row itself says about how its values are known."""
    return {name: row.values[f"evidence.{name}"] for name in _NAMES if f"evidence.{name}" in row.values}
