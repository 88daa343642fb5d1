"""What every live source has in common: pages of rows, one after the other, and a file of them all for the loader."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vendors.regulatory.sources.web import Client

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Rows as the service gave them, where the next ones are ("" at the end), and how many there are in all.

    ``total`` is None where the service does not say.
    """

    rows: tuple[Row, ...]
    following: str
    total: int | None


class Source(Protocol):
    """A live source of one kind of file."""

    @property
    def kind(self) -> str:
        """The file format that its rows follow."""

    @property
    def suffix(self) -> str:
        """ ".csv" or ".json": the layout in which the loader wants the rows."""

    def missing(self) -> str:
        """What must be configured before it can be asked, "" when nothing is missing."""

    def page(self, client: Client, cursor: str) -> Page:
        """The page at a cursor, "" for the first. Raises SourceError."""


def write_rows(rows: Callable[[], Iterable[Row]], path: Path) -> None:
    """All rows as one file of the layout that its name says.

    A table has the columns of all rows together: a service may leave a field out of a row that has nothing in it.
    ``rows`` is asked twice for that, so that they need not be in memory.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        if path.suffix == ".json":
            stream.write('{"results": [')
            for number, row in enumerate(rows()):
                stream.write(",\n" if number else "\n")
                json.dump(row, stream)
            stream.write("]}\n")
            return
        names = dict.fromkeys(name for row in rows() for name in row)
        writer: Any = csv.DictWriter(stream, fieldnames=list(names), restval="")
        writer.writeheader()
        for row in rows():
            writer.writerow({name: "" if value is None else value for name, value in row.items()})
