"""What every live source has in common: pages of rows, one after the other, and a file of them all for the loader."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from vendors.regulatory.sources.web import Client

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Page:
    """Rows as the service gave them, where the next ones are ("" at the end), and how many there are in all."""

    rows: tuple[Row, ...]
    following: str
    total: int


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


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """All rows as one file of the layout that its name says, the columns those of the first row."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        if path.suffix == ".json":
            stream.write('{"results": [')
            for number, row in enumerate(rows):
                stream.write(",\n" if number else "\n")
                json.dump(row, stream)
            stream.write("]}\n")
            return
        writer: Any = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(stream, fieldnames=list(row), restval="", extrasaction="ignore")
                writer.writeheader()
            writer.writerow({name: "" if value is None else value for name, value in row.items()})
