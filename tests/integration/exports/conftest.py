"""A scorecard that was calculated, callers, and exports written as a worker would write them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from cdmo_eval.core.tenancy import organization_scope
from scorecards.models import Export
from scorecards.services.export_slices import write_slice
from tests.factories.core import Team
from tests.integration.api.calls import Api
from tests.integration.scorecards_api.conftest import (
    Ranked,
    api,
    clock,
    make_ranked,
    quality,
    stranger,
    viewer,
)

__all__ = ["api", "quality", "stranger", "viewer"]

Take = Callable[..., bytes]


@pytest.fixture
def ranked(transactional_db: None, team: Team) -> Ranked:
    """Three vendors on one scorecard."""
    return make_ranked(team, "Alder", "Birch", "Cedar", name="Première sélection, 1/2")


def write_all(team: Team, *, seconds: float = 15.0) -> None:
    """What a worker does with everything that waits."""
    with organization_scope(team.organization.pk, "test"):
        jobs = list(
            Export.objects.filter(job__finished_at__isnull=True)
            .order_by("id")
            .values_list("job_id", flat=True)
        )
    for job in jobs:
        while not write_slice(organization_id=team.organization.pk, job_id=job, clock=clock, seconds=seconds):
            pass


def body(answer: HttpResponse) -> bytes:
    """The whole of a download."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


@pytest.fixture
def take(team: Team, api: Api) -> Take:
    """Ask for a file by the interface, let it be written, download it."""

    def ask(kind: str, file_format: str, **fields: Any) -> bytes:
        asked = api.post("exports/", {"kind": kind, "format": file_format, **fields})
        assert asked.status_code == 202, asked.content
        write_all(team)
        done = api.get(f"exports/{asked.json()['id']}/").json()
        assert done["job"]["state"] == "succeeded", done["job"]
        return body(api.get(f"exports/{done['id']}/file/"))

    return ask
