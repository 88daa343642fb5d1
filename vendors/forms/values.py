"""The fields by which a person states a value: one set for each shape that a fact can have.

A field's name is the path of its part in the value, with two underscores for the dots, so that a refusal that
names "value.flags.gmp" finds its field. A part left blank is left out of the value: unknown, never zero.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms

from cdmo_eval.core.rubrics import level_texts
from vendors.facts import Fact
from vendors.facts.schema import Part
from vendors.forms import fields
from vendors.value_words import option_labels, plain_name

Fields = dict[str, forms.Field]
FLAG_CHOICES = (("", "Unknown"), ("0", "No"), ("0.5", "In part"), ("1", "Yes"))
SPARE_ROWS = 3
MOST_RADIOS = 6


def value_fields(fact: Fact, value: Mapping[str, Any] | None) -> tuple[Fields, dict[str, Any]]:
    """The form fields of a fact's value, and what they show for a value that is known already."""
    schema: Any = fact.schema
    made = dict(_BUILD.get(schema.kind, _build_parts)(fact, schema, value or {}))
    initial = dict(_flat("value", value or {}))
    return made, {name: shown for name, shown in initial.items() if name in made}


def read_value(fact: Fact, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The value that the fields state; an empty object when nothing was filled in."""
    schema: Any = fact.schema
    read = _READ.get(schema.kind)
    if read is not None:
        return read(schema, cleaned)
    return _read_parts("value", schema.parts, cleaned)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Paths and contents of a value; a list of codes is one content."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(f"{path}__{key}", part)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for index, row in enumerate(value):
            yield from _flat(f"{path}__{index}", row)
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    else:
        yield path, value


def _choice(label: str, options: Iterable[tuple[str, str]], *, help_text: str = "") -> forms.ChoiceField:
    listed = list(options)
    widget = forms.RadioSelect if len(listed) <= MOST_RADIOS else forms.Select
    return forms.ChoiceField(
        label=label,
        choices=listed if widget is forms.RadioSelect else [("", "Choose"), *listed],
        required=False,
        widget=widget,
        help_text=help_text,
    )


def _labels(options: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(option_labels(options).items())


# How each shape is asked -------------------------------------------------------------------------------------------
def _rubric(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    texts = level_texts(fact.code)
    first = schema.high - len(texts) + 1 if texts else schema.low
    levels = []
    for level in range(schema.low, schema.high + 1):
        at = level - first
        said = f": {texts[at]}" if texts and 0 <= at < len(texts) else ""
        levels.append((str(level), f"{level}{said}"))
    yield "value__level", _choice("Level", levels)


def _rate(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__successes", fields.whole("How many succeeded")
    yield "value__attempts", fields.whole("Out of how many")


def _flags(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    for code, label in _labels(schema.options):
        yield f"value__flags__{code}", forms.ChoiceField(label=label, choices=FLAG_CHOICES, required=False)


def _number(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    label = f"Number, {fact.unit}" if fact.unit else "Number"
    if schema.integer:
        yield "value__number", fields.whole(label)
    else:
        yield "value__number", forms.FloatField(label=label, required=False)
    if schema.units:
        yield "value__unit", fields.pick("Unit", _labels(schema.units), blank="Choose")


def _money(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__amount", forms.FloatField(label="Amount", required=False, min_value=0)
    yield "value__currency", fields.text("Currency", most=3, help_text="Three capital letters, such as EUR.")


def _yes_no(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__yes", _choice("Answer", [("true", "Yes"), ("false", "No")])


def _one(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__choice", _choice("Answer", _labels(schema.options))


def _several(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    if not schema.options:
        yield "value__choices", fields.Lines(label="Answers", required=False, help_text="One a line.")
        return
    widget = (
        forms.CheckboxSelectMultiple(attrs={"class": "columns"})
        if len(schema.options) <= 40
        else forms.SelectMultiple(attrs={"size": 12})
    )
    yield (
        "value__choices",
        forms.MultipleChoiceField(
            label="Answers", choices=_labels(schema.options), required=False, widget=widget
        ),
    )
    yield "value__none", forms.BooleanField(label="None of these", required=False)


def _text(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__text", fields.words("Answer", rows=4)


def _date(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    yield "value__date", fields.day("Date")


def _counts(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    for code, label in _labels(schema.options):
        yield f"value__counts__{code}", fields.whole(label)


def _rows(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    known = len(value.get(schema.name, ()))
    for index in range(known + SPARE_ROWS):
        for part in schema.parts:
            name, asked = _part(f"value__{schema.name}__{index}", part)
            asked.label = f"{index + 1}. {asked.label}"
            yield name, asked


def _build_parts(fact: Fact, schema: Any, value: Any) -> Iterator[tuple[str, forms.Field]]:
    for part in schema.parts:
        if part.kind == "flags":
            for code, label in _labels(part.options):
                yield (
                    f"value__{part.name}__{code}",
                    forms.ChoiceField(label=label, choices=FLAG_CHOICES, required=False),
                )
        else:
            yield _part("value", part)


def _part(path: str, part: Part) -> tuple[str, forms.Field]:
    label = plain_name(part.name)
    asked: forms.Field
    if part.kind == "count":
        asked = fields.whole(label)
    elif part.kind == "number":
        asked = forms.FloatField(label=label, required=False)
    elif part.kind == "yes_no":
        asked = forms.ChoiceField(label=label, choices=fields.YES_NO, required=False)
    elif part.kind == "choice":
        asked = fields.pick(label, _labels(part.options), blank="Unknown")
    elif part.kind == "date":
        asked = fields.day(label)
    else:
        asked = fields.text(label, most=2000)
    return f"{path}__{part.name}", asked


# How each shape is read --------------------------------------------------------------------------------------------
def _plain(content: Any) -> Any:
    """A cleaned field as JSON holds it; None when nothing was stated."""
    if content in ("", None, []):
        return None
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, float) and content == int(content):
        return int(content)
    return {"true": True, "false": False}.get(content, content) if isinstance(content, str) else content


def _read_named(*names: str) -> Callable[[Any, Mapping[str, Any]], dict[str, Any]]:
    def read(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        stated = {name: _plain(cleaned.get(f"value__{name}")) for name in names}
        return {name: content for name, content in stated.items() if content is not None}

    return read


def _read_level(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    level = cleaned.get("value__level")
    return {"level": int(level)} if level not in ("", None) else {}


def _read_flag_map(path: str, options: Iterable[str], cleaned: Mapping[str, Any]) -> dict[str, float]:
    stated = {code: cleaned.get(f"{path}__{code}") for code in options}
    return {code: {"0": 0, "0.5": 0.5, "1": 1}[met] for code, met in stated.items() if met}


def _read_flags(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    flags = _read_flag_map("value__flags", schema.options, cleaned)
    return {"flags": flags} if flags else {}


def _read_choices(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    chosen = list(cleaned.get("value__choices") or [])
    return {"choices": chosen} if chosen or cleaned.get("value__none") else {}


def _read_counts(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    stated = {code: cleaned.get(f"value__counts__{code}") for code in schema.options}
    counts = {code: count for code, count in stated.items() if count is not None}
    return {"counts": counts} if counts else {}


def _read_rows(schema: Any, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    prefix = f"value__{schema.name}__"
    numbers = sorted({int(name[len(prefix) :].split("__")[0]) for name in cleaned if name.startswith(prefix)})
    rows = [_read_parts(f"{prefix}{index}", schema.parts, cleaned) for index in numbers]
    filled = [row for row in rows if row]
    return {schema.name: filled} if filled else {}


def _read_parts(path: str, parts: Iterable[Part], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for part in parts:
        if part.kind == "flags":
            content: Any = _read_flag_map(f"{path}__{part.name}", part.options, cleaned) or None
        else:
            content = _plain(cleaned.get(f"{path}__{part.name}"))
        if content is not None:
            value[part.name] = content
    return value


_BUILD: Mapping[str, Callable[[Fact, Any, Any], Iterator[tuple[str, forms.Field]]]] = {
    "rubric": _rubric, "rate": _rate, "flags": _flags, "number": _number, "money": _money, "yes_no": _yes_no,
    "choice": _one, "choices": _several, "text": _text, "date": _date, "counts": _counts, "rows": _rows,
}  # fmt: skip
_READ: Mapping[str, Callable[[Any, Mapping[str, Any]], dict[str, Any]]] = {
    "rubric": _read_level,
    "rate": _read_named("successes", "attempts"),
    "flags": _read_flags,
    "number": _read_named("number", "unit"),
    "money": _read_named("amount", "currency"),
    "yes_no": _read_named("yes"),
    "choice": _read_named("choice"),
    "choices": _read_choices,
    "text": _read_named("text"),
    "date": _read_named("date"),
    "counts": _read_counts,
    "rows": _read_rows,
}
