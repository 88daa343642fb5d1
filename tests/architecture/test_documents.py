"""Documents that must agree with the code."""

import re

from tests.support.repository import ROOT, texts
from tests.support.roles_page import PAGE, page

READ = re.compile(
    r"""(?:env\.(?:text|flag|integer|choice|words|database)|environ\.(?:get|setdefault)|getenv)\(\s*["']([A-Z][A-Z0-9_]+)["']"""
    r"""|environ\[["']([A-Z][A-Z0-9_]+)["']\]"""
)
SET_FOR_OTHERS = {"DJANGO_SETTINGS_MODULE"}  # Django's own


def variables_read() -> set[str]:
    """Every variable of the environment that the product's code asks for."""
    code = {n: t for n, t in texts(".py").items() if not n.startswith(("tests/", "bench/"))}
    return {
        first or second for text in code.values() for first, second in READ.findall(text)
    } - SET_FOR_OTHERS


def variables_documented() -> set[str]:
    """Every variable in the tables of docs/operations.md."""
    return set(re.findall(r"(?m)^\| `([A-Z][A-Z0-9_]+)`", (ROOT / "docs" / "operations.md").read_text()))


def test_every_variable_that_is_read_is_documented() -> None:
    assert variables_read() - variables_documented() == set()


def test_every_documented_variable_is_used_somewhere() -> None:
    everything = "\n".join(text for name, text in texts().items() if not name.startswith("docs/"))

    assert [name for name in sorted(variables_documented()) if name not in everything] == []


def test_roles_page_is_the_table_of_policies() -> None:
    assert PAGE.read_text() == page(), "make docs"


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    said = {
        word
        for name, text in texts(".md").items()
        for word in re.findall(r"`make ([a-z-]+)", text)
        if not name.startswith("tests/")
    }

    assert said - targets == set()


def test_every_command_in_the_documents_exists() -> None:
    from django.core.management import get_commands

    said = {
        word
        for name, text in texts(".md", ".yml").items()
        for word in re.findall(r"manage\.py ([a-z_]+)", text)
        if not name.startswith("tests/")
    }

    assert said - set(get_commands()) == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name, text in texts(".md").items()
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        if not (ROOT / name).parent.joinpath(target).exists()
    ]

    assert broken == []
