"""FDA's Data Dashboard API: inspections, citations and compliance actions, with the credentials that FDA gives out.

A success has `statuscode` 400 in the body, whatever the HTTP status says; anything else is an error, alone or in a list.
By FDA's description only the answers about classifications state how many rows there are in all; those of the other
data sets end with a page that is not full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vendors.regulatory.sources.pages import Page
from vendors.regulatory.sources.web import Client, SourceError

SUCCESS = 400
MOST_ROWS = 5000
_TYPES = ("Drugs", "Biologics")


@dataclass(frozen=True)
class Dataset:
    """One data set: its path, the column whose order keeps pages apart, and the filter to drugs and biologics.

    Rows that are alike in that column may change places between two pages, so it is one that few rows share.
    ``states_total``: an answer without the number of all rows is not whole.
    """

    path: str
    sort: str
    filters: Mapping[str, tuple[str, ...]]
    states_total: bool = False


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "fda_inspections": Dataset(
            "inspections_classifications",
            "InspectionID",
            MappingProxyType({"ProductType": _TYPES}),
            states_total=True,
        ),
        "fda_citations": Dataset(
            "inspections_citations", "InspectionID", MappingProxyType({"ProgramArea": _TYPES})
        ),
        "fda_compliance_actions": Dataset(
            "compliance_actions", "CaseInjunctionID", MappingProxyType({"ProductType": _TYPES})
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class DashboardSource:
    """One data set of the dashboard. The whole of it is read each time: classifications are posted years later."""

    kind: str
    url: str
    user: str
    key: str
    rows: int = MOST_ROWS
    suffix: str = ".csv"

    def missing(self) -> str:
        """The variables that hold the credentials, when they are unset."""
        if self.user and self.key:
            return ""
        return "CDMO_FDA_DASHBOARD_USER and CDMO_FDA_DASHBOARD_KEY (FDA gives them out on request)"

    def page(self, client: Client, cursor: str) -> Page:
        """Rows from a number on, counted from 1. Raises SourceError, also for a page that is not whole."""
        dataset, start = DATASETS[self.kind], int(cursor or "1")
        body = {
            "start": start,
            "rows": self.rows,
            "sort": dataset.sort,
            "sortorder": "ASC",
            "returntotalcount": True,
            "filters": {name: list(values) for name, values in dataset.filters.items()},
            "columns": [],
        }
        headers = {"Authorization-User": self.user, "Authorization-Key": self.key}
        answer = client.ask("POST", f"{self.url}/{dataset.path}", headers=headers, body=body)
        rows, total = self._rows(answer.data)
        last = start - 1 + len(rows)
        if total is None:
            if not last:
                raise SourceError(f"{dataset.path}: there are no rows")
            return Page(rows, str(last + 1) if len(rows) == self.rows else "", None)
        if not rows or last > total or (last < total and len(rows) < self.rows):
            raise SourceError(
                f"{dataset.path}: the page from row {start} has {len(rows)} rows where {total} were announced in all"
            )
        return Page(rows, str(last + 1) if last < total else "", total)

    def _rows(self, data: Any) -> tuple[tuple[Mapping[str, Any], ...], int | None]:
        """The rows of a success and the number of all rows, None where the data set need not state it."""
        said = data[0] if isinstance(data, list) and data else data
        if not isinstance(said, dict) or said.get("statuscode") != SUCCESS:
            raise SourceError(f"{DATASETS[self.kind].path}: refused: {_shown(said)}")
        rows, total = said.get("result"), said.get("totalrecordcount")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceError(f"{DATASETS[self.kind].path}: the answer has no list of rows named result")
        if said.get("resultcount") != len(rows):
            raise SourceError(
                f"{DATASETS[self.kind].path}: {said.get('resultcount')} rows announced, {len(rows)} sent"
            )
        if len(rows) > self.rows:
            raise SourceError(f"{DATASETS[self.kind].path}: {self.rows} rows asked for, {len(rows)} sent")
        if "totalrecordcount" not in said and not DATASETS[self.kind].states_total:
            return tuple(rows), None
        if not isinstance(total, int):
            raise SourceError(f"{DATASETS[self.kind].path}: the answer does not say how many rows there are")
        return tuple(rows), total


def _shown(said: Any) -> str:
    """What the service said, in short."""
    if not isinstance(said, dict):
        return "the answer is not an object"
    details = {name: value for name, value in said.items() if name not in {"statuscode", "message", "result"}}
    return f"{said.get('statuscode')} {said.get('message', '')} {details or ''}".strip()[:400]
