"""Read the list of objects in a JSON file, one object at a time. A program of its own under hard limits.

The reader is ijson, which never holds more than one object: the official file has hundreds of megabytes. The list is
the whole document or stands under a name beside others (``{"meta": ..., "results": [...]}``).
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from vendors.imports.child_process import Options, Output, RefusalError, run

_BOM = b"\xef\xbb\xbf"


class _Input:
    """The file without a mark of UTF-8 at its start, which JSON does not know."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._first = True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        if self._first and size:
            self._first = False
            start = self._source.read(len(_BOM))
            rest = b"" if start == _BOM else start
            return rest or self._source.read(size)
        return self._source.read(size)


def objects_of(source: BinaryIO, name: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list, once. Raises RefusalError where the file is no such list."""
    import ijson  # noqa: PLC0415 - after the limits are set

    builder: Any = None
    found = False
    path = ""
    try:
        for prefix, event, value in ijson.parse(_Input(source), use_float=False):
            if builder is not None:
                builder.event(event, value)
                if prefix == f"{path}item" and event == "end_map":
                    yield builder.value
                    builder = None
            elif event == "start_array" and prefix in {"", name} and not found:
                found = True
                path = f"{prefix}." if prefix else ""
            elif found and prefix == f"{path}item":
                if event != "start_map":
                    raise RefusalError(f"The list {name!r} holds something that is not an object.")
                builder = ijson.ObjectBuilder()
                builder.event(event, value)
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise RefusalError("The file is damaged or cut off: it is not well-formed JSON in UTF-8.") from error
    if not found:
        raise RefusalError(f"The file has no list {name!r} of records.")


def cell_of(value: object) -> str:
    """A value as text: lists and objects as compact JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def read(source: BinaryIO, options: Options, out: BinaryIO) -> None:
    """Write the names of the first object as the header, then each object. Raises RefusalError."""
    output = Output(out, options, what="file")
    output.about()
    names: list[str] = []
    for number, one in enumerate(objects_of(source, options["named_list"]), start=1):
        if number == 1:
            names = list(dict.fromkeys([*one, *options["elements"]]))
            output.row(0, names)
        output.row(number, [cell_of(one.get(name)) for name in names])


def main() -> int:
    """Run as a program; returns the exit status."""
    return run(read)
