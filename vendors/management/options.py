"""What commands that read files take in the same way."""

from argparse import ArgumentTypeError


def column_of_field(text: str) -> tuple[str, str]:
    """COLUMN=FIELD as a pair, for `--map`."""
    column, equals, field = text.rpartition("=")
    if not (equals and column.strip() and field.strip()):
        raise ArgumentTypeError(f"{text!r} is not of the form COLUMN=FIELD")
    return column.strip(), field.strip()
