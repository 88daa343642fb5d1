"""docs/validation/*.md, made from requirements.toml, risks.toml and the tests themselves. `make docs` writes; a test compares."""

import ast
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "validation"
HEAD = "Made by `make docs` from {sources}. Do not edit by hand."
SEVERITY = {1: "nuisance", 2: "wrong work", 3: "wrong decision"}


def read(name: str) -> dict[str, Any]:
    """One of the two lists."""
    return tomllib.loads((FOLDER / name).read_text())


def requirements() -> dict[str, dict[str, Any]]:
    """Requirements by number, in the order of the file."""
    found = read("requirements.toml")
    found.pop("areas")
    return found


def tests_by_name() -> dict[str, list[str]]:
    """Every test function of the suite → its ids, "tests/…/test_x.py::test_y", in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name].append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def resolved(name: str, known: dict[str, list[str]]) -> list[str]:
    """The ids a named test has: none when there is no such test. "file.py::function" names one of several."""
    file, _, function = name.rpartition("::")
    return [one for one in known.get(function, []) if one.partition("::")[0].endswith(file)]


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "requirements.md": requirements_page(),
        "risks.md": risks_page(),
        "traceability.md": traceability_page(),
    }


def requirements_page() -> str:
    """The numbered requirements by area."""
    areas, lines = (
        read("requirements.toml")["areas"],
        ["# Requirements", "", HEAD.format(sources="`requirements.toml`"), ""],
    )
    for area, title in areas.items():
        lines += [f"## {title}", "", "| number | the product must | answers the risks |", "|---|---|---|"]
        lines += [
            f"| {number} | {each['text']} | {', '.join(each['risks'])} |"
            for number, each in requirements().items()
            if number.startswith(f"{area}-")
        ]
        lines.append("")
    return "\n".join(lines)


def risks_page() -> str:
    """The risks with severity, control, and the requirements that answer them."""
    answering: dict[str, list[str]] = defaultdict(list)
    for number, each in requirements().items():
        for risk in each["risks"]:
            answering[risk].append(number)
    lines = [
        "# Risk assessment", "", HEAD.format(sources="`risks.toml` and `requirements.toml`"), "",
        "Severity says what a failure would lead to: 3 a wrong decision, 2 wrong work, 1 a nuisance. The tests of a risk are",
        "those of the requirements that answer it ([traceability](traceability.md)).", "",
        "| risk | failure | severity | control | requirements |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for number, risk in read("risks.toml").items():
        severity = f"{risk['severity']} {SEVERITY[risk['severity']]}"
        lines.append(
            f"| {number} | {risk['failure']} | {severity} | {risk['control']} | {', '.join(answering[number])} |"
        )
    return "\n".join([*lines, ""])


def traceability_page() -> str:
    """From each requirement to the tests that show it."""
    known = tests_by_name()
    lines = [
        "# Traceability", "", HEAD.format(sources="`requirements.toml` and the tests"), "",
        "Run one requirement's tests with `.venv/bin/pytest` and the ids beside it.", "",
        "| requirement | tests |", "|---|---|",
    ]  # fmt: skip
    for number, each in requirements().items():
        ids = [one for name in each["tests"] for one in resolved(name, known)]
        lines.append(f"| {number} | {'<br>'.join(f'`{one}`' for one in ids)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    for name, content in pages().items():
        (FOLDER / name).write_text(content)
