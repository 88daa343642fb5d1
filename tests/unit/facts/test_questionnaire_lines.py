"""Every answer that a fact takes survives the cells of a workbook, and nothing else comes out of them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.exporting.questionnaire_lines import LineFault, cells_of, content_of, kept_lines, value_of
from vendors.facts import FACTS, validate_value

COUNTS = st.integers(0, 10_000)
NUMBERS = st.integers(0, 10**6) | st.floats(0, 10**6, allow_nan=False).map(
    lambda number: round(number, 3)
).filter(lambda n: not n.is_integer())
DAYS = st.dates(date(1950, 1, 1), date(2090, 1, 1)).map(date.isoformat)
WORDS = (
    st.text(st.characters(categories=["L", "N", "P", "Zs", "S"]), min_size=1, max_size=40)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
LISTED = WORDS.map(lambda text: text.replace(";", ",")).filter(
    lambda text: text.strip() and text.casefold() != "none"
)


def flags(options: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(options), st.sampled_from([0, 0.5, 1]), min_size=1)


def part(one: Any) -> st.SearchStrategy[Any]:
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "number": lambda: NUMBERS.filter(lambda n: one.high is None or n <= one.high),
        "count": lambda: COUNTS, "yes_no": st.booleans, "choice": lambda: st.sampled_from(one.options), "date": lambda: DAYS,
        "flags": lambda: flags(one.options), "text": lambda: WORDS,
    }  # fmt: skip
    return kinds[one.kind]()


def record(parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    needed = {one.name: part(one) for one in parts if one.needed}
    free = {one.name: part(one) for one in parts if not one.needed}
    return st.fixed_dictionaries(needed, optional=free).filter(bool)


def number(schema: Any) -> st.SearchStrategy[dict[str, Any]]:
    low, high = int(schema.low or 0), int(schema.high or 10**6)
    found = (
        st.integers(low, high)
        if schema.integer
        else st.integers(low, high) | NUMBERS.filter(lambda n: low <= n <= high)
    )
    made = {"number": found} | ({"unit": st.sampled_from(schema.units)} if schema.units else {})
    return st.fixed_dictionaries(made)


VALUES: dict[str, Callable[[Any], st.SearchStrategy[dict[str, Any]]]] = {
    "rubric": lambda s: st.integers(s.low, s.high).map(lambda level: {"level": level}),
    "rate": lambda _: st.tuples(COUNTS, COUNTS).map(lambda pair: {"successes": min(pair), "attempts": max(pair)}),
    "flags": lambda s: flags(s.options).map(lambda found: {"flags": found}),
    "number": number,
    "money": lambda _: st.fixed_dictionaries({"amount": NUMBERS, "currency": st.sampled_from(["EUR", "USD", "JPY"])}),
    "yes_no": lambda _: st.booleans().map(lambda yes: {"yes": yes}),
    "choice": lambda s: st.sampled_from(s.options).map(lambda code: {"choice": code}),
    "choices": lambda s: st.lists(st.sampled_from(s.options) if s.options else LISTED, unique=True, max_size=6).map(lambda found: {"choices": found}),
    "date": lambda _: DAYS.map(lambda day: {"date": day}),
    "counts": lambda s: st.dictionaries(st.sampled_from(s.options), COUNTS, min_size=1).map(lambda found: {"counts": found}),
    "rows": lambda s: st.lists(record(s.parts), min_size=1, max_size=5).map(lambda rows: {s.name: rows}),
}  # fmt: skip


def values(code: str) -> st.SearchStrategy[dict[str, Any]]:
    schema: Any = FACTS[code].schema
    made = VALUES[schema.kind](schema) if schema.kind in VALUES else record(schema.parts)
    return made.filter(lambda value: is_valid(code, value))


def is_valid(code: str, value: Any) -> bool:
    try:
        validate_value(code, value)
    except ValueError:
        return False
    return True


SHAPES = sorted(
    {
        next(code for code in FACTS if repr(FACTS[code].schema) == shape)
        for shape in {repr(fact.schema) for fact in FACTS.values()}
    }
)
"""One fact of each shape of answer."""


@settings(max_examples=150, deadline=None)
@given(data=st.data(), code=st.sampled_from(SHAPES))
def test_any_answer_survives_its_cells(data: st.DataObject, code: str) -> None:
    value = data.draw(values(code))
    lines = kept_lines(content_of(FACTS[code]), value)

    cells = cells_of(lines, value)

    assert value_of(code, lines, cells) == value


@settings(max_examples=150, deadline=None)
@given(data=st.data(), code=st.sampled_from(SHAPES), text=st.text(max_size=30))
def test_any_text_is_an_answer_of_the_fact_or_a_fault_of_a_line(
    data: st.DataObject, code: str, text: str
) -> None:
    lines = kept_lines(content_of(FACTS[code]))
    said = {data.draw(st.sampled_from(lines)).path: text}

    at, value = None, None
    try:
        value = value_of(code, lines, said)
    except LineFault as fault:
        at = fault.path

    assert at in {line.path for line in lines} or (at is None and is_valid(code, value))


@pytest.mark.parametrize("code", sorted(FACTS))
def test_every_list_of_answers_reads_back_word_by_word(code: str) -> None:
    for line in kept_lines(content_of(FACTS[code])):
        if line.kind in {"choice", "several"}:
            assert [line.entered(words) for _, words in line.options] == (
                [[one] for one, _ in line.options]
                if line.kind == "several"
                else [one for one, _ in line.options]
            )
