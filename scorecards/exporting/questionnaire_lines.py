"""The lines of a question: what a vendor fills in, with the kind of each answer and what is allowed.

They are those of the page that states a fact by hand, so that workbook, page and program take the same answers. A
question keeps its lines from the day it was chosen; reading judges by those, and by today's catalogue after that.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from vendors.facts import FACTS, Fact, FactValueError, validate_value
from vendors.forms.fields import Lines
from vendors.forms.values import read_value, value_fields
from vendors.imports.errors import TableError
from vendors.imports.values import parse_date

CONTENT_VERSION = 1
NONE = "none"
NONE_FIELD = "value__none"
SEPARATOR = ";"
MOST_NAMED = 12
"""So many allowed answers are named beside the cell; more are in its list only."""
_ROW = re.compile(r"^(value__[a-z_]+?)__([0-9]+)__(.+)$")


class LineFault(ValueError):
    """What a line says cannot be taken; ``path`` is the line's, ``code`` names the fault."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(message)
        self.path, self.code, self.message = path, code, message


@dataclass(frozen=True, slots=True)
class Line:
    """One cell to fill in. ``path`` is the place in the value; ``options`` are (code, words) where a list is given."""

    path: str
    label: str
    kind: str  # choice, several, list, whole, number, date or text
    options: tuple[tuple[str, str], ...] = ()

    @property
    def hint(self) -> str:
        """How the cell is filled in, in words."""
        words = [text for _, text in self.options]
        if self.kind == "choice":
            return "\n".join(("One of:", *words)) if len(words) <= MOST_NAMED else "Choose from the list."
        if self.kind == "several":
            named = "\n".join(words) if len(words) <= MOST_NAMED else "the names or codes of the catalogue"
            return f"Any of these, with semicolons between them, or “{NONE}”:\n{named}"
        return {
            "list": "Any number, with semicolons between them.",
            "whole": "A whole number.",
            "number": "A number, such as 12.5.",
            "date": "A date, such as 2026-05-20.",
            "text": "Words.",
        }[self.kind]

    def shown(self, content: Any) -> str:
        """A part of a value as the cell shows it."""
        words = dict(self.options)
        if self.kind in {"several", "list"}:
            return f"{SEPARATOR} ".join(words.get(code, code) for code in content) or NONE
        code = _flag_code(content) if words else str(content)
        return words.get(code, code)

    def entered(self, text: str) -> Any:
        """What the cell says, as the field of a form takes it. Raises LineFault."""
        if self.kind == "choice":
            return self._code(text)
        if self.kind in {"several", "list"}:
            parts = [part.strip() for part in text.replace("\n", SEPARATOR).split(SEPARATOR)]
            parts = [part for part in parts if part]
            if self.kind == "list":
                return [] if [part.casefold() for part in parts] == [NONE] else list(dict.fromkeys(parts))
            chosen = [self._code(part) for part in parts if part.casefold() != NONE]
            if chosen and len(chosen) < len(parts):
                raise LineFault(self.path, "none_and_more", f"“{NONE}” stands alone or not at all")
            return list(dict.fromkeys(chosen))
        if self.kind == "date":
            try:
                found = parse_date(text, row=0, column="")
            except TableError:
                found = None
            if found is None:
                raise LineFault(self.path, "not_a_date", f"{text[:40]!r} is not a date such as 2026-05-20")
            return found.isoformat()
        return text

    def _code(self, text: str) -> str:
        wanted = " ".join(text.split()).casefold()
        for code, words in self.options:
            if wanted in (code.casefold(), " ".join(words.split()).casefold()):
                return code
        few = [words for _, words in self.options] if len(self.options) <= MOST_NAMED else []
        allowed = f": choose {', '.join(few)}" if few else ""
        raise LineFault(self.path, "not_allowed", f"{text[:40]!r} is not an answer here{allowed}")


def lines_of(fact: Fact) -> tuple[Line, ...]:
    """What is asked of a fact, cell by cell."""
    fields, _ = value_fields(fact, None)
    return tuple(_line(path, field) for path, field in fields.items() if path != NONE_FIELD)


def _line(path: str, field: forms.Field) -> Line:
    label = str(field.label or "Answer")
    if isinstance(field, forms.MultipleChoiceField):
        return Line(path, label, "several", _options(field))
    if isinstance(field, forms.ChoiceField):
        return Line(path, label, "choice", _options(field))
    if isinstance(field, Lines):
        return Line(path, label, "list")
    for kind, name in (
        (forms.FloatField, "number"),
        (forms.IntegerField, "whole"),
        (forms.DateField, "date"),
    ):
        if isinstance(field, kind):
            return Line(path, label, name)
    return Line(path, label, "text")


def _options(field: Any) -> tuple[tuple[str, str], ...]:
    """Codes and words; words that stand twice (a market and its country) say their code too."""
    pairs = [(str(code), str(words)) for code, words in field.choices if code != ""]
    times = Counter(words.casefold() for _, words in pairs)
    return tuple(
        (code, f"{words} ({code})" if times[words.casefold()] > 1 else words) for code, words in pairs
    )


def content_of(fact: Fact) -> dict[str, Any]:
    """What a question keeps of its fact: the lines with their allowed answers, the unit, the shape, and a version."""
    lines = [
        {
            "path": line.path, "label": line.label, "kind": line.kind, "options": [list(pair) for pair in line.options],
        }
        for line in lines_of(fact)
    ]  # fmt: skip
    schema: Any = fact.schema
    return {"version": CONTENT_VERSION, "shape": schema.kind, "unit": fact.unit, "lines": lines}


def kept_lines(content: Mapping[str, Any], value: Mapping[str, Any] | None = None) -> tuple[Line, ...]:
    """The lines that a question kept; a list of rows has as many more as `value` needs."""
    lines = tuple(
        Line(
            line["path"],
            line["label"],
            line["kind"],
            tuple((code, words) for code, words in line["options"]),
        )
        for line in content["lines"]
    )
    return (*lines, *_further_rows(lines, value or {}))


def _further_rows(lines: Sequence[Line], value: Mapping[str, Any]) -> Iterable[Line]:
    """Lines for the rows of a value beyond those that are asked."""
    matches = [(line, match) for line in lines if (match := _ROW.match(line.path))]
    if not matches:
        return
    last = max(int(match[2]) for _, match in matches)
    name = matches[0][1][1].removeprefix("value__")
    first = [(line, match) for line, match in matches if match[2] == "0"]
    for number in range(last + 1, len(value.get(name, ()))):
        for line, match in first:
            label = line.label.replace("1.", f"{number + 1}.", 1)
            yield Line(f"{match[1]}__{number}__{match[3]}", label, line.kind, line.options)


def cells_of(lines: Sequence[Line], value: Mapping[str, Any]) -> dict[str, str]:
    """What the cells of a known value show, by path."""
    flat = dict(_flat("value", value))
    return {line.path: line.shown(flat[line.path]) for line in lines if line.path in flat}


def _flat(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{path}__{key}", part)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for number, row in enumerate(value):
            yield from _flat(f"{path}__{number}", row)
    else:
        yield path, value


def _flag_code(content: Any) -> str:
    """A number, yes or no as the code of its option: 1.0 is "1", true is "true"."""
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, float) and content.is_integer():
        return str(int(content))
    return str(content)


def value_of(target: str, lines: Sequence[Line], said: Mapping[str, str]) -> dict[str, Any]:
    """The value that filled-in cells (path → text, blanks left out) state of a fact.

    Raises LineFault for a cell that is not of its kind, and for a value that the catalogue does not take.
    """
    fact = FACTS.get(target)
    by_path = {line.path: line for line in lines}
    first = next(iter(said), lines[0].path)
    if fact is None:
        raise LineFault(first, "no_longer_asked", "this is no longer known to the catalogue")
    data: dict[str, Any] = {path: by_path[path].entered(text) for path, text in said.items()}
    fields, _ = value_fields(fact, _room_for(fact, by_path))
    nothing = any(content == [] for content in data.values())  # “none” was written: a list without entries
    form = forms.Form(
        {
            path: "\n".join(content) if isinstance(fields.get(path), Lines) else content
            for path, content in data.items()
        }
    )
    form.fields.update(fields)
    if not form.is_valid():
        for path, errors in form.errors.items():
            raise LineFault(path if path in by_path else first, "invalid", str(errors[0]).rstrip("."))
    value = read_value(fact, form.cleaned_data | {NONE_FIELD: nothing})
    try:
        validate_value(target, value)
    except FactValueError as error:
        path = error.field.replace(".", "__")
        at = next((one for one in by_path if one == path or one.startswith(f"{path}__")), first)
        raise LineFault(
            at if path != "value" else first, "invalid_value", error.message.rstrip(".")
        ) from error
    return value


def _room_for(fact: Fact, by_path: Mapping[str, Line]) -> dict[str, Any] | None:
    """As many blank rows as the lines have, for a fact that is a list of rows."""
    numbers = [int(match[2]) for path in by_path if (match := _ROW.match(path))]
    schema: Any = fact.schema
    return {schema.name: [{}] * (max(numbers) + 1)} if numbers and schema.kind == "rows" else None
