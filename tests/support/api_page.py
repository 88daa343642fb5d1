"""The table of scopes in docs/api.md, made from the views themselves. `make docs` writes it; a test compares."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
BEGIN, END = "<!-- scopes: made by `make docs` -->", "<!-- end of scopes -->"
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
NEVER = "signed in only"
ANY = "any token"
BY_SERVICE = "as what is written"


def routes() -> Iterator[tuple[str, Any]]:
    """Address below /api/v1/ and callback of every route of the interface."""
    from django.urls import URLResolver, get_resolver

    def below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
        for part in resolver.url_patterns:
            address = prefix + str(part.pattern)
            if isinstance(part, URLResolver):
                yield from below(part, address)
            elif address.startswith("api/v1/"):
                yield address.removeprefix("api/v1/"), part.callback

    yield from below(get_resolver(), "")


def table() -> str:
    """Addresses with what a token needs to read and to write them."""
    from cdmo_eval.core.policies import SCOPES, Permission

    def scope(permission: Permission, reading: str) -> str:
        if permission is Permission.VIEW:
            return f"`{reading}`"
        found = SCOPES[permission]
        return f"`{found}`" if found else NEVER

    reads: dict[str, str] = {}
    writes: dict[str, dict[str, None]] = {}
    for address, callback in sorted(routes(), key=lambda route: route[0]):
        view = getattr(callback, "cls", None) or callback.view_class
        shown = ARGUMENT.sub(lambda match: "{" + match[1] + "}", address)
        actions = getattr(callback, "actions", None) or {
            method: method for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)
        }
        if {"get", "head"} & set(actions):
            wanted = view.read_permission
            reads[shown] = ANY if wanted is None else scope(wanted, view.reading)
        for method, action in actions.items():
            if method in {"get", "head"}:
                continue
            wanted = view.write_permissions.get(action, view.write_permission)
            writes.setdefault(shown, {})[BY_SERVICE if wanted is None else scope(wanted, view.reading)] = None
    lines = ["| address | GET | POST, PUT, PATCH, DELETE |", "|---|---|---|"]
    lines += [
        f"| `{shown}` | {reads.get(shown, '')} | {', '.join(writes.get(shown, ()))} |"
        for shown in sorted({*reads, *writes})
    ]
    return "\n".join(lines)


def page(present: str) -> str:
    """The page with the table as it should be."""
    head, _, rest = present.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdmo_eval.settings")
    import django

    django.setup()
    PAGE.write_text(page(PAGE.read_text()))
