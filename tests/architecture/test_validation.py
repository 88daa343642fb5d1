"""The validation documents agree with the tests they name."""

import re

import pytest

from tests.support import validation_pages as validation

KNOWN = validation.tests_by_name()


@pytest.mark.parametrize("name", ["requirements.md", "risks.md", "traceability.md"])
def test_validation_page_is_what_the_lists_say(name: str) -> None:
    assert (validation.FOLDER / name).read_text() == validation.pages()[name], "make docs"


def test_every_requirement_names_tests_that_exist_and_are_meant() -> None:
    wrong = {
        number: [name for name in each["tests"] if len(validation.resolved(name, KNOWN)) != 1]
        for number, each in validation.requirements().items()
    }

    assert {number: names for number, names in wrong.items() if names} == {}


def test_every_requirement_has_a_text_a_test_and_a_risk() -> None:
    bare = [
        number
        for number, each in validation.requirements().items()
        if not (each["text"].strip() and each["tests"] and each["risks"])
    ]

    assert bare == []


def test_every_risk_is_known_and_answered() -> None:
    risks = validation.read("risks.toml")
    answered = {risk for each in validation.requirements().values() for risk in each["risks"]}

    assert answered == set(risks)
    assert [number for number, risk in risks.items() if risk["severity"] not in validation.SEVERITY] == []


def test_numbers_run_without_gaps_in_every_area() -> None:
    areas = validation.read("requirements.toml")["areas"]
    numbers = list(validation.requirements())

    expected = [
        f"{area}-{place}"
        for area in areas
        for place in range(1, 1 + sum(number.startswith(f"{area}-") for number in numbers))
    ]
    assert sorted(numbers) == sorted(expected)


def test_nothing_promises_more_than_support() -> None:
    texts = [path.read_text() for path in validation.FOLDER.glob("*.md")]

    assert [
        text for text in texts if re.search(r"(?i)\bcompliant\b|\bis validated\b|\bcertified\b", text)
    ] == []
