"""Health: does the process answer (live), and can it do its work (ready)?"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

checks: dict[str, Callable[[], str]] = {}


def register_check(name: str, check: Callable[[], str]) -> None:
    """For AppConfig.ready: `check` returns "" when all is well, else what is wrong, without secrets."""
    checks[name] = check


def database_answers() -> str:
    """Whether PostgreSQL answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "PostgreSQL does not answer"
    return ""


register_check("database", database_answers)


@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves."""
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """200 when every registered check passes, 503 with the names of those that do not."""
    problems = {name: problem for name, check in checks.items() if (problem := check())}
    status = "failing" if problems else "ok"
    return JsonResponse({"status": status, "problems": problems}, status=503 if problems else 200)
