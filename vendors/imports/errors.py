"""The one error of table reading."""


class TableError(ValueError):
    """A file, row or cell that cannot be read.

    ``row`` counts as a spreadsheet does (the header is row 1), 0 for the file as a whole; ``column`` is the
    column's name or letters, "" for the whole row.
    """

    def __init__(self, message: str, row: int = 0, column: str = "") -> None:
        self.message = message
        self.row = row
        self.column = column
        super().__init__(message)

    def __str__(self) -> str:
        place = [f"row {self.row}"] if self.row else []
        if self.column:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.message}" if place else self.message
