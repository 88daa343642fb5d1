"""The page about imports, whose table of columns is made from the catalogue: `python -m tests.integration.imports.documents`."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PAGE = REPOSITORY / "docs" / "imports.md"
TEMPLATES = REPOSITORY / "docs" / "templates"
MARK = "## Columns of a file of vendors\n"


def table() -> str:
    """The columns as the page lists them; one line stands for the same column of every service."""
    from vendors.imports.fields import import_fields
    from vendors.imports.template import HEADINGS, described
    from vendors.vocabulary import ServiceCode

    first = next(iter(ServiceCode)).value
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    for path, field in import_fields().items():
        if path.startswith("service.") and f".{first}." not in path:
            continue
        column, meaning, kind, allowed = described(field)
        if path.startswith("service."):
            column, meaning = (
                column.replace(first, "CODE"),
                _of_any_service(meaning, ServiceCode(first).label),
            )
        lines.append(f"| `{column}` | {meaning} | {kind} | {allowed} |".replace("|  |", "| |"))
    codes = ", ".join(code.value for code in ServiceCode)
    return "\n".join(lines) + f"\n\nCODE is one of {codes}. Services are those of the vendor as a whole.\n"


def _of_any_service(meaning: str, label: str) -> str:
    return meaning.replace(label, "The service")


def page() -> str:
    """The page with its table as the catalogue has it now."""
    return PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + table()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    import django

    django.setup()
    from vendors.imports.template import write_template

    PAGE.write_text(page(), encoding="utf-8")
    for name in ("vendors.csv", "vendors.xlsx"):
        write_template(TEMPLATES / name)
