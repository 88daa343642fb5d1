"""docs/roles.md, made from the table of policies. `make docs` writes it; a test compares."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "roles.md"


def page() -> str:
    """The page as it should be."""
    from cdmo_eval.core.policies import ALL_SCOPES, ROLE_PERMISSIONS, SCOPES, SHORTHANDS, Permission
    from cdmo_eval.core.roles import Role

    head = ["May …", *(role.label for role in Role), "A token needs the scope"]
    lines = ["| " + " | ".join(head) + " |", "|---|" + ":-:|" * len(Role) + "---|"]
    for permission in Permission:
        marks = ["●" if permission in ROLE_PERMISSIONS[role] else "" for role in Role]
        if permission is Permission.VIEW:
            scope = "`…:read` of what is read"
        else:
            scope = f"`{SCOPES[permission]}`" if SCOPES[permission] else "(never by token)"
        lines.append("| " + " | ".join([permission.sentence, *marks, scope]) + " |")
    shorthands = [
        f"- `{word}`: {', '.join(f'`{scope}`' for scope in sorted(scopes))}"
        for word, scopes in SHORTHANDS.items()
    ]
    return "\n".join(
        [
            "# Roles and permissions",
            "",
            "Made by `make docs` from `cdmo_eval/core/policies.py`, which is what the product obeys. Do not edit by hand.",
            "",
            "A person has one role in each organisation they belong to. An auditor's membership ends by itself. A token",
            "may do what its owner's role and its own scopes both allow.",
            "",
            *lines,
            "",
            "## Scopes of tokens",
            "",
            ", ".join(f"`{scope}`" for scope in ALL_SCOPES)
            + ". Writing includes reading the same thing. Shorthands:",
            "",
            *shorthands,
            "",
        ]
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    import django

    django.setup()
    PAGE.write_text(page())
