"""How much of a file is read before it is refused."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one table. Sizes are bytes, times seconds, cells characters.

    The bounds of workbooks answer measured attacks: a file of 1.2 MB drove the reader to 4.6 GB. A cell's
    length is the most that a spreadsheet program itself keeps; texts in JSON may be longer, and such files take longer.
    """

    csv_bytes: int = 256 * MIB
    json_bytes: int = 256 * MIB
    xlsx_bytes: int = 20 * MIB
    page_bytes: int = 16 * MIB
    inflated_bytes: int = 64 * MIB
    members: int = 500
    memory_bytes: int = 768 * MIB
    cpu_seconds: int = 20
    wall_seconds: int = 30
    output_bytes: int = 256 * MIB
    rows: int = 1_000_000
    columns: int = 512
    cell_characters: int = 32_767
    json_cell_characters: int = 1_000_000
    json_cpu_seconds: int = 60
    json_wall_seconds: int = 120


DEFAULT_LIMITS = Limits()
