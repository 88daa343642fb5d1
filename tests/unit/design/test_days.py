"""Days in forms: a stored day stands in its box, in every form of the product."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest
from django import forms
from django.utils import translation

import cdmo_eval
import scorecards
import vendors

HELPER = Path("cdmo_eval/http/pages/days.py")
ROOT = Path(__file__).parents[3]


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".migrations" not in found.name and "settings" not in found.name:
            yield importlib.import_module(found.name)


def _forms() -> list[type[forms.BaseForm]]:
    found = {
        each
        for package in (cdmo_eval, scorecards, vendors)
        for module in _modules(package)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, forms.BaseForm) and each.__module__ == module.__name__
    }
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for package in ("cdmo_eval", "scorecards", "vendors"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.relative_to(ROOT) == HELPER or "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                of = getattr(getattr(node, "func", None), "value", None)
                if isinstance(node, ast.Call) and isinstance(of, ast.Name) and of.id == "forms":
                    yield path.relative_to(ROOT), node


def test_stored_day_stands_in_its_box_in_every_form() -> None:
    checked = 0

    for form in _forms():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.DateField):
                with translation.override("en-us"):
                    drawn = field.widget.render(name, date(2026, 11, 22))
                assert 'type="date"' in drawn, (form, name)
                assert 'value="2026-11-22"' in drawn, (form, name)
                checked += 1

    assert checked >= 10  # or the walk finds nothing


@pytest.mark.parametrize("widget", ["DateInput", "DateTimeInput", "SelectDateWidget"])
def test_no_form_draws_a_day_by_itself(widget: str) -> None:
    own = [
        (str(path), call.lineno)
        for path, call in _calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == widget
    ]

    assert own == []


def test_every_day_made_in_code_has_the_widget() -> None:
    bare = [
        (str(path), call.lineno)
        for path, call in _calls()
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "DateField"
        and "widget" not in {keyword.arg for keyword in call.keywords}
    ]

    assert bare == []
