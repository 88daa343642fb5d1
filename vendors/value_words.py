"""Values of evidence in words, for pages, exports and questionnaires: "level 3 of 5", "9 of 10", "2,000 L"."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from cdmo_eval.core.templatetags.display import day
from vendors import vocabulary
from vendors.facts import FACTS
from vendors.imports.countries import country_name
from vendors.vocabulary import COUNTRY_CODES, Code

FLAG_WORDS = {0: "no", 0.5: "in part", 1: "yes"}
REFUSED = "Answer refused"
PART_LABELS = {
    "closed_major": "Major findings closed",
    "closed_minor": "Minor findings closed",
    "critical": "Critical findings",
    "major": "Major findings",
    "minor": "Minor findings",
    "audit_days": "Days of audit",
    "audit_scope": "Scope of the audit",
    "ppq_rate": "PPQ success rate",
    "cost_pct": "Cost, %",
}
"""Parts of a value whose name does not say it well."""


@cache
def option_labels(options: tuple[str, ...]) -> Mapping[str, str]:
    """The words for the codes of a closed list: those of the vocabulary that holds all of them."""
    wanted = set(options)
    for name in vars(vocabulary):
        found = getattr(vocabulary, name)
        if isinstance(found, type) and issubclass(found, Code) and found is not Code:
            known = {member.value: member.label for member in found}
            if wanted and wanted <= set(known):
                return {option: known[option] for option in options}
    markets = {member.value: member.label for member in vocabulary.Market}
    return {option: markets.get(option) or _country_or_code(option) for option in options}


def _country_or_code(option: str) -> str:
    return country_name(option) if option in COUNTRY_CODES else plain_name(option)


def plain_name(name: str) -> str:
    """A key of a value as a label: "cost_pct" is "Cost, %", "audit_days" "Days of audit"."""
    if name in PART_LABELS:
        return PART_LABELS[name]
    if name.isupper():
        return name.replace("_", " ")
    return name.replace("_", " ").capitalize()


def number_words(value: float) -> str:
    """A number with thousands separated and no needless decimals; very large ones as powers of ten."""
    if abs(value) >= 10**12:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')} × 10^{int(exponent)}"
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def value_words(target: str, value: Mapping[str, Any] | None, *, refused: bool = False) -> str:
    """The value of a record in one line; unknown targets and shapes are said plainly."""
    if refused:
        return REFUSED
    if value is None:
        return "Unknown"
    fact = FACTS.get(target)
    schema: Any = fact.schema if fact else None
    if schema is None:
        return "; ".join(f"{plain_name(key)}: {_any(part)}" for key, part in value.items())
    say = _SAY.get(schema.kind, _parts)
    return say(schema, value, fact.unit if fact else "")


def _rubric(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return f"level {value['level']} of {schema.high}"


def _rate(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return f"{value['successes']:,} of {value['attempts']:,}"


def _flags(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return _flag_words(value["flags"], schema.options)


def _flag_words(flags: Mapping[str, Any], options: tuple[str, ...]) -> str:
    labels = option_labels(options)
    said = []
    for met in sorted(FLAG_WORDS, reverse=True):
        named = [labels.get(code, code) for code in options if flags.get(code) == met]
        if named:
            said.append(f"{FLAG_WORDS[met]}: {', '.join(named)}")
    return "; ".join(said) or "nothing stated"


def _number(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    shown = str(value.get("unit") or unit)
    separator = "" if shown == "%" else " "
    return f"{number_words(value['number'])}{separator}{shown}".strip()


def _money(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return f"{number_words(value['amount'])} {value['currency']}"


def _yes_no(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return "yes" if value["yes"] else "no"


def _choice(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return option_labels(schema.options).get(value["choice"], value["choice"])


def _choices(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    labels = option_labels(schema.options) if schema.options else {}
    return ", ".join(labels.get(code, code) for code in value["choices"]) or "none"


def _text(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return str(value["text"])


def _date(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return _day(value["date"])


def _counts(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    labels = option_labels(schema.options)
    said = [f"{labels.get(code, code)}: {count:,}" for code, count in value["counts"].items()]
    return "; ".join(said) or "none"


def _rows(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    return " · ".join(_parts(schema, row, "") for row in value[schema.name]) or "none"


def _parts(schema: Any, value: Mapping[str, Any], unit: str) -> str:
    said = []
    for part in schema.parts:
        if part.name not in value:
            continue
        content = value[part.name]
        if part.kind == "choice":
            words = option_labels(part.options).get(content, content)
        elif part.kind == "flags":
            words = _flag_words(content, part.options)
        elif part.kind == "date":
            words = _day(content)
        else:
            words = _any(content)
        said.append(f"{plain_name(part.name)}: {words}")
    return "; ".join(said)


def _day(text: str) -> str:
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def _any(content: Any) -> str:
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, int | float):
        return number_words(content)
    return str(content)


_SAY: Mapping[str, Callable[[Any, Mapping[str, Any], str], str]] = {
    "rubric": _rubric, "rate": _rate, "flags": _flags, "number": _number, "money": _money, "yes_no": _yes_no,
    "choice": _choice, "choices": _choices, "text": _text, "date": _date, "counts": _counts, "rows": _rows,
}  # fmt: skip
